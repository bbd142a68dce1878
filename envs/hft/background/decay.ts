/** Exponential decay by half-lives, without exp: whole halvings by division, the rest from a committed table. */

/** Entry i is round(65536 * 2^(-i/64)). */
// prettier-ignore
const FRACTION = Int32Array.of(
  65536, 64830, 64132, 63441, 62757, 62081, 61413, 60751, 60097, 59449, 58809, 58176, 57549, 56929, 56316, 55709,
  55109, 54515, 53928, 53347, 52773, 52204, 51642, 51085, 50535, 49991, 49452, 48920, 48393, 47871, 47356, 46846,
  46341, 45842, 45348, 44859, 44376, 43898, 43425, 42958, 42495, 42037, 41584, 41136, 40693, 40255, 39821, 39392,
  38968, 38548, 38133, 37722, 37316, 36914, 36516, 36123, 35734, 35349, 34968, 34591, 34219, 33850, 33486, 33125,
);
/** After this many halvings nothing is left of the integers used here. */
const MOST_HALVINGS = 30;

/**
 * What is left of `value` (a non-negative integer) after `elapsedUs`, a whole number again. The time is rounded down to 64ths of a
 * half-life, so callers that decay in small steps must keep the time of the last step that counted: see `decayedSteps`.
 */
export function decayed(value: number, steps: number): number {
  const halvings = Math.floor(steps / 64);
  if (halvings >= MOST_HALVINGS) return 0;
  return Math.floor((value * FRACTION[steps - halvings * 64]!) / (65536 * (1 << halvings)));
}

/** Whole 64ths of a half-life in a time. */
export function decaySteps(elapsedUs: number, halfLifeUs: number): number {
  return Math.floor((elapsedUs * 64) / halfLifeUs);
}
