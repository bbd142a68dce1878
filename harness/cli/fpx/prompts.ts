/** Prompts to calibrate a model with: states of a task, what agents saw in recorded matches, or a file of one's own. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Action, AnyEnvironment, AnyTask, Json } from '../../../envs/environment.js';
import type { Prompt } from '../../../fpx/sensitivity/answers.js';
import { qualityPart, type Stakes } from '../../../scoring/figures/quality.js';
import { askedStates, type AskedState } from '../../../scoring/oracle/labels.js';
import type { RatioPart } from '../../../scoring/statistics/ratios.js';
import { loadPrompt } from '../../configuration/prompts.js';
import { explain } from '../../configuration/configuration.js';
import { isJson } from '../../host/json.js';
import { taskNamed, valuedTaskNames } from '../../match/tasks.js';
import { bankRecipe } from '../../oracle/recipes.js';
import { readTrace } from '../../traces/reader.js';
import { replayTrace } from '../../traces/replay.js';
import { UsageError } from '../values.js';

/** Matches of calibration states have seeds from here: beyond all that the reference models were trained on, swept by no plan, and in no probe bank. */
const CALIBRATION_SEEDS_FROM = 8_000_000;
/** Seeds between a calibration's first and that of what is measured later. */
const LATER = 500_000;
/** States taken of one match. */
const STATES_A_MATCH = 4;
/** Futures in which answers to calibration states are valued. */
const FUTURES = 16;

/** What is asked, as chat messages, plain text or tokens, and its answer where that is given. */
export interface WrittenPrompt {
  messages?: { role: 'system' | 'user'; content: string }[];
  text?: string;
  tokens?: number[];
  answer?: string | number[];
}

/** Prompts with where they came from. */
export interface PromptSource {
  name: string;
  prompts: WrittenPrompt[];
  /** Of answers to all prompts, what they win and what is at stake, by source match; absent where no task says what an answer is worth. */
  qualityParts?: (answers: readonly string[]) => RatioPart[];
}

/** What the command line says of where prompts come from. */
export interface SourceFlags {
  task?: string;
  prompts?: string;
  traces?: string;
  promptName?: string;
  count: number;
}

/** What can be refused before a model is loaded. @throws UsageError */
export function checkSource({ task, traces, prompts, count }: SourceFlags): void {
  if (count < 1) throw new UsageError('--count 0: accepted: a whole number from 1');
  const given = [task, traces, prompts].filter((each) => each !== undefined);
  if (given.length !== 1) throw new UsageError('prompts come from one of --task, --traces and --prompts; give one of them');
  if (task !== undefined && !valuedTaskNames().includes(task))
    throw new UsageError(`--task ${task}: accepted: ${valuedTaskNames().join(', ')} (those with an oracle)`);
}

/**
 * The prompts that the command line asks for.
 * @param later states of a task that are others than those without it: what was chosen by one is measured on the other
 * @throws UsageError
 */
export async function sourceOf(
  { task, traces, prompts, count, promptName }: SourceFlags,
  { later = false, onMatch }: { later?: boolean; onMatch?: (done: number, total: number) => void } = {},
): Promise<PromptSource> {
  if (traces !== undefined) return tracePrompts(traces, count, promptName);
  if (prompts !== undefined) return filePrompts(prompts, count);
  const firstSeed = CALIBRATION_SEEDS_FROM + (later ? LATER : 0);
  return taskPrompts(taskNamed(task!), count, promptName ?? 'reference', { firstSeed, onMatch });
}

/** By which prompts with their answers are known again; 16 hexadecimal digits. */
export function promptsHash(prompts: readonly Prompt[]): string {
  const parts = prompts.map(({ tokens: asked, answer }) => [asked, answer]);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** The prompt of middle length: the one that is timed. */
export function middling(prompts: readonly Prompt[]): Prompt {
  const length = ({ tokens: asked, answer }: Prompt): number => asked.length + answer.length;
  return [...prompts].sort((a, b) => length(a) - length(b))[prompts.length >> 1]!;
}

/** States of scripted matches, on seeds that nothing else uses, with what answers there are worth by the task's own oracle. */
function taskPrompts(
  task: AnyTask,
  count: number,
  promptName: string,
  { firstSeed, onMatch }: { firstSeed: number; onMatch?: (done: number, total: number) => void },
): PromptSource {
  const { matches: mixes, playUs } = bankRecipe(task);
  const template = loadPrompt(task, promptName);
  const states: AskedState[] = [];
  const matches = Math.ceil(count / STATES_A_MATCH);
  for (let i = 0; i < matches; i++) {
    const mix = mixes[i % mixes.length]!;
    const settings = { seed: firstSeed + i, options: mix.options, seats: mix.seats, labelledSeat: mix.probedSeat, playUs };
    states.push(...askedStates(task, { ...settings, states: STATES_A_MATCH, futures: FUTURES }));
    onMatch?.(i + 1, matches);
  }
  const asked = states.slice(0, count);
  const qualityParts = (answers: readonly string[]): RatioPart[] => {
    const clusters = Array.from({ length: matches }, (): Stakes[] => []);
    for (const [i, state] of asked.entries()) clusters[Math.floor(i / STATES_A_MATCH)]!.push(state.stakes(actionIn(task, answers[i]!)));
    return clusters.map(qualityPart);
  };
  return { name: task.name, prompts: asked.map(({ text }) => asMessages(template.fill(text))), qualityParts };
}

function actionIn(task: AnyTask, answer: string): Action<Json> | undefined {
  const parsed = task.parse(answer, true);
  return parsed.kind === 'action' ? (parsed.action as Action<Json>) : undefined;
}

function asMessages({ system, user }: { system: string; user: string }): WrittenPrompt {
  return {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ],
  };
}

