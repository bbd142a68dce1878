/** `tickbench paper gamma`: the published rule's gamma over one size, with the published quantiser's format and with NVFP4's beside it. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AnyTask } from '../../../envs/environment.js';
import { fighter } from '../../../envs/fighter/task.js';
import { hft } from '../../../envs/hft/task.js';
import { notAsked } from '../../../scoring/figures/claims.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { meanInterval } from '../../../scoring/statistics/means.js';
import { gammaClaims, type Claim, type GammaClaimRow } from '../../paper/claims.js';
import { embeddedEntrant, embeddedModel, FAMILY, PLAIN_PRECISIONS, STAND_IN, type PaperEntrant } from '../../paper/entrants.js';
import { paperJson, tableJson } from '../../paper/json.js';
import { paperPlan, playPaper } from '../../paper/play.js';
import { loadPublished, type PublishedGamma } from '../../paper/published.js';
import { tableOf, type PaperRow, type PaperTable } from '../../paper/rows.js';
import { claimsText, CLAIMS_LEGEND } from '../../paper/text.js';
import { figure, intervalText, valueText } from '../../report/figures.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { writeReport } from '../../sweep/report.js';
import type { SweepStore } from '../../sweep/store.js';
import { calibrated, gammaMap, GAMMA_FORMATS, heardUnder, type GammaFormat, type GammaMap } from '../fpx-gamma.js';
import { UsageError, whole } from '../values.js';
import { keeping } from './family.js';
import { checkMatches, inFolder, namedEntrants, unfinishedOf, withMatches, type MatchFlags } from './flags.js';

interface Flags extends MatchFlags {
  task: 'hft' | 'fighter';
  subject: string;
  size?: string;
  gammas: number[];
  calibration?: string;
  calibrationStates: number;
  heldOut: number;
}

/** A row of the sweep: `map` for models of ours, `served` for those whose bits tell their gamma. */
interface GammaRow {
  gamma: number;
  format: GammaFormat | 'served';
  entrant: PaperEntrant;
  map?: GammaMap;
  likelihood?: { perAnswer: number[]; tokens: number };
}

/** The verb, for the group that assembles them. */
export function paperGammaCommand(): Command {
  return withMatches(new Command('gamma'), 12)
    .description("the published rule's gamma over one size: FP4 with one scale a tensor, as published, and NVFP4-like beside it")
    .addOption(
      new Option('--task <name>', 'what is played: hft (own world), or fighter (against the same model in BF16)')
        .choices(['hft', 'fighter'])
        .default('hft'),
    ) // prettier-ignore
    .option('--subject <model>', 'the embedded model', 'tb-4m')
    .option('--size <size>', 'what it is called (default: 1M and 4M for ours, else its name)')
    .option('--gammas <list>', 'shares of the linear layers in FP4', shares, [0, 0.2, 0.4, 0.6, 1])
    .option('--calibration <file>', 'a calibration of the subject (tickbench fpx calibrate) instead of one made here')
    .option('--calibration-states <n>', 'states that the maps are calibrated on, of seeds that no match has', whole, 32)
    .option('--held-out <n>', 'other states on which perplexity is measured, 0 for none', whole, 32)
    .addHelpText(
      'after',
      '\nServed models (--endpoint SIZE/BITS=...) of one size are put at gamma = (8 - BITS) / 4; nothing is calibrated for them.\n' +
        '\nExamples:\n  $ tickbench paper gamma\n  $ tickbench paper gamma --task fighter --subject tb-1m',
    )
    .action(run);
}

function shares(text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (values.length < 2 || values.some((value, i) => !(value >= 0 && value <= 1) || (i > 0 && value <= values[i - 1]!)))
    throw new InvalidArgumentError('two or more shares from 0 to 1 are expected, rising, with commas between');
  return values;
}

