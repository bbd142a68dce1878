/**
 * Turns recorded decisions into token files for training: `TASK.json` (the tokens every prompt of the task begins with, and counts),
 * `TASK.tokens` (uint16: what follows that beginning, the answer and `</s>`, sample after sample) and
 * `TASK.index` (int32 triples: tokens of the prompt after the beginning, tokens of the answer with `</s>`, match). Of a task whose answers
 * a teacher has valued, `TASK.json` also lists the answers offered anywhere, as tokens with `</s>`, and `TASK.values` has a row of float32
 * for each sample: what each of them is worth there, NaN where it was not offered.
 *
 *     node dist/models/recipe/encode.js
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadPrompt } from '../../harness/configuration/prompts.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { BpeEncoder } from './bpe.js';
import { chatTokens } from './chat.js';
import { TASKS, WORK, modelFolder, readSamples, type TaskName } from './material.js';
import { readVocabulary } from './tokenizer.js';

/** How many tokens all prompts of a task have in common at their beginning. */
async function sharedBeginning(task: TaskName, encoder: BpeEncoder): Promise<number[]> {
  const prompt = loadPrompt(taskNamed(task), 'reference');
  let shared: number[] | undefined;
  for await (const { state } of readSamples(task)) {
    const tokens = chatTokens(encoder, prompt.fill(state));
    shared ??= tokens;
    let same = 0;
    while (same < shared.length && same < tokens.length - 1 && tokens[same] === shared[same]) same++;
    shared = shared.slice(0, same);
  }
  if (!shared) throw new Error(`no samples of ${task}: run dataset.js ${task} first`);
  return shared;
}

/** Every answer offered in a task's samples, in the order first met; none where no teacher has valued them. */
async function offeredAnswers(task: TaskName): Promise<string[]> {
  const answers = new Set<string>();
  for await (const { offered, values } of readSamples(task)) if (values) for (const answer of offered!) answers.add(answer);
  return [...answers];
}

async function encodeTask(task: TaskName, encoder: BpeEncoder): Promise<void> {
  const prompt = loadPrompt(taskNamed(task), 'reference');
  const prefix = await sharedBeginning(task, encoder);
  const offers = await offeredAnswers(task);
  const tokensOf = (answer: string): number[] => [...encoder.encode(answer), encoder.id('</s>')];
  const tokens: number[] = [];
  const index: number[] = [];
  const worth: number[] = [];
  let longest = 0;
  for await (const { match, state, answer, offered, values } of readSamples(task)) {
    const before = tokens.length;
    const own = chatTokens(encoder, prompt.fill(state)).slice(prefix.length);
    const answered = tokensOf(answer);
    tokens.push(...own, ...answered);
    index.push(own.length, answered.length, match);
    for (const each of offers) worth.push(values?.[offered!.indexOf(each)] ?? NaN);
    longest = Math.max(longest, tokens.length - before);
  }
  const samples = index.length / 3;
  writeFileSync(join(WORK, `${task}.tokens`), Uint16Array.from(tokens));
  writeFileSync(join(WORK, `${task}.index`), Int32Array.from(index));
  writeFileSync(join(WORK, `${task}.json`), JSON.stringify({ prefix, samples, longest, answers: offers.map(tokensOf) }) + '\n');
  if (offers.length > 0) writeFileSync(join(WORK, `${task}.values`), Float32Array.from(worth));
  console.log(
    `${task}: ${samples} samples, ${prefix.length} tokens shared, then ${(tokens.length / samples).toFixed(1)} on average, ${longest} at most`,
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
  for (const task of TASKS) await encodeTask(task, encoder);
}
