import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../harness/host/root.js';
import { loadPublished } from '../../../harness/paper/published.js';
import { calibrate, factorsFor, fitFactors } from '../../../harness/planning/calibration.js';
import { loadCatalogue } from '../../../harness/planning/catalogue.js';
import { IDEAL, requestTimes, type Factors } from '../../../harness/planning/roofline.js';
import { knownShape, readTimings } from '../../../harness/planning/timing-file.js';
import { mostTogether, predictedMs, prepared, unfit, type Part, type Timing } from '../../../harness/planning/timing.js';
import { decodePass, kvBytes, prefillPass, weightBytes, type Served } from '../../../harness/planning/work.js';

const catalogue = loadCatalogue();
const llama = knownShape('meta-llama/Llama-3.1-8B-Instruct', 'test');
const served = (format: 'bf16' | 'fp8' | 'fp4', shape = llama): Served => ({ shape, map: { default: format, units: {} }, fp4Inputs: 4, kvBits: 16 }); // prettier-ignore

const timing = (device: string, own: Served, part: Part, promptTokens: number, answerTokens: number, batch: number): Timing => ({
  ...{ deviceName: device, device: catalogue.devices[device]!, modelName: 'm', served: own, tied: false, part, ms: 1 },
  ...{
    load: { promptTokens, answerTokens, batch },
    arrival: 'together',
    origin: 'measured',
    where: `${device} ${own.map.default} ${promptTokens} ${batch}`,
  },
});

/** Timings as a device with these factors would give them. */
const made = (device: string, factors: Factors, formats: ('bf16' | 'fp8' | 'fp4')[]): Timing[] =>
  formats.flatMap((format) =>
    [64, 700, 3000].flatMap((prompt) =>
      [1, 24].flatMap((batch) =>
        (['first', 'token', 'total'] as const).map((part) => {
          const own = timing(device, served(format), part, prompt, 40, batch);
          return { ...own, ms: predictedMs(prepared(own), factors) };
        }),
      ),
    ),
  );

describe('the roofline', () => {
  it('counts as many operations and bytes as the textbook formulae', () => {
    const inner = 32 * (4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 14336);
    const sum = (of: 'flops' | 'bytes', kind: string, { operators }: ReturnType<typeof decodePass>): number =>
      operators.filter((each) => each.kind === kind).reduce((all, each) => all + each.count * each[of], 0);
    const prefill = prefillPass(served('bf16'), { tokens: 1000, batch: 2 });
    expect(sum('flops', 'linear', prefill)).to.equal(2 * inner * 2000);
    // 4 L S^2 d, of which the masked half is not computed.
    expect(sum('flops', 'attention', prefill) / (4 * 32 * 1000 ** 2 * 4096 * 2)).to.be.closeTo(0.5, 0.001);
    const decode = decodePass(served('fp8'), { context: 1000, batch: 1 });
    expect(sum('bytes', 'linear', decode) / inner).to.be.closeTo(1, 0.01);
    expect(kvBytes(served('bf16'), 1000)).to.equal(2 * 32 * 4096 * (8 / 32) * 1000 * 2);
    expect(weightBytes(served('bf16'), false) / 2).to.be.closeTo(8.03e9, 0.01e9);
  });

  it('never says that more is faster, or that a faster device is slower', () => {
    const count = fc.integer({ min: 1, max: 2000 });
    fc.assert(
      fc.property(count, count, fc.integer({ min: 1, max: 60 }), fc.constantFrom('bf16' as const, 'fp8' as const, 'fp4' as const), (prompt, more, batch, format) => {
        const times = (device: string, promptTokens: number, requests: number): number =>
          requestTimes(served(format), catalogue.devices[device]!, { ...IDEAL, layerUs: 5 }, { promptTokens, answerTokens: 9, batch: requests }).totalMs;
        const base = times('H100-SXM', prompt, batch);
        expect(times('H100-SXM', prompt + more, batch)).to.be.at.least(base);
        expect(times('H100-SXM', prompt, batch + 1)).to.be.at.least(base);
        expect(times('B200-SXM', prompt, batch)).to.be.at.most(base);
        expect(times('A100-80G-SXM', prompt, batch)).to.be.at.least(base);
      }),
      { numRuns: 60 },
    ); // prettier-ignore
  });

  it('of a whole request is its first token and the further ones', () => {
    const factors = { ...IDEAL, memory: 1.4, layerUs: 7, passUs: 300, requestUs: 5000 };
    const load = { promptTokens: 800, answerTokens: 30, batch: 3 };
    const whole = requestTimes(served('fp8'), catalogue.devices['H100-SXM']!, factors, load);
    const [first, token, total] = (['first', 'token', 'total'] as const).map((part) => predictedMs(prepared({ ...timing('H100-SXM', served('fp8'), part, 800, 30, 3) }), factors)); // prettier-ignore
    expect(whole.prefillMs).to.be.closeTo(first!, 1e-9);
    expect(whole.tokenMs).to.be.closeTo(token!, 1e-9);
    expect(whole.totalMs).to.be.closeTo(total!, 1e-9);
  });
});

