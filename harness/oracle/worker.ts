/** A thread's work: values a sample of a trace's decisions. */
import { decisionsOf, isPlay } from '../../scoring/trace/decisions.js';
import { sampleDecisions, valueDecisions } from '../../scoring/oracle/oracle.js';
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import { taskNamed } from '../match/tasks.js';
import type { OracleJob } from './pool.js';

export const work = ({ trace, seat, sample, settings }: OracleJob): ValuedMatch => {
  const decisions = sampleDecisions(decisionsOf(trace, seat).filter(isPlay), sample, sampleSeed(settings?.seed ?? 0, trace.header.seed));
  return { traceId: trace.header.id, seat, decisions: valueDecisions(taskNamed(trace.header.task), trace, decisions, settings) };
};

/** Samples differ between matches and stay the same between runs. */
function sampleSeed(seed: number, matchSeed: number): number {
  return seed * 0x10000 + matchSeed;
}
