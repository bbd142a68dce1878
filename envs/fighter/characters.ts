/**
 * The characters: differences over the one move table, as data. All have the same actions by the same names, so that grammar,
 * prompt and text are one; what differs is how fast they walk, jump and dash, what they can take, and some moves' numbers.
 */
import { ACTIONS, WALK_BACK_SPEED, WALK_FORWARD_SPEED } from './actions.js';
import { AIR, BALL, LANDING, LIFT, MOVES, type Move } from './moves.js';

export type Character = {
  name: string;
  about: string;
  /** Pixels a frame. */
  walkForward: number;
  walkBack: number;
  /** Full health, in permille of the option. */
  healthPermille: number;
  /** Pixels a frame of its projectile. */
  ballSpeed: number;
  /** Frames in the air of its jumps. */
  air: number;
  /** Its moves, in the order of the move table. */
  moves: readonly Move[];
};

type Changes = Readonly<Record<string, Partial<Move>>>;

/** The move table with a character's changes; jumps are as long as its time in the air. */
function changed(air: number, changes: Changes): readonly Move[] {
  const jumps = LIFT + air + LANDING;
  return MOVES.map((move) => {
    const length = move.jump !== undefined && move.startup === 0 ? { recovery: jumps } : {};
    return { ...move, ...length, ...changes[move.name] };
  });
}

/** The first is the default, whose numbers are the move table's own. */
export const CHARACTERS: readonly Character[] = [
  {
    name: 'ash',
    about: 'balanced',
    walkForward: WALK_FORWARD_SPEED,
    walkBack: WALK_BACK_SPEED,
    healthPermille: 1000,
    ballSpeed: BALL.speed,
    air: AIR,
    moves: changed(AIR, {}),
  },
  {
    name: 'bram',
    about: 'slow and strong: far throw, a lunge that goes through one hit, slow projectile',
    walkForward: 2,
    walkBack: 2,
    healthPermille: 1050,
    ballSpeed: 3,
    air: 41,
    moves: changed(41, {
      jab: { startup: 6, damage: 32 },
      poke: { startup: 13, damage: 68 },
      heavy: { startup: 16, damage: 100 },
      sweep: { damage: 84 },
      overhead: { startup: 26, damage: 115 },
      smash: { damage: 125 },
      throw: { reach: 54, damage: 110 },
      fireball: { damage: 52, about: 'flies 3 px a frame, one at a time' },
      uppercut: { damage: 96 },
      jump_kick: { startup: 32, active: 14, damage: 63, jump: 4 },
      jump_fwd: { jump: 4 },
      jump_back: { jump: -4 },
      lunge: { armour: 1, damage: 95, about: 'punch that travels 60 px, goes through one hit' },
      crush: { damage: 190 },
      super: { damage: 270 },
      dash_fwd: { recovery: 22, travel: { speed: 5, from: 2, to: 13 }, about: 'dash 60 px forwards' },
      dash_back: { recovery: 24, travel: { speed: -4, from: 2, to: 13 }, about: 'dash 48 px backwards' },
    }),
  },
  {
    name: 'kite',
    about: 'fast and frail: quick steps, jumps and dashes, a longer poke, weaker blows',
    walkForward: 4,
    walkBack: 3,
    healthPermille: 950,
    ballSpeed: 6,
    air: 31,
    moves: changed(31, {
      jab: { damage: 28 },
      low: { startup: 8, damage: 47 },
      poke: { reach: 108, damage: 60 },
      heavy: { startup: 13, damage: 89 },
      sweep: { damage: 75 },
      overhead: { startup: 24, damage: 102 },
      smash: { damage: 110 },
      throw: { damage: 94 },
      fireball: { damage: 46, about: 'flies 6 px a frame, one at a time' },
      uppercut: { damage: 84 },
      jump_kick: { startup: 26, active: 10, damage: 55, jump: 6 },
      jump_fwd: { jump: 6 },
      jump_back: { jump: -6 },
      lunge: { startup: 18, damage: 83, travel: { speed: 6, from: 8, to: 17 } },
      crush: { damage: 168 },
      super: { damage: 240 },
      dash_fwd: { recovery: 15, travel: { speed: 7, from: 2, to: 13 }, about: 'dash 84 px forwards' },
      dash_back: { recovery: 17, travel: { speed: -6, from: 2, to: 13 }, about: 'dash 72 px backwards' },
    }),
  },
];

export const CHARACTER_NAMES: readonly string[] = CHARACTERS.map((c) => c.name);

/** The character of that name, if there is one. */
export function characterNamed(name: string): Character | undefined {
  return CHARACTERS.find((c) => c.name === name);
}

const HELD = ACTIONS.length - MOVES.length;

/** A character's move under an action id, null for a held action. @param character its place in `CHARACTERS` */
export function characterMove(character: number, action: number): Move | null {
  return action < HELD ? null : CHARACTERS[character]!.moves[action - HELD]!;
}

/** A character's full health under the option `health`. @param character its place in `CHARACTERS` */
export function fullHealth(character: number, health: number): number {
  return Math.floor((health * CHARACTERS[character]!.healthPermille) / 1000);
}
