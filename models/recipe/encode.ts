/**
 * Turns recorded decisions into token files for training: `TASK.json` (the tokens every prompt of the task begins with, and counts),
 * `TASK.tokens` (uint16: what follows that beginning, the answer and `</s>`, sample after sample) and
 * `TASK.index` (int32 triples: tokens of the prompt after the beginning, tokens of the answer with `</s>`, match).
 *
 *     node dist/models/recipe/encode.js
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadPrompt } from '../../harness/prompts.js';
import { taskNamed } from '../../harness/tasks.js';
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

async function encodeTask(task: TaskName, encoder: BpeEncoder): Promise<void> {
  const prompt = loadPrompt(taskNamed(task), 'reference');
  const prefix = await sharedBeginning(task, encoder);
  const tokens: number[] = [];
  const index: number[] = [];
  let longest = 0;
  for await (const { match, state, answer } of readSamples(task)) {
    const before = tokens.length;
    const own = chatTokens(encoder, prompt.fill(state)).slice(prefix.length);
    const answered = [...encoder.encode(answer), encoder.id('</s>')];
    tokens.push(...own, ...answered);
    index.push(own.length, answered.length, match);
    longest = Math.max(longest, tokens.length - before);
  }
  const samples = index.length / 3;
  writeFileSync(join(WORK, `${task}.tokens`), Uint16Array.from(tokens));
  writeFileSync(join(WORK, `${task}.index`), Int32Array.from(index));
  writeFileSync(join(WORK, `${task}.json`), JSON.stringify({ prefix, samples, longest }) + '\n');
  console.log(
    `${task}: ${samples} samples, ${prefix.length} tokens shared, then ${(tokens.length / samples).toFixed(1)} on average, ${longest} at most`,
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const encoder = new BpeEncoder(readVocabulary(modelFolder('tb-1m')));
  for (const task of TASKS) await encodeTask(task, encoder);
}
