/**
 * States with what the oracle says of every candidate there: what a player can be taught from when the task's expert is not
 * good enough. Seeds below the probes' range only, so a bank never leaks into training.
 */
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import { extremes, Oracle, positionKey, type Position } from './oracle.js';
import type { Stakes } from '../figures/quality.js';
import { PROBE_SEEDS_FROM } from './probes.js';
import { playOn, scripted, type SeatScript } from './rollout.js';

/** One labelled state. */
export interface LabelledState {
  seed: number;
  at: number;
  seat: number;
  /** What an observation says of it. */
  text: string;
  /** Canonical answers of the candidates, the standing order first, and their values over all futures (1/VALUE_SCALE reward units). */
  candidates: string[];
  values: number[];
  /** The answer of the highest value. */
  best: string;
}

export interface LabelSettings {
  seed: number;
  options: unknown;
  seats: readonly SeatScript[];
  labelledSeat: number;
  playUs: number;
  /** States drawn of the match. */
  states: number;
  futures: number;
}

/** A state to be asked about, with what any answer there is worth. */
export interface AskedState {
  seed: number;
  /** What an observation says of it. */
  text: string;
  /** The stakes of an action; of none, of the standing order. */
  stakes(action?: Action<Json>): Stakes;
}

/**
 * Plays one scripted match and labels a seeded sample of the observations of a seat.
 * @throws RangeError for a seed in the probes' range.
 */
export function labelMatch(task: AnyTask, settings: LabelSettings): LabelledState[] {
  const { oracle, positions } = drawPositions(task, settings);
  return positions.map((position) => {
    const { candidates, choose, value } = oracle.valueCandidates(position);
    const values = choose.map((each, i) => Math.round((each + value[i]!) / 2));
    const answers = candidates.map((action) => task.write(action));
    const { at, seat, state } = position;
    return { seed: settings.seed, at, seat, text: task.text(state), candidates: answers, values, best: answers[extremes(values).best]! };
  });
}

/** The same states, to be asked about: what is not among the candidates is valued when it is answered. @throws RangeError as `labelMatch` */
export function askedStates(task: AnyTask, settings: LabelSettings): AskedState[] {
  const { oracle, positions } = drawPositions(task, settings);
  return positions.map((position) => {
    const known = new Map<string, Stakes>();
    return {
      seed: settings.seed,
      text: task.text(position.state),
      stakes: (action) => {
        const name = action === undefined ? '' : task.write(action);
        const stakes = known.get(name) ?? oracle.stakes(position, action);
        known.set(name, stakes);
        return stakes;
      },
    };
  });
}

/** A seeded sample of what a seat sees in a scripted match. */
function drawPositions(task: AnyTask, settings: LabelSettings): { oracle: Oracle; positions: Position[] } {
  const { seed, seats, labelledSeat, playUs, futures } = settings;
  if (seed >= PROBE_SEEDS_FROM) throw new RangeError(`seed ${seed} is reserved for probes: use one below ${PROBE_SEEDS_FROM}`);
  const options: unknown = task.parseOptions(settings.options);
  const world = task.create(options, seed);
  const positions: Position[] = [];
  const first = world.nextPublish(0);
  const players = seats.map((script, seat) => scripted(task, seat, script, keyOf(seed, seat), first));
  playOn(world, players, playUs, {
    observed: (seat, at, state: unknown) => {
      if (seat === labelledSeat) positions.push({ snapshot: world.snapshot(), state, at, seat, key: positionKey(seed, at, seat) });
    },
  });
  const stream = new Stream(keyOf(seed, 0x1abe1), 0);
  const drawn: Position[] = [];
  while (drawn.length < settings.states && positions.length > 0) drawn.push(...positions.splice(stream.below(positions.length), 1));
  return { oracle: new Oracle(task, options, seed, futures), positions: drawn };
}
