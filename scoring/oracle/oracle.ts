/**
 * What a decision was worth. From a snapshot, every action is tried in the same freshly seeded futures (never the one that
 * really came: knowing the noise would reward luck), the own seat going on by a named policy at a named delay, and what each
 * earns by the horizon is compared. Best and worst are chosen on half of the futures and valued on the other half, so that
 * neither profits from having been picked. Where the other half contradicts the choice, doing nothing takes its place: the best is
 * never worth less than the standing order, the worst never more.
 */
import type { Action, AnyEnvironment, AnyTask, Micros, OracleFamily, Snapshot } from '../../envs/environment.js';
import { keyOf, philox2x32 } from '../../envs/random.js';
import type { Decision } from '../trace/decisions.js';
import type { Stakes } from '../figures/quality.js';
import { playOn, scripted, type Player, type SeatScript } from './rollout.js';
import type { Trace } from '../trace/trace.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- states and plans are the task's own; here they only pass through */

/**
 * Values are integers in thousandths of the task's integer reward unit: means over futures need finer steps than the unit itself,
 * in which a single share or a chip of health may be one step.
 */
export const VALUE_SCALE = 1000;

/** Futures in which a decision's stakes are valued, for each in which best and worst are chosen. */
const VALUED = 3;

/** Seeds of futures start here: no match, training run or probe is played on such a seed. */
const FUTURE_SEEDS_FROM = 2 ** 40;

/** A state to value actions in. */
export interface Position {
  snapshot: Snapshot;
  /** What the seat observes there. */
  state: any;
  at: Micros;
  seat: number;
  /** Chooses the futures: the same key gives the same futures. */
  key: number;
}

/** Values of a position's candidates, means over futures less candidate 0's, in 1/VALUE_SCALE reward units. */
export interface CandidateValues {
  candidates: Action<any>[];
  /** Over the half of the futures on which best and worst are chosen. */
  choose: number[];
  /** Over the other half. */
  value: number[];
  best: number;
  worst: number;
}

/** One decision valued. All in 1/VALUE_SCALE reward units, relative to the standing order. */
export interface ValuedDecision {
  seat: number;
  seq: number;
  observedAt: Micros;
  landedAt: Micros;
  outcome: Decision['outcome'];
  /** In the state observed, had it landed at once. */
  decided: Stakes;
  /** In the state it landed in. */
  landed: Stakes;
  /** Acting at once less acting after the measured delay with the standing order meanwhile, from the state observed. */
  latencyCost: number;
}

/** An action that lands a while after the position it was decided in. */
interface Late {
  action: Action<any>;
  /** Its canonical answer. */
  name: string;
  delayUs: Micros;
}

/** A trace that does not belong to these rules: its values would be meaningless. */
export class OracleError extends Error {
  override name = 'OracleError';
}

/** A key for a position from whole numbers that name it (match seed, time, seat): equal names give equal futures. */
export function positionKey(...names: number[]): number {
  return names.reduce((key, name) => keyOf(name, key), 0x0facade);
}

/** The seed of the k-th future of a position. */
export function futureSeed(key: number, future: number): number {
  return FUTURE_SEEDS_FROM + philox2x32(future, 0, key)[0];
}

/** Who plays the n-th other seat in the k-th future: the mixture's entries in turn. Undefined where the task names nobody. */
export function opponentIn(oracle: OracleFamily, opponent: number, future: number): SeatScript | undefined {
  const mixture = oracle.opponents[opponent];
  return mixture && { errorPermille: 0, ...mixture[future % mixture.length]! };
}

/** Values actions in positions of one match's world. Holds one world of its own, which it restores into. */
export class Oracle {
  private readonly world: AnyEnvironment;
  private readonly seats: number;
  readonly futures: number;
  /** The empty plan, the same in every state. */
  private nothing?: Action<any>;
  /** What was played of the position at hand, by future, action and delay. */
  private played: { position?: Position; worths: Map<string, number> } = { worths: new Map() };

  /**
   * @param families by whom positions are played on, future k by family k mod their number; the task's own when absent
   * @param futures futures per candidate, even; fewer than the task's own number makes a quicker, noisier oracle.
   * @throws OracleError when `futures` is not a positive even number.
   */
  constructor(
    readonly task: AnyTask,
    options: unknown,
    seed: number,
    futures: number = task.oracle.futures,
    private readonly families: readonly OracleFamily[] = [task.oracle],
  ) {
    if (task.lacks?.oracle !== undefined) throw new OracleError(`${task.name}: ${task.lacks.oracle}`);
    if (!Number.isSafeInteger(futures) || futures < 2 || futures % 2)
      throw new OracleError(`futures: found ${futures}, accepted: 2, 4, 6...`);
    if (families.length === 0 || (futures / 2) % families.length)
      throw new OracleError(`futures: found ${futures}; each half is shared out among ${families.length} families of players`);
    this.futures = futures;
    this.seats = task.seats(options);
    this.world = task.create(options, seed);
  }

  /** The candidates of a state: the task's published list. */
  candidates(state: any): Action<any>[] {
    return this.task.oracle.candidates(state);
  }

