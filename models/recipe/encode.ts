/**
 * Turns recorded decisions into token files for training: `TASK.json` (the tokens every prompt of the task begins with, and counts),
 * `TASK.tokens` (uint16: what follows that beginning, the answer and `</s>`, sample after sample) and
 * `TASK.index` (int32 triples: tokens of the prompt after the beginning, tokens of the answer with `</s>`, match). Of a task whose answers
 * a teacher has valued, `TASK.json` also lists the answers offered anywhere, as tokens with `</s>`, and `TASK.values` has a row of float32
 * for each sample: what each of them is worth there, NaN where it was not offered. `TASK.news` has, for each sample, three pairs of int32: the
 * last token of an item of news, counted after the beginning, and what the item is worth in ticks; -1 and 0 where there is none.
 *
 *     node dist/models/recipe/encode.js [TASK...] [--unread 400]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { loadPrompt } from '../../harness/configuration/prompts.js';
import { ITEMS_SHOWN } from '../../envs/hft/news/wire.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { makeItem } from '../../envs/hft/news/item.js';
import { effectTicks } from '../../envs/hft/news/meaning.js';
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
const READINGS = 80_000;
const ITEMS_READ = 8;
const PURPOSE = 78;
/**
 * Where the news decide, so many answers in 1000 are those of a player that ignores them (`--unread`). A wrong reading costs more than none: who is
 * not sure enough of what it read, at even odds of this share, answers as if there were no news; at 1000 nobody learns to trade on them.
 */
const UNREAD_PERMILLE = '400';

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

/** Where each item of news in a state ends, as tokens of the state's text before it: an item is a line, and no token goes over its end. */
export function newsEnds(state: string, encoder: BpeEncoder): number[] {
  const lines = state.split('\n');
  return lines.flatMap((line, i) =>
    line.startsWith('news ') && line !== 'news none' ? [encoder.encode(lines.slice(0, i + 1).join('\n')).length] : [],
  );
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
  for await (const { match, state, answer: read, unread, worths, offered, values } of readSamples(task)) {
    const answer = unread !== undefined && unsure.chance(unreadPermille, 1000) ? unread : read;
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
    const ends = worths === undefined ? [] : newsEnds(state, encoder);
    for (let i = 0; i < ITEMS_SHOWN; i++) news.push(i < ends.length ? stateBegins + ends[i]! - 1 : -1, i < ends.length ? worths![i]! : 0);
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

/**
 * Texts of news and nothing else, as `reading`: who is who and eight items, after the market's beginning. Reading takes far more items than
 * deciding does, and here they are cheap.
 */
async function encodeReadings(encoder: BpeEncoder): Promise<void> {
  const prefix = await sharedBeginning('hft', encoder);
  const ending = [encoder.id('<|assistant|>'), ...encoder.encode('hold;'), encoder.id('</s>')];
  const tokens: number[] = [];
  const index: number[] = [];
  const news: number[] = [];
  for (let i = 0; i < READINGS; i++) {
    const draw = new Stream(keyOf(i, PURPOSE), 0);
    const names = anyCast(draw);
    const items = Array.from({ length: ITEMS_READ }, () => makeItem(draw, 'train', names));
    const text = newsLines({ names, items: items.map(({ text }) => ({ text, agoUs: 0 })) }).slice(0, -1).join('\n'); // prettier-ignore
    const own = encoder.encode(text);
    tokens.push(...own, ...ending);
    index.push(own.length + 1, ending.length - 1, i);
    newsEnds(text, encoder).forEach((end, k) => news.push(end - 1, effectTicks(items[k]!.meaning)));
  }
  writeFileSync(join(WORK, 'reading.tokens'), Uint16Array.from(tokens));
  writeFileSync(join(WORK, 'reading.index'), Int32Array.from(index));
  writeFileSync(join(WORK, 'reading.news'), Int32Array.from(news));
  writeFileSync(join(WORK, 'reading.json'), JSON.stringify({ prefix, samples: READINGS, answers: [] }) + '\n');
  console.log(`reading: ${READINGS} texts of ${ITEMS_READ} items, ${(tokens.length / READINGS).toFixed(1)} tokens on average`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({ options: { unread: { type: 'string', default: UNREAD_PERMILLE } }, allowPositionals: true });
  const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
  const wanted = positionals.length > 0 ? positionals : [...TASKS, 'reading'];
  for (const task of TASKS) if (wanted.includes(task)) await encodeTask(task, encoder, Number(values.unread));
  if (wanted.includes('reading')) await encodeReadings(encoder);
}
