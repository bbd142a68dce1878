/**
 * One world of a batch: a match without sockets or a clock. It is played by the very queue that plays matches (harness/match/world.ts), by the rules of
 * the virtual clock: the world stands still while a learner is asked, and its answer lands after the latency that it is charged.
 */
import type { Action, AnyEnvironment, AnyTask, Json, Micros, Policy, Results, Snapshot } from '../../envs/environment.js';
import { Oracle, OracleError, positionKey } from '../../scoring/oracle/oracle.js';
import type { Stakes } from '../../scoring/figures/quality.js';
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { contentOf } from '../match/answering.js';
import { PublishGrid, strideOf } from '../match/grid.js';
import { NO_LATENCY } from '../match/latency.js';
import { Seat, type SeatLine, type SeatState } from '../match/seat.js';
import { agentSeed } from '../match/welcome.js';
import { MatchWorld, type QueueState } from '../match/world.js';
import type { ActionFrame } from '../protocol/frames.js';
import { RolloutError } from './fault.js';

/** Who plays a seat: a learner outside, or a bot as late as it is given. */
export type RolloutSeat = { kind: 'learner' } | { kind: 'bot'; bot: string; errorPermille: number; givenUs: Micros };

/** What worlds are made by. `options` as the task parsed them. */
export interface RolloutSettings {
  task: AnyTask;
  options: unknown;
  seats: readonly RolloutSeat[];
  /** Seats of learners. */
  learners: readonly number[];
  tickUs: Micros;
  /** What a learner's answer is charged unless it says otherwise. */
  latencyUs: Micros;
  /** World time after which an answer is missed. */
  timeoutUs: Micros;
  observe: 'text' | 'state' | 'both';
  /** Decisions of a learner after which a world is cut short. */
  maxSteps?: number;
  /** Whether snapshots may be taken: bots are then made anew from what they have seen, which is kept. */
  snapshots: boolean;
}

/** What a learner does in one step. */
export type RolloutAction = Pick<ActionFrame, 'plan' | 'answer' | 'rejected' | 'standing'> & { seat: number; latencyUs?: Micros };

/** What became of the decision before. */
export interface Settled {
  outcome: 'act' | 'reject' | 'miss';
  at: Micros;
  latencyUs: Micros;
  accepted: boolean;
  reason?: string;
}

/** A learner's seat after a step. */
export interface SeatStep {
  seat: number;
  /** What the seat is asked; absent once the world is over. */
  seq?: number;
  at?: Micros;
  state?: unknown;
  text?: string;
  /** What its worth in the task's integer reward unit has changed by since it was told last: over a world these add up to the match's reward. */
  reward: number;
  settled?: Settled;
  /** What the decision before was worth, where it was asked for: in thousandths of the reward unit, less the standing order. */
  value?: Stakes;
}

/** A world after a step. */
export interface WorldStep {
  seats: SeatStep[];
  /** Its match is over. */
  terminated: boolean;
  /** It was cut short by `maxSteps`. */
  truncated: boolean;
  /** Once it is over. */
  results?: Results;
  digest?: string;
}

interface Kept {
  env: Snapshot;
  queue: QueueState;
  seats: SeatState[];
  told: number[];
  /** Of learners that were not asked yet since their last decision, what they are still to be told of it. */
  settled: (Settled | undefined)[];
  values: (Stakes | undefined)[];
  steps: number;
  /** What each bot had seen. */
  seen: unknown[][];
}

/** Nobody reads what is sent: a learner is told by `step`. */
const NOWHERE: SeatLine = { processes: {}, send: () => undefined, sendText: () => undefined, earn: () => undefined };
/** Most snapshots that a world keeps. */
const MOST_SNAPSHOTS = 1024;

export class RolloutWorld {
  private env!: AnyEnvironment;
  private seats: Seat[] = [];
  private queue: MatchWorld | null = null;
  private policies: (Policy<unknown, unknown> | null)[] = [];
  /** What each bot has seen, where snapshots may be taken. */
  private seen: unknown[][] = [];
  /** The worth of each seat that was told last. */
  private told: number[] = [];
  private settled: (Settled | undefined)[] = [];
  private values: (Stakes | undefined)[] = [];
  private steps = 0;
  private seed = 0;
  private oracle: Oracle | null = null;
  private snapshots = new Map<number, Kept>();
  private taken = 0;

  /** @param record told every event, as a match's trace would hold it */
  constructor(
    readonly settings: RolloutSettings,
    private readonly record: (event: TraceEvent) => void = () => undefined,
  ) {}

