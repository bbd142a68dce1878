/**
 * A trace's footer is a claim. What it says of results, lateness and verdict is reckoned again from the events and the world played
 * again, and every difference is told.
 */
import type { Results } from '../../envs/environment.js';
import type { Lateness, Trace, TraceEvent, TraceFooter } from '../../scoring/trace/trace.js';
import { latenessOf } from '../match/lateness.js';
import { judge } from '../match/verdict.js';
import { strideOf } from '../match/grid.js';

/** What is not as the footer says, a sentence each. @param moments publishing moments the world came to when it was played again */
export function claimFaults(trace: Trace, footer: TraceFooter, results: Results, moments: number): string[] {
  const faults: string[] = [];
  const differ = (what: string, claimed: unknown, found: unknown): void => {
    const [said, is] = [canonical(claimed), canonical(found)];
    if (said !== is) faults.push(`${what}: the footer says ${shortened(said)}, played again it is ${shortened(is)}`);
  };
  differ('results', footer.results, results);
  const { header, events } = trace;
  const tickRealUs = (header.tickUs * strideOf(header.tickUs, header.speed)) / header.speed;
  const samples = lateSamples(events);
  const lateness = latenessOf(samples, tickRealUs);
  differ('lateness', footer.lateness, lateness);
  // On the virtual clock the world waits, and no moment of it can be late.
  const due = header.clock === 'wall' ? moments : 0;
  if (due !== samples.length)
    faults.push(`lateness: recorded for ${samples.length} publishing moments; a match on the ${header.clock} clock has it for ${due}`);
  faults.push(...verdictFaults(trace, footer, results, lateness, tickRealUs));
  return faults;
}

/** How late each publishing moment was, in microseconds, as the match wrote it down while it ran. */
export function lateSamples(events: readonly TraceEvent[]): number[] {
  return events.flatMap((event) => (event.kind === 'ticks' ? event.lateUs : []));
}

/** A match that the evidence voids must not count. That it is void for another reason (a clock that jumped) only its server can know. */
function verdictFaults({ header, events }: Trace, footer: TraceFooter, results: Results, lateness: Lateness, tickRealUs: number): string[] {
  if (!footer.verdict.counts) return [];
  const stopped = results.over ? undefined : 'its world had not come to its end';
  const { endedAt } = results;
  return judge({ lateness, tickRealUs, header, events, endedAt, clockJumpsMs: [], stopped }).reasons.map(
    (reason) => `verdict: the footer says that the match counts; it does not: ${reason.replace(/\.$/, '')}`,
  );
}

/** JSON with every object's keys in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function shortened(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 157)}...`;
}