/** What the seats of recorded matches were shown, evenly over all of them. @throws UsageError when there is nothing */
async function tracePrompts(path: string, count: number, promptName: string | undefined): Promise<PromptSource> {
  const files = statSync(path).isDirectory()
    ? readdirSync(path).filter((name) => /^(?!.*\.(?:void|foreign)-).*\.jsonl\.gz$/.test(name)).sort().map((name) => join(path, name)) // prettier-ignore
    : [path];
  const seen: WrittenPrompt[] = [];
  for (const file of files) {
    const trace = await readTrace(file);
    const task = taskNamed(trace.header.task);
    const template = loadPrompt(task, promptName ?? 'reference');
    let world: AnyEnvironment;
    const nothing = (): void => undefined;
    replayTrace(trace, task, {
      begin: (env) => void (world = env),
      reach: (to) => world.advance(to),
      passed: (event) => {
        if (event.kind === 'observe' && trace.header.seats[event.seat]?.kind === 'model')
          seen.push(asMessages(template.fill(task.text(world.observe(event.seat)))));
      },
      landing: nothing,
      landed: nothing,
    });
  }
  if (seen.length === 0) throw new UsageError(`${path}: no trace in which a model was asked; accepted: a trace, or a folder of traces`);
  return { name: `traces of ${files.length} ${files.length === 1 ? 'match' : 'matches'}`, prompts: thinned(seen, count) };
}

const tokens = z.array(z.int().min(0)).min(1);
const filePrompt = z.union([
  z.strictObject({ prompt: z.string().min(1), answer: z.string().min(1).optional() }),
  z.strictObject({ tokens, answer: tokens.optional() }),
]);
const ACCEPTED = '{"prompt": "...", "answer": "..."}, {"tokens": [...], "answer": [...]}, or plain text';

/** What a file of prompts says, without a byte order mark. @throws UsageError for one that is no text, or is one JSON array, whose brackets would be taken for prompts */
function textIn(path: string): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError(`--prompts ${path}: is no text in UTF-8; accepted: a line each of ${ACCEPTED}`);
  }
  if (text.trimStart().startsWith('[') && isJson(text))
    throw new UsageError(`--prompts ${path}: is a JSON array; accepted: JSON lines, a line each of ${ACCEPTED}`);
  return text;
}

/** Prompts of a file: JSON lines of text or of tokens, each with an answer or without, or plain text, a prompt a line. @throws UsageError naming file and line */
function filePrompts(path: string, count: number): PromptSource {
  if (statSync(path).isDirectory())
    throw new UsageError(`--prompts ${path} is a folder; accepted: a file, or --traces with a folder of traces`);
  const text = textIn(path);
  const prompts: WrittenPrompt[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    if (!line.startsWith('{')) {
      prompts.push({ text: line });
      continue;
    }
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch (error) {
      throw new UsageError(`${path} line ${i + 1}: not JSON: ${(error as Error).message}`);
    }
    const parsed = filePrompt.safeParse(raw);
    if (!parsed.success) throw new UsageError(`${path} line ${i + 1}: ${explain(parsed.error).trim()}; accepted: ${ACCEPTED}`);
    const { data } = parsed;
    prompts.push({ ...('prompt' in data ? { text: data.prompt } : { tokens: data.tokens }), answer: data.answer });
  }
  if (prompts.length === 0) throw new UsageError(`${path}: no prompts; accepted: a line each of ${ACCEPTED}`);
  return { name: path.split('/').at(-1)!, prompts: thinned(prompts, count) };
}

/** So many of them, evenly spread. */
function thinned<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]!);
}
