/**
 * What units cost, with what is known of each weighed against what is known of all: one unit's nats are often no larger than their own error,
 * and who chooses the cheapest of many such figures chooses those that chance made small. To second order a unit's loss grows with the square
 * of its output's relative error, by a factor that differs from one kind of unit to another; so measured nats are drawn towards that, the more
 * the less they are told from it (empirical Bayes: Efron and Morris, Data analysis using Stein's estimator, 1975).
 */
import { UNITS, type Unit } from '../formats/precision.js';
import { CalibrationError, CHEAPER, type Calibration, type Cheaper } from './calibration.js';

/** One unit in one format: what its output error lets expect, but for the factor, what was measured, and how surely. */
interface Point {
  unit: Unit;
  square: number;
  nats: number;
  variance: number;
}

/** Errors below this are not believed: a few prompts may agree by chance. */
const LEAST_ERROR = 1e-9;
/** How much one point may say about how far units scatter around what is expected. */
const MOST_WEIGHT = 1e4;

/** The same calibration with nats weighed. Other costs stay as they are. @throws CalibrationError for one prompt, whose nats have no error that is known */
export function weighed(calibration: Calibration): Calibration {
  const { model, prompts } = calibration;
  if (prompts.count < 2)
    throw new CalibrationError(
      `the calibration of ${model.name} is of one prompt, whose nats cannot be weighed, since nothing tells how sure they are; accepted: 2 prompts or more`,
    );
  const points = calibration.units.flatMap(({ unit, formats }) => CHEAPER.map((format) => pointOf(unit, formats[format])));
  const factors = factorsOf(points);
  const scatter = scatterOf(points, factors);
  const units = calibration.units.map((each) => {
    const formats = Object.fromEntries(
      CHEAPER.map((format) => {
        const { nats, square, variance } = pointOf(each.unit, each.formats[format]);
        const expected = factors[each.unit] * square;
        const around = scatter * expected * expected;
        return [format, { ...each.formats[format], nats: (nats * around + expected * variance) / (around + variance) }];
      }),
    ) as Record<Cheaper, (typeof each.formats)[Cheaper]>;
    return { ...each, formats };
  });
  return { ...calibration, units };
}

function pointOf(unit: Unit, { error, nats, natsError }: Calibration['units'][number]['formats'][Cheaper]): Point {
  return { unit, square: error * error, nats, variance: Math.max(natsError, LEAST_ERROR) ** 2 };
}

/** Nats for a squared relative error of 1, for each kind of unit: its own where that is told, else that of all kinds together; never below 0. */
function factorsOf(points: readonly Point[]): Record<Unit, number> {
  const all = fitted(points);
  const pooled = Math.max(0, all.factor);
  return Object.fromEntries(
    UNITS.map((unit) => {
      const own = fitted(points.filter((each) => each.unit === unit));
      if (pooled === 0) return [unit, Math.max(0, own.factor)];
      // That a kind differs from the others by as much as the others cost is as likely as not.
      const between = pooled * pooled;
      return [unit, Math.max(0, (own.factor * between + pooled * own.variance) / (between + own.variance))];
    }),
  ) as Record<Unit, number>;
}

/** Least squares through nothing, each point by its own error. */
function fitted(points: readonly Point[]): { factor: number; variance: number } {
  let [products, squares] = [0, 0];
  for (const { square, nats, variance } of points) {
    products += (square * nats) / variance;
    squares += (square * square) / variance;
  }
  return squares === 0 ? { factor: 0, variance: Infinity } : { factor: products / squares, variance: 1 / squares };
}

/** How far units really lie from what is expected, relative, squared: what is left of their distances once their own errors are taken off. */
function scatterOf(points: readonly Point[], factors: Record<Unit, number>): number {
  let [sum, weights] = [0, 0];
  for (const { unit, square, nats, variance } of points) {
    const expected = factors[unit] * square;
    if (expected === 0) continue;
    const weight = Math.min(MOST_WEIGHT, ((expected * expected) / variance) ** 2);
    sum += (weight * ((nats - expected) ** 2 - variance)) / (expected * expected);
    weights += weight;
  }
  return weights === 0 ? 0 : Math.max(0, sum / weights);
}