describe('a calibration', () => {
  it('finds the factors that made the timings, and is off by nothing on what was left out', () => {
    const factors: Factors = { compute: { bf16: 1.5, fp8: 2.1, fp4: 1.5, 'fp4-tensor': 1.5 }, memory: 1.25, layerUs: 12, passUs: 0, requestUs: 4000 }; // prettier-ignore
    const timings = made('H100-SXM', factors, ['bf16', 'fp8']);
    const { factors: found } = fitFactors(timings);
    for (const each of timings) expect(predictedMs(prepared(each), found) / each.ms, each.part).to.be.closeTo(1, 0.01);
    expect(found.memory).to.be.closeTo(1.25, 0.05);
    expect(found.compute.fp8).to.be.closeTo(2.1, 0.1);
    const { errors } = calibrate(timings);
    expect(errors.map(({ by }) => by)).to.deep.equal(['row']);
    expect(errors[0]!.p90).to.be.below(0.02);
  });

  it('leaves the figures of one row out together: they are of the same request', () => {
    const timings = made('H100-SXM', IDEAL, ['bf16']);
    expect(calibrate(timings).errors[0]).to.include({ by: 'row', groups: 6, timings: 18 });
    const [first] = timings;
    expect(calibrate(timings.filter(({ where }) => where === first!.where)).errors).to.deep.equal([]);
  });

  it('gives a device that nobody timed the factors of the others, and says so', () => {
    const factors = { ...IDEAL, memory: 1.6, layerUs: 9 };
    const calibration = calibrate([...made('H100-SXM', factors, ['bf16']), ...made('A100-80G-SXM', factors, ['bf16'])]);
    expect(factorsFor(calibration, 'H100-SXM').own).to.equal(true);
    const other = factorsFor(calibration, 'B200-SXM');
    expect(other.own).to.equal(false);
    expect(other.fit.factors.memory).to.be.closeTo(1.6, 0.1);
    expect(calibration.errors.map(({ by }) => by)).to.deep.equal(['row', 'device']);
  });

  it('of the published rows predicts models and devices that it was not fitted on', () => {
    const rows = readTimings(join(packageRoot(), 'harness/planning/published-timings.csv'), catalogue);
    expect(new Set(rows.map(({ origin }) => origin))).to.deep.equal(new Set(['published']));
    const fit = rows.filter((row) => unfit(row) === undefined);
    expect(fit.length).to.be.greaterThan(100);
    const errors = Object.fromEntries(calibrate(fit).errors.map((each) => [each.by, each]));
    expect(errors).to.have.keys('row', 'model', 'device');
    // An assumption of ideal hardware is what a fit has to beat.
    const ideal = fit.map((row) => Math.abs(predictedMs(prepared(row), IDEAL) / row.ms - 1)).sort((a, b) => a - b);
    expect(errors['model']!.median).to.be.below(0.7 * ideal[ideal.length >> 1]!);
    expect(errors['device']!.median).to.be.below(0.7 * ideal[ideal.length >> 1]!);
  });

  it('of the published latencies of FPX needs overheads: without them it is far further off', () => {
    const sizes: Record<string, string> = { '1.5B': 'Qwen/Qwen2.5-1.5B-Instruct', '3B': 'Qwen/Qwen2.5-3B-Instruct', '7B': 'Qwen/Qwen2.5-7B-Instruct' };
    const rows = loadPublished().latency.rows.flatMap(({ size, fp16, fp8 }) =>
      // How many tokens they had is not published: 500 and 20 stand for it. What is left over without overheads does not depend much on that.
      size in sizes ? ([['bf16', fp16], ['fp8', fp8]] as const).map(([format, ms]): Timing => ({ ...timing('RTX-5090', served(format, knownShape(sizes[size]!, 'test')), 'total', 500, 20, 1), ms })) : []);
    expect(rows.length).to.equal(6);
    const { factors } = fitFactors(rows);
    const off = (own: Factors): number => rows.reduce((sum, row) => sum + Math.abs(predictedMs(prepared(row), own) / row.ms - 1), 0) / rows.length;
    const bare = { ...factors, layerUs: 0, passUs: 0, requestUs: 0 };
    expect(factors.layerUs + factors.passUs + factors.requestUs).to.be.greaterThan(0);
    expect(off(factors)).to.be.below(0.15);
    expect(off(bare)).to.be.greaterThan(2 * off(factors));
  }); // prettier-ignore
});

