/**
 * How surely the oracle says what a decision of the quick plan's market was worth, by the number of futures: every decision is valued twice, in
 * futures that have nothing in common, and the two are correlated over the decisions (their reliability; 1: nothing is left to chance). The peer
 * is the task's own number. Beside it the quality that comes out either time, and the price.
 */
import type { Json } from '../../envs/environment.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { loadPlan } from '../../harness/sweep/plan.js';
import { quality } from '../../scoring/figures/quality.js';
import { correlation } from '../../scoring/hft/realism/correlation.js';
import { sampleDecisions, valueDecisions, type ValuedDecision } from '../../scoring/oracle/oracle.js';
import { clusterBootstrap } from '../../scoring/statistics/bootstrap.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { BenchRow } from './main.js';
import { recordMatch } from './recorded-match.js';

const TASK = 'hft';
const FUTURES = [8, 16, 32];
/** Players of every kind, and matches of each with so many decisions valued. */
const PLAYERS = [
  { bot: 'reader', errorPermille: 0 },
  { bot: 'reader-75', errorPermille: 250 },
  { bot: 'expert', errorPermille: 100 },
  { bot: 'maker', errorPermille: 100 },
];
const MATCHES = 12;
const DECISIONS_A_MATCH = 2;
/** Delays of the matches, one after the other: from the first on, so far apart. */
const DELAY_US = 300_000;
const DELAY_STEP_US = 40_000;
const BOOTSTRAP = { replicates: 1000, seed: 1 };
const WHERE = ['decided', 'landed'] as const;

/** A match's decisions, each valued twice. */
type Twice = [ValuedDecision[], ValuedDecision[]];

interface Valuation {
  matches: Twice[];
  cpuMsEach: number;
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

export async function bench(): Promise<BenchRow[]> {
  const task = taskNamed(TASK);
  const { options } = loadPlan('quick').tasks.find(({ name }) => name === TASK)!.plan;
  const raw = options as Record<string, Json>;
  const lengthUs = task.lengthUs(task.parseOptions(raw))!;
  const traces = PLAYERS.flatMap(({ bot, errorPermille }, player) =>
    Array.from({ length: MATCHES }, (_, i) =>
      recordMatch(task, raw, 600_000 + MATCHES * player + i, { bot, errorPermille, delayUs: DELAY_US + DELAY_STEP_US * i }, lengthUs),
    ),
  );
  const chosen = traces.map((trace) => ({
    trace,
    decisions: sampleDecisions(decisionsOf(trace, 0), DECISIONS_A_MATCH, trace.header.seed),
  }));
  const count = chosen.reduce((sum, { decisions }) => sum + decisions.length, 0);

  const valuation = (futures: number): Valuation => {
    const started = processorMs();
    const matches = chosen.map(
      ({ trace, decisions }) => [1, 2].map((seed) => valueDecisions(task, trace, decisions, { futures, seed })) as Twice,
    );
    return { matches, cpuMsEach: (processorMs() - started) / (2 * count) };
  };
  // What is not compiled yet would be charged to the first.
  valuation(2);
  const valuations = new Map(FUTURES.map((futures) => [futures, valuation(futures)]));

  return WHERE.flatMap((where) => {
    const pairs = ({ matches }: Valuation) =>
      matches.map(([one, other]) => ({ x: one.map((each) => each[where].value), y: other.map((each) => each[where].value) }));
    const peer = correlation(pairs(valuations.get(task.oracle.futures)!));
    return FUTURES.map((futures): BenchRow => {
      const valued = valuations.get(futures)!;
      const ours = correlation(pairs(valued));
      const { low, high } = clusterBootstrap(pairs(valued), correlation, BOOTSTRAP);
      const interval = `[${low!.toFixed(2)}, ${high!.toFixed(2)}] over ${traces.length} matches, ${count} decisions`;
      const qualities = [0, 1].map((i) => quality(valued.matches.map((twice) => twice[i]!.map((each) => each[where]))).value!.toFixed(3));
      const note = `${interval}; quality ${qualities.join(' and ')}; ${Math.round(valued.cpuMsEach)} ms of processor time a decision`;
      return {
        case: `${where}: ${futures} futures (peer: ${task.oracle.futures})`,
        unit: 'correlation',
        ours,
        peer,
        ratio: ours / peer,
        note,
      };
    });
  });
}
