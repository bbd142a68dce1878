import { expect } from 'chai';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIdentity } from '../../../../fpx/checkpoint/identity.js';
import { FORMATS, formatOf, parsePrecisionMap, UNITS, unitShape, type Format, type Unit } from '../../../../fpx/formats/precision.js';
import { calibrationHash, type Calibration, type Cheaper } from '../../../../fpx/sensitivity/calibration.js';
import { loadConfiguration } from '../../../../harness/configuration/configuration.js';
import { readMap } from '../../../../harness/cli/fpx/map-file.js';
import { fpxHere } from './here.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { madeCalibration, TIMES } from '../../../fpx/assignment/made-calibration.js';

interface Said {
  code: number;
  out: string;
  err: string;
}

interface Point {
  map: { default: Format; units: Record<string, Format> };
  label: string;
  bitsPerWeight: number;
  cost: number;
  latencyUs?: number;
  chosen: boolean;
  onCurve: boolean;
}

let folder: string;

function assign(...args: string[]): Promise<Said> {
  return fpxHere(['assign', ...args], folder);
}

/** A calibration of the package's small model: costs rise with the layer, the feed-forward's second matrix is the dearest. */
function ofSmallModel(identity: string): Calibration {
  const shape = { layers: 4, dModel: 128, ffWidth: 384, heads: 4, kvHeads: 4, headWidth: 32 };
  const scale: Record<Cheaper, number> = { fp8: 1, fp4: 6, 'fp4-tensor': 15 };
  const worth: Record<Unit, number> = { qkv: 1, o: 2, gate_up: 3, down: 9 };
  const made = madeCalibration(
    4,
    (layer, unit, format) => {
      const cost = (layer + 1) * worth[unit] * scale[format];
      return { error: cost / 1000, nats: cost / 100_000, natsError: cost / 1_000_000 };
    },
    TIMES,
  );
  const units = made.units.map((each) => {
    const { rows, depth } = unitShape(shape, each.unit);
    return { ...each, weights: rows * depth };
  });
  return { ...made, model: { name: 'tb-1m', identity, shape }, units };
}

let calibration: Calibration;

