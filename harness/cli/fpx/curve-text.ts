/** The curve of choices as a table: what each takes, costs and is, the chosen one marked. */
import type { Assignment } from '../../../fpx/assignment/assign.js';
import type { Budget, Measure } from '../../../fpx/assignment/options.js';
import { predict, type Prediction } from '../../../fpx/assignment/prediction.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { figure } from '../../report/figures.js';
import { tableText } from '../../report/text.js';
import { percent } from './map-text.js';
import type { RewardedMap } from './reward.js';

/** A point that is shown. */
export interface CurvePoint extends Prediction {
  chosen: boolean;
  /** No other choice takes and costs less: all are but a chosen one of a rule that does not look for it. */
  onCurve: boolean;
  /** What it earns by a surface; present where that was asked. */
  rewarded?: RewardedMap;
}

/**
 * Points of the curve from the smallest map to the dearest, the chosen one among them, on the curve or beside it.
 * @param most how many of the curve's points, its ends and that next to the chosen one always among them; 0 for all
 */
export function curvePoints(calibration: Calibration, assignment: Assignment, measure: Measure, most: number): CurvePoint[] {
  const { front, point, onFront, formats } = assignment;
  const shown = thinned(front.length, most, point);
  const points = shown.map((i): CurvePoint => {
    const chosen = onFront && i === point;
    // Of several maps that take and cost the same the curve holds one; the chosen one is shown as it was chosen.
    return { chosen, onCurve: true, ...predict(calibration, chosen ? formats : front.formatsAt(i), measure) };
  });
  if (!onFront) points.splice(shown.indexOf(point) + 1, 0, { chosen: true, onCurve: false, ...predict(calibration, formats, measure) });
  return points;
}

/** So many of 0 to length - 1, evenly apart, with the first, the last and one more. */
function thinned(length: number, most: number, kept: number): number[] {
  if (most === 0 || length <= most) return Array.from({ length }, (_, i) => i);
  const even = Array.from({ length: most }, (_, i) => Math.round((i * (length - 1)) / Math.max(1, most - 1)));
  return [...new Set([...even, length - 1, kept])].sort((a, b) => a - b);
}

/** The points as a table, what is limited first, the chosen one marked with `>`. */
export function curveText(points: readonly CurvePoint[], budget: Budget, measure: Measure, columns: number): string {
  const bits: Column = ['bits', ({ bitsPerWeight }) => bitsPerWeight.toFixed(3)];
  const times: Column[] = points.some(({ latencyUs }) => latencyUs !== undefined)
    ? [['ms', ({ latencyUs }) => millisecondsText(latencyUs)]]
    : [];
  const figures: Column[] = [
    ...(budget === 'bits' ? [bits, ...times] : [...times, bits]),
    [measure === 'quality' ? 'quality lost' : measure, ({ cost }) => costText(cost)],
    ...(points.some(({ rewarded }) => rewarded) ? REWARD_COLUMNS : []),
    ['FP4 layers', ({ gammaByCount }) => percent(gammaByCount)],
    ['FP4 weights', ({ gammaByParameters }) => percent(gammaByParameters)],
  ];
  const head = ['', ...figures.map(([name]) => name), 'format'];
  const rows = points.map((each) => [each.chosen ? '>' : '', ...figures.map(([, text]) => text(each)), each.label]);
  return tableText(head, rows, columns, ['left', ...figures.map(() => 'right' as const)]);
}

/** A figure's name and its text. */
type Column = [name: string, text: (point: CurvePoint) => string];

const REWARD_COLUMNS: Column[] = [
  ['world ms', ({ rewarded }) => `${figure(rewarded!.worldMs)}${rewarded!.outside.includes('latency') ? '*' : ''}`],
  ['quality', ({ rewarded }) => `${rewarded!.quality.toFixed(3)}${rewarded!.outside.includes('quality') ? '*' : ''}`],
  ['reward (95 %)', ({ rewarded }) => rewardText(rewarded!.reward)],
];

function rewardText({ value, low, high }: RewardedMap['reward']): string {
  return `${figure(value)} (${figure(low)} to ${figure(high)})`;
}

/** A cost to three digits, however small. */
export function costText(cost: number): string {
  return cost === 0 ? '0' : Number(cost.toPrecision(3)).toString();
}

/** Milliseconds of microseconds; a dash where there are none. */
export function millisecondsText(us: number | undefined): string {
  return us === undefined ? '-' : (us / 1000).toFixed(us < 10_000 ? 3 : 2);
}
