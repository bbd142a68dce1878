/**
 * What a player knows of the moves: a character's own numbers by name, and the blows it would punish or interrupt with, best
 * first by what they take.
 */
import { contactDistance } from '../actions.js';
import { CHARACTERS, type Character } from '../characters.js';
import { BALL_STUN, stunFrames, type Move } from '../moves.js';
import type { Plan } from '../state.js';

const NAMED: ReadonlyMap<string, Character> = new Map(CHARACTERS.map((c) => [c.name, c]));
const MOVES_OF: ReadonlyMap<string, ReadonlyMap<string, Move>> = new Map(
  CHARACTERS.map((c) => [c.name, new Map(c.moves.map((move) => [move.name, move]))]),
);

/** The character of that name. */
export function characterOf(name: string): Character {
  return NAMED.get(name)!;
}

/** A character's move, or undefined for what is no move (a held action, a stun). */
export function moveNamed(character: string, name: string): Move | undefined {
  return MOVES_OF.get(character)!.get(name);
}

/** The distance between centres, when the move begins, under which it touches a body that stands still. */
export const touches = contactDistance;

/** Pixels a held action brings a fighter nearer in one frame. */
export function nearing(character: string, action: string): number {
  const { walkForward, walkBack } = characterOf(character);
  return action === 'walk_fwd' ? walkForward : action === 'walk_back' ? -walkBack : 0;
}

/** A blow, or a few that follow from each other once the first has hit. */
export type Strike = {
  plan: Plan;
  /** First active frame of the first blow, the distance under which it touches, what all of it takes. */
  startup: number;
  touches: number;
  damage: number;
  /** Meter it needs. */
  cost: number;
  thrown: boolean;
};

/** Two blows, the second a cancel of the first: the damage of a combo's second hit is not scaled down. */
function followed(first: Move, then: Move): Strike {
  return {
    plan: [{ action: first.name }, { action: then.name }],
    startup: first.startup,
    // The one hit slides away by the first blow's push before the second comes.
    touches: then.projectile ? touches(first) : Math.min(touches(first), touches(then) - first.push),
    damage: first.damage + then.damage,
    cost: then.cost ?? 0,
    thrown: false,
  };
}

/** What having the other on the floor is worth beside the damage. */
const FLOORED = 20;

function single(move: Move): Strike {
  const { name, startup, damage, cost = 0 } = move;
  return {
    plan: [{ action: name }],
    startup,
    touches: touches(move),
    damage: damage + (move.knockdown ? FLOORED : 0),
    cost,
    thrown: move.level === 'throw',
  };
}

/** Whether `then`, begun when the hitstop of `first` ends, arrives before its stun is over. */
function combines(first: Move, then: Move): boolean {
  if (!first.cancels || !then.special) return false;
  return then.startup + (then.projectile ? 1 : 0) < stunFrames(first, false);
}

const STRIKES: ReadonlyMap<string, readonly Strike[]> = new Map(
  CHARACTERS.map(({ name, moves }) => {
    const blows = moves.filter((move) => move.reach > 0 && move.jump === undefined);
    const strikes = [
      ...blows.map(single),
      ...blows.flatMap((first) => moves.filter((then) => combines(first, then)).map((then) => followed(first, then))),
    ];
    return [name, strikes.sort((a, b) => b.damage - a.damage)];
  }),
);

/** Everything a character can strike with, what takes most first. */
export function strikesOf(character: string): readonly Strike[] {
  return STRIKES.get(character)!;
}

/** How much earlier a fighter can act than the one whose blow it guarded. */
export function gainedByGuard(move: Move): number {
  return move.projectile ? BALL_STUN.block : -move.onBlock;
}
