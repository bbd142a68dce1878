/** What every verb of `tickbench paper` can be told, and the folder that its results are kept in. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { readEntrants, type AddressSettings, type PaperEntrant } from '../../paper/entrants.js';
import { fitted } from '../../report/text.js';
import { lockFolder } from '../../sweep/lock.js';
import { SweepStopped, type TaskReport } from '../../sweep/run.js';
import { SweepStore } from '../../sweep/store.js';
import { unfinishedLines } from '../../sweep/unfinished.js';
import { UNFINISHED } from '../exit-codes.js';
import { INTERRUPTED, onInterrupt } from '../interrupt.js';
import { positive, UsageError, whole } from '../values.js';

/** Flags of all verbs. */
export interface EndpointFlags {
  endpoint?: string[];
  model?: string;
  keyEnv?: string;
  prompt: string;
  maxTokens: number;
  maxCalls?: number;
  out?: string;
  json?: boolean;
}

/** Flags of those that play matches. */
export interface MatchFlags extends EndpointFlags {
  matches: number;
  firstSeed: number;
  speed?: number;
  plan?: string;
}

/** Adds what all verbs can be told. */
export function withEndpoints(command: Command): Command {
  return command
    .option(
      '--endpoint <what...>',
      'who plays: FILE.yaml, SIZE/BITS=FILE.yaml or SIZE/BITS=URL (14B/7.2=http://host:8000/v1#MODEL); without it the reference models stand in',
    ) // prettier-ignore
    .option('--model <name>', 'the model of every URL without #MODEL')
    .option('--key-env <name>', "the environment variable that holds the URLs' key")
    .option('--prompt <name>', 'the wording for URLs: plain, terse, json, or a file', 'plain')
    .option('--max-tokens <n>', 'tokens an answer of a URL may have', positive, 64)
    .option('--max-calls <n>', 'most calls to each endpoint that is not our own engine', positive)
    .option('--out <folder>', 'where results go, and are taken up from')
    .option('--json', 'print one JSON object');
}

/** Adds what those that play can be told. @param matches by default */
export function withMatches(command: Command, matches: number): Command {
  return withEndpoints(command)
    .option('--matches <n>', 'seeds, the same for everybody', whole, matches)
    .option('--first-seed <n>', 'the first seed', whole, 5000)
    .option('--speed <factor>', "world time per real time, instead of the plan's", positive)
    .option('--plan <plan>', 'the plan whose world is played, by name or file');
}

/** Refuses what says nothing. @throws UsageError */
export function checkMatches({ matches }: MatchFlags): void {
  if (matches < 3) throw new UsageError(`--matches ${matches}: accepted: at least 3, since two matches have no interval`);
}

/** Who was named; undefined when nobody was. @throws ConfigurationError, EndpointError */
export async function namedEntrants(flags: EndpointFlags): Promise<PaperEntrant[] | undefined> {
  const { endpoint, model } = flags;
  if (endpoint === undefined) {
    if (model !== undefined) throw new UsageError('--model goes with --endpoint URL');
    return undefined;
  }
  return await readEntrants(endpoint, settingsOf(flags));
}

/** What every address among them is asked with. */
export function settingsOf({ model, keyEnv, prompt, maxTokens }: EndpointFlags): AddressSettings {
  return { model, keyEnv: keyEnv ?? (process.env['OPENAI_API_KEY'] ? 'OPENAI_API_KEY' : undefined), prompt, maxTokens };
}

/** A results folder that is this process's alone while work is done in it. */
export interface Session {
  store: SweepStore;
  say: (line: string) => void;
  signal: AbortSignal;
  /** The folder as people read it from here. */
  shown: string;
}

/**
 * Does a verb's work in its results folder. Ctrl-C keeps what is finished, and the exit status says so. @param name of the folder below
 * results/ unless --out names one @throws StoreError when another process plays into it
 */
export async function inFolder(flags: EndpointFlags, name: string, work: (session: Session) => Promise<void>): Promise<void> {
  if (flags.out?.trim() === '') throw new UsageError(`--out: an empty name; accepted: a folder, or leave it out for results/${name}`);
  const say = (line: string): void => void process.stderr.write(`${fitted(line, process.stderr)}\n`);
  const folder = resolve(flags.out ?? join('results', name));
  checkFree(folder, name);
  const store = new SweepStore(folder);
  const unlock = lockFolder(store.folder, say);
  const interrupt = onInterrupt(say);
  const path = relative(process.cwd(), store.folder);
  try {
    await work({ store, say, signal: interrupt.signal, shown: path.startsWith('..') ? store.folder : path || '.' });
  } catch (error) {
    if (!(error instanceof SweepStopped)) throw error;
    say(`tickbench: ${error.message}`);
    process.exitCode = INTERRUPTED;
  } finally {
    interrupt.done();
    unlock();
  }
}

/** Refuses a folder whose summary is of something else: it would be written over. @throws UsageError */
function checkFree(folder: string, name: string): void {
  const path = join(folder, 'summary.json');
  if (!existsSync(path)) return;
  const verb = name.split('-')[1]!;
  let found: { tickbench?: unknown; verb?: unknown } | null;
  try {
    found = JSON.parse(readFileSync(path, 'utf8')) as typeof found;
  } catch {
    return; // torn or empty: nothing is lost with it
  }
  if (found?.tickbench !== 'paper.v1' || found.verb !== verb)
    throw new UsageError(`--out ${folder}: holds other results, and its summary.json would be written over; accepted: a new folder, or one of an earlier tickbench paper ${verb}`); // prettier-ignore
}

/** What is unfinished in words, and the exit status for it. */
export function unfinishedOf(reports: readonly TaskReport[]): string[] {
  const lines = [...new Set(unfinishedLines(reports))];
  if (lines.length > 0) process.exitCode = UNFINISHED;
  return lines;
}
