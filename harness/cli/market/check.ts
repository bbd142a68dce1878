/** `tickbench market check PRESET`: which of the stylized facts of real markets a preset's background has. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { PRESETS } from '../../../envs/hft/options.js';
import { NEEDED } from '../../../scoring/hft/realism/bands.js';
import { check, type Check, type PartCheck } from '../../../scoring/hft/realism/check.js';
import { recordMarkets } from '../../market/check.js';
import { positive, UsageError, whole } from '../values.js';
import { redraws, tableText, terminalColumns, wrapped } from '../../report/text.js';

/** A market lasts a day at most. */
const LONGEST_S = 24 * 60 * 60;

/** The verb, for the group that assembles them. */
export function marketCheckCommand(): Command {
  return new Command('check')
    .argument('<preset>', PRESETS.join(', '))
    .description('measure fifteen facts of real markets on a preset, no seat acting, and say which of the fourteen judged are in band')
    .option('--seeds <n>', 'how many seeds', whole, 20)
    .option('--first-seed <n>', 'the first of them', whole, 1)
    .option('--minutes <m>', 'market time of each', positive, 60)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `\nExit status: 0 when at least ${NEEDED} facts are in band and each that applies could be measured, 1 otherwise. A fact is in band unless the
interval of one of its parts lies outside (or, of a claim about a sign, is not inside whole). The interval is 95 % over seeds; "reaches" says that
it is not inside whole, "untold" that it reaches into a band that is narrower than it or has no end, or that there is none: that counts neither way, and a fact
of which nothing else is told is not in band: looking at less does not make a market pass. "widths": of the interval, in widths of the band. The spread is only asked of large-tick: for other presets it counts neither way.
How each is measured: scoring/hft/realism/README.md.\n\nExample:\n  $ tickbench market check small-tick --seeds 20 --json`,
    )
    .action(marketCheck);
}

interface Flags {
  seeds: number;
  firstSeed: number;
  minutes: number;
  json?: boolean;
}

async function marketCheck(preset: string, flags: Flags): Promise<void> {
  if (!(PRESETS as readonly string[]).includes(preset)) throw new UsageError(`preset "${preset}": accepted: ${PRESETS.join(', ')}`);
  if (flags.seeds < 1) throw new UsageError('--seeds 0: accepted: a whole number from 1; intervals need 2');
  const seconds = Math.round(flags.minutes * 60);
  if (seconds < 1 || seconds > LONGEST_S)
    throw new UsageError(`--minutes ${flags.minutes}: accepted: from one second to a day (${LONGEST_S / 60})`);
  const seeds = Array.from({ length: flags.seeds }, (_, i) => flags.firstSeed + i);
  const onProgress = (done: number, total: number): void => {
    if (redraws(process.stderr)) process.stderr.write(`\r\x1b[K${preset}: ${done} of ${total} seeds`);
  };
  onProgress(0, seeds.length);
  const records = await recordMarkets(preset, seeds, seconds, { workers: availableParallelism(), onProgress });
  if (redraws(process.stderr)) process.stderr.write('\r\x1b[K');
  const result = check(preset, records);
  if (!result.ok) process.exitCode = 1;
  process.stdout.write(`${flags.json ? JSON.stringify(result, finite) : report(result)}\n`);
}

/** JSON knows no infinity: an absent bound is null. */
function finite(_key: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? null : value;
}

function report(result: Check): string {
  const columns = terminalColumns();
  const rows = result.facts.map((fact) => {
    const lines = (cell: (part: PartCheck) => string): string => fact.parts.map(cell).join('\n');
    return [
      fact.title,
      lines((part) => part.name),
      lines(({ estimate: { value }, unit }) => (value === null ? 'not measured' : `${figure(value)} ${unit}`.trim())),
      lines(({ estimate: { low, high } }) => (low === null || high === null ? '' : `${figure(low)} to ${figure(high)}`)),
      lines(band),
      fact.applies
        ? lines((part) => (part.standing === 'out' ? 'OUT' : part.standing))
        : fact.unjudged === undefined
          ? 'not asked'
          : 'not judged',
      lines(({ widths }) => (widths === null ? '-' : figure(widths))),
      lines((part) => `${Math.round(part.samples).toLocaleString('en-US')} ${part.of}`),
    ];
  });
  const { preset, seeds, secondsPerSeed, messages, inBand, whole, untold, applicable, needed, ok } = result;
  const text = [
    `${preset}: ${seeds.length} seeds (from ${seeds[0]}) of ${figure(secondsPerSeed / 60)} minutes, ${messages.toLocaleString('en-US')} messages`,
    '',
    tableText(['fact', 'measured', 'value', '95 % interval', 'band', 'in', 'widths', 'from'], rows, columns),
    '',
    `${inBand} of ${applicable} facts in band (${whole} of them with their whole intervals), ${needed} needed: ${ok ? 'passes' : 'DOES NOT PASS'}.`,
    ...(untold === 0
      ? []
      : [
          `Of ${untold} ${untold === 1 ? 'fact a part' : 'facts parts'} could not be told${seeds.length < 2 ? ': one seed has no intervals' : ': their intervals are wider than their bands, or reach into one without end. More seeds, or minutes, narrow them'}.`,
        ]),
    ...reasons(result),
  ].join('\n');
  return wrapped(text, columns);
}

/** Which facts are not in band, each with its parts that are out and the band as its source gives it; then why others count neither way. */
function reasons({ facts }: Pick<Check, 'facts'>): string[] {
  const failing = facts.filter((fact) => fact.applies && !fact.in);
  return [
    ...failing.map(({ title, says, source, parts }) => {
      const out = parts.filter(({ standing }) => standing === 'out');
      const names = out.map(({ name, estimate }) => (estimate.value === null ? `${name}, not measured` : name));
      return `Not in band: ${title} (${out.length === 0 ? 'nothing could be told' : `out: ${names.join('; ')}`}); wanted: ${says} (${source}).`;
    }),
    ...facts.flatMap(({ title, only, unjudged, applies }) => {
      if (applies) return [];
      return [unjudged === undefined ? `Not asked: ${title}, which is about ${only!.join(', ')}.` : `Not judged: ${title}: ${unjudged}.`];
    }),
  ];
}

function figure(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

function band({ low, high, open }: PartCheck): string {
  if (high === Infinity) return `over ${low}`;
  return `${figure(low)} to ${figure(high)}${open ? ', exclusive' : ''}`;
}