  /** Begins a match by this seed, and plays until a learner is asked. */
  reset(seed: number): WorldStep {
    const { task, options, seats, timeoutUs } = this.settings;
    this.seed = seed;
    this.env = task.create(options, seed);
    this.seats = seats.map((seat, index) => {
      const givenUs = seat.kind === 'bot' ? seat.givenUs : this.settings.latencyUs;
      const record = { name: seat.kind, kind: seat.kind === 'bot' ? ('bot' as const) : ('stranger' as const), addedUs: 0, givenUs };
      return new Seat(
        index,
        record,
        NOWHERE,
        () => undefined,
        () => NO_LATENCY,
        null,
      );
    });
    this.policies = seats.map((_, index) => this.policy(index));
    this.seen = seats.map(() => []);
    this.told = seats.map(() => 0);
    this.settled = seats.map(() => undefined);
    this.values = seats.map(() => undefined);
    this.steps = 0;
    this.oracle = null;
    this.snapshots.clear();
    const grid = new PublishGrid(this.env, strideOf(this.settings.tickUs, 1));
    this.queue = new MatchWorld(`rollout-${seed}`, task, this.env, this.seats, grid, timeoutUs, {
      record: (event) => this.note(event),
      reached: () => undefined,
      pushing: () => ({ fromUs: 0, lateUs: 0 }),
      // Nobody is sent anything: learners and bots are asked by `play`.
      sendsAt: () => Infinity,
    });
    this.play();
    return this.report();
  }

  /**
   * Answers what the learners were asked, and plays until one is asked again.
   * @param futures how many futures to value each decision in; absent: it is not valued
   * @throws RolloutError when the world has not begun, is over, or an action is missing or not awaited
   */
  step(actions: readonly RolloutAction[], futures?: number): WorldStep {
    const queue = this.running();
    const awaited = this.seats.filter((seat) => seat.isAwaited);
    for (const [i, { seat }] of actions.entries()) {
      if (!awaited.some(({ index }) => index === seat))
        throw new RolloutError(
          `actions.${i}.seat`,
          `seat ${seat} was asked nothing`,
          `the seats that were: ${awaited.map(({ index }) => index).join(', ')}`,
        );
      if (actions.findIndex((each) => each.seat === seat) !== i)
        throw new RolloutError(`actions.${i}.seat`, `seat ${seat} for the second time`, 'one action a seat');
    }
    const missing = awaited.find(({ index }) => !actions.some(({ seat }) => seat === index));
    if (missing)
      throw new RolloutError('actions', `none of seat ${missing.index}, which was asked`, 'an action of each seat that was asked');
    // What each says is read before any is taken, so that a step that is refused has changed nothing.
    const answers = actions.map((action) => ({ action, content: contentOf({ type: 'action', seq: 1, ...spoken(action) }, queue.task) }));
    if (futures !== undefined)
      for (const { action, content } of answers)
        this.values[action.seat] = this.valued(this.seats[action.seat]!, content.kind === 'action' ? content.action : undefined, futures);
    for (const { action, content } of answers) {
      const pending = this.seats[action.seat]!.pending!;
      const latencyUs = Math.max(1, action.latencyUs ?? this.settings.latencyUs);
      pending.answer = { landsAt: pending.at + latencyUs, realUs: 0, content };
    }
    this.steps++;
    this.play();
    return this.report();
  }

  /** Keeps the world as it is; a number to restore it by. @throws RolloutError when it cannot */
  snapshot(): number {
    const queue = this.running();
    if (!this.settings.snapshots && this.settings.seats.some(({ kind }) => kind === 'bot'))
      throw new RolloutError('snapshot', 'a world with bots that was made without snapshots', 'create with "snapshots": true');
    if (this.snapshots.size >= MOST_SNAPSHOTS)
      throw new RolloutError('snapshot', `${this.snapshots.size} are kept of this world`, `at most ${MOST_SNAPSHOTS}; reset or forget`);
    this.snapshots.set(this.taken, {
      env: this.env.snapshot(),
      queue: queue.state(),
      seats: this.seats.map((seat) => seat.state()),
      told: [...this.told],
      settled: [...this.settled],
      values: [...this.values],
      steps: this.steps,
      seen: this.seen.map((states) => [...states]),
    });
    return this.taken++;
  }

  /** Forgets snapshots. */
  forget(): void {
    this.snapshots.clear();
  }

  /** Brings the world back to a snapshot of its own since it was reset. @throws RolloutError when there is none by this number */
  restore(number: number): WorldStep {
    const kept = this.snapshots.get(number);
    if (!kept || !this.queue)
      throw new RolloutError('snapshot', `${number}`, 'a number that snapshot gave for this world since its last reset');
    this.env.restore(kept.env);
    this.queue.resume(kept.queue);
    this.seats.forEach((seat, index) => seat.resume(kept.seats[index]!));
    this.told = [...kept.told];
    this.steps = kept.steps;
    this.settled = [...kept.settled];
    this.values = [...kept.values];
    kept.seen.forEach((seen, index) => {
      // A bot's memory is what it has seen. No state is seen twice, so that the last one tells all.
      const isAsItWas = this.seen[index]!.length === seen.length && this.seen[index]!.at(-1) === seen.at(-1);
      this.seen[index] = [...seen];
      if (isAsItWas) return;
      const policy = (this.policies[index] = this.policy(index));
      for (const state of seen) policy?.decide(state);
    });
    return this.report();
  }

