/** A running fight: the arena behind the environment contract. Frame k happens at floor(k * 1000000 / 60) microseconds. */
import type { Action, Environment, Landing, Micros, Results, Snapshot } from '../environment.js';
import { Digest } from '../digest.js';
import { keyOf } from '../random.js';
import { GUARD_LOW, KEEP, PLAN_FRAMES, STANDING_ORDERS, actionNamed } from './actions.js';
import * as A from './arena.js';
import { CHARACTER_NAMES } from './characters.js';
import { step } from './engine.js';
import { observe } from './observation.js';
import type { Options } from './options.js';
import { planFault, withFrames } from './plan.js';
import { lead, startRound } from './round.js';
import type { FighterSceneState } from './scene.js';
import type { Plan, State } from './state.js';
import { scene } from './view.js';

const PURPOSE = 0xf197;
/** Reward for a round won, beside its lead in permille of health. */
export const ROUND_REWARD = 500;

/** World time of a frame. */
export function frameTime(frame: number): Micros {
  return Math.floor((frame * 1_000_000) / A.FPS);
}

/** The last frame that has happened at a world time. */
function frameAt(at: Micros): number {
  const frame = Math.floor((at * A.FPS) / 1_000_000);
  return frameTime(frame + 1) <= at ? frame + 1 : frame;
}

/** A latency in whole frames, to the nearest. */
function latencyFrames(us: Micros): number {
  return Math.floor((us * A.FPS + 500_000) / 1_000_000);
}

/** Whether a fighter has begun or ended a move, been stunned, or been put at its mark after a frame: what was decided there was decided about another situation. */
function changedSince(w: Int32Array, frame: number): boolean {
  return w[A.base(0) + A.CHANGED]! > frame || w[A.base(1) + A.CHANGED]! > frame;
}

type Saved = { w: Int32Array; now: Micros };

export class Fight implements Environment<State, Plan, FighterSceneState> {
  now: Micros = 0;
  /** The state itself, for tools that set a situation up (`matrix.ts`); what plays goes through `act`. */
  readonly arena: A.Arena;

  constructor(options: Options, seed: number) {
    const w = new Int32Array(A.SIZE);
    this.arena = { w, options };
    w[A.KEY] = keyOf(seed, PURPOSE);
    w[A.ROUND] = 1;
    w[A.PAUSE_LEFT] = A.READY;
    for (let seat = 0; seat < 2; seat++) {
      w[A.base(seat) + A.STANDING] = GUARD_LOW;
      w[A.base(seat) + A.CHARACTER] = CHARACTER_NAMES.indexOf(options.fighters[seat]!);
    }
    startRound(this.arena);
  }

  get over(): boolean {
    return this.arena.w[A.OVER] === 1;
  }

  advance(to: Micros): void {
    if (to <= this.now) return;
    this.now = to;
    const { w } = this.arena;
    while (w[A.OVER] === 0 && frameTime(w[A.FRAME]! + 1) <= to) step(this.arena);
  }

  act(seat: number, action: Action<Plan>, at: Micros, latencyUs?: Micros): Landing {
    this.advance(at);
    const landing: Landing = { at: this.now, accepted: false };
    if (this.over) return { ...landing, reason: 'the match is over' };
    const { w } = this.arena;
    const f = A.base(seat);
    if (latencyUs !== undefined) w[f + A.LATENCY] = latencyFrames(latencyUs);
    const fault = planFault(action.plan);
    if (fault) return { ...landing, reason: fault };
    if (action.standing !== undefined && !STANDING_ORDERS.includes(action.standing))
      return { ...landing, reason: `standing order ${action.standing}; accepted: ${STANDING_ORDERS.join(', ')}` };
    if (latencyUs !== undefined && changedSince(w, frameAt(at - latencyUs))) w[f + A.STALE]!++;
    const keep = action.plan[0]?.action === KEEP;
    if (!keep) A.clearPlan(w, f);
    if (!keep && action.plan.length > 0) {
      w[f + A.PLAN_LENGTH] = action.plan.length;
      w[f + A.PLAN_LEFT] = PLAN_FRAMES;
      withFrames(action.plan).forEach((s, i) => {
        w[f + A.STEP_ACTION + i] = actionNamed(s.action)!.id;
        w[f + A.STEP_FRAMES + i] = s.frames ?? 0;
      });
    }
    if (action.standing !== undefined) w[f + A.STANDING] = actionNamed(action.standing)!.id;
    w[f + A.PLANS]!++;
    return { ...landing, accepted: true };
  }

  leave(seat: number, at: Micros): void {
    this.advance(at);
    A.clearPlan(this.arena.w, A.base(seat));
  }

  observe(seat: number): State {
    return observe(this.arena, seat);
  }

  scene(): FighterSceneState {
    return scene(this.arena);
  }

  results(): Results {
    const { w } = this.arena;
    const seats = [0, 1].map((seat) => {
      const f = A.base(seat);
      return {
        roundsWon: w[f + A.WINS]!,
        health: w[f + A.HEALTH]!,
        hits: w[f + A.HITS_LANDED]!,
        blocked: w[f + A.HITS_BLOCKED]!,
        throws: w[f + A.THROWS]!,
        damage: w[f + A.DAMAGE]!,
        combosBest: w[f + A.BEST_COMBO]!,
        plans: w[f + A.PLANS]!,
        stale: w[f + A.STALE]!,
        idle: w[f + A.IDLE]!,
        liveFrames: w[A.LIVE_FRAMES]!,
      };
    });
    const endedAt = this.over ? frameTime(w[A.FRAME]!) : this.now;
    return { over: this.over, endedAt, reward: [this.worth(0), this.worth(1)], seats };
  }

  worth(seat: number): number {
    const { w } = this.arena;
    const f = A.base(seat);
    const won = w[f + A.WINS]! - w[A.base(1 - seat) + A.WINS]!;
    return w[f + A.POINTS]! + (w[A.LIVE] === 1 ? lead(this.arena, seat) : 0) + ROUND_REWARD * won;
  }

  digest(): string {
    const { w, options } = this.arena;
    const [a, b] = A.fold(w);
    return new Digest()
      .int32(options.rounds)
      .int32(options.roundSeconds)
      .int32(options.health)

      .int32(a)
      .int32(b)
      .hex();
  }

  nextChange(): Micros {
    return this.over ? Infinity : frameTime(this.arena.w[A.FRAME]! + 1);
  }

  nextPublish(after: Micros): Micros {
    let frame = Math.max(0, Math.floor((after * A.FPS) / 1_000_000));
    while (frameTime(frame) <= after) frame++;
    return frameTime(frame);
  }

  snapshot(): Snapshot {
    return { w: this.arena.w.slice(), now: this.now } satisfies Saved;
  }

  restore(snapshot: Snapshot): void {
    const saved = snapshot as Saved;
    this.arena.w.set(saved.w);
    this.now = saved.now;
  }

  reseed(seed: number): void {
    this.arena.w[A.KEY] = keyOf(seed, PURPOSE + 1);
    this.arena.w[A.DRAWS] = 0;
  }
}
