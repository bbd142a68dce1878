/**
 * Fits the roofline's factors to timings, and finds out how far it is off on rows, models and devices that it was not fitted on. With it
 * settled which side of each operator is the slower one, a time is linear in the factors: least squares of relative errors, nothing faster
 * than the data sheet and no overhead below 0, then settled anew until nothing changes.
 */
import { addRow, leastSquaresFromZero, noSums, rankOf } from '../../fpx/sensitivity/non-negative.js';
import { FORMATS } from '../../fpx/formats/precision.js';
import { IDEAL, TERMS, type Factors, type Term, type TermSums } from './roofline.js';
import { predictedMs, prepared, termsOf, type Prepared, type Timing } from './timing.js';

/** Timings that nothing can be fitted to: what is missing, and what is accepted. */
export class CalibrationError extends Error {
  override readonly name = 'CalibrationError';
}

/** The fit of some timings. */
export interface Fit {
  factors: Factors;
  /** Terms that the timings say something of. Of the others a factor is the data sheet's, or 0, and is not known. */
  told: Term[];
  timings: number;
}

/** How far predictions are off where nothing was fitted: |predicted / timed - 1|. */
export interface HeldOutError {
  /** What was left out at a time. */
  by: 'row' | 'model' | 'device';
  groups: number;
  timings: number;
  median: number;
  p90: number;
}

/** By which share the model is off at the median on a model or a device that it was not fitted on, the worse of the two; undefined where neither is known. */
export function errorElsewhere(errors: readonly HeldOutError[]): number | undefined {
  const medians = errors.filter(({ by }) => by !== 'row').map(({ median }) => median);
  return medians.length === 0 ? undefined : Math.max(...medians);
}

/** Rounds of settling; each is cheap, and most fits need three or four. */
const ROUNDS = 20;
/** Rows are left out in so many lots. */
const LOTS = 5;
/** Timings of one device below which it gets the factors of all together. */
export const LEAST_TIMINGS = 8;

/** Fits one set of factors to timings, of one device or of several. @throws CalibrationError for none */
export function fitFactors(timings: readonly Timing[]): Fit {
  return fitPrepared(timings.map(prepared));
}

function fitPrepared(timings: readonly Prepared[]): Fit {
  if (timings.length === 0) throw new CalibrationError('no timings; accepted: at least one row that can be fitted');
  let factors = IDEAL;
  let best = { factors, error: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const next = fitSettled(timings.map((timing) => termsOf(timing, factors)), timings); // prettier-ignore
    const error = timings.reduce((sum, timing) => sum + (predictedMs(timing, next) / timing.timing.ms - 1) ** 2, 0);
    const better = error < best.error * (1 - 1e-9);
    if (better) best = { factors: next, error };
    if (JSON.stringify(next) === JSON.stringify(factors) || (!better && round > 5)) break;
    factors = next;
  }
  return { factors: best.factors, told: toldTerms(timings.map((timing) => termsOf(timing, best.factors)), timings), timings: timings.length }; // prettier-ignore
}

/** Whether a factor is a slowdown, 1 or more, or an overhead, 0 or more. */
const isSlowdown = (term: Term): boolean => term !== 'layer' && term !== 'pass' && term !== 'request';

/** Least squares with it settled which side of each operator counts. */
function fitSettled(rows: readonly TermSums[], timings: readonly Prepared[]): Factors {
  const used = TERMS.filter((term) => rows.some((row) => row[term] > 0));
  const sums = noSums(used.length);
  rows.forEach((row, i) => {
    const us = timings[i]!.timing.ms * 1000;
    const least = TERMS.reduce((sum, term) => sum + (isSlowdown(term) ? row[term] : 0), 0);
    addRow(sums, used.map((term) => row[term] / us), 1 - least / us); // prettier-ignore
  });
  const above = leastSquaresFromZero(sums);
  const of = (term: Term): number => (isSlowdown(term) ? 1 : 0) + (above[used.indexOf(term)] ?? 0);
  const bf16 = of('bf16');
  return {
    // A format that no row multiplies in is taken to be as slow as bf16.
    compute: Object.fromEntries(FORMATS.map((format) => [format, used.includes(format) ? of(format) : bf16])) as Factors['compute'],
    memory: of('memory'),
    layerUs: of('layer'),
    passUs: of('pass'),
    requestUs: of('request'),
  };
}

