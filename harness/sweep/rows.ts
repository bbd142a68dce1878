/** The rows of a task's table: each entrant's figures and its place on the frontier. */
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import { injectedText } from '../../scoring/trace/injected.js';
import { frontier, type FrontierStatus } from '../../scoring/figures/frontier.js';
import type { PlayedSeat } from '../../scoring/figures/latency.js';
import { summarise, type ProbeResult, type Summary, type ValuedMatch } from '../../scoring/figures/summary.js';
import type { TradingRow } from '../market/trading.js';
import { recovery, type Recovery } from '../../scoring/figures/recovery.js';
import { outageText } from '../../scoring/trace/outage.js';
import { patientParts, patientPlay, type PatientScale, type RewardsBySeed } from '../../scoring/reward/patient.js';
import { NOT_MEASURED, type Estimate } from '../../scoring/statistics/estimate.js';
import type { SeedValues } from '../../scoring/statistics/pairing.js';
import type { RatioPart } from '../../scoring/statistics/ratios.js';
import { probeQuality } from '../../scoring/oracle/probes.js';
import type { ProbeRun } from '../oracle/probe.js';
import type { Score } from '../../scoring/reward/score.js';
import type { Entrant } from './cells.js';
import type { Scorer } from './scoring.js';
import type { CellResult } from './play.js';

/** What the engine said of an embedded configuration when it was loaded; kept in each trace's header. */
const engineAccount = z.looseObject({
  engine: z.looseObject({
    label: z.string(),
    activations: z.string(),
    bitsPerWeight: z.number(),
    gammaByCount: z.number(),
    gammaByParameters: z.number(),
    weightBytes: z.number(),
  }),
});

export interface Row {
  name: string;
  kind: Entrant['kind'];
  entrant: Entrant;
  /** The host that measured it, where hosts are told (see hosts.ts). */
  host?: string;
  /** The model that answers, as its endpoint calls it; absent of bots and of teams. */
  model?: string;
  /** How people group it on a chart: `1M`, `7B`, a bot's name. */
  group: string;
  engine?: z.infer<typeof engineAccount>['engine'];
  /** Latency models the entrant was given (injected), as said in tables; empty when none. */
  injected: string;
  clock: 'wall' | 'virtual';
  speed: number;
  summary: Summary;
  /** The quality that the frontier is drawn by: patient play where the plan has any, else probe quality. */
  quality: AxisQuality;
  /** What it earns when the clock waits; absent where that was not asked. */
  patient?: PatientFigure;
  /** What an injected outage cost it, and which that was; absent where it played no match with one. */
  recovery?: Recovery & { outage: string };
  /** Its canonical answers to the frozen states, null where it gave no action; absent where it was not asked all. */
  answers?: readonly (string | null)[];
  /** Probe quality by the oracle that models may have been trained with; absent where that valued the bank. */
  trained?: Estimate;
  /** By the plan's own reward, where it names one. */
  score?: Score & { by: string };
  status: FrontierStatus['status'] | 'anchor';
  by: string[];
  /** How it traded, where the task's seats do. */
  trading?: TradingRow;
  /** Attempts that were void and played again. */
  replayed: number;
}

/** A quality as the frontier's axis, with the sums by cluster behind it. */
export interface AxisQuality {
  axis: 'patient play' | 'probe quality' | 'score';
  figure: Estimate;
  parts: readonly RatioPart[];
  /** Scores by seed, where that is the axis. */
  scores?: SeedValues;
}

/** Patient play of an entrant, with the sums by seed behind it. */
export interface PatientFigure {
  play: Estimate;
  parts: readonly RatioPart[];
}

export interface Evidence {
  /** How the entrant plays, whether it has played yet or not. */
  clock: 'wall' | 'virtual';
  speed: number;
  results: readonly CellResult[];
  valued: readonly ValuedMatch[];
  probes?: ProbeResult & Partial<Pick<ProbeRun, 'trainedParts' | 'answers'>>;
  /** What it earned in patient matches, and the ends of the scale; absent where the plan has none. */
  patient?: { own: RewardsBySeed; scale: PatientScale };
  score?: Scorer;
  /** Its matches with an injected outage. */
  disturbed?: readonly CellResult[];
  host?: string;
}

