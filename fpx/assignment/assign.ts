/** A precision map from a calibration, by one of three rules, with the curve of choices it is one of. */
import { isFp4, UNITS, unitShape, type BlockShape, type Format } from '../formats/precision.js';
import type { Calibration } from '../sensitivity/calibration.js';
import { frontOf, type Front } from './front.js';
import { assignByGamma } from './gamma.js';
import { assignGreedily } from './greedy.js';
import { AssignmentError, COSTS_IN_ONE, NANOSECONDS_IN_US, optionsOf, type Budget, type Measure, type Option } from './options.js';

export const RULES = ['gamma', 'greedy', 'knapsack'] as const;

/** How a map is chosen: by the published rule at a gamma, under a budget (cost per byte or exactly), or by what its time and its cost are worth. */
export type Rule = { rule: 'gamma'; gamma: number } | BudgetRule | WorthRule;

export interface BudgetRule {
  rule: 'greedy' | 'knapsack';
  budget: Budget;
  /** Bits a weight of the linear layers, scales included; or milliseconds of a whole request. */
  most: number;
}

export interface WorthRule {
  rule: 'worth';
  /** What a map is worth whose requests take so many milliseconds and which costs so much, in the measure's own unit: the larger the better. */
  worth: (ms: number, cost: number) => number;
}

/** What was chosen, beside all that could be. */
export interface Assignment {
  /** The format of every unit, in the order of the calibration's units. */
  formats: Format[];
  /** What the curve's points take: the rule's budget, bits for the published rule. */
  budget: Budget;
  front: Front;
  /** The curve's point that costs least of those that take no more than what was chosen. */
  point: number;
  /** Whether what was chosen takes and costs the same as that point. */
  onFront: boolean;
}

/**
 * Chooses the format of every unit.
 * @param formats what a unit may be held in; the published rule wants `fp8` and one kind of FP4
 * @throws AssignmentError when the budget is out of reach, or the calibration lacks what the rule needs
 */
export function assign(calibration: Calibration, rule: Rule, formats: readonly Format[], measure: Measure): Assignment {
  const budget = rule.rule === 'gamma' ? 'bits' : rule.rule === 'worth' ? 'latency' : rule.budget;
  const units = optionsOf(calibration, formats, measure, budget);
  const front = frontOf(units);
  const chosen = formatsBy(calibration, rule, formats, units, front);
  let [takes, cost] = [0, 0];
  units.forEach((options, i) => {
    const option = options.find(({ format }) => format === chosen[i])!;
    takes += option.takes;
    cost += option.cost;
  });
  const point = front.within(takes)!;
  return { formats: chosen, budget, front, point, onFront: front.takes[point] === takes && front.costs[point] === cost };
}

/** The format of every unit by a rule. @throws AssignmentError */
function formatsBy(
  calibration: Calibration,
  rule: Rule,
  formats: readonly Format[],
  units: readonly (readonly Option[])[],
  front: Front,
): Format[] {
  if (rule.rule === 'gamma') return assignByGamma(calibration, rule.gamma, onlyFp4(formats));
  if (rule.rule === 'worth') return front.formatsAt(worthiest(calibration, rule, front));
  return underBudget(calibration, rule, formats, units, front);
}

/** The curve's point that is worth most; of equal ones that which takes least. */
function worthiest(calibration: Calibration, { worth }: WorthRule, front: Front): number {
  let [best, most] = [0, -Infinity];
  for (let point = 0; point < front.length; point++) {
    const value = worth(takenOf(calibration, 'latency', front.takes[point]!), costOf(front.costs[point]!));
    if (value > most) [best, most] = [point, value];
  }
  return best;
}

/** What keeps a budget. @throws AssignmentError when nothing does */
function underBudget(
  calibration: Calibration,
  { rule, budget, most }: BudgetRule,
  formats: readonly Format[],
  units: readonly (readonly Option[])[],
  front: Front,
): Format[] {
  const { fixed, scale } = unitOf(calibration, budget);
  // Half a bit or nanosecond: what is asked in bits a weight or milliseconds may come out a hair below the whole number that it means.
  const limit = most * scale - fixed + 0.5;
  const point = front.within(limit);
  if (point !== undefined) return rule === 'greedy' ? assignGreedily(units, limit)! : front.formatsAt(point);
  // Rounded up, so that what is told is accepted.
  const from = Math.ceil(takenOf(calibration, budget, front.takes[0]!) * 1000) / 1000;
  const unit = budget === 'bits' ? 'bits a weight' : 'ms';
  throw new AssignmentError(`${most} ${unit}: ${formats.join(', ')} take more than that; accepted: from ${from}`);
}

/** What a curve's point takes, in the budget's own unit: bits a weight, or milliseconds of a whole request, its fixed part included. */
export function takenOf(calibration: Calibration, budget: Budget, takes: number): number {
  const { fixed, scale } = unitOf(calibration, budget);
  return (takes + fixed) / scale;
}

/** What a curve's point costs, in the measure's own unit. */
export function costOf(cost: number): number {
  return cost / COSTS_IN_ONE;
}

/** Bits in a bit a weight, or nanoseconds in a millisecond and those that no unit takes. */
function unitOf({ model, latency }: Calibration, budget: Budget): { fixed: number; scale: number } {
  if (budget === 'bits') return { fixed: 0, scale: weightsOf(model.shape) };
  return { fixed: Math.round(latency!.fixedUs * NANOSECONDS_IN_US), scale: 1000 * NANOSECONDS_IN_US };
}

/** Weights of all linear layers. */
function weightsOf(shape: BlockShape): number {
  const block = UNITS.map((unit) => unitShape(shape, unit)).reduce((sum, { rows, depth }) => sum + rows * depth, 0);
  return shape.layers * block;
}

/** The kind of FP4 that the published rule is to use. @throws AssignmentError unless there is FP8 and one kind of FP4 */
function onlyFp4(formats: readonly Format[]): 'fp4' | 'fp4-tensor' {
  const fp4 = formats.filter(isFp4);
  if (formats.length !== 2 || fp4.length !== 1 || !formats.includes('fp8'))
    throw new AssignmentError(
      `formats ${formats.join(',')}: the rule gamma divides units between two; accepted: fp8,fp4 or fp8,fp4-tensor`,
    );
  return fp4[0] as 'fp4' | 'fp4-tensor';
}
