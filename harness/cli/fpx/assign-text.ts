/** An assignment in words: for the terminal, and as the comment of the configuration that is made of it. */
import { costOf, type Assignment, type Rule } from '../../../fpx/assignment/assign.js';
import type { Measure } from '../../../fpx/assignment/options.js';
import type { Prediction } from '../../../fpx/assignment/prediction.js';
import type { Format } from '../../../fpx/formats/precision.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { costText, curveText, millisecondsText, type CurvePoint } from './curve-text.js';
import { measuredText, type MeasuredTimes } from './measured-times.js';
import { rewardLines, rewardSentence, type RewardChoice } from './reward.js';
import { gridText, percent, summaryLines } from './map-text.js';

/** What was asked of which calibration, and what came of it. */
export interface Assigned {
  calibration: Calibration;
  hash: string;
  rule: Rule;
  measure: Measure;
  formats: readonly Format[];
  assignment: Assignment;
  chosen: Prediction;
  /** Times that are not the calibration's own. */
  times?: MeasuredTimes;
  /** What it is predicted to earn; present where that chose it. */
  reward?: RewardChoice;
}

/** What a cost is a number of. */
const COST_NAMES: Record<Measure, string> = {
  nats: 'nats of the answer',
  error: 'relative output error, summed over units',
  quality: "quality lost by the task's oracle",
};

/** The whole answer: what was asked, the curve, what was chosen. */
export function assignmentText(assigned: Assigned, points: readonly CurvePoint[], columns: number): string {
  const { calibration, assignment, measure, chosen } = assigned;
  const { front, onFront, point } = assignment;
  const { layers } = calibration.model.shape;
  const beside = onFront
    ? ''
    : ` The chosen one is not among them: at no more ${assignment.budget === 'bits' ? 'bits' : 'time'} a map of ${costText(costOf(front.costs[point]!))} ${measure} can be had.`;
  const shown = points.filter(({ onCurve }) => onCurve).length;
  return [
    `${calibration.model.name}, ${sourceText(assigned)}`,
    `rule: ${ruleText(assigned)}`,
    '',
    curveText(points, assignment.budget, measure, columns),
    '',
    `${shown === front.length ? `${shown}` : `${shown} of ${front.length}`} ${front.length === 1 ? 'choice' : 'choices'} that no other beats; > marks the chosen one.${beside}`,
    '',
    ...summaryLines(chosen),
    `predicted  ${predictionText(assigned)}`,
    ...(assigned.reward ? rewardLines(assigned.reward) : []),
    ...additivityLines(calibration, measure),
    '',
    gridText(chosen.map, layers, columns),
  ].join('\n');
}

/** The comment of a configuration or a map: how its map came about and what is predicted of it. */
export function assignmentComment(assigned: Assigned): string[] {
  const { calibration, chosen } = assigned;
  const { label, activations, gammaByCount, gammaByParameters, bitsPerWeight } = chosen;
  return [
    `${calibration.model.name}, its formats chosen by \`tickbench fpx assign\`: ${ruleText(assigned)}.`,
    `${label} (${activations}); gamma ${percent(gammaByCount)} by count of linear layers, ${percent(gammaByParameters)} by parameters; ${bitsPerWeight.toFixed(3)} bits a weight of the linear layers, scales counted.`,
    `Predicted, not measured: ${predictionText(assigned)}.`,
    ...(assigned.reward ? [`${rewardSentence(assigned.reward)}.`] : []),
    `From ${sourceText(assigned)}.`,
  ];
}

function ruleText({ rule, measure, formats }: Assigned): string {
  return `${ruleName(rule)}, ${{ gamma: 'smallest relative errors first', worth: 'quality on its axis' }[rule.rule as string] ?? `least ${measure}`}; formats ${formats.join(', ')}`;
}

function ruleName(rule: Rule): string {
  if (rule.rule === 'gamma') return `gamma ${rule.gamma}`;
  if (rule.rule === 'worth') return 'most reward by a surface';
  // Bits that another map takes have many digits.
  const most = Number(rule.most.toFixed(4));
  const limit = rule.budget === 'bits' ? `${most} bits a weight` : `${most} ms a request`;
  return `${rule.rule}, at most ${limit}`;
}

function sourceText({ calibration: { prompts, latency }, hash, times }: Assigned): string {
  const timed = latency ? `; times of ${latency.promptTokens} prompt and ${latency.answerTokens} answer tokens` : '';
  const measured = times ? `, by ${measuredText(times)}` : '';
  return `calibration ${hash}: ${prompts.count} prompts of ${prompts.source}, ${prompts.tokens.toLocaleString('en-US')} tokens${timed}${measured}`;
}

function predictionText({ calibration, measure, chosen: { cost, costError, latencyUs } }: Assigned): string {
  const unknown = measure === 'quality' ? ' (how sure that is the calibration does not tell: it has too few matches)' : '';
  const error = costError === undefined ? unknown : ` (standard error at most ${costText(costError)})`;
  const { heldOutError } = calibration.latency ?? {};
  const off = heldOutError === undefined ? '' : ` (off by ${percent(heldOutError)} at the median where it was tried)`;
  const time = latencyUs === undefined ? '' : `; ${millisecondsText(latencyUs)} ms a request${off}`;
  return `${costText(cost)} ${COST_NAMES[measure]}${error}${time}`;
}

/** How well sums have predicted what maps cost: of nats alone, where it was tried. */
function additivityLines({ additivity }: Calibration, measure: Measure): string[] {
  if (measure !== 'nats' || !additivity || additivity.maps.length === 0) return [];
  const off = additivity.maps.map(({ predicted, measured }) => Math.abs(predicted - measured)).sort((a, b) => a - b);
  const middle = off.length >> 1;
  const median = off.length % 2 === 1 ? off[middle]! : (off[middle - 1]! + off[middle]!) / 2;
  const least = costText(Math.min(...additivity.maps.map(({ measured }) => measured)));
  const most = costText(Math.max(...additivity.maps.map(({ measured }) => measured)));
  return [
    `tried      on ${off.length} random maps, which cost ${least} to ${most} nats, sums were off by ${costText(median)} nats at the median`,
  ];
}
