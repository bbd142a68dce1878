/**
 * What each unit of a model may be held in, what that takes of a budget (bits, or time) and what it costs: what every rule but the
 * published one chooses among. Both are whole numbers, so that sums are exact whatever their order and equal choices are equal.
 */
import { bitsPerWeightOf, unitShape, type BlockShape, type Format, type Unit } from '../formats/precision.js';
import type { Calibration } from '../sensitivity/calibration.js';

/** What a choice may cost: likelihood of BF16's answer, relative error of outputs, or the task's own quality. */
export const MEASURES = ['nats', 'error', 'quality'] as const;
export type Measure = (typeof MEASURES)[number];

/** What is limited: bits of the linear layers' weights, or microseconds of a whole request. */
export const BUDGETS = ['bits', 'latency'] as const;
export type Budget = (typeof BUDGETS)[number];

/** Costs are counted in whole billionths of the measure's unit, and times in whole nanoseconds. */
export const COSTS_IN_ONE = 1e9;
export const NANOSECONDS_IN_US = 1000;

/** One format of one unit. */
export interface Option {
  format: Format;
  /** What it takes of the budget: bits, scales included, or nanoseconds. */
  takes: number;
  /** Billionths of the measure's unit, from 0. */
  cost: number;
}

/** An assignment that cannot be made from this calibration: what is missing or out of reach, and what is accepted. */
export class AssignmentError extends Error {
  override readonly name = 'AssignmentError';
}

/** The unit of the calibration, as far as costs go. */
type CalibratedUnit = Calibration['units'][number];

/** Bits of one unit's weights in a format, scales included: a whole number. */
export function bitsOfUnit(shape: BlockShape, unit: Unit, format: Format): number {
  const { rows, depth } = unitShape(shape, unit);
  return Math.round(rows * depth * bitsPerWeightOf(format, rows, depth));
}

/** Nanoseconds that one unit adds to a whole request. @throws AssignmentError when the calibration has no times */
export function nanosecondsOfUnit({ latency }: Calibration, unit: Unit, format: Format): number {
  if (!latency)
    throw new AssignmentError('the calibration has no times (`latency`); accepted: one that timed its host, or a budget of bits a weight');
  const us = latency.unitUs[unit][format];
  if (!Number.isFinite(us))
    throw new AssignmentError(`no request in ${format} was timed; accepted: formats that were, or rows of a map that has it`);
  return Math.round(us * NANOSECONDS_IN_US);
}

/**
 * What a unit costs in a format, in billionths. BF16, which the weights come in, costs nothing, and what came out better than BF16 (nats or
 * quality below 0) counts as nothing too: it is chance more often than gain, and must not pay for another unit's loss.
 * @throws AssignmentError when the calibration lacks the measure
 */
export function costOfUnit(unit: CalibratedUnit, format: Format, measure: Measure): number {
  if (format === 'bf16') return 0;
  const value = unit.formats[format][measure];
  if (value === undefined)
    throw new AssignmentError(
      `the calibration has no ${measure} for layer ${unit.layer}, ${unit.unit} in ${format}; accepted: ${MEASURES.filter((each) => each !== measure).join(' or ')}, or a calibration by a task's states`,
    );
  return Math.max(0, Math.round(value * COSTS_IN_ONE));
}

/** Every unit's options, in the order of the calibration's units. @throws AssignmentError */
export function optionsOf(calibration: Calibration, formats: readonly Format[], measure: Measure, budget: Budget): Option[][] {
  const { shape } = calibration.model;
  return calibration.units.map((each) =>
    formats.map((format) => ({
      format,
      takes: budget === 'bits' ? bitsOfUnit(shape, each.unit, format) : nanosecondsOfUnit(calibration, each.unit, format),
      cost: costOfUnit(each, format, measure),
    })),
  );
}
