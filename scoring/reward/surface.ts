/**
 * Reward as a surface over latency and quality, as far as measured players tell it, and what it predicts of others. It is quadratic in the
 * logarithm of the latency, and so is what a unit of quality is worth.
 */
import { studentQuantile } from '../statistics/distributions.js';
import { CONFIDENCE } from '../statistics/estimate.js';
import type { Range } from '../statistics/bounded.js';

/** Where on the surface: latency in world milliseconds, above 0; quality as the surface's axis has it. */
export interface SurfacePlace {
  latencyMs: number;
  quality: number;
}

/** The formula, for people. */
export const SURFACE_FORMULA = 'reward = a0 + a1 l + a2 l^2 + q (b0 + b1 l + b2 l^2)';

/** How many coefficients the formula has. */
export const SURFACE_TERMS = 6;

/** A fitted surface. Rewards are in the task's shown unit. */
export interface RewardSurface {
  /** l = ln(latencyMs / latencyMs of the centre), q = quality less that of the centre. */
  centre: SurfacePlace;
  /** a0, a1, a2, b0, b1, b2. */
  coefficients: number[];
  /** Of the coefficients, by the jackknife over what was left out at a time. */
  covariance: number[][];
  /** Where it was measured: nothing is known outside. */
  range: { latencyMs: Range; quality: Range };
  heldOut: HeldOut;
}

/** How it did on players that it was not fitted on. */
export interface HeldOut {
  /** What was left out at a time: all players of one family (a bot at any share of random decisions, a model's size at any precision), or one player. */
  by: 'family' | 'player';
  /** How many of these there are. */
  groups: number;
  /** Share of the variance of their rewards that it explains; below 0 it is worse than their mean. */
  r2: number;
  /** Root of the mean square by which it was off. */
  error: number;
  /** The same of how much faster or slower than it says a player's reward falls, by a factor of e in latency. */
  slopeError: number;
}

/** A predicted figure with its 95 % interval. */
export interface Predicted extends Range {
  value: number;
}

/** The place on the surface that is nearest, and which of its two figures lay outside. */
export interface Clamped extends SurfacePlace {
  outside: ('latency' | 'quality')[];
}

/** What the formula's coefficients are multiplied by at a place. */
export function surfaceTerms({ latencyMs, quality }: SurfacePlace, centre: SurfacePlace): number[] {
  const l = Math.log(latencyMs / centre.latencyMs);
  const q = quality - centre.quality;
  return [1, l, l * l, q, q * l, q * l * l];
}

/** A place, or where the surface ends on the way to it: beyond that the formula would only invent. */
export function clamped({ range }: Pick<RewardSurface, 'range'>, { latencyMs, quality }: SurfacePlace): Clamped {
  const within = (value: number, { low, high }: Range): number => Math.min(high, Math.max(low, value));
  const at = { latencyMs: within(latencyMs, range.latencyMs), quality: within(quality, range.quality) };
  const outside: Clamped['outside'] = [];
  if (at.latencyMs !== latencyMs) outside.push('latency');
  if (at.quality !== quality) outside.push('quality');
  return { ...at, outside };
}

/** What somebody earns there, with the interval that the error on held-out players gives. Outside of the range: what it is at its border. */
export function predictReward(surface: RewardSurface, place: SurfacePlace): Predicted {
  const value = dot(surface.coefficients, surfaceTerms(clamped(surface, place), surface.centre));
  return around(value, surface.heldOut.error, surface);
}

/**
 * What one and the same player earns more at `a` than at `b`. What it earns more or less than the surface says is taken to be the same at
 * both but for its slope over latency, so the interval is narrower than that of either reward. @param qualityError standard error of the
 * difference of the two qualities
 */
export function rewardGain(surface: RewardSurface, a: SurfacePlace, b: SurfacePlace, qualityError = 0): Predicted {
  const { coefficients, covariance, centre, heldOut } = surface;
  const [first, second] = [clamped(surface, a), clamped(surface, b)];
  const [x, y] = [surfaceTerms(first, centre), surfaceTerms(second, centre)];
  const step = x.map((each, i) => each - y[i]!);
  const ofFit = step.reduce((sum, each, i) => sum + each * dot(covariance[i]!, step), 0);
  const between = { latencyMs: Math.sqrt(first.latencyMs * second.latencyMs), quality: centre.quality };
  const worth = dot(coefficients.slice(3), surfaceTerms(between, centre).slice(0, 3));
  const late = Math.log(first.latencyMs / second.latencyMs) * heldOut.slopeError;
  return around(dot(coefficients, step), Math.sqrt(Math.max(0, ofFit) + late * late + (worth * qualityError) ** 2), surface);
}

function around(value: number, error: number, { heldOut }: RewardSurface): Predicted {
  const half = studentQuantile((1 + CONFIDENCE) / 2, heldOut.groups - 1) * error;
  return { value, low: value - half, high: value + half };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}
