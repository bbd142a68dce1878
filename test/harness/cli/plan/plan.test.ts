import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planCommand } from '../../../../harness/cli/plan/command.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { figure } from '../../../../harness/report/figures.js';
import { textsOf } from '../../report/charts/drawn.js';
import { madeTrace } from '../fpx/made-trace.js';

const example = (name: string): string => join(packageRoot(), 'examples/planning', `${name}.yaml`);

describe('tickbench plan', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-plan-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the verb in this process: what it prints, and what it refuses. Files that are written are in the folder. */
  const plan = async (...args: string[]): Promise<{ code: number; out: string; err: string }> => {
    let out = '';
    const command = planCommand({ write: (text) => (out += text), columns: () => 80 }).exitOverride();
    try {
      await command.parseAsync(args, { from: 'user' });
      return { code: 0, out, err: '' };
    } catch (error) {
      return { code: 1, out, err: (error as Error).message };
    }
  };

  /** An example with one piece of text in place of another. */
  const changed = (name: string, ...changes: [from: string, to: string][]): string => {
    let text = readFileSync(example(name), 'utf8');
    for (const [from, to] of changes) {
      expect(text).to.include(from);
      text = text.replace(from, to);
    }
    const path = join(folder, 'changed.yaml');
    writeFileSync(path, text);
    return path;
  };

  it('takes the published mixed placement, and another under another limit', async () => {
    const { code, out } = await plan(example('published'));
    expect(code).to.equal(0);
    expect(out)
      .to.match(/prefill +high .* TAKEN\n/)
      .and.match(/decode.*\n +low .* TAKEN\n/);
    expect(out).to.match(/120 ms of 120 ms, 0\.095 USD a request; proven best \(gap 0 %\)/);
    expect(out).to.include('all on high: 105 ms, 0.11 USD').and.include('all on low: 160 ms, 0.07 USD a request (too slow)');
    expect(out).not.to.include('PREDICTED');
    const tight = JSON.parse((await plan(changed('published', ['limitMs: 120', 'limitMs: 110']), '--json')).out) as { best: { chosen: number[]; cost: number } }; // prettier-ignore
    expect(tight.best.chosen).to.deep.equal([0, 0]);
    const impossible = await plan(changed('published', ['limitMs: 120', 'limitMs: 90']));
    expect(impossible.code).to.equal(1);
    expect(impossible.err).to.match(/no placement meets the requirement/);
  });

  it('plans the seats of the example within its deadline and cost, in 80 columns, and calls nothing predicted measured', async () => {
    const { code, out } = await plan(example('seats'));
    expect(code).to.equal(0);
    for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(80);
    expect(out)
      .to.match(/PREDICTED/)
      .and.match(/0 timings of yours/)
      .and.match(/ALL are ASSUMED/)
      .and.match(/qualities +are assumed/);
    expect(out).to.match(/older ones/);
    interface Found {
      latencies: string;
      offers: { latencyMs: number; seats: number; cost: number }[];
      best: { bought: { offer: number; machines: number; seats: number }[]; cost: number; gap: number };
    }
    const found = JSON.parse((await plan(example('seats'), '--json')).out) as Found;
    expect(found.latencies).to.match(/predicted, not measured/);
    expect(found.best.bought.reduce((sum, { seats }) => sum + seats, 0)).to.equal(12);
    for (const { offer, machines, seats } of found.best.bought) {
      expect(found.offers[offer]!.latencyMs).to.be.at.most(150);
      expect(machines * found.offers[offer]!.seats).to.be.at.least(seats);
    }
    expect(found.best.cost).to.be.at.most(9);
    expect(found.best.gap).to.equal(0);
  });

  it('takes the reward of a surface in place of the quality: where only speed pays, the fastest', async () => {
    // reward = -100 ln(ms / 100), whatever the quality.
    const surface = {
      ...{ tickbench: 'surface.v1', task: 'made-up', rules: 'x', rewardUnit: 'points', axis: 'probe quality', speed: 1, source: 'a test' },
      formula: 'reward = a0 + a1 l + a2 l^2 + q (b0 + b1 l + b2 l^2)',
      surface: {
        ...{ centre: { latencyMs: 100, quality: 0.5 }, coefficients: [0, -100, 0, 0, 0, 0], covariance: Array.from({ length: 6 }, () => [0, 0, 0, 0, 0, 0]) },
        range: { latencyMs: { low: 1, high: 10_000 }, quality: { low: 0, high: 1 } },
        heldOut: { by: 'family', groups: 5, r2: 0.9, error: 1, slopeError: 0 },
      },
      players: [{ name: 'a', family: 'a', kind: 'bot', latencyMs: 100, quality: 0.5, reward: 0, matches: 2 }],
    };
    writeFileSync(join(folder, 'surface.json'), JSON.stringify(surface));
    const path = changed('seats', ['deadlineMs: 150', 'reward: surface.json'], ['mostCostAnHour: 9', 'mostCostAnHour: 1000']);
    const { out } = await plan(path, '--json');
    const found = JSON.parse(out) as { offers: { latencyMs: number; worth: number; configuration: string }[]; best: { worth: number; bought: { offer: number }[] } };
    const fastest = Math.min(...found.offers.map(({ latencyMs }) => latencyMs));
    expect(found.best.worth).to.be.closeTo(-100 * Math.log(fastest / 100), 1e-6);
    for (const { offer } of found.best.bought) expect(found.offers[offer]!.latencyMs).to.be.closeTo(fastest, 1e-6);
    // Slower or worse than anybody whom the surface was measured on: its border would pay too much.
    const within = (more: object): void => writeFileSync(join(folder, 'surface.json'), JSON.stringify({ ...surface, surface: { ...surface.surface, range: { ...surface.surface.range, ...more } } }));
    within({ latencyMs: { low: 0.1, high: fastest * 0.9 } });
    expect(await plan(path)).to.satisfy(({ out, err }: { out: string; err: string }) => /slower than the\s+surface was measured/.test(out) && /no purchase/.test(err));
    within({ quality: { low: 0.75, high: 1 } });
    const worse = JSON.parse((await plan(path, '--json', '--chart', join(folder, 'reward.svg'))).out) as { offers: { quality: number }[]; leftOut: string[] };
    expect(Math.min(...worse.offers.map(({ quality }) => quality))).to.equal(0.84);
    expect(worse.leftOut.join()).to.include('8B FP8 on L4: quality 0.69, less than the surface was measured with (0.75)');
    const drawn = textsOf(readFileSync(join(folder, 'reward.svg'), 'utf8'));
    expect(drawn).to.include.members(['predicted reward a seat  ·  higher is better', 'limit 1000', 'Not drawn:']);
    expect(drawn.join(' ')).to.include('8B FP8 on L4: quality 0.69, less than the surface was measured with (0.75)');
  }); // prettier-ignore

  it('places stages on machines that are paid by the hour, no more of a kind than there are', async () => {
    const found = JSON.parse((await plan(example('stages'), '--json')).out) as { problem: { stages: { options: { device: string; machines: number; ms: number; is: string }[] }[] }; best: { chosen: number[]; ms: number } };
    expect(found.best.ms).to.be.at.most(600);
    expect(found.problem.stages.map(({ options }) => options[0]!.is)).to.deep.equal(['assumed', 'predicted', 'predicted', 'assumed']);
    for (const { options } of found.problem.stages) for (const { machines, ms } of options) expect(machines).to.be.at.least(Math.ceil((5 * ms) / 1000 / 4));
  }); // prettier-ignore

  it('draws what was considered for seats: one mark for each possibility with a latency, the plan and the limits named', async () => {
    const svg = join(folder, 'seats.svg');
    const { out } = await plan(example('seats'), '--json', '--chart', svg);
    interface Found {
      considered: { configuration: string; device: string; latencyMs?: number; why?: string }[];
      offers: { configuration: string; device: string; latencyMs: number }[];
      best: { cost: number; bought: { offer: number; machines: number; seats: number }[] };
    }
    const { considered, offers, best } = JSON.parse(out) as Found;
    const drawn = readFileSync(svg, 'utf8');
    const texts = textsOf(drawn);
    expect(texts.join('\n')).to.match(/^PREDICTED: Twelve seats/m).and.match(/All prices are ASSUMED\. Qualities are assumed\. The plan: 3\.2 USD an hour/);
    expect(texts).to.include.members(['limit 150 ms', 'limit 9', 'the plan']);
    const [{ offer, machines, seats }] = best.bought as [Found['best']['bought'][number]];
    const { configuration, device, latencyMs } = offers[offer]!;
    expect(texts).to.include(`${configuration} on ${machines} ${device}: ${seats} seats, ${figure(latencyMs)} ms`);
    const placed = considered.filter((each) => each.latencyMs !== undefined);
    expect(placed.length).to.be.above(offers.length);
    // What the legend has besides is drawn in pixels, not as symbols.
    expect([...drawn.matchAll(/<path d="M1 0A1 1/g)].length).to.equal(placed.length);
    const without = considered.filter((each) => each.latencyMs === undefined && !placed.some((other) => other.configuration === each.configuration && other.device === each.device));
    expect(without.length).to.be.above(0);
    for (const each of without) expect(texts.join(' ')).to.include(`${each.configuration} on ${each.device}`);
    expect((await plan(example('seats'), '--chart', 'plan.gif')).err).to.match(/--chart.*'plan\.gif' is invalid\. a name that ends in \.svg or \.png is expected/);
    expect((await plan(example('published'), '--chart', join(folder, 'nowhere', 'plan.svg'))).err).to.match(/nowhere.plan\.svg: not written \(.*\); accepted: a file in a folder that is there/);
    const none = await plan(changed('seats', ['deadlineMs: 150', 'deadlineMs: 2']), '--chart', svg);
    expect(none.err).to.match(/no purchase meets the requirement/);
    expect(textsOf(readFileSync(svg, 'utf8')).join(' ')).to.include('Nothing meets the requirement.').and.not.to.include('the plan');
  }); // prettier-ignore

  it('draws where stages run and when, and calls nothing predicted that was given', async () => {
    const svg = join(folder, 'stages.svg');
    const found = JSON.parse((await plan(example('stages'), '--json', '--chart', svg)).out) as { best: { ms: number; cost: number; chosen: number[] }; problem: { stages: { name: string; options: { device: string; ms: number; is: string }[] }[] } };
    const texts = textsOf(readFileSync(svg, 'utf8'));
    expect(texts).to.include.members(['limit 600 ms', `in all ${figure(found.best.ms)} ms, ${found.best.cost} USD an hour`, 'time is predicted', 'time is assumed']);
    found.problem.stages.forEach(({ name, options }, i) => {
      const { device, ms, is } = options[found.best.chosen[i]!]!;
      expect(texts).to.include.members([name, device]);
      expect(texts.some((text) => text.startsWith(`${figure(ms)} ms ${is}, `)), name).to.equal(true);
    });
    await plan(example('published'), '--chart', svg);
    const given = textsOf(readFileSync(svg, 'utf8'));
    expect(given).to.include.members(['The published example, mixed devices under 120 ms', 'limit 120 ms', 'not taken: low 95.0 ms at 0.035']);
    expect(given.join(' ')).not.to.match(/predicted|ASSUMED/i);
    const { err } = await plan(changed('published', ['limitMs: 120', 'limitMs: 90']), '--chart', join(folder, 'none.svg'));
    expect(err).to.match(/no placement meets the requirement.*; .*none\.svg is not drawn/);
  }); // prettier-ignore

  it('says in words what is wrong, where, and what is accepted', async () => {
    const said = async (...changes: [string, string][]): Promise<string> => {
      const { code, err } = await plan(changed('seats', ...changes));
      expect(code).to.equal(1);
      return err;
    };
    expect(await said(['deadlineMs: 150', 'deadline: 150'])).to.match(/choose: no such key "deadline"; accepted: .*deadlineMs/);
    expect(await said(['  deadlineMs: 150\n', ''])).to.match(/choose: needs reward: \(a surface\) or deadlineMs:/);
    expect(await said(['devices: [A100-80G-SXM', 'devices: [A100'])).to.match(/no device "A100" in the catalogue; accepted: A100-80G-SXM/);
    expect(await said(['map: bf16', 'map: int8'])).to.match(
      /configurations\.2: "int8": no such file; accepted: a file with a precision map, or bf16/,
    );
    expect(await said(['deadlineMs: 150', 'deadlineMs: 2'])).to.match(/no purchase meets the requirement/);
    expect((await plan()).err).to.match(/no requirement; accepted: a YAML file/);
    expect((await plan('none.yaml')).err).to.match(/none\.yaml/);
  });

  it('fits timings of one\'s own, and says how far the model is off on what was left out', async () => {
    const { code, out } = await plan('timings', '--published');
    expect(code).to.equal(0);
    expect(out).to.match(/0 measured, 177 published/).and.match(/each model/).and.match(/each device/);
    for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(80);
    const rows = [{ feature: 'streaming', streamed: { promptTokens: 40, answerTokens: 48, firstMs: 20, lastMs: 60 } }, { feature: 'usage' }];
    const mine = join(folder, 'mine.csv');
    writeFileSync(join(folder, 'check.json'), JSON.stringify({ rows }));
    const check = ['timings', '--check', join(folder, 'check.json'), '--model', 'Qwen/Qwen3-8B', '--map', 'fp8', '--device', 'L4'];
    expect((await plan(...check, '--out', mine)).code).to.equal(0);
    expect(readFileSync(mine, 'utf8')).to.match(/\nL4,Qwen\/Qwen3-8B,fp8,1,40,0,48,20,60\n$/);
    const again = JSON.parse((await plan('timings', '--csv', mine, '--json')).out) as { timings: number };
    expect(again.timings).to.equal(2);
    writeFileSync(join(folder, 'check.json'), '{"rows":[]}');
    expect((await plan(...check)).err).to.match(/tells no streamed answer with its tokens and times/);
    expect((await plan(...check, '--out', mine)).err).to.match(/mine\.csv: is there already; accepted: the name of a new file/);
    expect((await plan(join(folder, 'nowhere.yaml'))).err).to.match(/nowhere\.yaml: no such file$/);
    expect((await plan('timings')).err).to.match(/no timings; accepted: --csv, --results, --check or --published/);
  }); // prettier-ignore

  it('takes the calls of a sweep with what of their prompts was cached, the middle one of those alike, and refuses in its own words', async () => {
    const results = join(folder, 'results');
    const call = (firstTokenUs: number, lastTokenUs: number, more = {}): object => ({ firstTokenUs, lastTokenUs, ...more });
    madeTrace(results, 'hft-a', { calls: [call(2100, 5100), call(3100, 9100), call(2600, 7100), call(600, 2100, { promptTokens: 50, cachedTokens: 0 })] });
    const mine = join(folder, 'swept.csv');
    const from = ['timings', '--results', results, '--device', 'tickbench-thread', '--model'];
    const { code, err, out } = await plan(...from, 'models/tb-1m', '--out', mine);
    expect([code, err]).to.deep.equal([0, '']);
    expect(out).to.match(/4 calls of models\/tb-1m in 2 rows, the middle one of those alike\s+4 timings \(4 measured, 0 published\)/);
    const lines = readFileSync(mine, 'utf8').trim().split('\n');
    expect(lines.slice(1)).to.deep.equal(['tickbench-thread,models/tb-1m,fp8,1,90,30,7,2.500,7.000', 'tickbench-thread,models/tb-1m,fp8,1,50,0,7,0.500,2.000']);
    expect((await plan(...from, 'models/tb-4m')).err).to.match(/^--results .*results: no call of models\/tb-4m with its tokens and times, but of one; accepted: results in which it was played by the embedded engine$/);
    expect((await plan('timings', '--results', results, '--model', 'models/tb-1m', '--device', 'H900')).err).to.match(/^--device: no device "H900" in the catalogue; accepted: A100/);
    expect((await plan('timings', '--results', join(folder, 'nowhere'), '--model', 'models/tb-1m', '--device', 'L4')).err).to.match(/^--results .*nowhere: no results of a sweep: traces: no such file/);
    expect((await plan('timings', '--results', results, '--model', 'tb-1m', '--device', 'L4')).err).to.match(/^--model: model "tb-1m": its shape is not known\. Accepted: a folder with its config\.json/);
    const mixed = { default: 'fp8', units: { 'layers.*.down': 'fp4' } };
    madeTrace(results, 'hft-b', { seat: { configuration: { endpoint: { kind: 'embedded', model: 'tb-1m', precision: mixed, threads: 1 } } }, calls: [call(2100, 5100), call(2000, 4000)] });
    expect((await plan(...from, 'models/tb-1m')).out.replace(/\s+/g, ' ')).to.include('4 calls of models/tb-1m in 2 rows, the middle one of those alike; 2 more under mixed maps, which a row cannot name, are passed over');
    writeFileSync(join(results, 'traces', 'hft-z.jsonl.gz'), 'no trace');
    expect((await plan(...from, 'models/tb-1m')).err).to.match(/^--results .*hft-z\.jsonl\.gz/);
  }); // prettier-ignore

  it('never plans with machines, times or money that it was not told', async () => {
    const refused = async (name: string, ...changes: [string, string][]): Promise<string> => (await plan(changed(name, ...changes))).err;
    expect(await refused('stages', ['{ B200-SXM: 2 }', '{ B200: 2 }'])).to.match(/available: no device "B200"; accepted: A100-80G-SXM, .*B200-SXM/);
    expect(await refused('published', ['stages:', 'available: { high: 0 }\nstages:'])).to.match(/available: machines are not counted where requests pay/);
    expect(await refused('published', ['        high: { ms: 45', '        constructor: { ms: 45'])).to.equal('');
    expect(await refused('stages', ['{ CPU-server: { ms: 40', '{ constructor: { ms: 40'])).to.match(/on\.constructor: is not in the catalogue, so that an hour of it has no price/);
    for (const limit of ['0', '-5', '.inf', '.nan']) expect(await refused('stages', ['limitMs: 600', `limitMs: ${limit}`]), limit).to.match(/stages\.limitMs:/);
    expect(await refused('stages', ['available: { B200-SXM: 2 }', 'available: { B200-SXM: 0, H100-SXM: 0, A100-80G-SXM: 0, L4: 0 }'])).to.match(/no placement meets the requirement/);
    const catalogue = readFileSync(join(packageRoot(), 'harness/planning/catalogue.yaml'), 'utf8');
    const wrong = async (from: string, to: string): Promise<string> => {
      expect(catalogue).to.include(from);
      writeFileSync(join(folder, 'catalogue.yaml'), catalogue.replace(from, to));
      return refused('seats', ['title:', 'catalogue: catalogue.yaml\ntitle:']);
    };
    expect(await wrong('bandwidthGigabytesPerSecond: 2039', 'bandwidthGigabytesPerSecond: 0')).to.match(/A100-80G-SXM\.bandwidthGigabytesPerSecond: /);
    expect(await wrong('anHour: 1.5', 'anHour: -1.5')).to.match(/A100-80G-SXM\.price\.anHour: /);
    expect(await wrong("date: '2026-11-30', is", "date: '2026-02-31', is")).to.match(/price\.date: a day as YYYY-MM-DD/);
    expect(await wrong("date: '2026-11-30', ", '')).to.match(/A100-80G-SXM\.price\.date: /);
  }); // prettier-ignore
});
