/**
 * Key poses: the ends of a body standing, hurt, lying, and in the wind-up and the blow of every move. What lies between them is in poses.ts.
 * Coordinates: pixels of the world, x forwards, y upwards, from the centre of the feet.
 */

export type Point = readonly [x: number, y: number];

/** Where the ends of a body are; elbows and knees follow from them. */
export interface Joints {
  hip: Point;
  neck: Point;
  head: Point;
  frontHand: Point;
  backHand: Point;
  frontFoot: Point;
  backFoot: Point;
}

export type Limb = 'frontHand' | 'backHand' | 'frontFoot' | 'backFoot';

export interface Strike {
  windup: Partial<Joints>;
  strike: Partial<Joints>;
  /** The limbs that hit: coloured by the phase. */
  limbs: Limb[];
  base?: Joints;
  /** The reach for which the pose was drawn: a move table that says another moves the striking limbs by the difference. */
  reach?: number;
}

/* prettier-ignore */
export const STAND: Joints = { hip: [-2, 42], neck: [2, 67], head: [6, 79], frontHand: [21, 61], backHand: [13, 54], frontFoot: [14, 3], backFoot: [-17, 3] };
/* prettier-ignore */
export const CROUCH: Joints = { hip: [-8, 21], neck: [1, 43], head: [7, 54], frontHand: [21, 41], backHand: [14, 33], frontFoot: [15, 3], backFoot: [-18, 3] };
/* prettier-ignore */
export const AIR: Joints = { hip: [0, 32], neck: [5, 56], head: [9, 67], frontHand: [23, 52], backHand: [-12, 50], frontFoot: [13, 12], backFoot: [-8, 2] };
/* prettier-ignore */
export const GUARD_HIGH: Joints = { hip: [-6, 41], neck: [-5, 66], head: [-4, 77], frontHand: [15, 77], backHand: [12, 65], frontFoot: [12, 3], backFoot: [-19, 3] };
/* prettier-ignore */
export const GUARD_LOW: Joints = { hip: [-12, 20], neck: [-4, 42], head: [0, 53], frontHand: [17, 52], backHand: [15, 38], frontFoot: [14, 3], backFoot: [-20, 3] };
/* prettier-ignore */
export const HIT: Joints = { hip: [-3, 41], neck: [-13, 63], head: [-21, 73], frontHand: [9, 50], backHand: [-28, 47], frontFoot: [17, 3], backFoot: [-18, 3] };
/* prettier-ignore */
export const HIT_LOW: Joints = { hip: [-8, 22], neck: [-14, 43], head: [-21, 53], frontHand: [8, 34], backHand: [-27, 30], frontFoot: [17, 3], backFoot: [-18, 3] };
/* prettier-ignore */
export const DOWN: Joints = { hip: [-4, 8], neck: [-29, 9], head: [-42, 10], frontHand: [-18, 3], backHand: [-44, 3], frontFoot: [36, 4], backFoot: [28, 12] };
/* prettier-ignore */
export const HELD: Joints = { hip: [2, 44], neck: [-6, 68], head: [-14, 77], frontHand: [12, 60], backHand: [-16, 46], frontFoot: [10, 8], backFoot: [-10, 6] };
/* prettier-ignore */
export const FALL: Joints = { hip: [-6, 24], neck: [-30, 34], head: [-42, 38], frontHand: [-12, 56], backHand: [-44, 20], frontFoot: [24, 36], backFoot: [26, 18] };
/* prettier-ignore */
export const DASH: Joints = { hip: [6, 36], neck: [24, 56], head: [33, 65], frontHand: [22, 40], backHand: [-8, 52], frontFoot: [22, 10], backFoot: [-28, 12] };
/* prettier-ignore */
export const DASH_BACK: Joints = { hip: [-6, 38], neck: [-4, 62], head: [2, 73], frontHand: [18, 56], backHand: [10, 50], frontFoot: [22, 8], backFoot: [-14, 14] };
/* prettier-ignore */
export const WON: Joints = { ...STAND, hip: [0, 43], neck: [0, 68], head: [1, 80], frontHand: [17, 100], backHand: [-17, 98] };

