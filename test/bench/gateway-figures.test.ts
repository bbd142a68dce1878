/** The picture of the gateway's benchmarks: from rows, or from a run that was recorded. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { textsOf, whereIs } from '../harness/report/charts/drawn.js';
import { draw as drawEmulated } from './gateway.js';
import { drawGatewayRun, rowsOf } from './gateway-figures.js';
import type { Played } from './gateway-programs.js';
import { readRun, type BenchRun } from './recorded-run.js';

const played = (callsPerSecond: number, failed = 0): Played => ({ callsPerSecond, reused: 0.75, p50Ms: 40, p99Ms: 160, jain: 0.9, slowest: 0.5, failed }); // prettier-ignore
const run: BenchRun = {
  name: 'gateway',
  date: '2026-11-30',
  host: { cpu: 'a made up processor', cores: 2, node: 'v20.0.0', loadPermille: 250 },
  rows: [
    ...rowsOf('much memory', [played(4), played(6)], [played(2.5), played(2.5, 3)], 'asked directly', ''),
    ...rowsOf('little memory', [played(3), played(3)], [played(1), played(1)], 'round robin', ''),
    { case: 'something else', unit: '', ours: 1 },
  ],
};

describe("the picture of the gateway's benchmarks", () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-bench-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has a bar for each figure with the gateway and without, a dot for each run, the failed calls, the host and the day', () => {
    const { svg, png } = drawGatewayRun(run, 'The gateway', 'Nothing is emulated.');
    const texts = textsOf(svg);
    expect(texts).to.include.members(['The gateway', 'Nothing is emulated.', 'gateway', 'asked directly', 'round robin', 'calls a second', 'share of prompt tokens computed', 'latency p50, ms', 'latency p99, ms']); // prettier-ignore
    expect(texts).to.include.members(['Calls that failed, which are in no figure: 0 with the gateway, 3 without.', 'Means of 2 runs each; a dot is a run.', 'a made up processor, 2 cores, Node v20.0.0, load 0.25 at the start; 2026-11-30; npm run bench -- gateway']); // prettier-ignore
    for (const [text, count] of [['5.00', 1], ['2.50', 1], ['3.00', 1], ['0.25', 4], ['40.0', 4], ['160', 4], ['much memory', 2]] as const) expect(texts.filter((each) => each === text), text).to.have.length(count); // prettier-ignore
    expect(texts).not.to.include('something else');
    const dots = [...svg.matchAll(/<(?:circle|path) [^>]*stroke="#1f2430"/g)];
    expect(dots).to.have.length(4 * 4 * 2);
    const end = (text: string): number => whereIs(svg, text).x;
    expect(end('5.00')).to.be.above(end('3.00')).and.above(end('2.50'));
    expect([...png.subarray(1, 4)]).to.deep.equal([0x50, 0x4e, 0x47]);
  });

  it('calls what is emulated so, has no bar for what was not measured, and refuses rows that it cannot draw', () => {
    expect(textsOf(drawEmulated(run).svg).join(' ')).to.match(/^EMULATED .*Model and cache are EMULATED/);
    const rows = run.rows.map((row) => (row.figure === 'latency p99' ? { ...row, ours: NaN, runs: { ours: [NaN, NaN], peer: row.runs!.peer } } : row));
    const texts = textsOf(drawGatewayRun({ ...run, rows }, 'a', 'b').svg);
    expect(texts.filter((each) => each === 'not measured')).to.have.length(2);
    expect(texts.filter((each) => each === '160')).to.have.length(2);
    expect(() => drawGatewayRun({ ...run, rows: run.rows.slice(-1) }, 'a', 'b')).to.throw(RangeError, /no row of it can be drawn/);
  }); // prettier-ignore

  it('is drawn by the command of a run that was recorded, as it is of one that is measured', async () => {
    const [json, svg] = [join(folder, 'run.json'), join(folder, 'run.svg')];
    writeFileSync(json, JSON.stringify(run));
    expect(readRun(json, 'gateway')).to.deep.equal(run);
    const main = join(import.meta.dirname, 'main.js');
    const { stdout } = await promisify(execFile)(process.execPath, [main, 'gateway', '--rows', json, '--chart', svg]);
    expect(stdout).to.include('much memory: calls');
    expect(textsOf(readFileSync(svg, 'utf8'))).to.deep.equal(textsOf(drawEmulated(run).svg));
  });

  it('says what is wrong with a file of rows', () => {
    const json = join(folder, 'wrong.json');
    const told = (text: string): (() => BenchRun) => {
      writeFileSync(json, text);
      return () => readRun(json, 'gateway');
    };
    expect(told('{')).to.throw(/--rows .*wrong\.json: .*; accepted: what npm run bench -- gateway --json printed/);
    expect(told(JSON.stringify({ ...run, name: 'book' }))).to.throw(/a run of book; accepted: one of gateway/);
    expect(told(JSON.stringify({ ...run, rows: [{ case: 'x', unit: '', ours: 'many' }] }))).to.throw(/is no run of a benchmark:\n.*rows/);
    expect(told(JSON.stringify({ ...run, rows: [{ case: 'x', unit: '', ours: null }] }))().rows[0]!.ours).to.be.NaN;
  });
});
