/** `tickbench cost RESULTS|TRACES`: what a match, a decision and a success cost. */
import { Command } from 'commander';
import { costSummary, costUsd, isMissing, type CostPart, type CostSummary, type Price } from '../../scoring/figures/cost.js';
import type { MeasuredMatch } from '../../scoring/reward/measures.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import { leftText, measuredPlayers, type MeasuredPlayer } from '../evidence/measured.js';
import { taskNamed } from '../match/tasks.js';
import { printable } from '../protocol/printable.js';
import { tableText, terminalColumns, wrapped } from '../report/text.js';
import { pricesOf, requireUsed } from './prices.js';
import { UsageError } from './values.js';

interface Flags {
  price?: string[];
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function costCommand(): Command {
  return new Command('cost')
    .argument('<paths...>', "a sweep's folder, or trace files and folders of them")
    .option('--price <files...>', 'configuration files whose price goes for the seats of their name, before what traces say')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A configuration names its price as {perHour, date} or {promptPerMillion, completionPerMillion, date}, in US dollars.

Examples:
  $ tickbench cost results/vendor
  $ tickbench cost results/quick --price my-model.yaml --json`,
    )
    .action(cost);
}

interface Row {
  player: MeasuredPlayer;
  prices: Price[];
  costs: CostSummary;
  counted: number;
  missing: string[];
}

async function cost(paths: string[], { price, json }: Flags): Promise<void> {
  const prices = pricesOf(price ?? []);
  const { players, left, notes } = await measuredPlayers(paths, prices);
  requireUsed(prices, players);
  const rows = players.filter(({ kind }) => kind !== 'bot').map(rowOf);
  if (rows.length === 0) {
    const why = left.slice(0, 3).join('; ') || (players.length > 0 ? 'only bots played, which nobody pays for' : 'no traces were found');
    throw new UsageError(`no match of a model counts there; ${why}`);
  }
  if (rows.every(({ counted }) => counted === 0)) process.exitCode = 1;
  const text = json
    ? JSON.stringify({ cost: 'cost.v1', currency: 'USD', left, notes, rows: rows.map(rowJson) })
    : wrapped(printable([...shown(rows), ...notes, ...leftText(left)].join('\n')), terminalColumns());
  process.stdout.write(`${text}\n`);
}

function rowOf(player: MeasuredPlayer): Row {
  const parts: CostPart[] = [];
  const missing: string[] = [];
  for (const match of player.matches) {
    const usd = costUsd(match, match.price);
    if (isMissing(usd)) missing.push(`${match.trace.header.id}: ${usd.missing}`);
    else parts.push({ usd, decisions: decisionsOf(match.trace, match.seat).length, ...successes(match) });
  }
  const prices = new Map(player.matches.flatMap((match) => (match.price ? [[JSON.stringify(match.price), match.price] as const] : [])));
  return { player, prices: [...prices.values()], costs: costSummary(parts), counted: parts.length, missing };
}

function successes({ task, trace, seat }: MeasuredMatch): Pick<CostPart, 'successes'> {
  return task.success && trace.footer ? { successes: task.success.count(trace.footer.results, seat) } : {};
}

function rowJson({ player: { task, name }, prices, costs, counted, missing }: Row): unknown {
  return { task, name, prices, matches: counted, missing, successIs: taskNamed(task).success?.name, costs };
}

function shown(rows: readonly Row[]): string[] {
  const cells = rows.map(({ player: { task, name }, costs, counted }) => [
    name,
    task,
    counted,
    usd(costs.match),
    usd(costs.decision),
    usd(costs.success),
  ]);
  const successes = [...new Set(rows.map(({ player }) => player.task))].flatMap((task) => {
    const { success } = taskNamed(task);
    return success ? [`${task}: a ${success.name}`] : [];
  });
  const prices = rows.flatMap(({ player, prices: all }) => all.map((each) => `${player.name}: ${priceText(each)}.`));
  return [
    tableText(['configuration', 'task', 'matches', 'USD a match', 'USD a decision', 'USD a success'], cells, terminalColumns(), [
      'left',
      'left',
      'right',
      'left',
      'left',
      'left',
    ]),
    '',
    ...new Set(prices),
    ...rows.flatMap(({ player, missing }) =>
      missing.length === 0 ? [] : [`No cost of ${missing.length} matches of ${player.name} on ${player.task}. The first: ${missing[0]}.`],
    ),
    `A success: ${successes.join('; ')}. In brackets 95 % intervals over matches; ... where there may be no success at all.`,
  ];
}

function priceText(price: Price): string {
  const what =
    'perHour' in price
      ? `${price.perHour} USD an hour of a match's real time`
      : `${price.promptPerMillion} USD for a million prompt tokens${price.cachedPerMillion === undefined ? '' : ` (${price.cachedPerMillion} for cached ones)`}, ${price.completionPerMillion} for a million answer tokens`;
  return `${what}, as of ${price.date}`;
}

/** Amounts are small: three significant digits, whatever their size. */
function usd({ value, low, high }: Estimate): string {
  if (value === null) return '-';
  const short = (amount: number): string => String(Number(amount.toPrecision(3)));
  if (low === null && high === null) return short(value);
  return `${short(value)} (${low === null ? '?' : short(low)} to ${high === null ? '...' : short(high)})`;
}
