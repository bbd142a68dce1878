/** `tickbench paper` as a user runs it, against servers on real sockets: tables, claims, what is recorded, and refusals. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { scriptedEndpoint, type ScriptedEndpoint } from '../../sweep/scripted-endpoint.js';
import { keepOverhead, lendOverhead, tickbench } from '../../sweep/tickbench.js';

describe('tickbench paper', function () {
  this.timeout(120_000);
  let folder: string;
  let servers: ScriptedEndpoint[];
  let endpoints: string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-paper-'));
    servers = [await scriptedEndpoint(), await scriptedEndpoint()];
    endpoints = ['7B/8', '14B/7.2'].map((name, i) => `${name}=${servers[i]!.url}`);
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  it('hft plays the published rules with served models, beside the published yields', async () => {
    const args = ['paper', 'hft', '--endpoint', ...endpoints, '--matches', '3', '--seconds', '2'];
    const ran = await tickbench(args, folder);
    keepOverhead(join(folder, 'results/paper-hft-published'));
    expect(ran.code, ran.err).to.be.oneOf([0, 3]); // a busy host voids matches
    expect(ran.out).to.include('14B/7.2     713            26.5  14B 7.2 bits').and.include('made-up days of 2 seconds');
    expect(ran.out).to.include('Fixed players at given delays').and.include("(this project's own hypothesis)");
    expect(ran.out).to.match(/^NOT (?:TOLD APART|ASKED): the largest size/m);
    for (const line of ran.out.split('\n')) expect(line.length, line).to.be.at.most(80);
    const data = JSON.parse(readFileSync(join(folder, 'results/paper-hft-published/summary.json'), 'utf8')) as { tickbench: string; table: { rows: { name: string; matches: number; void: number }[] }; claims: { standing: string }[] }; // prettier-ignore
    expect(data).to.include({ tickbench: 'paper.v1' }).and.not.have.property('standIn');
    expect(data.table.rows.map(({ name }) => name)).to.deep.equal(['7B 8 bits', '14B 7.2 bits']);
    for (const row of data.table.rows) expect(row.matches + row.void).to.equal(3);
    expect(new Set(data.claims.map(({ standing }) => standing)), 'both answer alike').to.not.include('holds');
    expect(readFileSync(join(folder, 'results/paper-hft-published/cells.csv'), 'utf8')).to.include('14B 7.2 bits');
  });

  it('fighter plays duels, everybody against everybody, both sides of each seed', async () => {
    const plan = readFileSync(new URL('../../../../../fpx-configs/paper-fighter.yaml', import.meta.url), 'utf8').replace('roundSeconds: 10', 'roundSeconds: 3'); // prettier-ignore
    writeFileSync(join(folder, 'short.yaml'), plan);
    lendOverhead(join(folder, 'results/paper-fighter'));
    const ran = await tickbench(['paper', 'fighter', '--endpoint', ...endpoints, '--matches', '3', '--plan', 'short.yaml', '--speed', '4', '--json'], folder); // prettier-ignore
    expect(ran.code, ran.err).to.be.oneOf([0, 3]);
    const { table } = JSON.parse(ran.out) as {
      table: { measure: string; rows: { matches: number; void: number; value: { value: number | null } }[] };
    };
    expect(table.measure).to.equal('points');
    for (const row of table.rows) expect(row.matches + row.void).to.equal(6);
    const points = table.rows.map(({ value }) => value.value);
    if (ran.code === 0) expect(points[0]! + points[1]!).to.be.closeTo(100, 1e-9);
    const traces = readdirSync(join(folder, 'results/paper-fighter/traces')).filter((name) => !/\.void-/.test(name));
    expect(traces).to.have.length(6);
  });

  it('refuses in a sentence what it cannot play', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await tickbench(['paper', ...args], folder);
      expect([code, out], err).to.deep.equal([1, '']);
      return err;
    };
    expect(await refused('fighter', '--endpoint', endpoints[0]!)).to.include('--against each: accepted: two endpoints or more');
    expect(await refused('gamma', '--endpoint', ...endpoints)).to.include('sizes 7B, 14B; accepted: one size');
  });
});
