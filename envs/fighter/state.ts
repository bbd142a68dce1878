/** What a seat observes, as JSON: everything from the seat's own point of view, distances in pixels, times in frames. */

/** One step of a plan: an action of the action table, with a number of frames if it is a held one. */
export type Step = { action: string; frames?: number };

/** A plan: what one answer has the fighter do, in order. Empty: nothing, so the standing order goes on. */
export type Plan = Step[];

/** A fighter as both seats may see it. */
export type FighterState = {
  /** Its name in the table of characters. */
  character: string;
  health: number;
  /** Rounds won. */
  wins: number;
  /** Pixels from the fighter to the wall behind it (0: cornered). */
  wall: number;
  /** Pixels above the floor. */
  height: number;
  /** The move that runs, or the held action (`wait`, `walk_fwd`, `guard_low`...), or `hit`, `block`, `down`, `held` (grabbed by a throw) while stunned. */
  doing: string;
  /** Frames until the move's first active frame, those of a hitstop included (0: active, past, or no such move). */
  startup: number;
  /** Active frames left, this one not counted, once startup is over; all of them before. */
  active: number;
  /** Recovery frames left (all of them before recovery begins). */
  recovery: number;
  /** Frames until the fighter can act again, whatever holds it: hitstop, move, stun, grab or knockdown. 0: acts on the next frame. */
  busy: number;
  /** Frames of hit or block stun left; while held, frames left to answer the throw by a throw. */
  stun: number;
  /** Frames of knockdown left; it cannot be hit while they run. */
  down: number;
  /** Frames of hitstop left: a blow has just touched, and the fighter does not move or count down. */
  stop: number;
  /** Frames until it lands (0: on the floor). */
  land: number;
  guard: 'none' | 'high' | 'low';
  /** From 0 to 100; a super costs all of it. */
  meter: number;
  /** Hits it has taken in the combo that runs (0: none runs). */
  combo: number;
  /** The fighter's own projectile: distance in front of the other fighter's body and frames until it arrives there if nobody moves. Null: none. */
  ball: { distance: number; arrives: number } | null;
};

export type State = {
  frame: number;
  /** Round from 1. */
  round: number;
  rounds: number;
  /** Frames left in the round. */
  timer: number;
  /** Frames until the round begins; 0 while fighting. */
  pause: number;
  /** Pixels between the two fighters' centres. */
  distance: number;
  /** True when this fighter stands to the left of the other. */
  left: boolean;
  /** True when the other fighter is on the side this one faces (false only in the middle of a jump or of a move). */
  facing: boolean;
  /** Frames that the own last answer took from observation to landing, as measured; 0 before the first. The other's is hidden. */
  late: number;
  me: FighterState;
  op: FighterState;
  /** What is left of the own plan, and the frames until what is left is dropped. */
  plan: Plan;
  planLeft: number;
  standing: string;
};