  /** The seat's worth at the horizon when `action` lands `delayUs` after the position, in one future. */
  worthAfter(position: Position, action: Action<any>, future: number, delayUs: Micros = 0): number {
    const { world, task } = this;
    const { at, seat } = position;
    const family = this.families[future % this.families.length]!;
    // Of a family's own futures, so that no family meets only some of its opponents.
    const turn = Math.floor(future / this.families.length);
    const seed = futureSeed(position.key, future);
    world.restore(position.snapshot);
    world.reseed(seed);
    const players: Player[] = [];
    let opponent = 0;
    for (let other = 0; other < this.seats; other++) {
      if (other === seat) {
        const own = scripted(task, seat, { errorPermille: 0, ...family.continuation }, keyOf(seed, 2 * other), at);
        own.pending = { action, landAt: at + delayUs };
        players.push(own);
        continue;
      }
      const script = opponentIn(family, opponent++, turn);
      if (!script) continue;
      const player = scripted(task, other, script, keyOf(seed, 2 * other), at);
      // What it has planned is hidden, and to know it would reward luck: another answer, such as it might give here, takes its place.
      world.act(other, (this.nothing ??= this.candidates(position.state)[0]!), at);
      world.act(other, player.policy.decide(world.observe(other)), at);
      // It is somewhere in the middle of a thought: its next answer, made before the action could be seen, lands within its delay.
      const phase = script.delayUs === 0 ? 0 : 1 + (philox2x32(future, 1 + other, position.key)[0] % script.delayUs);
      player.pending = { action: player.policy.decide(world.observe(other)), landAt: at + phase };
      players.push(player);
    }
    playOn(world, players, at + task.oracle.horizonUs);
    return world.worth(seat);
  }

  /**
   * Sums over futures [from, to) of the worth after each action. Each future is gone through once, by all: a world may remember its draws.
   * @param late an action that `latencyCost` will ask about: played in the same turn
   */
  private totals(position: Position, actions: readonly Action<any>[], from: number, to: number, late?: Late): number[] {
    const sums = actions.map(() => 0);
    const names = actions.map((action) => this.task.write(action));
    for (let future = from; future < to; future++) {
      actions.forEach((action, i) => (sums[i]! += this.worth(position, action, names[i]!, future)));
      if (late !== undefined && future < this.futures) this.cost(position, late, future);
    }
    return sums;
  }

  /** `worthAfter`, played once for all who ask of the same position. @param name the action's canonical answer */
  private worth(position: Position, action: Action<any>, name: string, future: number, delayUs: Micros = 0): number {
    if (this.played.position !== position) this.played = { position, worths: new Map() };
    const key = `${future} ${delayUs} ${name}`;
    const known = this.played.worths.get(key);
    if (known !== undefined) return known;
    const worth = this.worthAfter(position, action, future, delayUs);
    this.played.worths.set(key, worth);
    return worth;
  }

  /** What a delay cost in one future. */
  private cost(position: Position, { action, name, delayUs }: Late, future: number): number {
    return this.worth(position, action, name, future) - this.worth(position, action, name, future, delayUs);
  }

  private late(position: Position, action: Action<any> | undefined, delayUs: Micros): Late {
    const taken = action ?? this.candidates(position.state)[0]!;
    return { action: taken, name: this.task.write(taken), delayUs };
  }

  /** The candidates' values on the choosing half alone: what a bank's makers look at before they keep a state. */
  chooseCandidates(position: Position): number[] {
    return this.valuesOn(position, 0, this.futures / 2);
  }

  /** Values of all candidates on both halves of the futures: what a probe bank stores. */
  valueCandidates(position: Position, choose = this.chooseCandidates(position)): CandidateValues {
    const value = this.valuesOn(position, this.futures / 2, this.futures);
    return { candidates: this.candidates(position.state), choose, value, ...bestAndWorst(choose, value) };
  }

  private valuesOn(position: Position, from: number, to: number): number[] {
    const totals = this.totals(position, this.candidates(position.state), from, to);
    return totals.map((total) => meanGain(total - totals[0]!, to - from));
  }

  /** The value of any action on the valuing half, relative to the standing order. */
  valueOf(position: Position, action: Action<any>): number {
    const half = this.futures / 2;
    const [own, standing] = this.totals(position, [action, this.candidates(position.state)[0]!], half, this.futures);
    return meanGain(own! - standing!, half);
  }

  /**
   * The stakes of one decision: best and worst chosen on the first half, and only these, the standing order and the action taken
   * are played in futures of their own, three times as many: they are few, and what they are worth is the figure. An action that is not given counts as the standing order (rejected, missed).
   * @param delayUs after which `latencyCost` will be asked about the same action; what it needs is then played along, at less cost than later
   */
  stakes(position: Position, action?: Action<any>, delayUs?: Micros): Stakes {
    const candidates = this.candidates(position.state);
    const half = this.futures / 2;
    const late = delayUs === undefined ? undefined : this.late(position, action, delayUs);
    const chosen = extremes(this.totals(position, candidates, 0, half, late));
    const standing = candidates[0]!;
    const [taken, best, worst] = [action ?? standing, candidates[chosen.best]!, candidates[chosen.worst]!];
    const played = new Map([standing, taken, best, worst].map((each) => [this.task.write(each), each]));
    const totals = this.totals(position, [...played.values()], half, half + VALUED * half, late);
    const names = [...played.keys()];
    const total = (each: Action<any>): number => totals[names.indexOf(this.task.write(each))]!;
    const gain = (each: Action<any>): number => meanGain(total(each) - total(standing), VALUED * half);
    return { value: gain(taken), best: Math.max(0, gain(best)), worst: Math.min(0, gain(worst)) };
  }

