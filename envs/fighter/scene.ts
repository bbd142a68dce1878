/**
 * What a spectator of a fight sees: all a page needs to draw one frame, as JSON. Pixels of the world: x to the right from
 * the left wall (0) to the right wall (`stage`), y upwards from the floor (0). Frames are sixtieths of a world second.
 */

/** An axis-aligned box in world pixels: `x`,`y` its lower left corner, `w`,`h` its size. */
export type Box = { x: number; y: number; w: number; h: number };

/** What a fighter is doing, in its most specific word; `held` is grabbed by a throw. `throw` and the other move names come from the move table. */
export type Phase = 'idle' | 'startup' | 'active' | 'recovery' | 'hit' | 'block' | 'down' | 'held';

/** A move's or stun's place in time, all in frames. `frame` runs from 1; startup + active + recovery is the whole move. */
export type Pose = {
  /** Name of the move or held action (`jab`, `walk_fwd`, `guard_low`, `wait`...). Kept while stunned: what was cut short is not shown. */
  move: string;
  phase: Phase;
  /** Frame in the move, from 1; 0 when none runs. */
  frame: number;
  startup: number;
  active: number;
  recovery: number;
  guard: 'none' | 'high' | 'low';
  crouching: boolean;
  airborne: boolean;
};

export type FighterScene = {
  /** Its name in the table of characters. */
  character: string;
  /** Centre of the feet. */
  x: number;
  y: number;
  /** 1 faces right, -1 faces left. */
  facing: 1 | -1;
  pose: Pose;
  health: number;
  /** This fighter's full health. */
  fullHealth: number;
  /** Rounds won. */
  wins: number;
  /** From 0 to 100. */
  meter: number;
  /** Hits it has taken in the combo that runs. */
  combo: number;
  /** Frames of hit stun, block stun or knockdown left. */
  stun: number;
  /** Frames of hitstop left: it stands still as it is. */
  stop: number;
  /** Frames left in which it can answer the throw that holds it; 0 when it is not held. */
  grabbed: number;
  /** Where the fighter can be hit; several while a limb is out. Empty while invincible. */
  hurt: Box[];
  /** Where its move hits this frame, or touched and stands still; empty outside active frames and once the contact is over. */
  hit: Box[];
  /** What is left of the plan, in the words of the action grammar (`walk_fwd 5, throw`), empty when none. */
  plan: string;
  /** Frames until what is left of the plan is dropped. */
  planLeft: number;
  standing: string;
  /** Answers of this seat so far that landed after either fighter had changed what it does since they were asked. */
  stale: number;
};

export type ProjectileScene = {
  /** The seat that threw it. */
  seat: number;
  /** Centre. */
  x: number;
  y: number;
  direction: 1 | -1;
  box: Box;
};

/** One contact. `id` grows by one with each contact of the match: show each id once. */
export type HitScene = {
  id: number;
  frame: number;
  /** The seat that was hit (for `tech` and `clash`: either). */
  seat: number;
  /** `counter`: a hit on somebody in a blow of its own; `armour`: took the damage, went on; `tech`: both threw; `clash`: projectiles met. */
  kind: 'hit' | 'counter' | 'block' | 'throw' | 'armour' | 'tech' | 'clash';
  move: string;
  damage: number;
  x: number;
  y: number;
};

export type FighterSceneState = {
  /** World frame since the match began. */
  frame: number;
  stage: number;
  /** Current round from 1, and how many are played at most. */
  round: number;
  rounds: number;
  /** Full health as the options say; a character may have more or less of it (`fullHealth`). */
  health: number;
  /** Frames left in the round. */
  timer: number;
  /** Frames until the next round begins; 0 while fighting. */
  pause: number;
  over: boolean;
  /** Seat that has won the match, once over; null when drawn or running. */
  winner: number | null;
  fighters: [FighterScene, FighterScene];
  projectiles: ProjectileScene[];
  /** The last few contacts, oldest first. */
  hits: HitScene[];
};

/** Answers of a seat so far that landed after either fighter had changed what it does since they were asked. */
export function staleAnswers({ fighters }: FighterSceneState, seat: number): number {
  return fighters[seat]?.stale ?? 0;
}

/**
 * The move of a seat's opponent whose first frame this is; undefined in every other frame. A jump or a dash has no startup: what counts
 * is a move's first frame, whatever phase that is. Hitstop may hold that frame for a while.
 */
export function stimulus({ fighters }: FighterSceneState, seat: number): string | undefined {
  const { move, phase, frame } = fighters[1 - seat]!.pose;
  return frame === 1 && (phase === 'startup' || phase === 'active' || phase === 'recovery') ? move : undefined;
}
