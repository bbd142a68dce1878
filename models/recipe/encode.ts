/**
 * Turns recorded decisions into token files for training: `TASK.json` (the tokens every prompt of the task begins with, and counts),
 * `TASK.tokens` (uint16: what follows that beginning, the answer and `</s>`, sample after sample) and
 * `TASK.index` (int32 triples: tokens of the prompt after the beginning, tokens of the answer with `</s>`, match). Of a task whose answers
 * a teacher has valued, `TASK.json` also lists the answers offered anywhere, as tokens with `</s>`, and `TASK.values` has a row of float32
 * for each sample: what each of them is worth there, NaN where it was not offered. `TASK.news` has six int32 for each item of news that a sample
 * may have: its last token, counted after the beginning, what it is worth in ticks, the last token of the name in it, and whom it is about, what
 * of it, and its luck (`partsOf`); -1 where there is none of it.
 *
 *     node dist/models/recipe/encode.js [TASK...] [--unread 450]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { loadPrompt } from '../../harness/configuration/prompts.js';
import { ITEMS_SHOWN } from '../../envs/hft/news/wire.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { type Item, makeItem } from '../../envs/hft/news/item.js';
import { effectTicks, type Meaning, ROLES } from '../../envs/hft/news/meaning.js';
import type { Cast } from '../../envs/hft/news/names.js';
import { newsLines } from '../../envs/hft/text.js';
import { Stream, keyOf } from '../../envs/random.js';
import { anyCast } from './retell.js';
import { BpeEncoder } from './bpe.js';
import { chatTokens } from './chat.js';
import { TASKS, WORK, modelFolder, readSamples, type TaskName } from './material.js';
import { readVocabulary } from './tokenizer.js';

/** Prompts that are looked at for what all have in common; the others are held against it. */
const BEGINNINGS = 2000;
/** Texts of news alone, and items in each. */
const READINGS = 200_000;
const ITEMS_READ = 8;
/** Texts of names alone, and names in each. */
const NAMINGS = 100_000;
const NAMES_READ = 24;
/** Stands in `.news` for a worth where nothing happens that could be worth anything. */
const NO_WORTH = 99;
const PURPOSE = 78;
/**
 * Where one glance at the words does not tell what an item is worth: another company, and figures to be compared. Texts of news alone have so
 * many in 100 of each; they are what takes longest to learn, and the wire has few of them.
 */
const OTHERS_PERCENT = 45;
const FIGURES_PERCENT = 35;
const KINDS = ['demand', 'supply', 'price', 'money'] as const;
/**
 * Under a wire so many answers in 1000 are those of a player that ignores it (`--unread`), for the last part of training. A wrong reading costs more
 * than none, and a greedy model acts on whatever is likeliest: with 450 it answers as if there were no news where it is less than 82 % sure of
 * what it read (.55 p > .45).
 */
const UNREAD_PERMILLE = '0';

/** How many tokens all prompts of a task have in common at their beginning. */
async function sharedBeginning(task: TaskName, encoder: BpeEncoder): Promise<number[]> {
  const prompt = loadPrompt(taskNamed(task), 'reference');
  let shared: number[] | undefined;
  let seen = 0;
  for await (const { state } of readSamples(task)) {
    const tokens = chatTokens(encoder, prompt.fill(state));
    shared ??= tokens;
    let same = 0;
    while (same < shared.length && same < tokens.length - 1 && tokens[same] === shared[same]) same++;
    shared = shared.slice(0, same);
    if (++seen === BEGINNINGS) break;
  }
  if (!shared) throw new Error(`no samples of ${task}: run dataset.js ${task} first`);
  return shared;
}

/** An answer after what was read in the news, on a line of its own: by how many ticks the index is behind them. Nothing where it is not. */
function saying(reading: number | undefined, answer: string): string {
  return reading === undefined ? answer : `${reading > 0 ? '+' : ''}${reading}\n${answer}`;
}

/** The items of news in a state's text: the last token of each and of the name in it, counted in the text's tokens, and whose name that is. */
export function itemsIn(text: string, encoder: BpeEncoder): { end: number; name: number; who: number }[] {
  const lines = text.split('\n');
  const names = ROLES.map((role) => new RegExp(`^(?:.* )?${role === 'own' ? 'you' : role} (\\S+)`).exec(lines[0]!)?.[1]);
  return lines.flatMap((line, i) => {
    if (!line.startsWith('news ') || line === 'news none') return [];
    const lastOf = (part: string): number => encoder.encode([...lines.slice(0, i), part].join('\n')).length - 1;
    // A name may stand in another one.
    const found = names.map((name) => new RegExp(`(?<![A-Za-z])${name}(?![A-Za-z])`).exec(line));
    const who = found.findIndex((match) => match !== null);
    if (who < 0) throw new Error(`an item of news names nobody: ${line}`);
    return [{ end: lastOf(line), name: lastOf(line.slice(0, found[who]!.index + names[who]!.length)), who }];
  });
}

