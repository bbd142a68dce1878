/**
 * `npm run bench -- NAME [--json] [--chart FILE]`: runs a benchmark (test/bench/NAME.ts) and prints its rows, each beside a peer measured in the
 * same run. With --json one object {name, date, host, rows}; else a table. With --chart those that have a picture draw it, of a run that --json
 * printed earlier where --rows names its file. --help says the same, and names them all.
 */
import Table from 'cli-table3';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pictureName, writePicture } from '../../harness/cli/values.js';
import { describeHost } from '../../harness/host/description.js';
import type { RenderedChart } from '../../harness/report/charts/frontier.js';
import { readRun, type BenchRun } from './recorded-run.js';

/** One measured case. `ratio` is ours / peer, in the row's unit. */
export interface BenchRow {
  case: string;
  unit: string;
  ours: number;
  peer?: number;
  ratio?: number;
  note?: string;
  /** Of a row that can be drawn: what was set up, which figure this is, what the peer is, and the figure of every run. */
  setting?: string;
  figure?: string;
  peerIs?: string;
  runs?: { ours: number[]; peer: number[] };
}

/** What every benchmark's file exports, and some. */
interface Bench {
  bench(): Promise<BenchRow[]>;
  draw?(run: BenchRun): RenderedChart;
}

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  json: { type: 'boolean', default: false },
  chart: { type: 'string' },
  rows: { type: 'string' },
} as const;
// A benchmark is a file that exports `bench`; the others here are what benchmarks are made of.
const sources = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.js'))
  .map((file) => ({ name: file.slice(0, -3), text: readFileSync(join(import.meta.dirname, file), 'utf8') }));
const exporting = (pattern: RegExp): string[] => sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name).sort(); // prettier-ignore
const names = exporting(/^export async function bench\b/m);
const drawable = exporting(/^export function draw\b/m);
const { values, positionals } = asked();
if (values.help) {
  process.stdout.write(`${usage()}\n`);
  process.exit(0);
}
const [name] = positionals;
if (name === undefined || !names.includes(name))
  refuse(`${name === undefined ? 'which benchmark?' : `no benchmark "${name}";`} accepted: ${names.join(', ')} (npm run bench -- --help)`);
if (values.chart !== undefined && !drawable.includes(name)) refuse(`--chart: ${name} has no picture; accepted: ${drawable.join(', ')}`);
if (values.rows !== undefined && values.chart === undefined) refuse('--rows: is for --chart FILE, which draws a run that was recorded');

try {
  if (values.chart !== undefined) pictureName(values.chart);
  const { bench, draw } = (await import(`./${name}.js`)) as Bench;
  const run = values.rows === undefined ? await measured(name, bench) : readRun(values.rows, name);
  // Figures first: a picture that cannot be written costs none of them.
  process.stdout.write(values.json ? `${JSON.stringify(run)}\n` : tableOf(run));
  if (values.chart !== undefined) writePicture(values.chart, draw!(run));
} catch (error) {
  if (!(error instanceof Error) || !['UsageError', 'InvalidArgumentError'].includes(error.name)) throw error;
  refuse(`${values.chart === undefined ? '' : `--chart ${values.chart}: `}${error.message}`);
}
process.exit(0);

/** What the command line asks for. */
function asked() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    const [what] = (error as Error).message.split(/[.] (?=To specify)|\n/);
    return refuse(`${what!.replace(/[.]$/, '')}; accepted: ${Object.keys(options).map((each) => `--${each}`).join(', ')} (npm run bench -- --help)`); // prettier-ignore
  }
}

function usage(): string {
  return `npm run bench -- NAME [--json] [--chart FILE [--rows RUN.json]]

Runs a benchmark and prints its rows, each beside a peer measured in the same run, on a machine that does nothing else meanwhile.

  --json         one JSON object {name, date, host, rows} in place of a table
  --chart FILE   draws it as .svg or .png: ${drawable.join(', ')}
  --rows FILE    draws a run that --json printed earlier; nothing is measured

Benchmarks: ${names.join(', ')}

Example:
  $ npm run bench -- rollout
  $ npm run bench --silent -- gateway --json --chart gateway.svg > gateway.json`;
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}

/** Runs it. The host is described before the run loads it. */
async function measured(of: string, bench: Bench['bench']): Promise<BenchRun> {
  const host = describeHost();
  const date = new Date().toISOString().slice(0, 10);
  return { name: of, date, host, rows: await bench() };
}

function tableOf({ name: of, host, rows }: BenchRun): string {
  const table = new Table({ head: ['case', 'unit', 'ours', 'peer', 'ratio', 'note'], style: { head: [], border: [] }, wordWrap: true });
  for (const row of rows) table.push([row.case, row.unit, figure(row.ours), figure(row.peer), figure(row.ratio), row.note ?? '']);
  return `${of} on ${host.cpu}, ${host.cores} cores, Node ${host.node}, load ${host.loadPermille / 1000}\n${table.toString()}\n`;
}

/** Four significant digits, thousands apart. */
function figure(value: number | undefined): string {
  return value === undefined ? '' : Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 });
}
