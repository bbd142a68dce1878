/**
 * How long a request takes some server, from requests that were timed there: a constant, and for each format so much for reading its weights
 * once a token of the answer and so much for computing with them once a token of all. Least squares of relative errors, nothing below 0.
 */
import {
  FORMATS,
  formatOf,
  UNITS,
  bitsPerWeightOf,
  unitShape,
  type BlockShape,
  type Format,
  type PrecisionMap,
} from '../formats/precision.js';
import type { Calibration } from './calibration.js';
import { addRow, leastSquaresFromZero, noSums, rankOf, type NormalSums } from './non-negative.js';

/** One request, or the middle of several alike. */
export interface TimedRequest {
  map: PrecisionMap;
  /** Tokens of the prompt that were computed (cached ones are not), and of the answer. */
  promptTokens: number;
  answerTokens: number;
  ms: number;
}

/** Rows that no model can be fitted to: what is missing, and what is accepted. */
export class MeasuredLatencyError extends Error {
  override readonly name = 'MeasuredLatencyError';
}

/** What a format costs a server. */
export interface FormatTimes {
  format: Format;
  /** Milliseconds for a gigabyte of its weights, scales included, read once; absent where the rows do not tell reading from computing. */
  msPerGigabyte?: number;
  /** Milliseconds for 10^9 multiplications and as many additions with its weights. */
  msPerGigaflop: number;
}

/** A latency model fitted to timed requests. */
export interface MeasuredLatency {
  /** For requests of these many tokens, unit by unit, as calibrations have it. Formats that were not measured are NaN. */
  model: NonNullable<Calibration['latency']>;
  /** Milliseconds of every request; absent where all rows have the same tokens, in which case it is in the formats' own times. */
  constantMs?: number;
  formats: FormatTimes[];
  /** Tokens that the rows have, from fewest to most. */
  promptTokens: [fewest: number, most: number];
  answerTokens: [fewest: number, most: number];
  rows: number;
  maps: number;
  terms: number;
  /** What was left out at a time to find `model.heldOutError`: a map with all its rows, or a row where there are too few maps. */
  heldOut: 'map' | 'row';
}

/** Rows beyond the number of terms, without which a fit says nothing of its own error. */
const SPARE = 2;

/** A row as the fit sees it: both sides divided by what was measured. */
interface Row {
  terms: number[];
  request: TimedRequest;
  key: string;
}

/**
 * Fits the model.
 * @param at tokens of the requests that are to be predicted; the medians of the rows when absent
 * @throws MeasuredLatencyError for too few rows, or maps that do not tell the formats apart
 */
export function fitMeasured(
  requests: readonly TimedRequest[],
  shape: BlockShape,
  at?: { promptTokens: number; answerTokens: number },
): MeasuredLatency {
  const formats = FORMATS.filter((format) => requests.some(({ map }) => weightsIn(map, shape, format) > 0));
  const lengths = new Set(requests.map(({ promptTokens, answerTokens }) => `${promptTokens} ${answerTokens}`));
  const isVaried = lengths.size > 1;
  const rows = requests.map((request): Row => {
    const { map, promptTokens, answerTokens, ms } = request;
    const terms = formats.flatMap((format) => {
      const weights = weightsIn(map, shape, format);
      const compute = (2 * weights * (promptTokens + answerTokens)) / 1e9;
      return isVaried ? [compute, (bytesIn(map, shape, format) * answerTokens) / 1e9] : [compute];
    });
    return { terms: (isVaried ? [1, ...terms] : terms).map((term) => term / ms), request, key: unitsOf(map, shape) };
  });
  const count = (isVaried ? 1 : 0) + formats.length * (isVaried ? 2 : 1);
  refuseFew(rows, formats, count, shape);
  const all = sumsOf(rows, count);
  const coefficients = leastSquaresFromZero(all);
  const { heldOut, error } = heldOutError(rows, all, formats, shape);
  const step = isVaried ? 2 : 1;
  const times = formats.map((format, i): FormatTimes => {
    const [msPerGigaflop, msPerGigabyte] = coefficients.slice((isVaried ? 1 : 0) + i * step);
    return { format, msPerGigaflop: msPerGigaflop!, ...(isVaried ? { msPerGigabyte: msPerGigabyte! } : {}) };
  });
  const promptTokens = at?.promptTokens ?? Math.round(median(requests.map((each) => each.promptTokens)));
  const answerTokens = at?.answerTokens ?? Math.round(median(requests.map((each) => each.answerTokens)));
  if (!isVaried && !lengths.has(`${promptTokens} ${answerTokens}`))
    throw new MeasuredLatencyError(
      `all rows have ${[...lengths][0]!.replace(' ', ' prompt and ')} answer tokens, which says nothing of ${promptTokens} and ${answerTokens}; accepted: those, or rows of several lengths`,
    );
  const unitUs = Object.fromEntries(
    UNITS.map((unit) => {
      const { rows: height, depth } = unitShape(shape, unit);
      const us = (format: Format): number => {
        const own = times.find((each) => each.format === format);
        if (!own) return NaN;
        const weights = height * depth;
        const bytes = (weights * bitsPerWeightOf(format, height, depth)) / 8;
        const computed = (own.msPerGigaflop * 2 * weights * (promptTokens + answerTokens)) / 1e9;
        return 1000 * (computed + ((own.msPerGigabyte ?? 0) * bytes * answerTokens) / 1e9);
      };
      return [unit, Object.fromEntries(FORMATS.map((format) => [format, us(format)]))];
    }),
  ) as NonNullable<Calibration['latency']>['unitUs'];
  const constantMs = isVaried ? coefficients[0]! : undefined;
  return {
    model: { promptTokens, answerTokens, fixedUs: 1000 * (constantMs ?? 0), unitUs, heldOutError: error },
    ...(constantMs === undefined ? {} : { constantMs }),
    formats: times,
    promptTokens: rangeOf(requests.map((each) => each.promptTokens)),
    answerTokens: rangeOf(requests.map((each) => each.answerTokens)),
    rows: rows.length,
    maps: new Set(rows.map(({ key }) => key)).size,
    terms: count,
    heldOut,
  };
}

