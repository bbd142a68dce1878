/**
 * Plays a world on with scripted seats, each with its own reaction delay: the oracle's futures and the probe banks' matches.
 * A seat observes at a publishing moment, decides, its answer lands after the delay, and only then does it observe again;
 * meanwhile its standing order goes on. The same rules as for a scored seat in a match.
 */
import type { Action, AnyEnvironment, AnyTask, Micros, Policy } from '../../envs/environment.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- states and plans are the task's own; here they only pass through */

/** A scripted seat. Either an answer is under way (`pending`) or the next observation is due at `observeAt`. */
export interface Player {
  seat: number;
  policy: Policy<any, any>;
  delayUs: Micros;
  /** Draws each answer's own delay where they differ; absent: always `delayUs`. */
  drawDelayUs?(): Micros;
  pending?: { action: Action<any>; landAt: Micros; delayUs?: Micros };
  observeAt: Micros;
}

/** Told as it happens: what a recorder of matches needs. */
export interface RolloutListener {
  observed?(seat: number, at: Micros, state: any): void;
  landed?(seat: number, at: Micros, action: Action<any>, latencyUs: Micros): void;
}

/**
 * Advances the world to `until`, or to its end if that comes first. Landings come before observations of the same moment, lower
 * seats first. A player whose answer would land after that is not asked any more, unless somebody listens.
 */
export function playOn(world: AnyEnvironment, players: readonly Player[], until: Micros, listener?: RolloutListener): void {
  while (!world.over) {
    let next: Player | undefined;
    let nextAt = Infinity;
    for (const player of players) {
      const at = player.pending ? player.pending.landAt : player.observeAt;
      if (at < nextAt || (at === nextAt && player.pending && next && !next.pending)) {
        next = player;
        nextAt = at;
      }
    }
    if (!next || nextAt >= until) break;
    if (!next.pending && nextAt + next.delayUs >= until && !next.drawDelayUs && !listener?.observed) {
      next.observeAt = Infinity;
      continue;
    }
    world.advance(nextAt);
    if (world.over) break;
    if (next.pending) {
      const { action, delayUs = next.delayUs } = next.pending;
      const landing = world.act(next.seat, action, nextAt, delayUs);
      listener?.landed?.(next.seat, landing.at, action, delayUs);
      next.pending = undefined;
      next.observeAt = world.nextPublish(landing.at);
    } else {
      const state: unknown = world.observe(next.seat);
      listener?.observed?.(next.seat, nextAt, state);
      const delayUs = next.drawDelayUs?.() ?? next.delayUs;
      next.pending = { action: next.policy.decide(state), landAt: nextAt + delayUs, delayUs };
    }
  }
  world.advance(until);
}

/** How a seat is scripted. How late a bot plays and how often it errs are the seat's parameters, so that one policy serves at all of them. */
export interface SeatScript {
  bot: string;
  /** From each observation to the landing of its answer, in world time. */
  delayUs: Micros;
  /** The share of decisions replaced by a random legal one. */
  errorPermille: number;
}

/** A fresh scripted seat that observes first at `observeAt`. @throws RangeError when the task has no such bot. */
export function scripted(task: AnyTask, seat: number, script: SeatScript, seed: number, observeAt: Micros): Player {
  const bot = task.bots.find((each) => each.name === script.bot);
  if (!bot) throw new RangeError(`${task.name} has no bot "${script.bot}"; it has ${task.bots.map((each) => each.name).join(', ')}`);
  return { seat, policy: bot.create({ seed, errorPermille: script.errorPermille }), delayUs: script.delayUs, observeAt };
}
