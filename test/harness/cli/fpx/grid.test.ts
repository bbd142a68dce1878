/** `tickbench fpx grid`: what it writes is what `sweep` plays. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIdentity } from '../../../../fpx/checkpoint/identity.js';
import { formatOf, isFp4, summarizePrecision, UNITS, parsePrecisionMap } from '../../../../fpx/formats/precision.js';
import { embeddedMembers, isTeam } from '../../../../harness/configuration/team.js';
import { loadPlan } from '../../../../harness/sweep/plan.js';
import { predictedCost } from '../../../../fpx/sensitivity/calibrate.js';
import { parseCalibration } from '../../../../fpx/sensitivity/calibration.js';
import { weighed } from '../../../../fpx/sensitivity/weighing.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { madeCalibration } from '../../../fpx/assignment/made-calibration.js';
import { fpxHere } from './here.js';

const SHAPE = { layers: 4, dModel: 128, ffWidth: 384, heads: 4, kvHeads: 4, headWidth: 32 };

describe('tickbench fpx grid', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-grid-'));
  const made = madeCalibration(SHAPE.layers, (layer, unit, format) => ({
    error: (1 + layer) * (1 + UNITS.indexOf(unit)) * (format === 'fp8' ? 0.01 : 0.04),
    nats: format === 'fp8' ? 0.1 : 0.1 * (2 + layer),
  }));
  before(async () => {
    const identity = await filesIdentity(join(packageRoot(), 'models/tb-1m'));
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ ...made, model: { ...made.model, identity, shape: SHAPE } }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a configuration for each budget and a plan that loads, with the tasks of the base plan', async () => {
    const { code, out, err } = await fpxHere(['grid', 'c.json', '--gamma', '0,0.5,1', '--task', 'hft', '--to', 'gammas'], folder);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.include('tb-1m-gamma-0.5.yaml').and.include('Play them: tickbench sweep gammas/plan.yaml');
    const plan = loadPlan(join(folder, 'gammas', 'plan.yaml'));
    expect(plan.name).to.equal('gammas');
    expect(plan.tasks.map(({ name }) => name)).to.deep.equal(['hft']);
    expect(plan.tasks[0]!.plan.seeds).to.deep.equal(loadPlan('quick').tasks.find(({ name }) => name === 'hft')!.plan.seeds);
    expect(plan.configurations.map(({ name }) => name)).to.deep.equal(['tb-1m-gamma-0', 'tb-1m-gamma-0.5', 'tb-1m-gamma-1']);
    const gammas = plan.configurations.map((configuration) => {
      if (isTeam(configuration)) throw new Error('a grid has no teams');
      const { endpoint } = configuration;
      const map = parsePrecisionMap(endpoint.kind === 'embedded' ? endpoint.precision : 'bf16');
      for (let layer = 0; layer < SHAPE.layers; layer++)
        for (const unit of UNITS) expect(isFp4(formatOf(map, layer, unit)) || formatOf(map, layer, unit) === 'fp8').to.equal(true);
      return summarizePrecision(map, SHAPE).gammaByCount;
    });
    expect(gammas[0]).to.equal(0);
    expect(gammas[1]).to.be.within(0.35, 0.5);
    expect(gammas[2]).to.equal(1);
  });

  it('goes over rules and shares: each other rule keeps to the bits of the published one and costs no more, and equal maps are one', async () => {
    const { code, out, err } = await fpxHere(['grid', 'c.json', '--rule', 'gamma', 'knapsack', 'greedy', '--gamma', '0,0.4,0.7,1', '--base', 'quick', '--to', 'rules'], folder); // prettier-ignore
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    for (const same of ['knapsack-gamma-0 has the map of tb-1m-gamma-0', 'greedy-gamma-1 has the map of tb-1m-gamma-1']) expect(out).to.include(`tb-1m-${same}`); // prettier-ignore
    const { configurations } = loadPlan(join(folder, 'rules', 'plan.yaml'));
    const calibration = parseCalibration(JSON.parse(readFileSync(join(folder, 'c.json'), 'utf8')), 'c.json');
    const found = new Map(
      configurations.flatMap(embeddedMembers).map(({ configuration: { name, endpoint } }) => {
        const map = parsePrecisionMap(endpoint.kind === 'embedded' ? endpoint.precision : 'bf16');
        return [name, { bits: summarizePrecision(map, SHAPE).bitsPerWeight, nats: predictedCost(weighed(calibration), map, 'nats'), key: UNITS.flatMap((unit) => [0, 1, 2, 3].map((layer) => formatOf(map, layer, unit))).join() }]; // prettier-ignore
      }),
    );
    expect(new Set([...found.values()].map(({ key }) => key)).size).to.equal(found.size);
    for (const gamma of ['0.4', '0.7']) {
      const published = found.get(`tb-1m-gamma-${gamma}`)!;
      const exact = found.get(`tb-1m-knapsack-gamma-${gamma}`)!;
      expect(exact.bits).to.be.at.most(published.bits + 1e-6);
      expect(exact.nats).to.be.at.most(published.nats + 1e-9);
      const greedy = found.get(`tb-1m-greedy-gamma-${gamma}`) ?? exact;
      expect(greedy.nats).to.be.at.least(exact.nats - 1e-9);
    }
  });

  it('goes over bits by the knapsack, and says in a sentence what it cannot do', async () => {
    const args = ['grid', 'c.json', '--base', 'quick'];
    expect((await fpxHere([...args, '--bits', '5,6.5', '--to', 'bits'], folder)).code).to.equal(0);
    const written = readFileSync(join(folder, 'bits', 'tb-1m-6.5-bits.yaml'), 'utf8');
    expect(written).to.match(/knapsack, at most 6\.5 bits a weight/);
    const refused = async (...more: string[]): Promise<string> => {
      const { code, err } = await fpxHere([...args, ...more], folder);
      expect(code).to.equal(1);
      expect(err).not.to.match(/\n {4}at /);
      return err;
    };
    expect(await refused('--bits', '5', '--to', 'bits')).to.include('--to bits: is not empty');
    expect(await refused('--bits', '5', '--gamma', '0.5', '--to', 'new')).to.include('one of --gamma, --bits and --latency');
    expect(await refused('--gamma', '0,1.5', '--to', 'new')).to.include('"1.5"; accepted: shares from 0 to 1');
    expect(await refused('--bits', '5', '--task', 'chess', '--to', 'new')).to.include('--task chess: plan quick has fighter, hft');
    expect(existsSync(join(folder, 'new'))).to.equal(false);
  });
});
