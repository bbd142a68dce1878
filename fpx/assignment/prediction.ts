/** What an assignment comes to, as far as a calibration can foretell it: the sum of what its units cost, each measured alone. */
import { summarizePrecision, type Format, type PrecisionMap, type PrecisionSummary } from '../formats/precision.js';
import type { Calibration } from '../sensitivity/calibration.js';
import { COSTS_IN_ONE, costOfUnit, NANOSECONDS_IN_US, nanosecondsOfUnit, type Measure } from './options.js';
import { smallestMap } from './smallest-map.js';

/** An assignment with its figures. */
export interface Prediction extends PrecisionSummary {
  map: PrecisionMap;
  /** Sum over units, in the measure's own unit; what is below 0 counts as 0. */
  cost: number;
  /**
   * The most that the standard error of `cost` can be: the sum of the units' own, since all were measured on the same prompts. Of nats and
   * quality; absent where the calibration does not know a unit's.
   */
  costError?: number;
  /** Microseconds of a whole request; absent where the calibration has no times. */
  latencyUs?: number;
}

/** Figures of an assignment. @param formats of every unit, in the order of the calibration's units @throws AssignmentError */
export function predict(calibration: Calibration, formats: readonly Format[], measure: Measure): Prediction {
  const { units, model, latency } = calibration;
  const map = smallestMap(formats);
  const sum = (of: (unit: Calibration['units'][number], format: Format) => number) =>
    units.reduce((all, unit, i) => all + of(unit, formats[i]!), 0);
  return {
    map,
    ...summarizePrecision(map, model.shape),
    cost: sum((unit, format) => costOfUnit(unit, format, measure)) / COSTS_IN_ONE,
    ...costErrorOf(calibration, formats, measure),
    ...(latency
      ? { latencyUs: latency.fixedUs + sum(({ unit }, format) => nanosecondsOfUnit(calibration, unit, format)) / NANOSECONDS_IN_US }
      : {}),
  };
}

/** Relative errors of outputs are sums over all tokens: none is known of them. */
function costErrorOf({ units }: Calibration, formats: readonly Format[], measure: Measure): Pick<Prediction, 'costError'> {
  if (measure === 'error') return {};
  const key = measure === 'nats' ? 'natsError' : 'qualityError';
  const errors = units.map(({ formats: costs }, i) => {
    const format = formats[i]!;
    return format === 'bf16' ? 0 : costs[format][key];
  });
  return errors.every((each) => each !== undefined) ? { costError: errors.reduce((sum, each) => sum + each, 0) } : {};
}

/**
 * Standard error of the difference of what two assignments lose in quality, at most: those of the units that differ, added up, since all were
 * measured on the same states. Undefined where the calibration does not know it. @param a, b formats in the order of the calibration's units
 */
export function qualityErrorBetween({ units }: Calibration, a: readonly Format[], b: readonly Format[]): number | undefined {
  let sum = 0;
  for (const [i, { formats }] of units.entries()) {
    if (a[i] === b[i]) continue;
    const errors = [a[i]!, b[i]!].map((format) => (format === 'bf16' ? 0 : formats[format].qualityError));
    if (errors.includes(undefined)) return undefined;
    sum += Math.hypot(...(errors as number[]));
  }
  return sum;
}
