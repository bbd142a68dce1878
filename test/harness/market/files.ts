/** Hand-written files in the published formats: no one's data. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'tickbench-replay-'));
// Several test files of one process write here, so no single one may remove it.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let written = 0;

/** Writes lines to a file of its own. @returns its path */
export function file(name: string, lines: readonly string[], end = '\n'): string {
  const path = join(folder, `${written++}_${name}`);
  writeFileSync(path, lines.join('\n') + end);
  return path;
}

/** A small LOBSTER message file, every type in it, and its order-book file of two levels. */
export const LOBSTER_MESSAGES = [
  '34200.000000001,1,11,100,1000100,-1', // ask 100.01
  '34200.100000000,1,12,50,1000000,1', // bid 100.00
  '34200.200000000,4,11,40,1000100,-1', // a buyer takes 40 of it
  '34200.300000000,2,12,20,1000000,1', // 20 of the bid withdrawn
  '34200.300000000,5,0,30,1000050,-1', // hidden, between two ticks
  '34200.400000000,3,11,60,1000100,-1', // the rest of the ask deleted
  '34201.000000000,4,7,10,1000000,1', // an order from before the file
  '34202.000000000,6,-1,500,1000000,-1', // an auction
  '34203.000000000,7,0,0,-1,-1', // halted
  '34263.000000000,7,0,0,1,-1', // and resumed a minute later
  '34263.500000000,1,13,70,1000200,-1', // ask 100.02
];
export const LOBSTER_BOOK = [
  '1000100,100,1000000,25,1000200,80,999900,60',
  '1000100,100,1000000,75,1000200,80,999900,60',
  '1000100,60,1000000,75,1000200,80,999900,60',
  '1000100,60,1000000,55,1000200,80,999900,60',
  '1000100,60,1000000,55,1000200,80,999900,60',
  '1000200,80,1000000,55,9999999999,0,999900,60',
  '1000200,80,1000000,45,9999999999,0,999900,60',
  '1000200,80,1000000,45,9999999999,0,999900,60',
  '1000200,80,1000000,45,9999999999,0,999900,60',
  '1000200,80,1000000,45,9999999999,0,999900,60',
  '1000200,150,1000000,45,9999999999,0,999900,60',
];

export const MBO_HEADER =
  'ts_recv,ts_event,rtype,publisher_id,instrument_id,action,side,price,size,channel_id,order_id,flags,ts_in_delta,sequence,symbol';
const DAY = '2024-08-05T';

/** One MBO row; `time` is HH:MM:SS.fraction of 2024-08-05, UTC. */
export function mbo(
  time: string,
  action: string,
  side: string,
  price: string,
  size: number,
  order: number,
  flags = 128,
  symbol = 'TEST',
): string {
  return `${DAY}${time}Z,${DAY}${time}Z,160,2,77,${action},${side},${price},${size},0,${order},${flags},100,1,${symbol}`;
}