async function run(flags: Flags): Promise<void> {
  checkMatches(flags);
  if (flags.calibrationStates < 1) throw new UsageError('--calibration-states 0: accepted: a whole number from 1');
  const named = await namedEntrants(flags);
  const task: AnyTask = flags.task === 'hft' ? hft : fighter;
  const published = loadPublished().gamma[flags.task];
  await inFolder(flags, `paper-gamma-${flags.task}`, async ({ store, say, signal, shown }) => {
    const { rows, source, baseline } = named ? servedRows(named, task) : await mappedRows(flags, store, say);
    const plan = paperPlan({
      ...{ name: `paper-gamma-${flags.task}`, world: flags.plan ?? (flags.task === 'hft' ? 'paper-market' : 'paper-fighter'), task: task.name }, // prettier-ignore
      ...{ entrants: rows.map(({ entrant }) => entrant), against: baseline ?? 'bot', matches: flags.matches, firstSeed: flags.firstSeed, withoutBots: true }, // prettier-ignore
      ...(flags.speed === undefined ? {} : { speed: flags.speed }),
    });
    const reports = await playPaper(plan, { store, budget: { maxCalls: flags.maxCalls }, signal });
    const table = tableOf(task, rows.map(({ entrant }) => entrant), reports, baseline ? 'points' : 'reward'); // prettier-ignore
    const claims = claimsOf(rows, table);
    const [first] = reports[0]?.rows ?? [];
    const played = { task: task.name, matches: flags.matches, firstSeed: flags.firstSeed, against: baseline?.name, clock: first?.clock, speed: first?.speed }; // prettier-ignore
    const maps = rows.map(({ gamma, format, map, likelihood }) => ({
      gamma,
      format,
      map,
      perplexity: likelihood && perplexityOf(likelihood),
    }));
    const data = paperJson('gamma', { published, played, calibration: source, maps, table: tableJson(table), claims, standIn: named === undefined }); // prettier-ignore
    writeReport(store, reports, data);
    const unfinished = unfinishedOf(reports);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ...data, unfinished })}\n`);
      return;
    }
    const columns = terminalColumns();
    const text = [
      ...(named ? [] : [STAND_IN]),
      `Ours: ${task.title}${baseline ? `, share of points against ${baseline.name}` : ''}; seeds ${flags.firstSeed} to ${flags.firstSeed + flags.matches - 1}, ${first?.clock} clock at ${first?.speed}x life; ms of world time. ${source}`,
      `Published: ${published.size}, ${published.measure}.`,
      '',
      gammaText(published, rows, table, columns),
      '',
      'gamma: of the linear layers by count (by parameters); units that are served as one are never divided, so it is at most what was asked for. Perplexity: of the answers that BF16 gives, on states that calibrated nothing; nats: how much less likely such an answer is than at gamma 0, its interval over states. Not on the scale of the published perplexity, which is of another text.',
      '',
      claimsText(claims, '', columns),
      '',
      CLAIMS_LEGEND,
      `Published: ${loadPublished().source}. Traces and figures: ${shown}`,
      ...unfinished,
    ];
    process.stdout.write(`${text.map((line) => wrapped(line, columns)).join('\n')}\n`);
  });
}

/** Rows of models that are served: their bits tell their gamma. @throws UsageError when there are bits or sizes of another kind */
function servedRows(
  entrants: readonly PaperEntrant[],
  task: AnyTask,
): { rows: GammaRow[]; source: string; baseline?: PaperEntrant['configuration'] } {
  const sizes = new Set(entrants.map(({ size }) => size));
  if (sizes.size !== 1) throw new UsageError(`--endpoint: sizes ${[...sizes].join(', ')}; accepted: one size, at several bits`);
  const baseline = entrants.find(({ bits }) => bits === 16);
  const rows = entrants
    .filter((entrant) => entrant !== baseline)
    .map((entrant): GammaRow => {
      if (entrant.bits === undefined || entrant.bits > 8 || entrant.bits < 4)
        throw new UsageError(`--endpoint ${entrant.configuration.name}: its bits tell its gamma; accepted: SIZE/BITS=..., BITS from 4 to 8`); // prettier-ignore
      return { gamma: (8 - entrant.bits) / 4, format: 'served', entrant };
    })
    .sort((a, b) => a.gamma - b.gamma);
  if (rows.length < 2) throw new UsageError('--endpoint: accepted: two or more of 4 to 8 bits');
  if (task.name === fighter.name && !baseline) throw new UsageError('--task fighter is played against the same size at 16 bits; accepted: an --endpoint SIZE/16=... besides'); // prettier-ignore
  return { rows, source: 'Served as they are: nothing was calibrated here.', ...(task.name === fighter.name && baseline ? { baseline: baseline.configuration } : {}) }; // prettier-ignore
}

/** Rows of a model of ours: maps by the rule, in both formats. Gamma 0 is FP8 everywhere in both, and is played once. */
async function mappedRows(
  flags: Flags,
  store: SweepStore,
  say: (line: string) => void,
): Promise<{ rows: GammaRow[]; source: string; baseline?: PaperEntrant['configuration'] }> {
  const { subject, gammas, calibration: file, calibrationStates: states, heldOut } = flags;
  const model = embeddedModel(subject);
  const size = flags.size ?? FAMILY.find((each) => each.model === model)?.size;
  say(`${subject}: the published rule is calibrated`);
  const errors = await calibrated(subject, { task: flags.task, states, ...(file === undefined ? {} : { file }), kept: keeping(store) });
  const rows: GammaRow[] = [];
  for (const format of GAMMA_FORMATS)
    for (const gamma of gammas) {
      const map = gammaMap(errors, gamma, format);
      const isSame = (row: GammaRow): boolean => JSON.stringify(row.map!.precision) === JSON.stringify(map.precision);
      if (rows.some(isSame)) continue; // FP8 everywhere in either format; gammas between which no unit fits
      const name = gamma === 0 ? 'gamma 0' : `gamma ${gamma} ${format}`;
      const precision = { name, precision: map.precision, bits: 8 - 4 * map.gammaByCount };
      rows.push({ gamma, format, map, entrant: embeddedEntrant(model, size, precision) });
    }
  if (heldOut > 0) {
    say(`${subject}: likelihoods on ${heldOut} held-out states`);
    const heard = await heardUnder(subject, rows.map(({ map }) => map!.precision), { task: flags.task, states: heldOut, kept: keeping(store) }); // prettier-ignore
    rows.forEach((row, i) => (row.likelihood = heard[i]!));
  }
  const baseline = flags.task === 'fighter' ? embeddedEntrant(model, size, PLAIN_PRECISIONS[0]!).configuration : undefined;
  return { rows, source: `Maps by the published rule, calibrated on ${errors.source}.`, ...(baseline ? { baseline } : {}) };
}

/** The claims of each format, gamma 0 with either. */
function claimsOf(rows: readonly GammaRow[], table: PaperTable): Claim[] {
  const formats = [...new Set(rows.map(({ format }) => format))];
  if (table.rows.length < 2) return [{ says: 'the best gamma is inside', ...notAsked('one map was played') }];
  return formats.flatMap((format) => {
    const own = rows.flatMap((row, i): GammaClaimRow[] => {
      if (row.format !== format && row.gamma !== 0) return [];
      const { name, values } = table.rows[i]!;
      const { likelihood } = row;
      const member = likelihood && { name, values: new Map(likelihood.perAnswer.entries()) };
      return [{ name, values, gamma: row.gamma, ...(member ? { likelihood: member } : {}) }];
    });
    return gammaClaims(format, own, table.range);
  });
}

function perplexityOf({ perAnswer, tokens }: NonNullable<GammaRow['likelihood']>): number {
  return Math.exp(-perAnswer.reduce((sum, each) => sum + each, 0) / tokens);
}

/** Nats that an answer loses against the first row's, over states. */
function natsLost(row: GammaRow, first: GammaRow): Estimate {
  return meanInterval(row.likelihood!.perAnswer.map((each, i) => first.likelihood!.perAnswer[i]! - each));
}

function gammaText(published: PublishedGamma, rows: readonly GammaRow[], table: PaperTable, columns: number): string {
  const cells = rows.map((row, i) => {
    const theirs = published.rows.find(({ gamma }) => Math.abs(gamma - row.gamma) < 1e-9);
    const own: PaperRow = table.rows[i]!;
    const share = row.map ? `${figure(row.map.gammaByCount)} (${figure(row.map.gammaByParameters)})` : figure(row.gamma);
    return [
      own.name,
      ...(theirs ? [`${theirs.ms}`, theirs.perplexity === null ? '-' : figure(theirs.perplexity), figure(theirs.value)] : ['-', '-', '-']),
      share,
      valueText(own.worldMeanUs, 1e-3),
      row.likelihood ? perplexityOf(row.likelihood).toFixed(3) : '-',
      row.likelihood && rows[0]!.likelihood && i > 0 ? `${valueText(natsLost(row, rows[0]!))}\n${intervalText(natsLost(row, rows[0]!))}` : '-', // prettier-ignore
      `${valueText(own.value)}\n${own.value.value === null ? '' : `${intervalText(own.value)} (${own.value.n})`}`,
    ];
  });
  const head = ['row', 'published:\nms', 'perplexity', published.unit, 'ours:\ngamma', 'ms', 'perplexity', 'nats lost', `${table.measure}, ${table.unit}`]; // prettier-ignore
  return tableText(head, cells, columns, ['left', 'right', 'right', 'right', 'left', 'right', 'right', 'left', 'left']);
}
