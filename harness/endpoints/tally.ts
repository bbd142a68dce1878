/**
 * Calls counted in a file, a byte each: so the calls of several processes, one after another or at once, have one bound, whoever of them is killed.
 * The byte is written before its call is made.
 */
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EndpointSpec } from '../configuration/endpoint.js';
import { hashOf } from '../configuration/hash.js';
import type { BudgetLimits } from './budget.js';

/** What bounds the calls to each endpoint, where the processes that make them come and go. */
export interface SharedBudget extends BudgetLimits {
  /** A folder that holds each endpoint's tally; absent: who makes calls counts its own. */
  tallies?: string;
}

/** The file in which calls to an endpoint are counted; undefined where none are, or an engine of ours is asked. */
export function tallyFile({ tallies }: SharedBudget, endpoint: EndpointSpec): string | undefined {
  if (tallies === undefined || endpoint.kind === 'embedded') return undefined;
  const { kind, url, model } = endpoint;
  return join(tallies, `${hashOf([kind, url, model], 16)}.calls`);
}

export class CallTally {
  constructor(readonly path: string) {}

  /** How many calls were counted, those among them that were refused. */
  get count(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Counts a call. @returns false when that is one more than `most`, so that it may not be made @throws what the file system throws */
  take(most: number): boolean {
    const file = openSync(this.path, 'a', 0o600);
    try {
      writeSync(file, '.');
      return fstatSync(file).size <= most;
    } finally {
      closeSync(file);
    }
  }
}
