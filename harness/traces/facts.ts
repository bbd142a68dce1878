/**
 * What a recorded match says of itself at its beginning and its end, for lists of matches: read without its events, and therefore believed, not
 * checked. Whoever opens the match plays it again.
 */
import { open, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Results } from '../../envs/environment.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import type { MatchFacts } from './match-facts.js';
import { footerLine, headerLine } from './schema.js';

/** Longest first or last line that is read, in bytes; a header holds a recorded market's prices, or a configuration. */
const MOST_LINE = 4 << 20;
/** Longest packed match that is unpacked for its last line. */
const MOST_UNPACKED = 64 << 20;

const unpacked = promisify(gunzip);

/** What the match in a file says of itself; undefined where it is no trace, or too large to be looked into. */
export async function readFacts(path: string): Promise<MatchFacts | undefined> {
  const ends = await endsOf(path).catch(() => undefined);
  if (!ends) return undefined;
  const header = headerLine.safeParse(parsed(ends.first)).data?.header;
  if (!header) return undefined;
  const footer = footerLine.safeParse(parsed(ends.last)).data?.footer;
  const { id, task, seed, clock, patient, speed, seats, startedAt } = header;
  return {
    id,
    task,
    seed,
    clock,
    ...(patient ? { patient } : {}),
    speed,
    seats: seats.map(({ name, kind }, i) => ({ name, kind, reward: footer?.results.reward[i] ?? null, outcome: outcomeOf(task, footer?.results, i) })), // prettier-ignore
    startedAt,
    counts: footer ? footer.verdict.counts : null,
    reasons: footer?.verdict.reasons ?? [],
  };
}

/** Who has won, where the task's matches of two have a winner and the results tell it. */
function outcomeOf(task: string, results: Results | undefined, seat: number): 0 | 0.5 | 1 | null {
  const known = taskNames().includes(task) ? taskNamed(task).outcome : undefined;
  return known && results?.seats.length === 2 ? known(results, seat) : null;
}

/** First and last whole line of a file. */
async function endsOf(path: string): Promise<{ first: string; last: string }> {
  if (path.endsWith('.gz')) return endsIn(await unpacked(await readFile(path), { maxOutputLength: MOST_UNPACKED }));
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const part = async (from: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(MOST_LINE, size)), 0, Math.min(MOST_LINE, size), from);
      return buffer.subarray(0, bytesRead);
    };
    return { first: endsIn(await part(0)).first, last: endsIn(await part(Math.max(0, size - MOST_LINE))).last };
  } finally {
    await file.close();
  }
}

function endsIn(text: Buffer): { first: string; last: string } {
  const end = text.indexOf(10);
  const stop = text.lastIndexOf(10);
  const before = stop > 0 ? text.lastIndexOf(10, stop - 1) : -1;
  return { first: text.toString('utf8', 0, Math.max(0, end)), last: text.toString('utf8', before + 1, Math.max(0, stop)) };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
