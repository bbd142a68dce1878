/**
 * `npm run bench -- NAME [--json]`: runs a benchmark (test/bench/NAME.ts) and prints its rows, each beside a peer measured in the same run.
 * With --json one object {name, host, rows}; else a table.
 */
import Table from 'cli-table3';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeHost } from '../../harness/host/description.js';

/** One measured case. `ratio` is ours / peer, in the row's unit. */
export interface BenchRow {
  case: string;
  unit: string;
  ours: number;
  peer?: number;
  ratio?: number;
  note?: string;
}

/** What every benchmark's file exports. */
interface Bench {
  bench(): Promise<BenchRow[]>;
}

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean', default: false } }, allowPositionals: true });
// A benchmark is a file that exports `bench`; the others here are what benchmarks are made of.
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js') && /^export async function bench\b/m.test(readFileSync(join(import.meta.dirname, file), 'utf8')))
  .map((file) => file.slice(0, -3))
  .sort();
const [name] = positionals;
if (name === undefined || !names.includes(name)) {
  process.stderr.write(
    `${name === undefined ? 'which benchmark?' : `no benchmark "${name}"`} npm run bench -- ${names.join('|')} [--json]\n`,
  );
  process.exit(2);
}

const host = describeHost();
const { bench } = (await import(`./${name}.js`)) as Bench;
const rows = await bench();
if (values.json) {
  process.stdout.write(`${JSON.stringify({ name, host, rows })}\n`);
} else {
  const table = new Table({ head: ['case', 'unit', 'ours', 'peer', 'ratio', 'note'], style: { head: [], border: [] }, wordWrap: true });
  for (const row of rows) table.push([row.case, row.unit, figure(row.ours), figure(row.peer), figure(row.ratio), row.note ?? '']);
  process.stdout.write(
    `${name} on ${host.cpu}, ${host.cores} cores, Node ${host.node}, load ${host.loadPermille / 1000}\n${table.toString()}\n`,
  );
}
process.exit(0);

/** Four significant digits, thousands apart. */
function figure(value: number | undefined): string {
  return value === undefined ? '' : Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
