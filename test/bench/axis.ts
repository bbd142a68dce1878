/**
 * The frontier's quality axis on trial: does patient play order what players earn at later delays, does probe quality, and how much of a
 * policy's reward can be told from its latency and its quality alone? On both tasks as the quick plan plays them, in process.
 */
import type { Micros } from '../../envs/environment.js';
import { loadPlan } from '../../harness/sweep/plan.js';
import { opponentOf } from '../../harness/sweep/cells.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { runBotProbes } from '../../harness/oracle/probe.js';
import { ProbeError, Probes, probeQuality } from '../../scoring/oracle/probes.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { MODELS } from '../../models/recipe/material.js';
import { withModel } from './axis-models.js';
import { withMorePolicies } from './axis-policies.js';
import {
  activity,
  heldOutR2,
  meanOf,
  playTrial,
  predictedR2,
  rankCorrelation,
  surfacePoints,
  type PlayedPolicy,
  type TrialPolicy,
  type TrialSettings,
} from './axis-trial.js';
import type { BenchRow } from './main.js';

/** By task: matches of a policy at a delay, and the delays, from what a small model needs to what a large one does. */
const TRIALS: Record<string, { matches: number; delaysMs: number[] }> = {
  fighter: { matches: 60, delaysMs: [200, 300, 430, 650] },
  hft: { matches: 100, delaysMs: [220, 400, 730, 1100] },
};
/** States of the bank: what bots answer is often none of its candidates, and is then valued in all of its futures. */
const PROBES = 96;
const SHARES_PERMILLE = [0, 125, 250, 375, 500, 750, 1000];
/** The reference models play fewer matches: each decision is computed. */
const MODEL_MATCHES = 20;
const MODEL_PRECISION = 'fp4';
/** What must hold: over different policies, and over shares of one. */
const WANTED = { policies: 0.8, shares: 0.9, r2: 0.8 };

/** Ours: patient play. Peer: probe quality. */
export async function bench(): Promise<BenchRow[]> {
  const plan = loadPlan('quick');
  const rows: BenchRow[] = [];
  for (const planned of plan.tasks) {
    const trial = TRIALS[planned.name];
    if (!trial) continue;
    const task = withMorePolicies(taskNamed(planned.name));
    const { options, opponent: named, patient } = planned.plan;
    const { bot, errorPermille, givenUs = 0 } = opponentOf(task, planned.plan);
    const settings = {
      task,
      options,
      patientOptions: patient.options,
      ...(named ? { opponent: { bot, errorPermille, delayUs: givenUs } } : {}),
      delaysUs: trial.delaysMs.map((ms) => ms * 1000),
      matches: trial.matches,
    };
    const best = task.patient!.best(task.parseOptions(options));
    const policies = task.bots.map((each) => ({ bot: each.name, errorPermille: 0 }));
    const shares = SHARES_PERMILLE.map((share) => ({ bot: best === 'search' ? 'expert' : best, errorPermille: share }));
    const played = playTrial({ ...settings, policies });
    rows.push(
      ...rowsOf({ ...settings, policies }, played, 'policies', WANTED.policies),
      ...rowsOf({ ...settings, policies: shares }, playTrial({ ...settings, policies: shares }), 'shares', WANTED.shares),
      await modelRow(settings, played),
    );
  }
  return rows;
}

/** The reference models' rewards as the surface of all bots predicts them. */
async function modelRow(settings: Omit<TrialSettings, 'policies'>, bots: readonly PlayedPolicy[]): Promise<BenchRow> {
  const { delaysUs } = settings;
  const models: PlayedPolicy[] = [];
  for (const model of MODELS) {
    const task = await withModel(settings.task, model, MODEL_PRECISION);
    models.push(...playTrial({ ...settings, task, matches: MODEL_MATCHES, policies: [{ bot: model, errorPermille: 0 }] }));
  }
  const surface = (played: readonly PlayedPolicy[]) => ({
    points: surfacePoints(played, delaysUs),
    numbers: played.map((each) => [meanOf(each.patient)]),
  });
  const others = surface(models);
  const { r2, predicted } = predictedR2(surface(bots), others);
  const told = others.points.map(({ policy, delayUs, reward }, i) => `${MODELS[policy]} at ${ms(delayUs)} ${reward.toFixed(2)} (predicted ${predicted[i]!.toFixed(2)})`); // prettier-ignore
  return {
    case: `${settings.task.name}, the reference models`,
    unit: 'R2',
    ours: r2,
    note: `${r2 >= WANTED.r2 ? 'holds' : 'does not hold'} (${WANTED.r2}); fitted on the bots alone; ${MODEL_MATCHES} matches a point: ${told.join(', ')}`,
  };
}

