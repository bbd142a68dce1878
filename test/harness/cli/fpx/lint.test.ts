import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIdentity } from '../../../../fpx/checkpoint/identity.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { madeCalibration, TIMES } from '../../../fpx/assignment/made-calibration.js';
import { fpxHere } from './here.js';

let folder: string;

function lint(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return fpxHere(['lint', ...args], folder);
}

/** A configuration with this precision. */
function configured(name: string, precision: string, model = 'models/tb-1m'): void {
  writeFileSync(
    join(folder, name),
    `endpoint: { kind: embedded, model: ${model}, precision: ${precision} }\nrequest: { temperature: 0 }\n`,
  );
}

describe('tickbench fpx lint', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('explains a shipped configuration', async () => {
    const { code, out, err } = await lint('1m-mixed');
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.match(/4 layers of width 128, feed-forward 384, 4 heads of 32/);
    expect(out).to.match(/\n0-3 +fp4-tensor +fp4-tensor +fp4-tensor +fp8\n/);
    // Of a block's 7 linear layers 6, of its 212,992 weights all but down's 49,152.
    expect(out).to.match(/\ngamma {6}85\.7 % of the linear layers in FP4, 76\.9 % of their weights\n/);
    // 4 bits and an f32 a matrix; 8 and an f32 a row of 128.
    const bits = 4 * (163_840 * 4 + 3 * 32 + 49_152 * 8 + 128 * 32);
    expect(out).to.include(`\nbits       ${(bits / (4 * 212_992)).toFixed(3)} a weight of the linear layers, scales counted\n`);
    expect(out).to.include(`\nbytes      ${(bits / 8).toLocaleString('en-US')} of the linear layers; 1,703,936 in BF16\n`);
    expect(out).to.match(/\nw8a8 +fp8: [^]*\nw4a4 +fp4-tensor: /);
    expect(out).not.to.match(/w4a7|warning|fewer keys/);
  });

  it('warns of keys that do nothing and says the map in fewer', async () => {
    configured('idle.yaml', '{ default: fp8, units: { layers.*.down: fp4, layers.0.*: bf16, layers.0.down: fp8, layers.1.*: fp8, layers.2.down: fp8, layers.3.down: fp8, layers.1.o: fp8 } }'); // prettier-ignore
    const { code, out } = await lint('idle.yaml');
    expect(code).to.equal(0);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(flat).to.match(/warning: layers\.\*\.down is shadowed: more specific keys name all that it names warning/);
    expect(flat).to.match(/ warning: layers\.1\.o changes nothing/);
    expect(flat).to.match(/ the same in fewer keys: \{ default: fp8, layers: 4, units: \{ layers\.0\.\*: bf16, layers\.0\.down: fp8 \} \}/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).to.be.at.most(80);
  });

  it('fails for a key of a layer that the model lacks, and explains the rest', async () => {
    configured('lacks.yaml', '{ default: fp8, units: { layers.4.o: fp4, layers.1.o: fp4 } }');
    const { code, out } = await lint('lacks.yaml', '--json');
    expect(code).to.equal(1);
    const said = JSON.parse(out) as { idle: unknown; units: { layer: number; unit: string; format: string }[] };
    expect(said.idle).to.deep.equal([{ key: 'layers.4.o', why: 'names nothing' }]);
    expect(said.units.filter(({ format }) => format === 'fp4')).to.deep.equal([{ layer: 1, unit: 'o', format: 'fp4' }]);
    // The larger model has that layer.
    const larger = await lint('lacks.yaml', '--model', 'models/tb-4m', '--json');
    expect(larger.code).to.equal(0);
    expect((JSON.parse(larger.out) as typeof said).units.filter(({ format }) => format === 'fp4')).to.have.length(2);
  });

  it('warns of a map that was evidently made for a smaller model', async () => {
    configured('small.yaml', '{ default: fp8, units: { layers.0.*: bf16, layers.1.o: fp4, layers.2.o: fp4, layers.3.o: fp4 } }');
    const own = await lint('small.yaml');
    expect([own.code, own.out.includes('warning')]).to.deep.equal([0, false]);
    const larger = await lint('small.yaml', '--model', 'models/tb-4m');
    expect(larger.code).to.equal(0);
    expect(larger.out.replaceAll(/\s+/g, ' ')).to.match(/warning: the precision map names layers 0 to 3 by number and none of layer 4, .* made for a model of 4 layers/); // prettier-ignore
  });

  it('takes a map at its word on how many layers its model has', async () => {
    configured('told.yaml', '{ default: fp8, layers: 4, units: { layers.0.*: bf16, layers.1.o: fp4, layers.2.o: fp4, layers.3.o: fp4 } }');
    expect((await lint('told.yaml')).code).to.equal(0);
    const larger = await lint('told.yaml', '--model', 'models/tb-4m');
    expect([larger.code, larger.err]).to.deep.equal([1, '']);
    expect(larger.out.replaceAll(/\s+/g, ' '))
      .to.match(
        /warning: the precision map is refused by the engine: it says that it is for a model of 4 layers, and this one has 5; accepted: /,
      )
      .and.not.include('names layers 0 to 3');
    expect(JSON.parse((await lint('told.yaml', '--json')).out)).to.include({ madeFor: 4, short: null });
    // A model of five layers, of which the last is as the default says.
    configured('five.yaml', '{ default: fp8, layers: 5, units: { layers.0.*: bf16, layers.1.o: fp4, layers.2.o: fp4, layers.3.o: fp4 } }', 'models/tb-4m'); // prettier-ignore
    const meant = await lint('five.yaml');
    expect([meant.code, meant.out.includes('warning')]).to.deep.equal([0, false]);
  });

  it('says that the engine refuses a map that a checkpoint, quantised before, does not hold', async () => {
    expect((await fpxHere(['quantize', 'tb-1m', '--map', 'fp4', '--to', 'quantised'], folder)).code).to.equal(0);
    const other = await lint('1m-fp8', '--model', 'quantised');
    expect(other.code).to.equal(1);
    expect(other.out.replaceAll(/\s+/g, ' ')).to.match(
      /warning: the precision map is refused by the engine: layers\.0\.qkv is fp8, and the checkpoint, .* holds it in fp4/,
    );
    const same = await lint('1m-fp4', '--model', 'quantised');
    expect([same.code, same.out.includes('warning')]).to.deep.equal([0, false]);
  });

  it('explains a map that stands alone, or under `precision`, with a model by its folder or its name', async () => {
    writeFileSync(join(folder, 'alone.yaml'), 'default: fp8\nunits: { layers.*.o: fp4 }\n');
    writeFileSync(join(folder, 'under.yaml'), 'precision:\n  default: fp8\n  units: { layers.*.o: fp4 }\n');
    configured('whole.yaml', '{ default: fp8, units: { layers.*.o: fp4 } }');
    const units = async (...args: string[]): Promise<unknown> => {
      const { code, out, err } = await lint(...args, '--json');
      expect([code, err]).to.deep.equal([0, '']);
      return (JSON.parse(out) as { units: unknown }).units;
    };
    const whole = await units('whole.yaml');
    expect(await units('alone.yaml', '--model', 'tb-1m')).to.deep.equal(whole);
    expect(await units('under.yaml', '--model', 'models/tb-1m')).to.deep.equal(whole);
    const { code, err } = await lint('alone.yaml');
    expect(code).to.equal(1);
    expect(err).to.match(/alone\.yaml is a precision map and names no model; accepted: --model/);
  });

  it('predicts by a calibration of this very model, and refuses another', async () => {
    const shape = { layers: 4, dModel: 128, ffWidth: 384, heads: 4, kvHeads: 4, headWidth: 32 };
    const made = madeCalibration(4, () => ({ error: 0.1, nats: 0.25, natsError: 0.001 }), TIMES);
    const write = (name: string, identity: string): void =>
      writeFileSync(join(folder, name), JSON.stringify({ ...made, model: { name: 'tb-1m', identity, shape } }));
    write('own.json', await filesIdentity(join(packageRoot(), 'models/tb-1m')));
    write('other.json', 'of-other-files');
    const said = JSON.parse((await lint('1m-mixed', '--calibration', 'own.json', '--json')).out) as Record<string, number>;
    expect(said.predictedNats).to.be.closeTo(16 * 0.25, 1e-6);
    // 1 ms and of each layer's units qkv, o and gate_up in FP4 with one scale and down in FP8.
    expect(said.predictedMs).to.be.closeTo(1 + (4 * (100 + 200 + 300 + 800)) / 1000, 1e-9);
    expect((await lint('1m-mixed', '--calibration', 'own.json')).out).to.match(/\npredicted {2}4 nats of the answer; 6\.600 ms a request/);
    const { code, err } = await lint('1m-mixed', '--calibration', 'other.json');
    expect(code).to.equal(1);
    expect(err).to.match(/tb-1m is not the model that was calibrated: .*other files \([0-9a-f]{16}, there of-other-files\)/);
  });

  it('refuses in a sentence what it cannot explain', async () => {
    configured('unknown.yaml', '{ default: fp8, units: { layers.0.q_proj: fp4 } }');
    configured('away.yaml', '{ default: fp8 }', 'no-such-model');
    writeFileSync(join(folder, 'served.yaml'), 'endpoint: { kind: openai, url: "http://127.0.0.1:9/v1", model: m }\nrequest: {}\n');
    const said = await Promise.all(['unknown.yaml', 'away.yaml', 'served.yaml', 'nowhere'].map((name) => lint(name)));
    expect(said.map(({ code, out }) => [code, out])).to.deep.equal(Array(4).fill([1, '']));
    const [unknown, away, served, nowhere] = said.map(({ err }) => err);
    expect(unknown).to.match(/unknown\.yaml: precision map: .*q is served fused and takes one format with the rest of its unit, "qkv"/s);
    expect(away).to.match(/away\.yaml: endpoint\.model: no folder "no-such-model"; accepted: --model with the folder of a model/);
    expect(served).to.match(/served\.yaml: endpoint\.kind openai: .*accepted: embedded/);
    expect(nowhere).to.match(/no configuration "nowhere": looked for/);
    expect((await lint('away.yaml', '--model', 'models/tb-1m')).code).to.equal(0);
  });
});