/* prettier-ignore */
export const STRIKES: Record<string, Strike> = {
  jab: { reach: 62, limbs: ['frontHand'],
    windup: { hip: [-4, 41], neck: [-2, 66], head: [2, 78], frontHand: [6, 60] },
    strike: { hip: [10, 40], neck: [22, 64], head: [27, 75], frontHand: [58, 63], backHand: [18, 54], frontFoot: [28, 3] } },
  low: { reach: 78, limbs: ['frontFoot'], base: CROUCH,
    windup: { hip: [-10, 22], neck: [-8, 44], head: [-4, 55], frontFoot: [4, 6] },
    strike: { hip: [18, 20], neck: [4, 41], head: [7, 52], frontFoot: [73, 9], backFoot: [2, 3], backHand: [-16, 26], frontHand: [22, 42] } },
  poke: { reach: 96, limbs: ['frontFoot'],
    windup: { hip: [-2, 43], neck: [-8, 67], head: [-6, 79], frontFoot: [16, 34], frontHand: [14, 60] },
    strike: { hip: [30, 45], neck: [12, 66], head: [10, 78], frontFoot: [90, 51], backFoot: [16, 3], frontHand: [28, 66], backHand: [-8, 54] } },
  heavy: { reach: 84, limbs: ['backHand'],
    windup: { hip: [-8, 40], neck: [-8, 65], head: [-3, 76], backHand: [-28, 58], frontHand: [18, 62] },
    strike: { hip: [24, 38], neck: [40, 60], head: [46, 71], backHand: [79, 60], frontHand: [30, 48], frontFoot: [48, 3], backFoot: [-12, 3] } },
  sweep: { reach: 100, limbs: ['frontFoot'], base: CROUCH,
    windup: { hip: [-16, 19], neck: [-10, 40], head: [-5, 50], frontFoot: [-4, 4], frontHand: [4, 28] },
    strike: { hip: [34, 16], neck: [14, 33], head: [12, 45], frontFoot: [95, 7], backFoot: [18, 3], backHand: [-6, 4], frontHand: [34, 36] } },
  overhead: { reach: 84, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-4, 43], neck: [-6, 69], head: [-2, 80], frontHand: [-12, 100], backHand: [-20, 92] },
    strike: { hip: [20, 38], neck: [40, 57], head: [48, 66], frontHand: [75, 50], backHand: [70, 42], frontFoot: [42, 3], backFoot: [-10, 3] } },
  smash: { reach: 112, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-16, 37], neck: [-26, 61], head: [-24, 73], frontHand: [-50, 68], backHand: [-54, 56], frontFoot: [16, 3], backFoot: [-26, 3] },
    strike: { hip: [46, 36], neck: [68, 54], head: [74, 65], frontHand: [106, 58], backHand: [103, 48], frontFoot: [74, 3], backFoot: [8, 3] } },
  throw: { reach: 46, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-2, 40], neck: [0, 65], head: [4, 77], frontHand: [14, 72], backHand: [12, 46] },
    strike: { hip: [10, 39], neck: [18, 63], head: [23, 74], frontHand: [44, 66], backHand: [44, 50], frontFoot: [26, 3] } },
  fireball: { limbs: ['frontHand', 'backHand'],
    windup: { hip: [-8, 37], neck: [-8, 61], head: [-4, 73], frontHand: [-22, 44], backHand: [-26, 38], frontFoot: [18, 3], backFoot: [-22, 3] },
    strike: { hip: [8, 38], neck: [16, 61], head: [20, 73], frontHand: [44, 55], backHand: [43, 46], frontFoot: [26, 3], backFoot: [-22, 3] } },
  uppercut: { reach: 54, limbs: ['frontHand'],
    windup: { hip: [-2, 30], neck: [8, 51], head: [12, 62], frontHand: [18, 24], backHand: [2, 44] },
    strike: { hip: [10, 56], neck: [18, 84], head: [14, 96], frontHand: [32, 126], backHand: [2, 62], frontFoot: [18, 28], backFoot: [2, 10] } },
  lunge: { reach: 88, limbs: ['backHand'],
    windup: { hip: [-14, 36], neck: [-16, 60], head: [-11, 71], backHand: [-36, 46], frontHand: [8, 58], frontFoot: [8, 8], backFoot: [-26, 3] },
    strike: { hip: [26, 32], neck: [44, 53], head: [50, 64], backHand: [84, 54], frontHand: [26, 40], frontFoot: [54, 3], backFoot: [-22, 4] } },
  crush: { reach: 118, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-10, 44], neck: [-20, 69], head: [-17, 80], frontHand: [-26, 108], backHand: [-36, 102], frontFoot: [20, 22], backFoot: [-18, 3] },
    strike: { hip: [50, 30], neck: [76, 47], head: [86, 56], frontHand: [112, 34], backHand: [108, 26], frontFoot: [80, 3], backFoot: [14, 3] } },
  super: { reach: 130, limbs: ['frontHand', 'backHand'],
    windup: { hip: [-6, 36], neck: [-6, 60], head: [-1, 71], frontHand: [10, 52], backHand: [8, 44], frontFoot: [20, 3], backFoot: [-24, 3] },
    strike: { hip: [20, 37], neck: [30, 61], head: [34, 73], frontHand: [66, 62], backHand: [66, 50], frontFoot: [44, 3], backFoot: [-20, 3] } },
  jump_kick: { reach: 60, limbs: ['frontFoot'], base: AIR,
    windup: { hip: [-2, 34], neck: [0, 58], head: [4, 69], frontFoot: [14, 24] },
    strike: { hip: [8, 32], neck: [-4, 55], head: [-5, 67], frontFoot: [54, 0], backFoot: [2, 14], frontHand: [14, 54], backHand: [-22, 58] } },
};
