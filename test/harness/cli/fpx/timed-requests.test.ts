import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { servedMaps, timedRequests } from '../../../../harness/cli/fpx/timed-requests.js';
import { UsageError } from '../../../../harness/cli/values.js';
import { madeCalibration } from '../../../fpx/assignment/made-calibration.js';
import { fpxHere } from './here.js';
import { madeTrace, type MadeMatch } from './made-trace.js';

const NONE = { model: 'tb-1m', served: new Map() };

describe('timed requests', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-timed-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const csv = (text: string, name = 'rows.csv'): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const refusal = async (act: Promise<unknown>): Promise<string> => {
    const error: unknown = await act.then(() => undefined, (e: unknown) => e); // prettier-ignore
    expect(error).to.be.instanceOf(UsageError);
    return (error as Error).message;
  };

  const trace = (name: string, more?: MadeMatch): void => madeTrace(folder, name, more);

  it('are rows of a CSV file, whose maps are formats or files beside it', async () => {
    csv('default: fp8\nunits: { layers.*.down: fp4 }\n', 'mixed.yaml');
    const path = csv('map,prompt_tokens,answer_tokens,ms,host\nfp8,300,8,41.5,a\n"mixed.yaml",12,3,7,a\n');
    const message = await refusal(timedRequests(path, NONE));
    expect(message).to.match(/line 2: .*host/); // what is not understood is not passed over
    const rows = await timedRequests(csv('ms,map,prompt_tokens,answer_tokens\n41.5,fp8,300,8\n7,mixed.yaml,12,3\n'), NONE);
    expect(rows).to.deep.equal([
      { map: { default: 'fp8', units: {} }, promptTokens: 300, answerTokens: 8, ms: 41.5 },
      { map: { default: 'fp8', units: { 'layers.*.down': 'fp4' } }, promptTokens: 12, answerTokens: 3, ms: 7 },
    ]);
    expect(await refusal(timedRequests(csv('map,prompt,ms\nfp8,3,4\n'), NONE))).to.match(/its first line is "map,prompt,ms"; accepted: the columns map,prompt_tokens,answer_tokens,ms/); // prettier-ignore
    expect(await refusal(timedRequests(csv('map,prompt_tokens,answer_tokens,ms\nfp8,3,4,5\nfp8,3,-4,5\n'), NONE))).to.match(/line 3: answer_tokens: a whole number/); // prettier-ignore
    expect(await refusal(timedRequests(csv('map,prompt_tokens,answer_tokens,ms\nint4,3,4,5\n'), NONE))).to.match(
      /line 2: int4: no such file/,
    );
    expect(await refusal(timedRequests(join(folder, 'none'), NONE))).to.match(/none: .*accepted: a CSV file with columns/);
  });

  it("are a sweep's own calls, without cached tokens, calls that were not read to their end, void matches and other models", async () => {
    trace('hft-a', { calls: [{}, { error: 'cut off' }, { lastTokenUs: undefined }, { completionTokens: 0 }] });
    trace('hft-b', { counts: false });
    trace('hft-c', { patient: true });
    trace('hft-d.void-1');
    trace('hft-e', { seat: { configuration: { endpoint: { kind: 'embedded', model: 'tb-4m', precision: 'fp8' } } } });
    trace('hft-f', { seat: { name: 'far', configuration: { endpoint: { kind: 'openai', url: 'http://x/v1', model: 'm' } } }, calls: [{ cachedTokens: undefined }] }); // prettier-ignore
    const own = { map: { default: 'fp8', units: {} }, promptTokens: 60, answerTokens: 7, ms: 5 };
    expect(await timedRequests(folder, NONE)).to.deep.equal([own]);
    const served = servedMaps(['far=fp4']);
    const far = { ...own, map: { default: 'fp4', units: {} }, promptTokens: 90 };
    expect(await timedRequests(folder, { model: 'tb-1m', served })).to.deep.equal([own, far]);
    expect(await refusal(timedRequests(folder, { model: 'other', served: new Map() }))).to.match(/no call of other with its tokens and times, but of one, far; accepted: .*--served NAME=MAP/); // prettier-ignore
    expect(await refusal(timedRequests(folder, { model: 'tb-1m', served: servedMaps(['near=fp4']) }))).to.match(/--served near: .* no such configuration; there are one, far/); // prettier-ignore
    trace('hft-g', { seat: { configuration: { endpoint: { kind: 'embedded', model: 'tb-1m', precision: 'fp4', threads: 2 } } } });
    expect(await refusal(timedRequests(folder, NONE))).to.match(/tb-1m ran on 1 and on 2 threads/);
    expect(() => servedMaps(['fp4'])).to.throw(UsageError, /accepted: a configuration's name, "=", and a format/);
  });

  it('are what `assign` keeps a latency by, saying the formula, its error, and that it is asked beyond them', async () => {
    writeFileSync(
      join(folder, 'c.json'),
      JSON.stringify(madeCalibration(2, (_, __, format) => ({ error: 0.1, nats: format === 'fp8' ? 0.1 : 0.4 }))),
    );
    const rows = ['fp8', 'fp4'].flatMap((map, i) => [[50, 4], [200, 4], [50, 20], [120, 9]].map(([p, a]) => `${map},${p},${a},${(5 + (2 - i) * (p! * 0.1 + a! * 2)).toFixed(3)}`)); // prettier-ignore
    csv(`map,prompt_tokens,answer_tokens,ms\n${rows.join('\n')}\n`);
    const { code, out, err } = await fpxHere(
      ['assign', 'c.json', '--latency', '60', '--measured', 'rows.csv', '--tokens', '100,10', '--json'],
      folder,
    );
    expect([code, err]).to.deep.equal([0, '']);
    const said = JSON.parse(out) as { chosen: { latencyUs: number }; times: { rows: number; heldOutError: number }; curve: { latencyUs: number; label: string }[] }; // prettier-ignore
    expect(said.times).to.deep.include({ rows: 8 });
    expect(said.chosen.latencyUs).to.be.within(35_000, 60_000);
    // By what the rows were made of, the two ends take 5 + 1 x 30 and 5 + 2 x 30 ms.
    expect(said.curve.find(({ label }) => label === 'fp4')!.latencyUs / 1000).to.be.closeTo(35, 0.5);
    expect(said.curve.find(({ label }) => label === 'fp8')!.latencyUs / 1000).to.be.closeTo(65, 0.5);
    const text = (await fpxHere(['assign', 'c.json', '--latency', '600', '--measured', 'rows.csv', '--tokens', '900,10'], folder)).out.replaceAll(/\s+/g, ' '); // prettier-ignore
    expect(text).to.match(/by 8 requests in rows\.csv under 2 maps: ms = [\d.]+ \+ fp8 \([\d.]+ x GB read \+ [\d.]+ x GFLOP\) \+ fp4 .*; off by [\d.]+ % at the median, each row predicted from the others; BEYOND what was timed \(prompts of 50 to 200 tokens/); // prettier-ignore
    const bf16 = await fpxHere(['assign', 'c.json', '--latency', '60', '--measured', 'rows.csv', '--formats', 'bf16,fp8'], folder);
    expect(bf16.err).to.match(/no request in bf16 was timed; accepted: formats that were/);
    expect((await fpxHere(['assign', 'c.json', '--latency', '60', '--tokens', '1,1'], folder)).err).to.match(/--tokens without --measured/);
  });
});