describe('timings of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-timings-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const head = 'device,model,map,batch,prompt_tokens,answer_tokens,first_ms,total_ms';
  const read = (...lines: string[]): Timing[] => {
    writeFileSync(join(folder, 'rows.csv'), lines.join('\n'));
    return readTimings(join(folder, 'rows.csv'), catalogue);
  };

  it('are one for each figure of a line; remarks are passed over', () => {
    const rows = read('# mine', head, 'L4,models/tb-1m,fp8,1,300,8,12.5,40', '', 'L4,models/tb-1m,fp8,1,300,8,,41');
    expect(rows.map(({ part, ms, origin }) => [part, ms, origin])).to.deep.equal([['first', 12.5, 'measured'], ['total', 40, 'measured'], ['total', 41, 'measured']]); // prettier-ignore
  });

  it('are refused by line, with what is accepted', () => {
    expect(() => read(head, 'L40,models/tb-1m,fp8,1,300,8,1,')).to.throw(/line 2: no device "L40" in the catalogue; accepted: A100/);
    expect(() => read(head, 'L4,models/tb-2m,fp8,1,300,8,1,')).to.throw(/line 2: model "models\/tb-2m": its shape is not known/);
    expect(() => read(head, 'L4,models/tb-1m,fp8,none,300,8,1,')).to.throw(/line 2:\n {2}batch: a whole number/);
    expect(() => read(head, 'L4,models/tb-1m,fp8,1,300,8,,')).to.throw(/line 2: nothing was timed/);
    expect(() => read(head, 'L4,models/tb-1m,fp8,1,300,8,1')).to.throw(/line 2: 7 cells under 8 columns/);
    expect(() => read('device,model')).to.throw(/line 1: the column "map" is missing; accepted: device,model,map/);
    expect(() => read(`${head},speed`)).to.throw(/the column "speed" is not known/);
    expect(() => read('')).to.throw(/is empty/);
    expect(() => readTimings(join(folder, 'none.csv'), catalogue)).to.throw(/no such file; accepted: a CSV file with the columns/);
  });

  it('of more requests than fit into the memory are told to be unfit', () => {
    const many = timing('H100-SXM', served('bf16'), 'token', 4096, 128, 128);
    expect(mostTogether(many.served, false, many.device, many.load)).to.be.within(50, 127);
    expect(unfit(many)).to.match(/do not fit into the memory/);
    expect(unfit({ ...many, load: { ...many.load, batch: 8 } })).to.equal(undefined);
  });
});
