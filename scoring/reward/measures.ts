/** The figures of one match that a formula may name: what a trace honestly gives of a seat, and what is known of who played it. */
import type { AnyTask } from '../../envs/environment.js';
import { costUsd, isMissing, tokensOf, type Missing, type Price } from '../figures/cost.js';
import { latencyQuantile, realLatency, worldLatency, type LatencySample, type PlayedSeat } from '../figures/latency.js';
import { seatRates, type SeatRates } from '../figures/rates.js';
import { decisionsOf, endOf, isPlay } from '../trace/decisions.js';
import type { Range } from '../statistics/bounded.js';
import { shownRange, shownReward } from './reward.js';

/** A match with what its trace does not say. */
export interface MeasuredMatch extends PlayedSeat {
  task: AnyTask;
  price?: Price;
  /** Figures of the configuration as a whole, the same in each of its matches; absent where they were not measured. */
  quality?: number;
  patient?: number;
  /** In percent; found by playing the match again, so it is asked for only where a formula names it. */
  drawdown?: () => number | Missing;
}

/** One figure. */
export interface Measure {
  name: string;
  about: string;
  of(match: MeasuredMatch): number | Missing;
  /** Where it lies in every match played like this one; absent, or undefined: without bound, or the same in all of a player's matches. */
  range?(match: MeasuredMatch): Range | undefined;
}

/** Of a share, or of what a match of two was worth. */
const SHARE: Range = { low: 0, high: 1 };

const share = (key: keyof SeatRates, about: string): Measure => ({
  name: key,
  about,
  of: (match) => {
    const part = seatRates(match)[key];
    return part === null || part.of === 0 ? { missing: `nothing of which ${key} is a share` } : part.count / part.of;
  },
  range: () => SHARE,
});

const waited = (
  name: string,
  p: number,
  about: string,
  sample: (decision: ReturnType<typeof decisionsOf>[number], speed: number) => LatencySample,
): Measure => ({
  name,
  about,
  of: ({ trace, seat }) => {
    const samples = decisionsOf(trace, seat)
      .filter(isPlay)
      .map((decision) => sample(decision, trace.header.speed));
    const { value, atLeast } = latencyQuantile([samples], p);
    if (value === null) return { missing: 'no decision was made' };
    return atLeast ? { missing: `only that it is at least ${value / 1000} ms: too many decisions brought no action` } : value / 1000;
  },
});

const tokens = (name: string, key: 'prompt' | 'completion', about: string): Measure => ({
  name,
  about,
  of: (match) => {
    const counts = tokensOf(match);
    return 'missing' in counts ? counts : counts[key];
  },
});

const engine = (name: string, key: string, about: string): Measure => ({
  name,
  about,
  of: ({ trace, seat }) => {
    const { configuration } = trace.header.seats[seat]!;
    const found = ((configuration as { engine?: Record<string, unknown> } | undefined)?.engine ?? {})[key];
    return typeof found === 'number' ? found : { missing: 'only embedded configurations tell it' };
  },
});

/** Measures of a configuration as a whole: the same in all of its matches. */
export const WHOLE: readonly string[] = ['quality', 'patient'];

const known = (name: 'quality' | 'patient', about: string): Measure => ({
  name,
  about,
  of: (match) => match[name] ?? { missing: 'not measured of this configuration' },
});

const landed = ({ trace, seat }: PlayedSeat): number => decisionsOf(trace, seat).filter(({ outcome }) => outcome === 'act').length;

/** Those of every task. Latencies in world time; shares in [0, 1]. */
const EVERYWHERE: readonly Measure[] = [
  {
    name: 'reward',
    about: "what the task paid, in the task's shown unit",
    of: (match) => shownReward(match.task, match) ?? { missing: 'the match has no end' },
    range: (match) => shownRange(match.task, [match]),
  },
  known('quality', 'probe quality of the configuration (the same in all of its matches)'),
  known('patient', 'patient play of the configuration (the same in all of its matches)'),
  {
    name: 'latencyMs',
    about: 'time waited for each action that landed',
    of: ({ trace, seat }) => {
      const us = decisionsOf(trace, seat)
        .filter(isPlay)
        .reduce((sum, { latencyUs }) => sum + latencyUs, 0);
      const actions = landed({ trace, seat });
      return actions === 0 ? { missing: 'no action landed' } : us / actions / 1000;
    },
  },
  waited('p50Ms', 0.5, 'median latency', worldLatency),
  waited('p90Ms', 0.9, 'latency that nine decisions in ten keep to', worldLatency),
  waited('realP50Ms', 0.5, 'median latency in real time', realLatency),
  waited('realP90Ms', 0.9, 'the same of nine in ten, in real time', realLatency),
  share('invalid', 'share of answers that were no legal action'),
  share('failed', 'share of calls that failed'),
  share('missed', 'share of decisions without an answer in time'),
  share('stale', 'share of landed answers to a situation that had changed'),
  share('idle', 'share of frames free to act in which nothing planned was done'),
  { name: 'decisions', about: 'observations that were settled', of: ({ trace, seat }) => decisionsOf(trace, seat).length },
  { name: 'actions', about: 'actions that landed', of: landed },
  { name: 'worldS', about: 'length of the match in world seconds', of: ({ trace }) => endOf(trace) / 1e6 },
  tokens('promptTokens', 'prompt', 'prompt tokens of all calls'),
  tokens('completionTokens', 'completion', 'answer tokens of all calls'),
  { name: 'costUsd', about: 'what the match cost by the price of its configuration', of: (match) => costUsd(match, match.price) },
  engine('bits', 'bitsPerWeight', 'bits a weight'),
  engine('gamma', 'gammaByParameters', 'share of parameters in FP4'),
];

/** The figures of a task's matches. */
export function measuresOf(task: AnyTask): Measure[] {
  const { success, outcome, trades } = task;
  return [
    ...EVERYWHERE,
    ...(success
      ? [
          {
            name: success.measure,
            about: `${success.name}, counted`,
            of: ({ trace, seat }: MeasuredMatch) =>
              trace.footer ? success.count(trace.footer.results, seat) : { missing: 'the match has no end' },
            range: ({ trace }: MeasuredMatch) => success.range?.(task.parseOptions(trace.header.options)),
          },
        ]
      : []),
    ...(outcome
      ? [
          {
            name: 'won',
            about: '1 for a match won, 0 for one lost, a half for a draw',
            of: ({ trace, seat }: MeasuredMatch) =>
              trace.footer ? outcome(trace.footer.results, seat) : { missing: 'the match has no end' },
            range: () => SHARE,
          },
        ]
      : []),
    ...(trades
      ? [
          {
            name: 'drawdown',
            about: 'deepest fall of equity from a peak, in percent of it',
            of: ({ drawdown }: MeasuredMatch) => drawdown?.() ?? { missing: 'the match was not played again' },
          },
        ]
      : []),
  ];
}

/** A figure of a match by name, or why there is none. @param name one of the task's measures */
export function measured(name: string, match: MeasuredMatch): number | Missing {
  const figure = measureNamed(name, match).of(match);
  return isMissing(figure) || Number.isFinite(figure) ? figure : { missing: `${name} is ${figure}` };
}

/** Where a measure lies, in every match that is played like this one; undefined where it has no bounds. @param name one of the task's measures */
export function measuredRange(name: string, match: MeasuredMatch): Range | undefined {
  return measureNamed(name, match).range?.(match);
}

function measureNamed(name: string, { task }: MeasuredMatch): Measure {
  return measuresOf(task).find((each) => each.name === name)!;
}
