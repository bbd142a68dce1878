/**
 * Does the surface of reward over latency and patient play, fitted on bots alone, hold for the reference models? Apart from the trial of the
 * bots (axis.ts), since models change oftener than bots do, and this takes minutes.
 */
import { meanInterval } from '../../scoring/statistics/means.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { MODELS } from '../../models/recipe/material.js';
import { botsOf, trialsOfPlan, type TaskTrial } from './axis-settings.js';
import { meanOf, playTrial, predictedR2, surfacePoints, type PlayedPolicy } from './axis-trial.js';
import type { BenchRow } from './main.js';
import { withModel } from './model-bot.js';

/** Matches a point of bots and models alike, on the same seeds. Fewer than in the trial of the bots: each decision of a model is computed. */
const MATCHES = 20;
const PRECISION = 'fp4';
/** What is hoped for. */
const WANTED_R2 = 0.8;

/** Ours: the share of the variance of the models' rewards that the surface explains; then each reward (ours) beside its prediction (peer). */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const trial of trialsOfPlan()) rows.push(...(await modelRows(trial)));
  return rows;
}

/** The rows of one task. */
export async function modelRows(of: TaskTrial): Promise<BenchRow[]> {
  const trial = { ...of, matches: MATCHES };
  const bots = playTrial({ ...trial, policies: botsOf(trial) });
  const models: PlayedPolicy[] = [];
  for (const model of MODELS) {
    const task = await withModel(trial.task, model, PRECISION);
    models.push(...playTrial({ ...trial, task, policies: [{ bot: model, errorPermille: 0 }] }));
  }
  return rowsOf(trial, bots, models);
}

function rowsOf({ task, delaysUs }: TaskTrial, bots: readonly PlayedPolicy[], models: readonly PlayedPolicy[]): BenchRow[] {
  const surface = (played: readonly PlayedPolicy[]) => ({
    points: surfacePoints(played, delaysUs),
    numbers: played.map((each) => [meanOf(each.patient)]),
  });
  const others = surface(models);
  const { r2, predicted } = predictedR2(surface(bots), others);
  const unit = task.reward.unit;
  return [
    {
      case: `${task.name}, the reference models`,
      unit: 'R2',
      ours: r2,
      note: `${r2 >= WANTED_R2 ? 'holds' : 'does not hold'} (${WANTED_R2}); fitted on ${bots.length} bots; ${MATCHES} matches a point, ${PRECISION}`,
    },
    ...models.map(({ bot, patient }): BenchRow => {
      const better = bots.filter((each) => meanOf(each.patient) > meanOf(patient)).map((each) => each.bot);
      return {
        case: `${task.name}, ${bot}, patient`,
        unit,
        ours: meanOf(patient),
        note: `${interval(meanInterval(patient))}; bots that earn more: ${better.join(', ') || 'none'}`,
      };
    }),
    ...others.points.map(({ policy, delayUs, reward }, i): BenchRow => ({
      case: `${task.name}, ${models[policy]!.bot}, ${delayUs / 1000} ms`,
      unit,
      ours: reward,
      peer: predicted[i]!,
      note: `${interval(meanInterval(models[policy]!.late[delaysUs.indexOf(delayUs)]!))}; peer: as predicted`,
    })),
  ];
}

function interval({ low, high }: Estimate): string {
  return `[${low!.toFixed(3)}, ${high!.toFixed(3)}]`;
}
