/** How the entrants traded, where their task's seats do: matches played again when nothing is being measured, and what was found kept. */
import { runJobs, type PoolSettings } from '../host/pool.js';
import { hashOf } from '../configuration/hash.js';
import {
  TRADING_WORKER,
  tradedForm,
  tradingRow,
  type Traded,
  type TradingJob,
  type TradingRow,
  type TradingSeat,
} from '../market/trading.js';
import type { CellResult } from './play.js';
import type { SweepStore } from './store.js';

/** Goes up when the same match is reported differently: what earlier runs kept is then made anew. */
const REPORT = 1;

/**
 * One row for each entrant of the cells whose task's seats trade, by the entrant's id after its task's name. A match that cannot be played
 * again is told to `say` and left out; it counts as void here, and so does one that `pool.signal` left out.
 * @throws JobError when a worker dies
 */
export async function tradingRows(
  results: readonly CellResult[],
  store: SweepStore,
  say: (line: string) => void,
  pool: PoolSettings,
): Promise<Map<string, TradingRow>> {
  const measured = results.filter(({ cell }) => cell.task.trades === true && cell.purpose === 'measure');
  const counted = measured.filter(({ trace }) => trace.footer?.verdict.counts);
  const keyOf = ({ cell, trace }: CellResult): string => hashOf([REPORT, cell.task.rules, trace.footer!.digest, cell.seat]);
  const traded = new Map(counted.map((each) => [each, store.cached<Traded>('trading', each.cell.id, keyOf(each), tradedForm)]));
  const left = counted.filter((each) => !traded.get(each));
  const jobs = left.map(({ cell, trace }): TradingJob => ({ trace, seat: cell.seat }));
  const found = await runJobs<TradingJob, Traded>(TRADING_WORKER, jobs, ({ trace }) => `trace ${trace.header.id}`, pool);
  left.forEach((each, i) => {
    traded.set(each, found[i]);
    if (found[i]) store.keep('trading', each.cell.id, keyOf(each), found[i]);
  });
  const rows = new Map<string, { name: string; played: TradingSeat[]; voided: number }>();
  for (const each of measured) {
    const { id, name } = each.cell.entrant;
    const key = `${each.cell.task.name} ${id}`;
    const entry = rows.get(key) ?? { name, played: [], voided: 0 };
    rows.set(key, entry);
    const how = traded.get(each);
    if (how && 'seat' in how) entry.played.push(how.seat);
    else entry.voided++;
    if (how && 'fault' in how) say(`left out of how ${name} traded: ${how.fault}`);
  }
  return new Map([...rows].map(([key, { name, played, voided }]) => [key, tradingRow(name, played, voided)]));
}
