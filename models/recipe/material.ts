/** What the recipe's steps hand each other: the folders, the prompts, and the recorded decisions. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../harness/host/root.js';

/** The reference models, smallest first. */
export const MODELS = ['tb-1m', 'tb-4m'] as const;
/** The tasks that one model plays, told apart by their prompts alone. */
export const TASKS = ['hft', 'fighter'] as const;
export type TaskName = (typeof TASKS)[number];

/** Matches with seeds from here on are never trained on: they belong to the probe banks, the sweeps and the evaluation. */
export const SEED_LIMIT = 9_000_000;

export function modelFolder(model: string): string {
  return join(packageRoot(), 'models', model);
}

/** Everything the recipe makes on the way; ignored by git. */
export const WORK = join(packageRoot(), 'models', 'scratch');

/** One decision: the text of what a seat saw, and the canonical answer of the task's best bot to it. */
export interface Sample {
  /** Seed of the match it comes from: held-out samples are of held-out matches. */
  match: number;
  state: string;
  answer: string;
  /** Where there is a wire: what a player that ignores it answers. */
  unread?: string;
  /** By how many ticks the bot that answers takes the index to be behind the news, where it does. */
  reading?: number;
  /** What each item of news in the state is worth in ticks, as they are told there. */
  worths?: number[];
  /** Canonical answers the oracle would value there, for the task that `teacher.py` teaches, and what it thinks each is worth (1/VALUE_SCALE reward units). */
  offered?: string[];
  values?: number[];
}

export function samplesFile(task: TaskName): string {
  return join(WORK, `${task}.jsonl`);
}

/** The recorded decisions of a task, in the order they were written. */
export async function* readSamples(task: TaskName): AsyncGenerator<Sample> {
  const lines = createInterface({ input: createReadStream(samplesFile(task)), crlfDelay: Infinity });
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as Sample;
}