/** Terms without which the others would not say the same: those that are no mix of the rest. */
function toldTerms(rows: readonly TermSums[], timings: readonly Prepared[]): Term[] {
  const used = TERMS.filter((term) => rows.some((row) => row[term] > 0));
  const rank = (terms: readonly Term[]): number => {
    const sums = noSums(terms.length);
    rows.forEach((row, i) => addRow(sums, terms.map((term) => row[term] / timings[i]!.timing.ms), 1)); // prettier-ignore
    return rankOf(sums);
  };
  const all = rank(used);
  return used.filter((term) => rank(used.filter((each) => each !== term)) < all);
}

/** Factors of each device with timings enough, and of all together for the rest. */
export interface Calibration {
  devices: Record<string, Fit>;
  all: Fit;
  errors: HeldOutError[];
}

/** Fits every device and all of them together, and finds the errors. @throws CalibrationError */
export function calibrate(timings: readonly Timing[]): Calibration {
  const all = timings.map(prepared);
  return { ...fitAll(all), errors: heldOutErrors(all) };
}

function fitAll(timings: readonly Prepared[]): Omit<Calibration, 'errors'> {
  const names = [...new Set(timings.map(({ timing }) => timing.deviceName))].sort();
  const own = names.map((name) => [name, timings.filter(({ timing }) => timing.deviceName === name)] as const);
  const devices = own.filter(([, rows]) => rows.length >= LEAST_TIMINGS).map(([name, rows]) => [name, fitPrepared(rows)]);
  return { devices: Object.fromEntries(devices) as Record<string, Fit>, all: fitPrepared(timings) };
}

/** A device's own factors, or those of all devices that were timed. */
export function factorsFor({ devices, all }: Pick<Calibration, 'devices' | 'all'>, deviceName: string): { fit: Fit; own: boolean } {
  const own = Object.hasOwn(devices, deviceName) ? devices[deviceName] : undefined;
  return { fit: own ?? all, own: own !== undefined };
}

/** Errors on rows (in lots), models and devices left out; of what there is only one of, nothing can be left out. */
function heldOutErrors(timings: readonly Prepared[]): HeldOutError[] {
  // A row's first token and its whole answer are the same request: with the one known, the other would be no surprise.
  const rows = new Map([...new Set(timings.map(({ timing }) => timing.where))].map((where, i) => [where, i]));
  const groupings: [HeldOutError['by'], (timing: Prepared) => string][] = [
    ['row', ({ timing }) => String(rows.get(timing.where)! % LOTS)],
    ['model', ({ timing }) => timing.modelName],
    ['device', ({ timing }) => timing.deviceName],
  ];
  return groupings.flatMap(([by, of]) => {
    const groups = [...new Set(timings.map(of))];
    if (groups.length < 2) return [];
    const errors = groups.flatMap((group) => {
      const rest = timings.filter((timing) => of(timing) !== group);
      const fits = fitAll(rest);
      return timings.flatMap((timing) => {
        if (of(timing) !== group) return [];
        const { fit } = factorsFor(fits, timing.timing.deviceName);
        return [Math.abs(predictedMs(timing, fit.factors) / timing.timing.ms - 1)];
      });
    });
    errors.sort((a, b) => a - b);
    const at = (share: number): number => errors[Math.min(errors.length - 1, Math.floor(share * errors.length))]!;
    return [{ by, groups: by === 'row' ? rows.size : groups.length, timings: errors.length, median: at(0.5), p90: at(0.9) }];
  });
}