  /** What the delay cost: acting at once less acting after it, in all futures. */
  latencyCost(position: Position, action: Action<any> | undefined, delayUs: Micros): number {
    const late = this.late(position, action, delayUs);
    let cost = 0;
    for (let future = 0; future < this.futures; future++) cost += this.cost(position, late, future);
    return meanGain(cost, this.futures);
  }
}

/** A difference of totals over `count` futures as a value. */
function meanGain(total: number, count: number): number {
  return Math.round((total * VALUE_SCALE) / count);
}

/** Positions of the largest and the smallest value, the first among equals. */
export function extremes(values: readonly number[]): { best: number; worst: number } {
  let best = 0;
  let worst = 0;
  values.forEach((value, i) => {
    if (value > values[best]!) best = i;
    if (value < values[worst]!) worst = i;
  });
  return { best, worst };
}

/**
 * Best and worst candidate: chosen on one half of the futures, and the standing order (candidate 0, worth 0 by definition) where the other
 * half says that the chosen best loses or the chosen worst gains.
 */
export function bestAndWorst(choose: readonly number[], value: readonly number[]): { best: number; worst: number } {
  const { best, worst } = extremes(choose);
  return { best: value[best]! < 0 ? 0 : best, worst: value[worst]! > 0 ? 0 : worst };
}

/** How many futures, and a seed that names this valuation (a different one draws other futures). */
export interface OracleSettings {
  futures?: number;
  seed?: number;
}

/**
 * Values some decisions of one trace: the match is played again once, with a snapshot where each was observed and where it landed.
 * @param decisions from `decisionsOf` of this trace, in any order; all seats may be mixed.
 * @throws OracleError when the trace was recorded under other rules.
 */
export function valueDecisions(
  task: AnyTask,
  trace: Trace,
  decisions: readonly Decision[],
  settings: OracleSettings = {},
): ValuedDecision[] {
  const { header, events } = trace;
  if (header.rules !== task.rules) {
    throw new OracleError(`trace ${header.id} was recorded under rules ${header.rules}; these are ${task.name} ${task.rules}`);
  }
  const options: unknown = task.parseOptions(header.options);
  const world = task.create(options, header.seed);
  const oracle = new Oracle(task, options, header.seed, settings.futures);
  const observedAt = new Map(decisions.map((decision) => [decision.observedIndex, decision]));
  const landedAt = new Map(decisions.map((decision) => [decision.landedIndex, decision]));
  const open = new Map<Decision, Position>();
  const valued: ValuedDecision[] = [];
  const last = Math.max(-1, ...landedAt.keys());

  const position = (seat: number, at: Micros): Position => ({
    snapshot: world.snapshot(),
    state: world.observe(seat),
    at,
    seat,
    key: positionKey(settings.seed ?? 0, header.seed, at, seat),
  });

  for (let index = 0; index <= last; index++) {
    const event = events[index]!;
    if (event.seat === undefined) continue;
    world.advance(event.at);
    const observed = observedAt.get(index);
    if (observed) open.set(observed, position(event.seat, event.at));
    const landing = landedAt.get(index);
    const before = landing && open.get(landing);
    if (landing && before) {
      open.delete(landing);
      valued.push(valueOne(oracle, landing, before, position(event.seat, event.at)));
    }
    if (event.kind === 'act') world.act(event.seat, event.action, event.at, event.latencyUs);
    if (event.kind === 'leave') world.leave(event.seat, event.at);
  }
  return valued;
}

function valueOne(oracle: Oracle, decision: Decision, observed: Position, landed: Position): ValuedDecision {
  const { seat, seq, observedAt, landedAt, outcome, action, latencyUs } = decision;
  const decided = oracle.stakes(observed, action, latencyUs);
  const latencyCost = oracle.latencyCost(observed, action, latencyUs);
  return { seat, seq, observedAt, landedAt, outcome, decided, landed: oracle.stakes(landed, action), latencyCost };
}

/** A seeded sample of `count` decisions without replacement, in order of play. The same trace and seed give the same sample. */
export function sampleDecisions(decisions: readonly Decision[], count: number, seed: number): Decision[] {
  const drawn = decisions.map((decision, i) => ({ decision, i, draw: philox2x32(i, decision.seat, keyOf(seed, 0x5a3))[0] }));
  drawn.sort((a, b) => a.draw - b.draw || a.i - b.i);
  return drawn
    .slice(0, count)
    .sort((a, b) => a.i - b.i)
    .map(({ decision }) => decision);
}
