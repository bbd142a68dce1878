/** Fits a reward surface to measured players, each left out once, so that it is known how it does on others. */
import { leastSquares } from './least-squares.js';
import { SURFACE_TERMS, surfaceTerms, type HeldOut, type RewardSurface, type SurfacePlace } from './surface.js';

/** A player at a latency, with the mean of what it earned there, in the task's shown unit. */
export interface SurfacePoint extends SurfacePlace {
  /** A bot at any share of random decisions, or a model's size at any precision. */
  family: string;
  /** One bot at one share, one configuration: several latencies of it may be there. */
  player: string;
  reward: number;
}

/** Points that no surface can be fitted to: what is missing, and what is accepted. */
export class SurfaceError extends Error {
  override name = 'SurfaceError';
}

/** Points, families or players, latencies and qualities below which the formula's terms are not told. */
const LEAST = { points: 2 * SURFACE_TERMS, groups: 4, latencies: 3, qualities: 4 };

/** Fits the surface. @throws SurfaceError for too few points, players, latencies or qualities */
export function fitSurface(points: readonly SurfacePoint[]): RewardSurface {
  const by = countOf(points, 'family') >= LEAST.groups ? 'family' : 'player';
  refuseFew(points, by);
  if (points.every(({ reward }) => reward === points[0]!.reward))
    throw new SurfaceError(`every point has the reward ${points[0]!.reward}, so there is nothing to tell`);
  const centre = centreOf(points);
  const fit = (some: readonly SurfacePoint[]): number[] =>
    leastSquares(some.map((point) => surfaceTerms(point, centre)), some.map(({ reward }) => reward)); // prettier-ignore
  const groups = [...new Set(points.map((point) => point[by]))];
  const without = groups.map((group) => fit(points.filter((point) => point[by] !== group)));
  const residuals = points.map((point) => point.reward - predicted(without[groups.indexOf(point[by])]!, point, centre));
  return {
    centre,
    coefficients: fit(points),
    covariance: jackknifeCovariance(without),
    range: { latencyMs: rangeOf(points.map(({ latencyMs }) => latencyMs)), quality: rangeOf(points.map(({ quality }) => quality)) },
    heldOut: heldOutOf(points, residuals, by, groups.length),
  };
}

function refuseFew(points: readonly SurfacePoint[], by: 'family' | 'player'): void {
  const found = {
    points: points.length,
    groups: countOf(points, by),
    latencies: new Set(points.map(({ latencyMs }) => latencyMs)).size,
    qualities: new Set(points.map(({ quality }) => quality)).size,
  };
  const words = { points: 'points', groups: 'players', latencies: 'different latencies', qualities: 'different qualities' };
  for (const key of ['points', 'groups', 'latencies', 'qualities'] as const)
    if (found[key] < LEAST[key])
      throw new SurfaceError(`${found[key]} ${words[key]} for a surface of ${SURFACE_TERMS} terms; accepted: at least ${LEAST[key]}`);
}

function countOf(points: readonly SurfacePoint[], by: 'family' | 'player'): number {
  return new Set(points.map((point) => point[by])).size;
}

function predicted(coefficients: readonly number[], place: SurfacePlace, centre: SurfacePlace): number {
  return surfaceTerms(place, centre).reduce((sum, term, i) => sum + term * coefficients[i]!, 0);
}

function heldOutOf(points: readonly SurfacePoint[], residuals: readonly number[], by: HeldOut['by'], groups: number): HeldOut {
  const mean = meanOf(points.map(({ reward }) => reward));
  const left = residuals.reduce((sum, each) => sum + each * each, 0);
  const all = points.reduce((sum, { reward }) => sum + (reward - mean) ** 2, 0);
  const slopes = [...new Set(points.map(({ player }) => player))].flatMap((player) => {
    const own = points.flatMap((point, i) => (point.player === player ? [{ l: Math.log(point.latencyMs), r: residuals[i]! }] : []));
    const [l, r] = [meanOf(own.map((each) => each.l)), meanOf(own.map((each) => each.r))];
    const spread = own.reduce((sum, each) => sum + (each.l - l) ** 2, 0);
    return spread < 1e-12 ? [] : [own.reduce((sum, each) => sum + (each.l - l) * (each.r - r), 0) / spread];
  });
  const error = Math.sqrt(left / points.length);
  // Where nobody was played at two latencies, nothing tells how slopes differ but the error itself.
  const slopeError = slopes.length === 0 ? error : Math.sqrt(meanOf(slopes.map((each) => each * each)));
  return { by, groups, r2: 1 - left / all, error, slopeError };
}

/** From the coefficients without each of the groups (Efron and Tibshirani 1993, chapter 11). */
function jackknifeCovariance(without: readonly (readonly number[])[]): number[][] {
  const n = without.length;
  const mean = without[0]!.map((_, i) => meanOf(without.map((each) => each[i]!)));
  return mean.map((_, i) =>
    mean.map((__, j) => ((n - 1) / n) * without.reduce((sum, each) => sum + (each[i]! - mean[i]!) * (each[j]! - mean[j]!), 0)),
  );
}

function centreOf(points: readonly SurfacePoint[]): SurfacePlace {
  return {
    latencyMs: Math.exp(meanOf(points.map(({ latencyMs }) => Math.log(latencyMs)))),
    quality: meanOf(points.map(({ quality }) => quality)),
  };
}

function rangeOf(values: readonly number[]): { low: number; high: number } {
  return { low: Math.min(...values), high: Math.max(...values) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}
