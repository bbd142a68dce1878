/**
 * "Plays like": an agent's strength as the reaction delay at which the reference policy is its equal. Its share of points against the
 * reference at a ladder of delays, fitted to rise with the delay, and the delay at which the fit passes a half.
 */
import type { Points } from './duels.js';
import { clusterBootstrap } from '../statistics/bootstrap.js';
import { wilson } from '../statistics/shares.js';
import type { Estimate } from '../statistics/estimate.js';

/** One game of the agent against the reference at a delay, in frames. */
export interface RatedGame {
  delay: number;
  points: Points;
}

/** One rung of the ladder. `fitted` is the share after the fit. */
export interface RatedRung {
  delay: number;
  share: Estimate;
  fitted: number;
}

/**
 * The delay in frames. Its interval is a bootstrap's over games, widened to every rung whose own interval holds a half: where the reference
 * itself hardly differs from rung to rung, several are the agent's equals. A bound beyond the ladder is null. `atMost`: the agent is ahead
 * of the reference on every rung, `value` being the quickest; `atLeast`: it is behind on every rung, `value` being the slowest.
 */
export interface PlaysLike {
  delay: Estimate & { atMost?: true };
  rungs: RatedRung[];
}

/** Resamples of the bootstrap and its seed: fixed, so that a table prints the same twice. */
const BOOTSTRAP = { replicates: 1000, seed: 1 };

/** Rates the games. Fewer than two have no interval. @throws RangeError without games */
export function playsLike(games: readonly RatedGame[]): PlaysLike {
  if (games.length === 0) throw new RangeError('plays-like of no games');
  const rungs = rungsOf(games);
  const value = crossing(rungs);
  const ends = clusterBootstrap(games, (resample) => crossing(rungsOf(resample)), BOOTSTRAP);
  const shown = rungs.map(({ delay, points, games, fitted }): RatedRung => ({ delay, share: wilson(points, games), fitted }));
  const equals = shown.filter(({ share }) => share.low! <= 0.5 && share.high! >= 0.5).map((rung) => rung.delay);
  const within = (bound: number | null, widest: (...values: number[]) => number): number | null =>
    bound === null || !Number.isFinite(bound) ? null : widest(bound, ...equals);
  const delay: PlaysLike['delay'] = { value, low: within(ends.low, Math.min), high: within(ends.high, Math.max), n: games.length };
  if (value === -Infinity) Object.assign(delay, { value: rungs[0]!.delay, atMost: true });
  if (value === Infinity) Object.assign(delay, { value: rungs.at(-1)!.delay, atLeast: true });
  return { delay, rungs: shown };
}

/** Points of so many games at a delay, and the fitted share. */
interface Sum {
  delay: number;
  points: number;
  games: number;
  fitted: number;
}

function rungsOf(games: readonly RatedGame[]): Sum[] {
  const sums = new Map<number, { points: number; games: number }>();
  for (const { delay, points } of games) {
    const sum = sums.get(delay) ?? { points: 0, games: 0 };
    sum.points += points;
    sum.games++;
    sums.set(delay, sum);
  }
  const rungs = [...sums].sort(([a], [b]) => a - b).map(([delay, sum]) => ({ delay, ...sum, fitted: 0 }));
  const shares = isotonic(rungs.map((rung) => ({ value: rung.points / rung.games, weight: rung.games })));
  rungs.forEach((rung, i) => (rung.fitted = shares[i]!));
  return rungs;
}

/** The nearest never falling sequence in weighted squares: neighbours that fall are pooled (Ayer et al., 1955). */
export function isotonic(points: readonly { value: number; weight: number }[]): number[] {
  const pools: { value: number; weight: number; count: number }[] = [];
  for (const { value, weight } of points) {
    pools.push({ value, weight, count: 1 });
    while (pools.length > 1 && pools.at(-2)!.value >= pools.at(-1)!.value) {
      const last = pools.pop()!;
      const into = pools.at(-1)!;
      into.value = (into.value * into.weight + last.value * last.weight) / (into.weight + last.weight);
      into.weight += last.weight;
      into.count += last.count;
    }
  }
  return pools.flatMap(({ value, count }) => new Array<number>(count).fill(value));
}

/** Where the fit passes a half, straight between rungs; the middle of the stretch where it lies on it. Infinite beyond the ladder. */
function crossing(rungs: readonly Sum[]): number {
  const even = rungs.filter((rung) => rung.fitted === 0.5);
  if (even.length > 0) return (even[0]!.delay + even.at(-1)!.delay) / 2;
  const above = rungs.findIndex((rung) => rung.fitted > 0.5);
  if (above < 0) return Infinity;
  if (above === 0) return -Infinity;
  const [a, b] = [rungs[above - 1]!, rungs[above]!];
  return a.delay + ((0.5 - a.fitted) / (b.fitted - a.fitted)) * (b.delay - a.delay);
}
