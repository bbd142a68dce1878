/** `tickbench fpx calibrate`, as a user runs it. */
import type { AnySchema } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCalibration, type Calibration } from '../../../../fpx/sensitivity/calibration.js';
import { lossOf } from '../../../../harness/cli/fpx/calibrate.js';
import { writeRandomModel } from '../../../fpx/random-model.js';
import { tickbench } from '../../sweep/tickbench.js';
import { fpxHere } from './here.js';

const SHAPE = { dModel: 64, ffWidth: 96, layers: 2, heads: 4, kvHeads: 2, vocabSize: 50, maxPositions: 256 };
const LINES = [0, 1, 2].map((n) => JSON.stringify({ tokens: Array.from({ length: 20 }, (_, i) => (i * (n + 3)) % 50), answer: [n, 5, 8] }));

describe('tickbench fpx calibrate', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-calibrate-'));
  const read = (name: string): Calibration => parseCalibration(JSON.parse(readFileSync(join(folder, name), 'utf8')), name);
  before(() => {
    writeRandomModel(join(folder, 'small'), SHAPE, 3);
    writeFileSync(join(folder, 'prompts.jsonl'), LINES.join('\n'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('calibrates a folder on prompts that are tokens, prints what it found in 80 columns, and leaves no half file', async () => {
    const { code, out, err } = await fpxHere(['calibrate', 'small', '--prompts', 'prompts.jsonl', '--maps', '3'], folder);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const { units, layers, prompts, additivity, latency } = read('small.calibration.json');
    expect(units).to.have.length(8);
    const byLayer = out.slice(out.indexOf('Layer by layer'));
    for (const { layer, formats } of layers!)
      for (const [format, { error, nats, natsError }] of Object.entries(formats))
        expect(byLayer).to.match(new RegExp(`${format === 'fp8' ? `\\n${layer}` : ''} +${format} +${error.toFixed(4)} .* ${nats.toFixed(4)} \\(${natsError.toFixed(4)}\\)`)); // prettier-ignore
    expect(layers).to.have.length(2);
    expect(prompts).to.include({ source: 'prompts.jsonl', count: 3, tokens: 60 });
    expect(additivity!.maps).to.have.length(3);
    expect(latency).to.include({ promptTokens: 20, answerTokens: 3 });
    expect(out).to.include('1 down').and.include('Do costs add up?').and.include('written to small.calibration.json');
    for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(80);
    expect(existsSync(join(folder, 'small.calibration.json.partial'))).to.equal(false);
  });

  it('prints the JSON Schema that its files keep to', async () => {
    const { code, out, err } = await fpxHere(['calibrate', '--schema'], folder);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const isCalibration = new Ajv2020({ strict: false }).compile(JSON.parse(out) as AnySchema);
    const whole = read('small.calibration.json');
    expect(isCalibration(whole), JSON.stringify(isCalibration.errors)).to.equal(true);
    const { prompts: _, ...without } = whole;
    const { layers: _layers, ...unitsAlone } = whole;
    expect(isCalibration(unitsAlone)).to.equal(true);
    for (const broken of [without, { ...whole, layers: [{ layer: 0 }] }, { ...whole, more: 1 }, { ...whole, tickbench: 'calibration.v2' }])
      expect(isCalibration(broken)).to.equal(false);
    expect((await fpxHere(['calibrate'], folder)).err).to.include('no model; accepted: a model folder');
  });

  it('writes over no calibration unless it is told to, and says before it measures what cannot be written', async () => {
    const args = ['calibrate', 'small', '--prompts', 'prompts.jsonl', '--maps', '0', '--no-latency'];
    writeFileSync(join(folder, 'kept.json'), 'of yesterday');
    const refused = await fpxHere([...args, '--out', 'kept.json'], folder);
    expect([refused.code, refused.out]).to.deep.equal([1, '']);
    expect(refused.err).to.match(/kept\.json is there already; accepted: another file as --out, or --force/);
    expect(readFileSync(join(folder, 'kept.json'), 'utf8')).to.equal('of yesterday');
    expect((await fpxHere([...args, '--out', 'kept.json', '--force'], folder)).code).to.equal(0);
    expect(read('kept.json').units).to.have.length(8);
    const { code, err } = await fpxHere([...args, '--out', 'new/one.json', '--picture', 'prompts.jsonl/costs.svg'], folder);
    expect(code).to.equal(1);
    expect(err).to.match(/prompts\.jsonl: a file is in the way/);
    expect(existsSync(join(folder, 'new/one.json'))).to.equal(false);
    expect((await fpxHere([...args, '--out', 'new/one.json', '--picture', 'new/costs.svg'], folder)).code).to.equal(0);
    expect([existsSync(join(folder, 'new/one.json')), existsSync(join(folder, 'new/costs.svg'))]).to.deep.equal([true, true]);
    expect((await fpxHere(['calibrate', 'small', '--prompts', 'new', '--out', 'other.json'], folder)).err).to.include(
      '--prompts new is a folder; accepted: a file',
    );
  });

  it('goes on where an interrupted run was, but never with what was measured on other prompts', async () => {
    const args = ['fpx', 'calibrate', 'small', '--prompts', 'prompts.jsonl', '--maps', '0', '--no-latency'];
    await fpxHere([...args.slice(1), '--out', 'whole.json'], folder);
    const whole = read('whole.json');
    // A run that is killed leaves its lines; one of them is made known by an impossible figure.
    const kept = join(folder, 'again.json.partial');
    let stopped = false;
    await tickbench([...args, '--out', 'again.json'], folder, (child) => {
      const look = setInterval(() => {
        if (!existsSync(kept) || !readFileSync(kept, 'utf8').includes('\n')) return; // not before a line is whole
        clearInterval(look);
        stopped = child.kill('SIGKILL');
      }, 1);
      child.once('close', () => clearInterval(look));
    });
    if (!stopped || !existsSync(kept)) throw new Error('the run was over before it could be killed');
    const [first] = readFileSync(kept, 'utf8').split('\n');
    const line = JSON.parse(first!) as { of: string; name: string; costs: { nats: number } };
    line.costs.nats = 77;
    writeFileSync(kept, `${JSON.stringify(line)}\n{"of": "torn`);
    const marked = (file: string): number => read(file).units.flatMap(({ formats }) => Object.values(formats)).filter(({ nats }) => nats === 77).length; // prettier-ignore
    expect((await fpxHere([...args.slice(1), '--out', 'again.json'], folder)).code).to.equal(0);
    expect(marked('again.json')).to.equal(1);
    writeFileSync(kept, `${JSON.stringify(line)}\n`);
    writeFileSync(join(folder, 'fewer.jsonl'), LINES.slice(1).join('\n'));
    expect((await fpxHere(args.slice(1).map((each) => each.replace('prompts.jsonl', 'fewer.jsonl')).concat('--out', 'again.json', '--force'), folder)).code).to.equal(0); // prettier-ignore
    expect(marked('again.json')).to.equal(0);
    expect(read('whole.json')).to.deep.equal(whole);
  });

  it('calibrates a shipped model on states of a task, with what answers lose there', async () => {
    const { code, out, err } = await fpxHere(['calibrate', 'tb-1m', '--task', 'fighter', '--count', '1', '--maps', '0', '--no-latency', '--out', 'task.json'], folder); // prettier-ignore
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const { units, prompts } = read('task.json');
    expect(prompts).to.include({ source: 'fighter', count: 1 });
    expect(units).to.have.length(16);
    for (const { formats } of units) expect(formats['fp4-tensor'].quality).to.be.within(-1, 1);
    expect(out).to.include('quality lost');
    // Of one prompt no error is known.
    expect(out).to.match(/3 down +fp8 .* -?\d\.\d{4} \(-\)/);
  });

  it('keeps no quality where nothing was at stake, and its error only where matches tell one', () => {
    expect(lossOf({ value: null, low: null, high: null, n: 3 })).to.deep.equal({});
    expect(lossOf({ value: 0.1, low: null, high: null, n: 1 })).to.deep.equal({ quality: 0.1 });
    expect(lossOf({ value: 0.1, low: 0.1 - 0.196, high: 0.1 + 0.196, n: 9 }).qualityError).to.be.closeTo(0.1, 1e-12);
  });

  it('says in a sentence what is wrong: where prompts come from, what they are, how long', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await fpxHere(['calibrate', ...args, '--out', 'refused.json'], folder);
      expect(code).to.be.above(0);
      expect(out).to.equal('');
      expect(err).not.to.match(/\n {4}at /);
      return err;
    };
    writeFileSync(join(folder, 'odd.jsonl'), '{"tokens": [1]}\n{"tokens": "1 2"}');
    writeFileSync(join(folder, 'long.jsonl'), JSON.stringify({ tokens: Array.from({ length: 250 }, () => 1) }));
    writeFileSync(join(folder, 'words.txt'), 'Once upon a time\n');
    expect(await refused('small')).to.include('one of --task, --traces and --prompts');
    expect(await refused('small', '--task', 'chess')).to.include('--task chess: accepted: ');
    expect(await refused('small', '--prompts', 'odd.jsonl'))
      .to.include('odd.jsonl line 2')
      .and.include('"tokens": [...]');
    expect(await refused('small', '--prompts', 'long.jsonl')).to.include('prompt 1 has 250 tokens; accepted: at most');
    expect(await refused('small', '--prompts', 'words.txt')).to.include('has no tokenizer.json; accepted: prompts that are tokens');
    expect(await refused('small', '--prompts', 'none.txt')).to.include('none.txt');
    expect(await refused('nobody', '--task', 'hft')).to.include('nobody');
  });
});