/** Every answer offered in a task's samples, in the order first met; none where no teacher has valued them. */
async function offeredAnswers(task: TaskName): Promise<string[]> {
  const answers = new Set<string>();
  for await (const { offered, values } of readSamples(task)) if (values) for (const answer of offered!) answers.add(answer);
  return [...answers];
}

async function encodeTask(task: TaskName, encoder: BpeEncoder, unreadPermille: number): Promise<void> {
  const prompt = loadPrompt(taskNamed(task), 'reference');
  const prefix = await sharedBeginning(task, encoder);
  const offers = await offeredAnswers(task);
  const tokensOf = (answer: string): number[] => [...encoder.encode(answer), encoder.id('</s>')];
  const tokens: number[] = [];
  const index: number[] = [];
  const worth: number[] = [];
  const news: number[] = [];
  let longest = 0;
  const unsure = new Stream(keyOf(1, PURPOSE), 1);
  for await (const { match, state, answer: read, unread, reading, worths, offered, values } of readSamples(task)) {
    const answer = unread === undefined ? read : unsure.chance(unreadPermille, 1000) ? unread : saying(reading, read);
    const before = tokens.length;
    const whole = chatTokens(encoder, prompt.fill(state));
    if (prefix.some((token, i) => whole[i] !== token)) throw new Error(`${task}: a prompt begins otherwise than the others: ${state}`);
    const own = whole.slice(prefix.length);
    const answered = tokensOf(answer);
    tokens.push(...own, ...answered);
    index.push(own.length, answered.length, match);
    for (const each of offers) worth.push(values?.[offered!.indexOf(each)] ?? NaN);
    // The text of the state ends the prompt but for the token that asks for an answer.
    const stateBegins = own.length - 1 - encoder.encode(state).length;
    const ends = worths === undefined ? [] : itemsIn(state, encoder);
    for (let i = 0; i < ITEMS_SHOWN; i++) {
      if (i < ends.length) news.push(stateBegins + ends[i]!.end, worths![i]!, stateBegins + ends[i]!.name, ends[i]!.who, -1, -1);
      else news.push(-1, 0, -1, -1, -1, -1);
    }
    longest = Math.max(longest, tokens.length - before);
  }
  const samples = index.length / 3;
  writeFileSync(join(WORK, `${task}.tokens`), Uint16Array.from(tokens));
  writeFileSync(join(WORK, `${task}.index`), Int32Array.from(index));
  writeFileSync(join(WORK, `${task}.news`), Int32Array.from(news));
  writeFileSync(join(WORK, `${task}.json`), JSON.stringify({ prefix, samples, longest, answers: offers.map(tokensOf) }) + '\n');
  if (offers.length > 0) writeFileSync(join(WORK, `${task}.values`), Float32Array.from(worth));
  console.log(
    `${task}: ${samples} samples, ${prefix.length} tokens shared, then ${(tokens.length / samples).toFixed(1)} on average, ${longest} at most`,
  );
}

/** A text of news alone: its lines, and of each item what the text is worth, and its parts. */
interface NewsText {
  text: string;
  /** Of each item: its worth in ticks, what of it and its luck. */
  worths: number[][];
}

/**
 * Recorded states whose news are not in the price yet, cut off behind some line of the market, as `telling`: to be answered is only what was read.
 * From the end of a whole state no model learnt to find the news again; from a few words behind them it does, and goes on from there.
 */
async function encodeTellings(encoder: BpeEncoder): Promise<void> {
  const prompt = loadPrompt(taskNamed('hft'), 'reference');
  const prefix = await sharedBeginning('hft', encoder);
  const tokens: number[] = [];
  const index: number[] = [];
  const news: number[] = [];
  const draw = new Stream(keyOf(2, PURPOSE), 1);
  for await (const { match, state, reading, worths } of readSamples('hft')) {
    if (reading === undefined) continue;
    const lines = state.split('\n');
    const told = lines.findIndex((line) => line.startsWith('age ')) + 1;
    const text = lines.slice(0, told + draw.below(lines.length - told + 1)).join('\n');
    const own = chatTokens(encoder, prompt.fill(text)).slice(prefix.length);
    const answered = encoder.encode(saying(reading, ''));
    tokens.push(...own, ...answered);
    index.push(own.length, answered.length, match);
    const begins = own.length - 1 - encoder.encode(text).length;
    const items = itemsIn(text, encoder);
    for (let i = 0; i < ITEMS_SHOWN; i++) {
      const item = items[i];
      if (item) news.push(begins + item.end, worths![i]!, begins + item.name, item.who, -1, -1);
      else news.push(-1, 0, -1, -1, -1, -1);
    }
  }
  writeFileSync(join(WORK, 'telling.tokens'), Uint16Array.from(tokens));
  writeFileSync(join(WORK, 'telling.index'), Int32Array.from(index));
  writeFileSync(join(WORK, 'telling.news'), Int32Array.from(news));
  writeFileSync(join(WORK, 'telling.json'), JSON.stringify({ prefix, samples: index.length / 3, answers: [] }) + '\n');
  console.log(`telling: ${index.length / 3} states, ${(tokens.length / (index.length / 3)).toFixed(1)} tokens on average`);
}