describe('tickbench fpx assign', () => {
  before(async () => {
    calibration = ofSmallModel(await filesIdentity(join(packageRoot(), 'models/tb-1m')));
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
    writeFileSync(join(folder, 'tb-1m.json'), JSON.stringify(calibration));
    const unknown = calibration.units.map((each) => ({ ...each, formats: { ...each.formats, fp8: { error: 0.1 } } }));
    writeFileSync(join(folder, 'broken.json'), JSON.stringify({ ...calibration, units: unknown }));
    const { latency: _, ...untimed } = calibration;
    writeFileSync(join(folder, 'untimed.json'), JSON.stringify(untimed));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('prints the curve, the chosen map and its figures in 80 columns', async () => {
    const { code, out, err } = await assign('tb-1m.json', '--bits', '6', '--points', '8');
    expect(err).to.equal('');
    expect(code).to.equal(0);
    const lines = out.split('\n');
    expect(Math.max(...lines.map((line) => line.length))).to.be.at.most(80);
    expect(lines.filter((line) => line.startsWith('>'))).to.have.length(1);
    expect(out).to.include(`calibration ${calibrationHash(calibration)}: 8 prompts of hft`);
    expect(out).to.match(/rule: knapsack, at most 6 bits a weight, least nats; formats fp8, fp4\n/);
    expect(out).to.match(/\n +bits +ms +nats +FP4 layers +FP4 weights +format\n/);
    expect(out).to.match(/\n[89] of \d+ choices that no other beats; > marks the chosen one\.\n/);
    expect(out).to.match(/\nbits {7}5\.\d{3} a weight of the linear layers, scales counted\n/);
    expect(out).to.match(/\npredicted {2}0\.\d+ nats of the answer \(standard error at most [\d.]+\); [\d.]+ ms/);
    expect(out).to.match(/\nlayers +qkv +o +gate_up +down\n/);
  });

  it('writes a configuration that is read as it was chosen, with what it came from', async () => {
    const { code, out, err } = await assign('tb-1m.json', '--bits', '6', '--out', 'made/six.yaml', '--json');
    expect(err).to.equal('');
    expect(code).to.equal(0);
    const said = JSON.parse(out) as { calibration: string; chosen: Point; onCurve: boolean; curve: Point[] };
    expect(said).to.deep.include({
      calibration: calibrationHash(calibration),
      onCurve: true,
      out: 'made/six.yaml',
      rule: 'knapsack',
      most: 6,
    });
    const configuration = loadConfiguration(join(folder, 'made/six.yaml'));
    expect(configuration).to.deep.include({ name: 'six', size: '1M', prompt: 'reference' });
    const { endpoint } = configuration;
    if (endpoint.kind !== 'embedded') throw new Error('another endpoint');
    expect(endpoint.model).to.equal(join(packageRoot(), 'models', 'tb-1m'));
    expect(parsePrecisionMap(endpoint.precision)).to.deep.equal(said.chosen.map);
    const formats = Array.from({ length: 4 }, (_, layer) => UNITS.map((unit) => formatOf(said.chosen.map, layer, unit))).flat();
    expect(new Set(formats)).to.deep.equal(new Set(['fp8', 'fp4']));
    const text = readFileSync(join(folder, 'made/six.yaml'), 'utf8');
    const comment = text.split('\n').filter((line) => line.startsWith('#')).join(' ').replaceAll(' # ', ' '); // prettier-ignore
    expect(comment).to.include(`calibration ${calibrationHash(calibration)}`);
    expect(comment).to.match(/knapsack, at most 6 bits a weight/);
    expect(comment).to.match(/gamma [\d.]+ % by count of linear layers, [\d.]+ % by parameters; 5\.\d{3} bits a weight/);
    expect(comment).to.match(/Predicted, not measured: 0\.\d+ nats .*; [\d.]+ ms a request/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).to.be.at.most(140);
    // The curve is whole, strictly better from point to point, and the chosen one is the last within the budget.
    expect(said.curve.length).to.be.greaterThan(10);
    said.curve.slice(1).forEach((point, i) => {
      expect(point.bitsPerWeight).to.be.greaterThan(said.curve[i]!.bitsPerWeight);
      expect(point.cost).to.be.lessThan(said.curve[i]!.cost);
    });
    const within = said.curve.filter(({ bitsPerWeight }) => bitsPerWeight <= 6);
    expect(said.curve.filter(({ chosen }) => chosen)).to.deep.equal([within.at(-1)]);
    expect([said.curve[0]!.label, said.curve.at(-1)!.label]).to.deep.equal(['fp4', 'fp8']);
    // What is there is left alone.
    expect(await assign('tb-1m.json', '--bits', '5', '--out', 'made/six.yaml')).to.deep.equal({
      code: 1,
      out: '',
      err: 'tickbench: --out made/six.yaml: it is there already; accepted: the name of a new file\n',
    });
    expect(readFileSync(join(folder, 'made/six.yaml'), 'utf8')).to.equal(text);
  });

  it('names a configuration and a model folder as it is told', async () => {
    const { code, err } = await assign('tb-1m.json', '--latency', '100', '--out', 'fast.yaml', '--name', 'fast one', '--model', join(packageRoot(), 'models/tb-1m')); // prettier-ignore
    expect(err).to.equal('');
    expect(code).to.equal(0);
    const { name, endpoint } = loadConfiguration(join(folder, 'fast.yaml'));
    expect([name, endpoint.kind === 'embedded' && endpoint.precision]).to.deep.equal(['fast one', { default: 'fp8' }]);
    expect(readFileSync(join(folder, 'fast.yaml'), 'utf8')).to.include('\n  model: models/tb-1m\n');
  });

  it('names a model folder elsewhere from the file, so that it is found from anywhere', async () => {
    cpSync(join(packageRoot(), 'models/tb-1m'), join(folder, 'elsewhere'), { recursive: true });
    const { code, err } = await assign('tb-1m.json', '--bits', '6', '--out', 'deep/er/file.yaml', '--model', 'elsewhere');
    expect([code, err]).to.deep.equal([0, '']);
    const { endpoint, prompt } = loadConfiguration(join(folder, 'deep/er/file.yaml'));
    expect([endpoint.kind === 'embedded' && endpoint.model, prompt]).to.deep.equal([join(folder, 'elsewhere'), 'plain']);
    expect(readFileSync(join(folder, 'deep/er/file.yaml'), 'utf8')).to.include('\n  model: ../../elsewhere\n');
  });

  it('writes the map alone where no weights are at hand, as everything reads it that takes one', async () => {
    const elsewhere = { ...calibration, model: { ...calibration.model, name: 'Far/Away-8B', identity: '0123456789abcdef' } };
    writeFileSync(join(folder, 'far.json'), JSON.stringify(elsewhere));
    const refused = await assign('far.json', '--bits', '6', '--out', 'far.yaml');
    expect([refused.code, refused.out]).to.deep.equal([1, '']);
    expect(refused.err).to.match(/no folder .*Far\/Away-8B of the model that was calibrated; accepted: --model with its folder, or --map-out, which needs none/); // prettier-ignore
    const { code, out, err } = await assign('far.json', '--bits', '6', '--map-out', 'maps/far.yaml', '--json');
    expect([code, err]).to.deep.equal([0, '']);
    const { chosen, mapOut } = JSON.parse(out) as { chosen: Point; mapOut: string };
    expect(mapOut).to.equal('maps/far.yaml');
    const text = readFileSync(join(folder, mapOut), 'utf8');
    expect(text).to.include(`From calibration ${calibrationHash(elsewhere)}`);
    expect(readMap(join(folder, mapOut))).to.deep.equal(chosen.map);
    // One format everywhere is written on a line of its own.
    expect((await assign('far.json', '--bits', '16', '--formats', 'bf16', '--map-out', 'plain.yaml')).code).to.equal(0);
    expect(readMap(join(folder, 'plain.yaml'))).to.deep.equal({ default: 'bf16', units: {} });
    const again = await assign('far.json', '--bits', '5', '--map-out', 'maps/far.yaml');
    expect(again.err).to.include('--map-out maps/far.yaml: it is there already');
    const both = await assign('tb-1m.json', '--bits', '5', '--out', 'both.yaml', '--map-out', 'both.yaml');
    expect(both.err).to.include('--out and --map-out are both both.yaml; accepted: two files');
    expect(readFileSync(join(folder, mapOut), 'utf8')).to.equal(text);
  });

  it('tells how sure a predicted quality is, and where that is not known', async () => {
    const withQuality = (qualityError?: number) => ({
      ...calibration,
      units: calibration.units.map((each) => ({
        ...each,
        formats: Object.fromEntries(
          Object.entries(each.formats).map(([format, costs]) => [format, { ...costs, quality: 0.01, ...(qualityError === undefined ? {} : { qualityError }) }]), // prettier-ignore
        ),
      })),
    });
    writeFileSync(join(folder, 'sure.json'), JSON.stringify(withQuality(0.002)));
    writeFileSync(join(folder, 'unsure.json'), JSON.stringify(withQuality()));
    const flat = async (file: string): Promise<string> =>
      (await assign(file, '--bits', '6', '--by', 'quality')).out.replaceAll(/\s+/g, ' ');
    expect(await flat('sure.json')).to.match(/predicted 0\.16 quality lost by the task's oracle \(standard error at most 0\.032\)/);
    expect(await flat('unsure.json')).to.match(/quality lost by the task's oracle \(how sure that is the calibration does not tell/);
  });

  it('refuses a model of the same shape whose files are others', async () => {
    cpSync(join(packageRoot(), 'models/tb-1m'), join(folder, 'trained-on'), { recursive: true });
    const weights = join(folder, 'trained-on/model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(weights, bytes);
    const { code, err } = await assign('tb-1m.json', '--bits', '6', '--out', 'other.yaml', '--model', 'trained-on');
    expect(code).to.equal(1);
    expect(err).to.match(/trained-on is not the model that was calibrated: it has the same shape and other files \([0-9a-f]{16}, there [0-9a-f]{16}\); accepted: .*tb-1m/); // prettier-ignore
    expect(existsSync(join(folder, 'other.yaml'))).to.equal(false);
  });

  it('keeps a latency, and marks what the published rule chooses beside the curve', async () => {
    const timed = JSON.parse((await assign('tb-1m.json', '--latency', '7.5', '--formats', FORMATS.join(), '--json')).out) as { chosen: Point };
    expect(timed.chosen.latencyUs).to.be.at.most(7500).and.greaterThan(7000);
    const published = await assign('tb-1m.json', '--gamma', '0.5', '--formats', 'fp8,fp4-tensor', '--json');
    const { onCurve, curve, chosen } = JSON.parse(published.out) as { onCurve: boolean; curve: Point[]; chosen: Point & { gammaByCount: number } };
    expect(chosen.gammaByCount).to.be.at.most(0.5).and.greaterThan(0.3);
    const marked = curve.filter((each) => each.chosen);
    expect(marked.map(({ map }) => map)).to.deep.equal([chosen.map]);
    expect(marked[0]!.onCurve).to.equal(onCurve);
  }); // prettier-ignore

  const refused: [args: string[], sentence: RegExp][] = [
    [['tb-1m.json'], /--rule knapsack with no limit: accepted: one of --bits and --latency/],
    [['tb-1m.json', '--bits', '5', '--latency', '9'], /--bits 5 and --latency 9: accepted: one of --bits and --latency/],
    [['tb-1m.json', '--rule', 'gamma', '--bits', '5'], /--rule gamma with --bits 5: accepted: --gamma, from 0 to 1/],
    [['tb-1m.json', '--gamma', '1.5'], /a share from 0 to 1 is expected/],
    [['tb-1m.json', '--bits', '4'], /tb-1m\.json: 4 bits a weight: fp8, fp4 take more than that; accepted: from 4\.50\d/],
    [['tb-1m.json', '--bits', '5', '--formats', 'fp8,int4'], /"int4" is no format.*accepted: some of bf16,fp8,fp4,fp4-tensor/],
    [['tb-1m.json', '--bits', '5', '--by', 'quality'], /tb-1m\.json: the calibration has no quality.*accepted: nats or error/],
    [['untimed.json', '--latency', '5'], /untimed\.json: the calibration has no times.*accepted: one that timed its host/],
    [['nowhere.json', '--bits', '5'], /nowhere\.json is missing/],
    [['broken.json', '--bits', '5'], /^tickbench: broken\.json is no calibration: units\[0\]\.formats\.fp8\.snrDb: [^\n]*, and 47 more; accepted: what `tickbench fpx calibrate` wrote\n$/],
    [['tb-1m.json', '--bits', '5', '--out', 'x.json'], /--out x\.json: accepted: the name of a new file that ends in \.yaml/],
    [['tb-1m.json', '--bits', '5', '--out', 'x.yaml', '--name', '?'], /name: letters, digits/],
    [['tb-1m.json', '--bits', '5', '--out', 'x.yaml', '--model', join(packageRoot(), 'models/tb-4m')], /is not the model that was calibrated: layers is 5, there 4/],
  ]; // prettier-ignore
  for (const [args, sentence] of refused) {
    it(`refuses ${args.map((each) => each.replace(packageRoot(), '')).join(' ')}`, async () => {
      const { code, out, err } = await assign(...args);
      expect(err).to.match(sentence);
      expect([code, out, existsSync(join(folder, 'x.yaml'))]).to.deep.equal([1, '', false]);
    });
  }
});