  /** Seats whose learners are asked now. */
  get asked(): number[] {
    return this.seats.filter((seat) => seat.isAwaited).map(({ index }) => index);
  }

  private running(): MatchWorld {
    const { queue } = this;
    if (!queue) throw new RolloutError('world', 'it has not begun', 'reset first');
    if (queue.over || this.isTruncated) throw new RolloutError('world', 'it is over', 'reset, or restore a snapshot');
    return queue;
  }

  private get isTruncated(): boolean {
    const { maxSteps } = this.settings;
    return maxSteps !== undefined && this.steps >= maxSteps;
  }

  /** Plays on until a learner is asked, or the world is over. */
  private play(): void {
    const queue = this.queue!;
    while (!queue.over) {
      let isAsked = false;
      for (const seat of this.seats) {
        const { pending } = seat;
        if (!pending || !seat.isAwaited) continue;
        pending.sent = true;
        const policy = this.policies[seat.index];
        if (!policy) {
          isAsked = true;
          continue;
        }
        if (this.settings.snapshots) this.seen[seat.index]!.push(pending.state);
        const action = policy.decide(pending.state) as Action<Json>;
        pending.answer = { landsAt: pending.at + Math.max(1, seat.record.givenUs!), realUs: 0, content: { kind: 'action', action } };
      }
      if (isAsked) return;
      queue.runTo(queue.nextAt);
    }
  }

  /** What the learners are told, and from now on have been told. */
  private report(): WorldStep {
    const { settings, env, seats, told } = this;
    const over = this.queue!.over;
    const truncated = !over && this.isTruncated;
    const results = over ? env.results() : undefined;
    const step: WorldStep = { seats: [], terminated: over, truncated };
    for (const { index, pending, isAwaited } of seats) {
      if (settings.seats[index]!.kind === 'bot' || !(isAwaited || over || truncated)) continue;
      const worth = results ? results.reward[index]! : env.worth(index);
      const [settled, value] = [this.settled[index], this.values[index]];
      const asked = isAwaited && !truncated ? observed(pending!, settings) : {};
      step.seats.push({
        seat: index,
        ...asked,
        reward: worth - told[index]!,
        ...(settled ? { settled } : {}),
        ...(value ? { value } : {}),
      });
      told[index] = worth;
      this.settled[index] = undefined;
      this.values[index] = undefined;
    }
    return results ? { ...step, results, digest: env.digest() } : step;
  }

  private note(event: TraceEvent): void {
    if (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') {
      const { kind: outcome, at, latencyUs } = event;
      const accepted = event.kind === 'act' && event.landing.accepted;
      const reason = event.kind === 'act' ? event.landing.reason : event.kind === 'reject' ? event.reason : undefined;
      this.settled[event.seat] = { outcome, at, latencyUs, accepted, ...(reason === undefined ? {} : { reason }) };
    }
    this.record(event);
  }

  /** The stakes of a decision, in the state it is made in. */
  private valued(seat: Seat, action: Action<Json> | undefined, futures: number): Stakes {
    const { task, options } = this.settings;
    if (this.oracle?.futures !== futures) this.oracle = oracleOf(task, options, this.seed, futures);
    const { at, state } = seat.pending!;
    const key = positionKey(0, this.seed, at, seat.index);
    return this.oracle.stakes({ snapshot: this.env.snapshot(), state, at, seat: seat.index, key }, action);
  }

  private policy(index: number): Policy<unknown, unknown> | null {
    const { task, seats } = this.settings;
    const seat = seats[index]!;
    if (seat.kind !== 'bot') return null;
    const bot = task.bots.find(({ name }) => name === seat.bot)!;
    return bot.create({ seed: agentSeed('bot', this.seed, index), errorPermille: seat.errorPermille }) as Policy<unknown, unknown>;
  }
}

/** @throws RolloutError where the task has no oracle, or not by so many futures */
function oracleOf(task: AnyTask, options: unknown, seed: number, futures: number): Oracle {
  try {
    return new Oracle(task, options, seed, futures);
  } catch (error) {
    if (error instanceof OracleError)
      throw new RolloutError('futures', error.message, 'an even number from 2, of a task that has an oracle');
    throw error;
  }
}

/** The observation as an agent would be sent it. */
function observed(
  { seq, at, state }: NonNullable<Seat['pending']>,
  { task, observe }: RolloutSettings,
): Pick<SeatStep, 'seq' | 'at' | 'state' | 'text'> {
  return { seq, at, ...(observe === 'text' ? {} : { state }), ...(observe === 'state' ? {} : { text: task.text(state) }) };
}

/** What a learner's action says, without what an action frame has not. */
function spoken({ plan, answer, rejected, standing }: RolloutAction): Pick<ActionFrame, 'plan' | 'answer' | 'rejected' | 'standing'> {
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(answer === undefined ? {} : { answer }),
    ...(rejected === undefined ? {} : { rejected }),
    ...(standing === undefined ? {} : { standing }),
  };
}