/** @throws MeasuredLatencyError */
function refuseFew(rows: readonly Row[], formats: readonly Format[], terms: number, shape: BlockShape): void {
  const kinds = new Set(rows.map(({ key, request: { promptTokens, answerTokens } }) => `${key} ${promptTokens} ${answerTokens}`)).size;
  if (kinds < terms + SPARE)
    throw new MeasuredLatencyError(
      `${rows.length} rows, ${kinds} of them of different maps or tokens, for ${terms} terms (${formats.join(', ')}${terms > formats.length ? ': reading and computing each, and a constant' : ''}); accepted: at least ${terms + SPARE} different ones`,
    );
  if (!areTold(rows, formats, shape))
    throw new MeasuredLatencyError(
      `the maps of the rows do not tell ${formats.join(' from ')}, which are in the same proportion in all; accepted: rows of a map in each format alone, or of other mixes`,
    );
  if (rankOf(sumsOf(rows, terms)) < terms)
    throw new MeasuredLatencyError(
      `the rows do not tell ${terms} terms apart; accepted: rows whose answers are longer or shorter beside the same prompts, or rows that all have the same tokens`,
    );
}

/** Whether the rows' maps have the formats in as many different mixes as there are formats. */
function areTold(rows: readonly Row[], formats: readonly Format[], shape: BlockShape): boolean {
  const sums = noSums(formats.length);
  for (const { request } of rows) addRow(sums, formats.map((format) => weightsIn(request.map, shape, format) / 1e6), 0); // prettier-ignore
  return rankOf(sums) === formats.length;
}

/** Median of |predicted / measured - 1|, each predicted from the others. */
function heldOutError(
  rows: readonly Row[],
  all: NormalSums,
  formats: readonly Format[],
  shape: BlockShape,
): { heldOut: 'map' | 'row'; error: number } {
  const groups = new Map<string, Row[]>();
  for (const row of rows) groups.set(row.key, [...(groups.get(row.key) ?? []), row]);
  const firsts = [...groups.values()].map(([first]) => first!);
  const byMap = firsts.every((own) => areTold(firsts.filter((row) => row !== own), formats, shape)); // prettier-ignore
  const parts = byMap ? [...groups.values()] : rows.map((row) => [row]);
  const errors = parts.flatMap((own) => {
    const sums: NormalSums = { gram: all.gram.map((row) => [...row]), moments: [...all.moments] };
    for (const row of own) addRow(sums, row.terms, 1, -1);
    const coefficients = leastSquaresFromZero(sums);
    return own.map((row) => Math.abs(row.terms.reduce((sum, term, i) => sum + term * coefficients[i]!, 0) - 1));
  });
  return { heldOut: byMap ? 'map' : 'row', error: median(errors) };
}

function sumsOf(rows: readonly Row[], terms: number): NormalSums {
  const sums = noSums(terms);
  for (const row of rows) addRow(sums, row.terms, 1);
  return sums;
}

function weightsIn(map: PrecisionMap, shape: BlockShape, format: Format): number {
  return sumOver(map, shape, format, (rows, depth) => rows * depth);
}

/** Bytes of the linear layers in a format, scales included. */
function bytesIn(map: PrecisionMap, shape: BlockShape, format: Format): number {
  return sumOver(map, shape, format, (rows, depth) => (rows * depth * bitsPerWeightOf(format, rows, depth)) / 8);
}

function sumOver(map: PrecisionMap, shape: BlockShape, format: Format, of: (rows: number, depth: number) => number): number {
  let sum = 0;
  for (let layer = 0; layer < shape.layers; layer++)
    for (const unit of UNITS)
      if (formatOf(map, layer, unit) === format) {
        const { rows, depth } = unitShape(shape, unit);
        sum += of(rows, depth);
      }
  return sum;
}

/** Every unit's format: by which equal maps are known, however they are written. */
function unitsOf(map: PrecisionMap, shape: BlockShape): string {
  return Array.from({ length: shape.layers }, (_, layer) => UNITS.map((unit) => formatOf(map, layer, unit))).join();
}

function rangeOf(values: readonly number[]): [number, number] {
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
