/** What the flags of `tickbench run` about markets make of its task and the task's options. */
import { type Command, Option } from 'commander';
import type { AnyTask, Json } from '../../../envs/environment.js';
import { isRecorded, readRecorded, RECORDED_FORMS } from '../../market/read.js';
import { taskNamed } from '../../match/tasks.js';
import { readBars } from './bars.js';
import { paperOptions } from './paper.js';
import { positive, UsageError } from '../values.js';

/** The flags, and the options that stand beside them. */
export interface MarketFlags {
  options?: Record<string, unknown>;
  minutes?: number;
  market?: string;
  from?: string;
  symbol?: string;
  publisher?: string;
  hidden?: 'print' | 'reach';
  date?: string;
  rules?: 'paper';
  prices?: 'raw' | 'cleaned';
}

/** Adds the flags to a command. */
export function addMarketFlags(command: Command): Command {
  return command
    .option('--minutes <n>', 'how long the market is open (hft)', positive)
    .option(
      '--market <source>',
      `instead of the synthetic market (hft): ohlc:FILE[,FILE...], published bars, a file for each symbol; ${RECORDED_FORMS}, recorded messages as CSV`,
    )
    .option('--from <time>', 'where in --market to start, HH:MM[:SS] on its own clock (default: 09:30; recorded messages: the first)')
    .option('--symbol <name>', "which instrument of an mbo file, or what to call a lobster file's")
    .option('--publisher <id>', 'which publisher of an mbo file, by its publisher_id')
    .addOption(
      new Option(
        '--hidden <rule>',
        'recorded executions of hidden orders are only printed, or fill seats at equal or better prices (default: print)',
      ).choices(['print', 'reach']),
    )
    .option('--date <date>', 'which day of --market, when its file has several')
    .addOption(
      new Option('--rules <name>', "paper: the published benchmark's own trading rules, on the virtual clock (hft)").choices(['paper']),
    )
    .addOption(
      new Option('--prices <how>', '--rules paper: bars as published, or bad prints replaced (default: raw)').choices(['raw', 'cleaned']),
    );
}

/** A market that was read from files: for people, for JSON, and what its book is where it has one. */
export interface MarketRead {
  summary: string;
  report: Json;
  book?: 'synthetic';
}

/** The task under the rules that were asked for; flags that do not go with it are refused. @throws UsageError */
export function ruledBy(named: AnyTask, flags: MarketFlags): AnyTask {
  if (flags.rules !== undefined && named.name !== 'hft' && named.name !== 'hft-paper')
    throw new UsageError(`--rules ${flags.rules} is for hft, not for ${named.name}`);
  const task = flags.rules === 'paper' ? taskNamed('hft-paper') : named;
  const { name } = task;
  if (flags.prices !== undefined && name !== 'hft-paper') throw new UsageError('--prices goes with --rules paper');
  const { market } = flags;
  for (const [flag, with_, given] of [
    ['market', 'hft', name === 'hft' || name === 'hft-paper'],
    ['minutes', 'hft', name === 'hft' || name === 'hft-paper'],
    ['from', '--market', market !== undefined],
    ['date', '--market ohlc: or mbo:', market !== undefined && !market.startsWith('lobster:')],
    ['publisher', '--market mbo:', market?.startsWith('mbo:') === true],
    ['symbol', '--market lobster: or mbo: (bars are named by ohlc:SYMBOL=FILE)', market !== undefined && isRecorded(market)],
    ['hidden', '--market lobster: or mbo:', market !== undefined && isRecorded(market)],
  ] as const)
    if (flags[flag] !== undefined && !given) throw new UsageError(`--${flag} goes with ${with_}`);
  return task;
}

/** The task's options from --options, --minutes and --market. @throws OptionsError, MarketError, UsageError */
export async function optionsOf(task: AnyTask, flags: MarketFlags): Promise<{ options: unknown; market?: MarketRead }> {
  const raw: Record<string, unknown> = { ...flags.options };
  if (task.name === 'hft-paper') {
    const { options, market } = paperOptions(flags);
    return { options: task.parseOptions(options), market };
  }
  if (task.name !== 'hft') return { options: task.parseOptions(raw) };
  for (const name of ['market', 'symbols'] as const)
    if (flags.market !== undefined && raw[name] !== undefined)
      throw new UsageError(`--options ${name}: beside --market; accepted: one of them`);
  if (raw.durationUs !== undefined && (flags.market !== undefined || flags.minutes !== undefined))
    throw new UsageError(
      `--options durationUs: beside ${flags.market === undefined ? '--minutes' : '--market'}; accepted: how long it is by --minutes alone`,
    );
  // Whole seconds, so that any grid of publishing fits.
  const seconds = (minutes: number): number => Math.max(1, Math.round(minutes * 60));
  if (flags.market === undefined) {
    if (flags.minutes !== undefined) raw.durationUs = seconds(flags.minutes) * 1_000_000;
    return { options: task.parseOptions(raw) };
  }
  const minutes = seconds(flags.minutes ?? 5) / 60;
  if (isRecorded(flags.market)) {
    const given = typeof raw.tickMicros === 'number' ? raw.tickMicros : undefined;
    const { market, tickMicros, report } = await readRecorded(flags.market, {
      from: flags.from,
      minutes,
      ...(given === undefined ? {} : { tickMicros: given }),
      symbol: flags.symbol,
      publisher: flags.publisher,
      date: flags.date,
      hidden: flags.hidden,
    });
    const durationUs = Math.min(Math.round(minutes * 60_000_000), market.lengthUs);
    const options: unknown = task.parseOptions({ ...raw, tickMicros, durationUs, market });
    return { options, market: { summary: report.summary, report: { ...report, book: 'recorded' } as unknown as Json } };
  }
  const tickMicros = typeof raw.tickMicros === 'number' ? raw.tickMicros : undefined;
  const read = readBars(flags.market, { from: flags.from, minutes, date: flags.date, tickMicros });
  const options: unknown = task.parseOptions({ ...raw, ...read.options, durationUs: read.seconds * 1_000_000 });
  return { options, market: { summary: read.summary, report: { ...read.report, book: 'synthetic' }, book: 'synthetic' } };
}
