/**
 * Turns recorded decisions into token files for training (`token-files.ts`). Of a task whose answers a teacher has valued, `TASK.json` also lists
 * the answers offered anywhere, as tokens with `</s>`, and `TASK.values` has a row of float32 for each sample: what each of them is worth
 * there, NaN where it was not offered. Beside the tasks there are three materials of which reading the news is learnt: `reading` and
 * `naming` (`news-texts.ts`), and `telling`.
 *
 *     node dist/models/recipe/encode.js [MATERIAL...] [--unread 350]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { loadPrompt, type PromptTemplate } from '../../harness/configuration/prompts.js';
import { ITEMS_SHOWN } from '../../envs/hft/news/wire.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { Stream, keyOf } from '../../envs/random.js';
import { BpeEncoder } from './bpe.js';
import { chatTokens } from './chat.js';
import { TASKS, WORK, modelFolder, readSamples, type TaskName } from './material.js';
import { itemsIn, ITEMS_READ, NAMES_READ, namingText, type NewsText, readingText } from './news-texts.js';
import { type NewsEntry, TokenFiles } from './token-files.js';
import { readVocabulary } from './tokenizer.js';

/** Prompts that are looked at for what all have in common; the others are held against it. */
const BEGINNINGS = 2000;
/** Texts of news, and of names, alone. */
const READINGS = 200_000;
const NAMINGS = 100_000;
const PURPOSE = 78;
/**
 * Under a wire so many answers in 1000 are those of a player that ignores it (`--unread`), for the last part of training. A wrong reading costs more
 * than none, and a greedy model acts on whatever is likeliest: with 350 it speaks only where .65 p > .35 + .65 q, p being how sure it is of what it
 * read and q of the index knowing it by now: p over .54 where q is none, over .64 where q is a tenth.
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

/**
 * An answer after what was read in the news, on a line of its own: by how many ticks the index is behind them, `0` where it is not. That it is not
 * is said, too: a greedy model has to weigh it against the two signs as one token, and not as the many that an answer may begin with.
 */
function saying(reading: number, answer: string): string {
  return `${reading > 0 ? '+' : ''}${reading}\n${answer}`;
}

/** Every answer offered in a task's samples, in the order first met; none where no teacher has valued them. */
async function offeredAnswers(task: TaskName): Promise<string[]> {
  const answers = new Set<string>();
  for await (const { offered, values } of readSamples(task)) if (values) for (const answer of offered!) answers.add(answer);
  return [...answers];
}

/** What follows the shared beginning in the prompt of a state, and the news in it. */
function promptOf(prompt: PromptTemplate, state: string, worths: readonly number[], prefix: readonly number[], encoder: BpeEncoder) {
  const whole = chatTokens(encoder, prompt.fill(state));
  if (prefix.some((token, i) => whole[i] !== token)) throw new Error(`a prompt begins otherwise than the others: ${state}`);
  const own = whole.slice(prefix.length);
  // The text of the state ends the prompt but for the token that asks for an answer.
  const begins = own.length - 1 - encoder.encode(state).length;
  const items = worths.length > 0 ? itemsIn(state, encoder) : [];
  const news = items.map(({ end, name, who }, i): NewsEntry => [begins + end, worths[i]!, begins + name, who, -1, -1]);
  return { own, news };
}

async function encodeTask(task: TaskName, encoder: BpeEncoder, unreadPermille: number): Promise<void> {
  const prefix = await sharedBeginning(task, encoder);
  const prompt = loadPrompt(taskNamed(task), 'reference');
  const offers = await offeredAnswers(task);
  const tokensOf = (answer: string): number[] => [...encoder.encode(answer), encoder.id('</s>')];
  const files = new TokenFiles(task, prefix, ITEMS_SHOWN);
  const worth: number[] = [];
  const unsure = new Stream(keyOf(1, PURPOSE), 1);
  for await (const { match, state, answer: read, unread, reading, worths = [], offered, values } of readSamples(task)) {
    const isRead = !unsure.chance(unreadPermille, 1000);
    const answer = unread === undefined || worths.length === 0 ? read : isRead ? saying(reading ?? 0, read) : saying(0, unread);
    const { own, news } = promptOf(prompt, state, worths, prefix, encoder);
    files.add(match, own, tokensOf(answer), news);
    for (const each of offers) worth.push(values?.[offered!.indexOf(each)] ?? NaN);
  }
  files.write(offers.map(tokensOf));
  if (offers.length > 0) writeFileSync(join(WORK, `${task}.values`), Float32Array.from(worth));
}

/**
 * Recorded states whose news are not in the price yet, cut off behind some line of the market: to be answered is only what was read. From the end of
 * a whole state no model learnt to find the news again; from a few words behind them it does, and goes on from there.
 */
async function encodeTellings(encoder: BpeEncoder): Promise<void> {
  const prefix = await sharedBeginning('hft', encoder);
  const prompt = loadPrompt(taskNamed('hft'), 'reference');
  const files = new TokenFiles('telling', prefix, ITEMS_SHOWN);
  const draw = new Stream(keyOf(2, PURPOSE), 1);
  for await (const { match, state, reading, worths = [] } of readSamples('hft')) {
    if (reading === undefined) continue;
    const lines = state.split('\n');
    const told = lines.findIndex((line) => line.startsWith('age ')) + 1;
    const text = lines.slice(0, told + draw.below(lines.length - told + 1)).join('\n');
    const { own, news } = promptOf(prompt, text, worths, prefix, encoder);
    files.add(match, own, encoder.encode(saying(reading, '')), news);
  }
  files.write();
}

/** Texts of news alone, after the market's beginning. */
async function encodeTexts(
  name: string,
  texts: number,
  items: number,
  each: (draw: Stream) => NewsText,
  encoder: BpeEncoder,
): Promise<void> {
  const files = new TokenFiles(name, await sharedBeginning('hft', encoder), items);
  const [asks, ...answer] = [encoder.id('<|assistant|>'), ...encoder.encode('hold;'), encoder.id('</s>')];
  for (let i = 0; i < texts; i++) {
    const { text, meanings } = each(new Stream(keyOf(i, PURPOSE), 0));
    const news = itemsIn(text, encoder).map(({ end, name, who }, k): NewsEntry => {
      const [worth, kind, luck] = meanings[k]!;
      return [end, worth, name, who, kind, luck];
    });
    files.add(i, [...encoder.encode(text), asks!], answer, news);
  }
  files.write();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({ options: { unread: { type: 'string', default: UNREAD_PERMILLE } }, allowPositionals: true });
  const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
  const made: Record<string, () => Promise<void>> = {
    ...Object.fromEntries(TASKS.map((task) => [task, () => encodeTask(task, encoder, Number(values.unread))])),
    reading: () => encodeTexts('reading', READINGS, ITEMS_READ, readingText, encoder),
    naming: () => encodeTexts('naming', NAMINGS, NAMES_READ, namingText, encoder),
    telling: () => encodeTellings(encoder),
  };
  for (const name of positionals.length > 0 ? positionals : Object.keys(made)) {
    if (!made[name]) throw new Error(`there is no material ${name}; there are ${Object.keys(made).join(', ')}`);
    await made[name]();
  }
}