/** Texts of news alone, after the market's beginning, of which reading is learnt: it takes far more items than deciding does, and here they are cheap. */
async function encodeTexts(name: string, texts: number, each: (draw: Stream) => NewsText, encoder: BpeEncoder): Promise<void> {
  const prefix = await sharedBeginning('hft', encoder);
  const ending = [encoder.id('<|assistant|>'), ...encoder.encode('hold;'), encoder.id('</s>')];
  const tokens: number[] = [];
  const index: number[] = [];
  const news: number[] = [];
  for (let i = 0; i < texts; i++) {
    const { text, worths } = each(new Stream(keyOf(i, PURPOSE), 0));
    const own = encoder.encode(text);
    tokens.push(...own, ...ending);
    index.push(own.length + 1, ending.length - 1, i);
    itemsIn(text, encoder).forEach(({ end, name, who }, k) => {
      const [worth, ...parts] = worths[k]!;
      news.push(end, worth!, name, who, ...parts);
    });
  }
  writeFileSync(join(WORK, `${name}.tokens`), Uint16Array.from(tokens));
  writeFileSync(join(WORK, `${name}.index`), Int32Array.from(index));
  writeFileSync(join(WORK, `${name}.news`), Int32Array.from(news));
  writeFileSync(join(WORK, `${name}.json`), JSON.stringify({ prefix, samples: texts, answers: [] }) + '\n');
  console.log(`${name}: ${texts} texts, ${(tokens.length / texts).toFixed(1)} tokens on average`);
}

/** Who is who, and eight items. */
function readingText(draw: Stream): NewsText {
  const names = anyCast(draw);
  const items = Array.from({ length: ITEMS_READ }, () => hardItem(draw, names));
  const text = newsLines({ names, items: items.map(({ text }) => ({ text, agoUs: 0 })) }).slice(0, -1).join('\n'); // prettier-ignore
  return { text, worths: items.map(({ meaning }) => [effectTicks(meaning), ...partsOf(meaning)]) };
}

/** Who is who, and names alone: to tell whose name it is takes many of them, and all that is known of a company hangs on it. */
function namingText(draw: Stream): NewsText {
  const names = anyCast(draw);
  const items = Array.from({ length: NAMES_READ }, () => ({ text: names[ROLES[draw.below(ROLES.length)]!], agoUs: 0 }));
  const text = newsLines({ names, items }).slice(0, -1).join('\n');
  return { text, worths: items.map(() => [NO_WORTH, -1, -1]) };
}

/** An item of the training split, of the kinds that are hard to read more often than the wire has them. */
function hardItem(draw: Stream, names: Cast): Item {
  const wanted = draw.below(100);
  for (;;) {
    const item = makeItem(draw, 'train', names);
    const { who, what } = item.meaning;
    const kind = who !== 'own' ? 'other' : what;
    if (kind === (wanted < OTHERS_PERCENT ? 'other' : wanted < OTHERS_PERCENT + FIGURES_PERCENT ? 'figure' : 'event')) return item;
  }
}

/** What is put together to an item's worth besides whom it is about, as numbers: what of it, and 0 to 2 for bad, nothing or good for that company. */
export function partsOf(meaning: Meaning): [kind: number, luck: number] {
  return [KINDS.indexOf(meaning.kind), 1 + Math.sign(effectTicks({ ...meaning, who: 'own' }))];
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({ options: { unread: { type: 'string', default: UNREAD_PERMILLE } }, allowPositionals: true });
  const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
  const wanted = positionals.length > 0 ? positionals : [...TASKS, 'reading', 'naming', 'telling'];
  for (const task of TASKS) if (wanted.includes(task)) await encodeTask(task, encoder, Number(values.unread));
  if (wanted.includes('reading')) await encodeTexts('reading', READINGS, readingText, encoder);
  if (wanted.includes('telling')) await encodeTellings(encoder);
  if (wanted.includes('naming')) await encodeTexts('naming', NAMINGS, namingText, encoder);
}
