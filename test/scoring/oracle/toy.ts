/**
 * A world small enough to know every value by hand. A light is A or B, ten ticks of 10 ms each. Pressing the light that is on
 * pays +10, the other one -10, nothing 0; a gamble pays +24 with probability 1/4 and -12 otherwise, so -3 on average.
 */
import type { Action, Environment, Landing, Micros, Policy, Task } from '../../../envs/environment.js';
import { OptionsError } from '../../../envs/environment.js';
import { Digest } from '../../../envs/digest.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { FailureKind, Trace, TraceEvent } from '../../../scoring/trace/trace.js';

export interface ToyOptions {
  lengthUs: number;
  seats: number;
}
export type ToyPlan = { press: 'none' | 'A' | 'B' | 'gamble' };
export interface ToyState {
  tick: number;
  light: 'A' | 'B';
  score: number;
}

export const TICK = 10_000;

export function lightAt(at: Micros): 'A' | 'B' {
  return Math.floor(at / TICK / 10) % 2 === 0 ? 'A' : 'B';
}

/** Seeds by which the toy worlds' futures were drawn: lets a test see that none was the realised one. */
export const reseeds: number[] = [];

class ToyWorld implements Environment<ToyState, ToyPlan, ToyState> {
  now = 0;
  private readonly scores: number[];
  private luck: Stream;

  constructor(
    private readonly options: ToyOptions,
    seed: number,
  ) {
    this.scores = new Array<number>(options.seats).fill(0);
    this.luck = new Stream(keyOf(seed, 1), 0);
  }

  get over(): boolean {
    return this.now >= this.options.lengthUs;
  }
  advance(to: Micros): void {
    this.now = Math.max(this.now, to);
  }
  act(seat: number, action: Action<ToyPlan>, at: Micros): Landing {
    this.advance(at);
    if (this.over) return { at: this.now, accepted: false, reason: 'the match is over' };
    const { press } = action.plan;
    if (press === 'gamble') this.scores[seat]! += this.luck.chance(1, 4) ? 24 : -12;
    else if (press !== 'none') this.scores[seat]! += press === lightAt(this.now) ? 10 : -10;
    return { at: this.now, accepted: true };
  }
  leave(): void {}
  observe(seat: number): ToyState {
    return { tick: Math.floor(this.now / TICK), light: lightAt(this.now), score: this.scores[seat]! };
  }
  scene(): ToyState {
    return this.observe(0);
  }
  results() {
    return {
      over: this.over,
      endedAt: Math.min(this.now, this.options.lengthUs),
      reward: [...this.scores],
      seats: this.scores.map(() => ({})),
    };
  }
  worth(seat: number): number {
    return this.scores[seat]!;
  }
  digest(): string {
    const digest = new Digest().int(this.now).int(this.luck.counter).int(this.luck.key);
    for (const score of this.scores) digest.int(score);
    return digest.hex();
  }
  nextChange(): Micros {
    return this.over ? Infinity : this.nextPublish(this.now);
  }
  nextPublish(after: Micros): Micros {
    return (Math.floor(after / TICK) + 1) * TICK;
  }
  snapshot(): object {
    return { now: this.now, scores: [...this.scores], key: this.luck.key, counter: this.luck.counter };
  }
  restore(snapshot: object): void {
    const { now, scores, key, counter } = snapshot as { now: number; scores: number[]; key: number; counter: number };
    this.now = now;
    scores.forEach((score, seat) => (this.scores[seat] = score));
    this.luck = new Stream(key, 0);
    this.luck.counter = counter;
  }
  reseed(seed: number): void {
    reseeds.push(seed);
    this.luck = new Stream(keyOf(seed, 1), 0);
  }
}

const PRESSES = ['none', 'A', 'B', 'gamble'] as const;

function pressing(decide: (state: ToyState, draw: Stream) => ToyPlan['press']) {
  return ({ seed, errorPermille = 0 }: { seed: number; errorPermille?: number }): Policy<ToyState, ToyPlan> => {
    const stream = new Stream(keyOf(seed, 7), 0);
    return {
      decide: (state) => ({
        plan: { press: stream.chance(errorPermille, 1000) ? PRESSES[stream.below(4)]! : decide(state, stream) },
      }),
    };
  };
}

