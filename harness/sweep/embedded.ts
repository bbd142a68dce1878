/** The embedded configurations of a sweep: engines that compute on this host, so how many may do so side by side, and who comes first. */
import { threadsOf, type Setup } from '../configuration/team.js';
import { hashOf } from '../configuration/hash.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { Cell, Entrant } from './cells.js';
import type { CellResult } from './play.js';

/** Those among some entrants, once each, by their hash. */
export function embeddedAmong(entrants: Iterable<Entrant>): Map<string, Setup> {
  const found = new Map<string, Setup>();
  for (const { kind, configuration } of entrants) if (kind === 'embedded') found.set(hashOf(configuration), configuration!);
  return found;
}

/** Whether it is the one of this hash. */
export function isOf(key: string, { configuration }: Entrant): boolean {
  return configuration !== undefined && hashOf(configuration) === key;
}

/** How many of them may compute side by side on this many threads. */
export function lanesFor(configurations: Iterable<Setup>, workers: number): number {
  const threads = [...configurations].map((each) => Math.max(1, threadsOf(each)));
  return Math.max(1, Math.min(threads.length, Math.floor(workers / Math.max(1, ...threads))));
}

/** The slowest first, so that the lanes end at about the same time. A slow one came to few decisions in its measured matches. */
export function slowestFirst(keys: Iterable<string>, played: Iterable<CellResult>): string[] {
  const decisions = new Map([...keys].map((key) => [key, 0]));
  for (const { cell, trace } of played) {
    const key = isMeasured(cell) ? hashOf(cell.entrant.configuration) : undefined;
    if (key !== undefined && decisions.has(key)) decisions.set(key, decisions.get(key)! + decisionsOf(trace, cell.seat).length);
  }
  return [...decisions].sort(([, a], [, b]) => a - b).map(([key]) => key);
}

function isMeasured({ entrant, purpose }: Cell): boolean {
  return purpose === 'measure' && entrant.configuration !== undefined;
}