function rowsOf(settings: TrialSettings, played: readonly PlayedPolicy[], what: string, wanted: number): BenchRow[] {
  const { task, delaysUs, policies, matches } = settings;
  const probed = probeQualities(settings);
  const label = `${task.name}, ${policies.length} ${what}`;
  const note = (mine: Estimate, theirs: Estimate | undefined): string =>
    `${mine.value! >= wanted ? 'holds' : 'does not hold'} (${wanted}); patient ${interval(mine)}${theirs ? `, probes ${interval(theirs)}` : ', no bank of these rules'}; ${matches} matches a point, ${PROBES} probes`;
  const rows = delaysUs.map((delayUs, i): BenchRow => {
    const late = played.map((each) => each.late[i]!);
    const mine = rankCorrelation(played.map((each) => each.patient), late); // prettier-ignore
    const theirs = probed && rankCorrelation(probed, late);
    return {
      case: `${label}, ${ms(delayUs)}`,
      unit: 'rank corr.',
      ours: mine.value!,
      ...(theirs ? { peer: theirs.value! } : {}),
      note: note(mine, theirs),
    };
  });
  return what === 'policies' ? [...rows, ...surfaceRows(settings, played, probed, label)] : rows;
}

function surfaceRows(
  settings: TrialSettings,
  played: readonly PlayedPolicy[],
  probed: readonly number[] | undefined,
  label: string,
): BenchRow[] {
  const { delaysUs } = settings;
  const points = surfacePoints(played, delaysUs);
  const patient = played.map((each) => meanOf(each.patient));
  const mine = heldOutR2(points, patient.map((each) => [each])); // prettier-ignore
  const theirs = probed && heldOutR2(points, probed.map((each) => [each])); // prettier-ignore
  const row: BenchRow = {
    case: `${label}, held out`,
    unit: 'R2',
    ours: mine,
    ...(theirs === undefined ? {} : { peer: theirs }),
    note: `${mine >= WANTED.r2 ? 'holds' : 'does not hold'} (${WANTED.r2}); reward predicted from latency and quality, each policy from the others; ${points.length} points`,
  };
  const active = played.map((policy) => activity(settings, policy));
  const decay = playTrial({ ...settings, delaysUs: [], patientUs: 2 * settings.task.patient!.latencyUs }).map(
    (each, i) => meanOf(each.patient) - patient[i]!,
  );
  const third = (name: string, numbers: readonly number[]): BenchRow => ({
    case: `${label}, held out, and ${name}`,
    unit: 'R2',
    ours: heldOutR2(points, patient.map((each, i) => [each, numbers[i]!])), // prettier-ignore
    ...(probed ? { peer: heldOutR2(points, probed.map((each, i) => [each, numbers[i]!])) } : {}), // prettier-ignore
    note: 'a third number beside latency and quality',
  });
  return [row, third('share of answers that act', active), third('what twice the patient latency costs', decay)];
}

/** Quality of each policy on the whole bank; undefined where there is none of these rules. */
function probeQualities({ task, policies }: TrialSettings): number[] | undefined {
  let probes: Probes;
  try {
    probes = new Probes(task, loadBank(task.name), PROBES);
  } catch (error) {
    if (error instanceof ProbeError) return undefined;
    throw error;
  }
  const quality = ({ bot, errorPermille }: TrialPolicy): number =>
    probeQuality(runBotProbes(probes, { bot, errorPermille, seed: 1 }).parts).value!;
  return policies.map(quality);
}

function interval({ low, high }: Estimate): string {
  return `[${low!.toFixed(2)}, ${high!.toFixed(2)}]`;
}

function ms(us: Micros): string {
  return `${us / 1000} ms`;
}
