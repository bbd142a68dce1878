import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { filesIdentity } from '../../../fpx/checkpoint/identity.js';
import { parsePrecisionMap, summarizePrecision, UNITS } from '../../../fpx/formats/precision.js';
import { expandGrid, withGrid } from '../../../harness/cli/sweep-grid.js';
import { UsageError } from '../../../harness/cli/values.js';
import { ConfigurationError, loadConfiguration } from '../../../harness/configuration/configuration.js';
import { membersOf } from '../../../harness/configuration/team.js';
import { packageRoot } from '../../../harness/host/root.js';
import { GRID_RULES, gridPoints } from '../../../harness/sweep/grid.js';
import { expandedPlan, loadPlan } from '../../../harness/sweep/plan.js';
import { plannedOf } from '../../../harness/sweep/planned.js';
import { madeCalibration } from '../../fpx/assignment/made-calibration.js';

const SHAPE = { layers: 4, dModel: 128, ffWidth: 384, heads: 4, kvHeads: 4, headWidth: 32 };

describe("a plan's grid", () => {
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-plan-grid-'));
    const made = madeCalibration(4, (layer, unit, format) => ({ error: (1 + layer) * (1 + UNITS.indexOf(unit)) * 0.01, nats: (format === 'fp8' ? 1 : 4) * (1 + layer), natsError: 1e-6 })); // prettier-ignore
    const identity = await filesIdentity(join(packageRoot(), 'models/tb-1m'));
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ ...made, model: { ...made.model, identity, shape: SHAPE } }));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The quick plan with a grid in place of its configurations, or beside them. */
  const plan = (grid: string, configurations = '[]'): string => {
    const text = readFileSync(join(packageRoot(), 'fpx-configs/quick.yaml'), 'utf8');
    const path = join(folder, 'plan.yaml');
    writeFileSync(path, text.replace(/configurations: .*/, `configurations: ${configurations}\ngrid: ${grid}`));
    return path;
  };
  const refusal = async (act: () => unknown): Promise<string> => {
    try {
      await act();
    } catch (error) {
      expect(error).to.satisfy((each: unknown) => each instanceof ConfigurationError || each instanceof UsageError);
      return (error as Error).message;
    }
    throw new Error('was accepted');
  };

  it('is every rule with every limit that it goes with, each under a name of its own', () => {
    const share = fc.uniqueArray(fc.integer({ min: 0, max: 10 }).map((n) => n / 10), { minLength: 1, maxLength: 4 }); // prettier-ignore
    const amount = fc.uniqueArray(fc.integer({ min: 8, max: 20 }).map((n) => n / 2), { minLength: 1, maxLength: 4 }); // prettier-ignore
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...GRID_RULES), { minLength: 1 }),
        share,
        amount,
        amount,
        (rules, gamma, bits, latency) => {
          const points = gridPoints({ rules, gamma, bits, latency });
          const others = rules.filter((rule) => rule !== 'gamma').length;
          expect(points).to.have.length(rules.length * gamma.length + others * (bits.length + latency.length));
          expect(new Set(points.map(({ label }) => label)).size).to.equal(points.length);
          expect(gridPoints({ gamma, bits }).map(({ rule, limit }) => `${rule} ${limit}`)).to.deep.equal([
            ...gamma.map(() => 'gamma gamma'),
            ...bits.map(() => 'knapsack bits'),
          ]);
        },
      ),
    );
  });

  it('comes behind the configurations that are written down, with the maps that are assigned', async () => {
    const path = plan('{ calibrations: [c.json], rules: [gamma, knapsack], gamma: [0, 0.5], bits: [6] }', '[1m-fp8.yaml]');
    const { plan: expanded, expanded: { same } } = await expandedPlan(loadPlan(path), expandGrid); // prettier-ignore
    expect(expanded.grid).to.equal(undefined);
    expect(expanded.configurations.map(({ name }) => name)).to.deep.equal(['1m-fp8', 'tb-1m-gamma-0', 'tb-1m-gamma-0.5', 'tb-1m-knapsack-gamma-0.5', 'tb-1m-6-bits']); // prettier-ignore
    expect(same).to.deep.equal([{ name: 'tb-1m-knapsack-gamma-0', as: 'tb-1m-gamma-0' }]);
    const summaries = expanded.configurations.slice(1).map((setup) => {
      const { endpoint } = membersOf(setup)[0]!.configuration;
      if (endpoint.kind !== 'embedded') throw new Error(endpoint.kind);
      expect(endpoint.model).to.equal(join(packageRoot(), 'models', 'tb-1m'));
      return summarizePrecision(parsePrecisionMap(endpoint.precision), SHAPE);
    });
    expect(summaries[0]!.gammaByCount).to.equal(0);
    expect(summaries[1]!.gammaByCount).to.be.within(0.3, 0.5);
    expect(summaries[2]!.bitsPerWeight).to.be.at.most(summaries[1]!.bitsPerWeight + 1e-6);
    expect(summaries[3]!.bitsPerWeight).to.be.at.most(6);
    // Nothing of it is forgotten by who plays a plan that was only read.
    expect(await refusal(() => plannedOf(loadPlan(path)))).to.match(/plan\.yaml: its grid is not expanded/);
  });

  it('is written down as files that are read as they were played', async () => {
    const grid = '{ calibrations: [c.json], gamma: [0.5], base: 1m-fp8.yaml }';
    const { configurations } = await expandGrid(loadPlan(plan(grid)).grid!);
    const [{ configuration, text }] = configurations as [(typeof configurations)[number]];
    const path = join(folder, `${configuration.name}.yaml`);
    writeFileSync(path, text(folder));
    expect(loadConfiguration(path)).to.deep.equal(configuration);
    expect(text(folder)).to.match(/^# tb-1m, its formats chosen by `tickbench fpx assign`: gamma 0\.5/);
    const { endpoint: _, name: __, ...base } = loadConfiguration('1m-fp8');
    expect(configuration).to.deep.include({ request: base.request, prompt: base.prompt });
  });

  it('is asked for by flags, with the calibrations of the embedded models', async () => {
    const quick = loadPlan('quick');
    const { grid } = withGrid(quick, { gamma: '0,0.5', rule: ['knapsack'], calibration: ['a.json'], formats: 'fp8, fp4-tensor' }).grid!;
    expect(grid).to.deep.include({ calibrations: ['a.json'], gamma: [0, 0.5], rules: ['knapsack'], formats: ['fp8', 'fp4-tensor'] });
    expect(withGrid(quick, {})).to.equal(quick);
    expect(await refusal(() => withGrid(quick, { gamma: '0,2' }))).to.match(/--gamma 0,2: "2"; accepted: shares from 0 to 1/);
    expect(await refusal(() => withGrid(quick, { gamma: '1' }))).to.match(/no tb-1m\.calibration\.json and no tb-4m\.calibration\.json here; make them with `tickbench fpx calibrate tb-1m --task fighter`/); // prettier-ignore
    expect(await refusal(() => withGrid(quick, { rule: ['gamma'] }))).to.match(/--rule needs --gamma or --bits/);
    const own = loadPlan(plan('{ calibrations: [c.json], gamma: [0.5] }'));
    expect(await refusal(() => withGrid(own, { bits: '5' }))).to.match(/plan\.yaml has a grid of its own; accepted: that, or/);
  });

  const refused: [grid: string, sentence: RegExp][] = [
    ['{ calibrations: [c.json] }', /grid\.gamma: none is given; accepted: a list of shares, or of `bits` or `latency`/],
    ['{ calibrations: [], gamma: [0] }', /grid\.calibrations: a list with at least one/],
    ['{ calibrations: [c.json], gamma: [2] }', /grid\.gamma\.0: a share from 0 to 1/],
    ['{ calibrations: [c.json], gamma: [0], rules: [best] }', /grid\.rules\.0: accepted: gamma, greedy, knapsack/],
    ['{ calibrations: [c.json], bits: [5], rules: [gamma] }', /grid\.rules: the rule gamma goes over shares/],
    ['{ calibrations: [c.json], gamma: [0], bits: [5], rules: [gamma] }', /grid\.rules: the rule gamma keeps to no bits/],
    ['{ calibrations: [c.json], gammas: [0] }', /grid: .*gammas/],
    ['{ calibrations: [away.json], gamma: [0] }', /plan\.yaml: grid: calibrations: no file "away\.json" here or beside the plan/],
    ['{ calibrations: [c.json, c.json], gamma: [0] }', /calibrations: two are of tb-1m/],
    ['{ calibrations: [c.json], gamma: [0], by: luck }', /by: "luck"; accepted: nats, nats-alone/],
    ['{ calibrations: [c.json], gamma: [0], formats: [fp8, int4] }', /"int4" is no format/],
    ['{ calibrations: [c.json], bits: [3] }', /c\.json, 3-bits: 3 bits a weight: fp8, fp4 take more than that/],
    ['{ calibrations: [c.json], latency: [3] }', /c\.json, 3-ms: the calibration has no times/],
    ['{ calibrations: [c.json], gamma: [0], base: vendor.yaml }', /base: vendor\.yaml is openai; accepted: .* embedded engine/],
    ['{ calibrations: [c.json], gamma: [0], models: { other: x } }', /models\.other: no calibration is of that; accepted: tb-1m/],
    ['{ calibrations: [c.json], gamma: [0], models: { tb-1m: models/tb-4m } }', /tb-4m is not the model that was calibrated/],
  ];
  for (const [grid, sentence] of refused)
    it(`refuses ${grid}`, async () => expect(await refusal(async () => expandedPlan(loadPlan(plan(grid)), expandGrid))).to.match(sentence));

  it('plays a field that is there twice once, and refuses a name that is there already', async () => {
    const { expanded } = await expandedPlan(loadPlan(plan('{ calibrations: [c.json], gamma: [0, 0] }')), expandGrid);
    expect(expanded.configurations).to.have.length(1);
    writeFileSync(join(folder, 'tb-1m-gamma-0.yaml'), readFileSync(join(packageRoot(), 'fpx-configs/1m-fp8.yaml')));
    const twice = plan('{ calibrations: [c.json], gamma: [0] }', '[tb-1m-gamma-0.yaml]');
    expect(await refusal(async () => expandedPlan(loadPlan(twice), expandGrid))).to.match(/two configurations are named "tb-1m-gamma-0"/);
  });
});
