/** `tickbench ladder TASK`: a scripted player at a ladder of delays and of random shares: do speed and judgement both pay? */
import { Command } from 'commander';
import type { AnyTask, Json } from '../../envs/environment.js';
import {
  compareRungs,
  comparisonJson,
  playLadderRung,
  rungName,
  type Comparison,
  type LadderSettings,
  type RungResult,
} from '../../scoring/ratings/ladder.js';
import { Probes, probeQuality, type SituationQuality } from '../../scoring/oracle/probes.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { loadBank } from '../oracle/bank.js';
import { runBotProbes } from '../oracle/probe.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { parseSeat } from '../seating/seats.js';
import { jsonObject, UsageError, whole } from './values.js';
import { redraws, tableText, terminalColumns, wrapped } from '../report/text.js';

interface Flags {
  bot: string[];
  delays: string;
  errors: string;
  matches: number;
  firstSeed: number;
  opponent: string;
  probes: number;
  options: Record<string, unknown>;
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function ladderCommand(): Command {
  return new Command('ladder')
    .argument('<task>', taskNames().join(' or '))
    .option('--bot <names...>', 'bots to play', ['expert'])
    .option('--delays <ms,...>', 'reaction delays in milliseconds of world time', '0,100,300,1000,3000')
    .option('--errors <%,...>', 'shares of decisions replaced by random legal ones, in percent', '0')
    .option('--matches <n>', 'matches a rung, one seed each, the same for all rungs', whole, 100)
    .option('--first-seed <n>', 'the first seed', whole, 1)
    .option('--opponent <seat>', 'who takes the other seat of a task that has two', 'bot:expert@12f')
    .option('--probes <n>', "also their probe quality, which no delay changes, on so many states of the task's bank", whole, 0)
    .option('--options <json>', "the task's options", jsonObject, {})
    .option('--json', 'print one JSON object, rewards of every match included')
    .addHelpText(
      'after',
      '\nDelays are given, not measured. Differences are over the same seeds; "apart" says that the 95 % interval lies above zero.\n\nExample:\n  $ tickbench ladder hft --errors 0,50',
    )
    .action(ladder);
}

function ladder(name: string, flags: Flags): void {
  const task = taskNamed(name);
  const rungs = rungsOf(task, flags);
  const tickUs = task.tick(task.parseOptions(flags.options)).us;
  const settings: LadderSettings = {
    options: flags.options,
    seeds: Array.from({ length: flags.matches }, (_, i) => flags.firstSeed + i),
    opponent: opponentOf(flags.opponent, tickUs),
  };
  if (flags.matches < 2) throw new UsageError(`--matches ${flags.matches}: at least 2 are needed for an interval`);
  let done = 0;
  const told = redraws(process.stderr) && !flags.json;
  const results = rungs.map((rung) =>
    playLadderRung(task, rung, settings, () => {
      if (told) process.stderr.write(`\r${++done} of ${rungs.length * flags.matches} matches `);
    }),
  );
  if (told) process.stderr.write('\r\x1b[K');
  const comparisons = neighbours(results);
  const qualities = flags.probes > 0 ? probeQualities(task, rungs, flags.probes) : [];
  if (flags.json) process.stdout.write(`${JSON.stringify(json(task, flags, results, comparisons, qualities))}\n`);
  else process.stdout.write(`${shown(task, flags, results, comparisons, qualities)}\n`);
}

function rungsOf(task: AnyTask, flags: Flags): SeatScript[] {
  const delays = numbers('--delays', flags.delays).map((ms) => Math.round(ms * 1000));
  const errors = numbers('--errors', flags.errors).map((percent) => Math.round(percent * 10));
  if (errors.some((each) => each > 1000)) throw new UsageError(`--errors ${flags.errors}: at most 100`);
  for (const bot of flags.bot)
    if (!task.bots.some((each) => each.name === bot))
      throw new UsageError(`--bot ${bot}: ${task.name} has ${task.bots.map((each) => each.name).join(', ')}`);
  return flags.bot.flatMap((bot) => errors.flatMap((errorPermille) => delays.map((delayUs) => ({ bot, delayUs, errorPermille }))));
}

function numbers(flag: string, text: string): number[] {
  const values = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (values.some((value) => !(value >= 0))) throw new UsageError(`${flag} "${text}": numbers from 0, joined by commas, are expected`);
  return values;
}

function opponentOf(text: string, tickUs: number): SeatScript {
  const spec = parseSeat(text, tickUs);
  if (spec.kind !== 'bot') throw new UsageError(`--opponent ${text}: a bot is expected, such as bot:expert:20%@200ms`);
  return { bot: spec.bot, delayUs: (spec.givenUs ?? 0) + spec.addedUs, errorPermille: spec.errorPermille };
}

/** A player whose decisions have been valued on the bank's states. */
interface Quality {
  bot: string;
  errorPermille: number;
  quality: Estimate;
  situations: readonly SituationQuality[];
  /** By the oracle that models may have been trained with; absent where that valued the bank. */
  trained?: Estimate;
}

/** Probe quality of each player, whatever its delay. @throws ProbeError where the task has no bank, or one of other rules */
function probeQualities(task: AnyTask, rungs: readonly SeatScript[], states: number): Quality[] {
  const probes = new Probes(task, loadBank(task.name), states);
  const players = new Map(rungs.map(({ bot, errorPermille }) => [`${bot} ${errorPermille}`, { bot, errorPermille }]));
  return [...players.values()].map((player) => {
    const { parts, situations, trainedParts } = runBotProbes(probes, { ...player, seed: 1 });
    const trained = trainedParts ? { trained: probeQuality(trainedParts) } : {};
    return { ...player, quality: probeQuality(parts), situations, ...trained };
  });
}

/** Each rung with the next slower one of the same player, and with the next more random one at the same delay. */
function neighbours(results: readonly RungResult[]): Comparison[] {
  return results.flatMap((a) => {
    const same = results.filter((b) => b.rung.bot === a.rung.bot);
    const slower = nearest(same.filter((b) => b.rung.errorPermille === a.rung.errorPermille && b.rung.delayUs > a.rung.delayUs), (b) => b.rung.delayUs); // prettier-ignore
    const wilder = nearest(same.filter((b) => b.rung.delayUs === a.rung.delayUs && b.rung.errorPermille > a.rung.errorPermille), (b) => b.rung.errorPermille); // prettier-ignore
    return [slower, wilder].filter((b) => b !== undefined).map((b) => compareRungs(a, b));
  });
}

function nearest<T>(all: readonly T[], by: (each: T) => number): T | undefined {
  return all.reduce<T | undefined>((first, each) => (first === undefined || by(each) < by(first) ? each : first), undefined);
}

function shown(
  task: AnyTask,
  flags: Flags,
  results: readonly RungResult[],
  comparisons: readonly Comparison[],
  qualities: readonly Quality[],
): string {
  const { unit, scale, about } = task.reward;
  const decimals = scale >= 10_000 ? 3 : 2;
  const figure = (value: number | null): string => (value === null ? '-' : (value / scale).toFixed(decimals));
  const interval = (e: Estimate): string => `${figure(e.value)} [${figure(e.low)}, ${figure(e.high)}]`;
  const columns = terminalColumns();
  const rewards = results.map(({ rung, reward }) => [rungName(rung), interval(reward)]);
  const pairs = comparisons.map(({ first, second, difference, apart }) => [
    rungName(first),
    rungName(second),
    interval(difference),
    apart ? 'yes' : 'no',
  ]);
  const text = [
    `${task.title} (${task.rules}). Reward: ${about}; mean over ${flags.matches} matches [95 %]. Delays are given, in world time.`,
    '',
    tableText(['player', `reward, ${unit}`], rewards, columns),
    '',
    ...qualities.flatMap(({ bot, errorPermille, quality, situations, trained }) => [
      `Probe quality of ${bot}${errorPermille > 0 ? `, ${errorPermille / 10}% random` : ''}: ${share(quality)} (${flags.probes} states of ${quality.n} matches)${trained ? `; by the training oracle ${share(trained)}` : ''}`,
      ...situations.map((each) => `  ${each.situation}: ${share(each.quality)} (${each.asked} states of ${each.quality.n} matches)`),
    ]),
    ...(comparisons.length > 0
      ? ['', 'Neighbours on the same seeds:', '', tableText(['first', 'less second', `difference, ${unit}`, 'apart'], pairs, columns)]
      : []),
  ].join('\n');
  return wrapped(text, columns);
}

/** A quality with its interval, to three digits. */
function share(quality: Estimate): string {
  const [value, low, high] = [quality.value, quality.low, quality.high].map((each) => each?.toFixed(3) ?? '-');
  return `${value} [${low}, ${high}]`;
}

function json(
  task: AnyTask,
  flags: Flags,
  results: readonly RungResult[],
  comparisons: readonly Comparison[],
  qualities: readonly Quality[],
): unknown {
  return {
    task: task.name,
    rules: task.rules,
    reward: task.reward,
    options: flags.options as Json,
    ...(task.seats(task.parseOptions(flags.options)) > 1 ? { opponent: flags.opponent } : {}),
    matches: flags.matches,
    firstSeed: flags.firstSeed,
    rungs: results.map(({ rung, reward, rewards }) => ({ name: rungName(rung), ...rung, reward, rewards })),
    comparisons: comparisons.map(comparisonJson),
    qualities,
  };
}