export const toy: Task<ToyOptions, ToyState, ToyPlan, ToyState> = {
  name: 'toy' as never,
  title: 'Toy lights',
  rules: 'toy.1',
  reward: { unit: 'points', scale: 10, about: 'tenths of a point' },
  tick: () => ({ us: TICK, name: 'tick' }),
  parseOptions(raw) {
    const { lengthUs = 1_000_000, seats = 1 } = (raw ?? {}) as Partial<ToyOptions>;
    if (!Number.isSafeInteger(lengthUs)) throw new OptionsError('lengthUs: accepted: an integer');
    return { lengthUs, seats };
  },
  seats: (options) => options.seats,
  lengthUs: (options) => options.lengthUs,
  create: (options, seed) => new ToyWorld(options, seed),
  text: (state) => `light ${state.light}`,
  actionsText: () => PRESSES.join(', '),
  parse: (answer) => {
    const press = PRESSES.find((each) => each === answer);
    return press ? { kind: 'action', action: { plan: { press } } } : { kind: 'rejected', reason: 'accepted: none, A, B, gamble' };
  },
  write: (action) => action.plan.press,
  parseAction: (raw) => raw as Action<ToyPlan>,
  planSchema: () => ({}),
  standingOrders: ['none'],
  bots: [
    { name: 'idle', about: 'does nothing', create: pressing(() => 'none') },
    { name: 'keen', about: 'presses the light that is on', create: pressing((state) => state.light) },
    { name: 'wrong', about: 'presses the other light', create: pressing((state) => (state.light === 'A' ? 'B' : 'A')) },
  ],
  oracle: {
    horizonUs: 5 * TICK,
    futures: 64,
    candidates: () => PRESSES.map((press) => ({ plan: { press } })),
    continuation: { bot: 'idle', delayUs: TICK },
    opponents: [[{ bot: 'idle', delayUs: TICK }]],
  },
};

/** One decision of a made-up match. */
export interface ToyMove {
  observedAt: Micros;
  latencyUs: Micros;
  press?: ToyPlan['press'];
  outcome?: 'reject' | 'miss';
  /** Beside `reject`: why its call failed. */
  failure?: FailureKind;
}

/** A finished trace of one seat's moves. */
export function toyTrace(moves: readonly ToyMove[], seed = 1, patch: Partial<Trace['header']> = {}): Trace {
  const world = toy.create(toy.parseOptions({}), seed);
  const events: TraceEvent[] = [];
  moves.forEach(({ observedAt, latencyUs, press, outcome, failure }, seq) => {
    const at = observedAt + latencyUs;
    const answered = { seat: 0, seq, at, latencyUs, realUs: latencyUs / 2 };
    events.push({ kind: 'observe', seat: 0, seq, at: observedAt, lateUs: 0 });
    if (outcome === 'miss') events.push({ kind: 'miss', seat: 0, seq, at, latencyUs });
    else if (outcome === 'reject') events.push({ kind: 'reject', ...answered, reason: 'not an action', ...(failure ? { failure } : {}) });
    else {
      const action = { plan: { press: press ?? ('none' as const) } };
      events.push({ kind: 'act', ...answered, action, landing: world.act(0, action, at) });
    }
  });
  world.advance(1_000_000);
  return {
    header: {
      tickbench: 'trace.v1',
      id: `toy-${seed}`,
      task: 'toy' as never,
      rules: toy.rules,
      options: {},
      seed,
      clock: 'virtual',
      speed: 2,
      tickUs: TICK,
      timeoutUs: 500_000,
      seats: [{ name: 'player', kind: 'bot', addedUs: 0 }],
      host: {},
      startedAt: '2025-01-01T00:00:00.000Z',
      ...patch,
    },
    events,
    footer: {
      results: world.results(),
      digest: world.digest(),
      verdict: { counts: true, reasons: [] },
      lateness: { ticks: 0, p50Us: 0, p99Us: 0, maxUs: 0, over: 0 },
      endedAt: '2025-01-01T00:00:01.000Z',
    },
  };
}

/** All decisions of the toy's only seat. */
export function toyDecisions(trace: Trace) {
  return decisionsOf(trace, 0);
}
