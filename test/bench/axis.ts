/**
 * The frontier's quality axis on trial: does patient play order what players earn at later delays, does probe quality, and how much of a
 * policy's reward can be told from its latency and its quality alone? On both tasks as the quick plan plays them, in process.
 */
import type { Micros } from '../../envs/environment.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { runBotProbes } from '../../harness/oracle/probe.js';
import { ProbeError, Probes, probeQuality } from '../../scoring/oracle/probes.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { botsOf, trialsOfPlan } from './axis-settings.js';
import {
  activity,
  heldOutR2,
  meanOf,
  playTrial,
  rankCorrelation,
  surfacePoints,
  type PlayedPolicy,
  type TrialPolicy,
  type TrialSettings,
} from './axis-trial.js';
import type { BenchRow } from './main.js';

/** States of the bank: what bots answer is often none of its candidates, and is then valued in all of its futures. */
const PROBES = 96;
const SHARES_PERMILLE = [0, 125, 250, 375, 500, 750, 1000];
/** What must hold: over different policies, and over shares of one. */
const WANTED = { policies: 0.8, shares: 0.9, r2: 0.8 };

/** Ours: patient play. Peer: probe quality. */
export async function bench(): Promise<BenchRow[]> {
  return trialsOfPlan().flatMap((trial) => {
    const best = trial.task.patient!.best(trial.task.parseOptions(trial.options));
    const shares = SHARES_PERMILLE.map((share) => ({ bot: best === 'search' ? 'expert' : best, errorPermille: share }));
    const rows = (policies: TrialPolicy[], what: string, wanted: number): BenchRow[] =>
      rowsOf({ ...trial, policies }, playTrial({ ...trial, policies }), what, wanted);
    return [...rows(botsOf(trial), 'policies', WANTED.policies), ...rows(shares, 'shares', WANTED.shares)];
  });
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