/** The frontier is drawn among models; bots, whose delay is injected, are anchors beside it. */
export function rowsOf(task: AnyTask, entrants: readonly Entrant[], evidenceOf: (entrant: Entrant) => Evidence): Row[] {
  const rows = entrants.map((entrant): Row => {
    const { results, valued, probes, patient, clock, speed, score, host, disturbed } = evidenceOf(entrant);
    const parts = patient && patientParts(patient.own, patient.scale);
    const matches = results.map(({ cell, trace }) => ({ trace, seat: cell.seat }));
    const header = results[0]?.trace.header;
    const summary = summarise(task, entrant.name, matches, valued, probes);
    const play = parts && patientPlay(parts);
    const known = { ...numbered('quality', summary.probeQuality), ...(play ? numbered('patient', play) : {}) };
    const account = engineAccount.safeParse(header?.seats[results[0]!.cell.seat]?.configuration);
    return {
      name: entrant.name,
      kind: entrant.kind,
      entrant,
      ...(host === undefined ? {} : { host }),
      ...modelOf(header?.seats[results[0]!.cell.seat]?.configuration),
      group: entrant.configuration?.size ?? entrant.bot?.name ?? 'external',
      engine: account.success ? account.data.engine : undefined,
      injected: injectedText(entrant.configuration?.latency ?? entrant.bot?.latency),
      clock,
      speed,
      summary,
      quality: { axis: 'probe quality', figure: summary.probeQuality, parts: summary.probeParts },
      ...(parts && play ? { patient: { play, parts } } : {}),
      ...recoveryFigure(task, matches, disturbed),
      ...(score ? { score: { ...score.of(results, known), by: score.by } } : {}),
      ...(probes?.answers ? { answers: probes.answers.map(({ answer }) => answer) } : {}),
      ...(probes?.trainedParts ? { trained: probeQuality(probes.trainedParts) } : {}),
      status: 'anchor',
      by: [],
      replayed: results.reduce((sum, { voided }) => sum + voided, 0),
    };
  });
  const models = rows.filter((row) => row.kind !== 'bot');
  // Where anybody played patiently that is the axis, and whoever did not stands beside nobody.
  if (models.some(({ patient }) => patient))
    for (const row of rows)
      row.quality = { axis: 'patient play', figure: row.patient?.play ?? NOT_MEASURED, parts: row.patient?.parts ?? [] };
  // A reward of the plan's own goes before both.
  for (const row of rows) if (row.score) row.quality = { axis: 'score', figure: row.score.figure, parts: [], scores: row.score };
  const points = models.map(({ name, summary, quality }) => ({
    name,
    latency: summary.worldMeanUs,
    latencyParts: summary.latencyParts,
    quality: quality.figure,
    qualityParts: quality.parts,
    ...(quality.scores ? { scores: quality.scores } : {}),
  }));
  frontier(points).forEach(({ status, by }, i) => Object.assign(models[i]!, { status, by }));
  return rows;
}

/** A figure by name; nothing where it was not measured. */
function numbered<Name extends string>(name: Name, { value }: Estimate): { [key in Name]?: number } {
  return (value === null ? {} : { [name]: value }) as { [key in Name]?: number };
}

function recoveryFigure(task: AnyTask, undisturbed: readonly PlayedSeat[], disturbed: readonly CellResult[] = []): Pick<Row, 'recovery'> {
  const [first] = disturbed;
  if (!first) return {};
  const outage = outageText(first.trace.header.seats[first.cell.seat]!.outage);
  return { recovery: { ...recovery(task, disturbed.map(({ cell, trace }) => ({ trace, seat: cell.seat })), undisturbed), outage } }; // prettier-ignore
}

const endpointAccount = z.looseObject({ endpoint: z.looseObject({ model: z.string() }) });

/** The model of a seat, by its record in a trace. */
function modelOf(configuration: unknown): { model?: string } {
  const { data } = endpointAccount.safeParse(configuration);
  return data ? { model: data.endpoint.model } : {};
}
