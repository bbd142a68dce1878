/** The realism gate as a whole: its bands, its judgement and its command. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { Market } from '../../../../envs/hft/market.js';
import { parseOptions, PRESETS } from '../../../../envs/hft/options.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { recordMarket, recordMarkets } from '../../../../harness/market/check.js';
import { FACTS, NEEDED, standing, within, type Part, type Standing } from '../../../../scoring/hft/realism/bands.js';
import { check, type Check } from '../../../../scoring/hft/realism/check.js';
import type { Metaorder } from '../../../../scoring/hft/realism/metaorders.js';
import type { MarketRecord } from '../../../../scoring/hft/realism/record.js';
import { MEASURES } from '../../../../scoring/hft/realism/measures.js';

function tickbench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), 'market', 'check', ...args], (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('the realism gate', () => {
  it('has fifteen facts, each part with its measure, a band and a source', () => {
    expect(FACTS).to.have.length(15);
    expect(new Set(FACTS.map((fact) => fact.id)).size).to.equal(15);
    for (const fact of FACTS) {
      expect(MEASURES[fact.id], fact.id).to.have.length(fact.parts.length);
      expect(fact.source).to.match(/\d{4}/);
      for (const part of fact.parts) expect(part.low).to.be.lessThan(part.high);
    }
  });

  it('bounds belong to a band unless it is open', () => {
    const part = { name: '', unit: '', low: 0, high: 1 };
    expect([0, 1, 1.01].map((value) => within(part, value))).to.deep.equal([true, true, false]);
    expect([0, 0.5, 1].map((value) => within({ ...part, open: true }, value))).to.deep.equal([false, true, false]);
  });

  it('judges by intervals: out is what lies outside whole, and a claim about a sign wants the whole interval', () => {
    const part: Part = { name: '', unit: '', low: 0, high: 1 };
    const measured = (low: number | null, value: number | null, high: number | null) => ({ low, value, high });
    const cases: [Part, ReturnType<typeof measured>, string][] = [
      [part, measured(0.2, 0.5, 0.8), 'in'],
      [part, measured(-0.2, 0.5, 0.8), 'reaches'],
      [part, measured(0.9, 1.2, 1.5), 'reaches'],
      [part, measured(0.1, 0.6, 1.1), 'reaches'],
      [part, measured(-5, 3, 11), 'untold'],
      [part, measured(-0.01, 0.5, 1.01), 'untold'],
      [part, measured(1.1, 9, 17), 'out'],
      [{ ...part, high: Infinity, open: true }, measured(-0.1, 0.5, 0.8), 'untold'],
      [part, measured(1.1, 1.2, 1.3), 'out'],
      [part, measured(-0.3, -0.2, -0.1), 'out'],
      [part, measured(null, 0.5, null), 'untold'],
      [part, measured(null, 1.5, null), 'untold'],
      [part, measured(null, null, null), 'out'],
      [{ ...part, whole: true }, measured(-0.1, 0.5, 0.8), 'out'],
      [{ ...part, whole: true }, measured(0.1, 0.5, 0.8), 'in'],
      [{ ...part, open: true }, measured(-1, -0.5, 0), 'out'],
      [{ ...part, high: Infinity, open: true, whole: true }, measured(0.1, 9, 99), 'in'],
    ];
    for (const [band, estimate, expected] of cases) expect(standing(band, estimate), JSON.stringify(estimate)).to.equal(expected);
  });

  it('does not let a market pass by being looked at less: of a few minutes most facts cannot be told', () => {
    const records = [1, 2, 3, 4].map((seed) => recordMarket('stressed', seed, 600));
    const { facts, ok, inBand, whole, untold } = check('stressed', records);
    expect(ok).to.equal(false);
    expect(untold).to.be.above(3);
    expect(whole).to.be.at.most(inBand);
    // Where nothing of a fact is told, it is neither out nor counted.
    const none = facts.filter(({ parts }) => parts.every((part) => part.standing === 'untold'));
    for (const fact of none) expect(fact.in, fact.id).to.equal(false);
    // One seed has no interval, and so no fact.
    expect(check('stressed', records.slice(0, 1))).to.include({ ok: false, inBand: 0 });
  });

  it('records the same on however many cores', async () => {
    const seeds = [4, 2, 9];
    const here = seeds.map((seed) => recordMarket('small-tick', seed, 20));
    const seen: number[] = [];
    for (const workers of [1, 2])
      expect(await recordMarkets('small-tick', seeds, 20, { workers, onProgress: (done) => seen.push(done) })).to.deep.equal(here);
    expect(seen).to.deep.equal([1, 2, 3, 1, 2, 3]);
  });

  it('leaves the market as it is without phantoms, whose orders are its placebo', () => {
    const record = recordMarket('small-tick', 3, 120);
    const market = new Market(parseOptions({ durationUs: 120_000_000, market: { kind: 'synthetic', preset: 'small-tick' } }), 3);
    const mids = [market.exchange.mid2()];
    for (let second = 1; second <= 120; second++) {
      market.advance(second * 1_000_000 - 1);
      market.advance(second * 1_000_000);
      mids.push(market.exchange.mid2());
    }
    expect([...record.mid2]).to.deep.equal(mids);
    expect(record.placebo.length).to.be.above(record.metaorders.length);
  });

  it('takes metaorders without impact for a finding, not for a failure to measure', () => {
    const nothing = [1, 2, 3].map((seed): MarketRecord => {
      const orders = (count: number, impactBp: number): Metaorder[] =>
        Array.from({ length: count }, (_, i) => ({ shares: 1 + (i % 64), durationUs: 1e6, impactBp, laterBp: 0 }));
      return { ...recordMarket('small-tick', seed, 30), metaorders: orders(640, 3), placebo: orders(6400, 4) };
    });
    const impact = check('small-tick', nothing).facts.find(({ id }) => id === 'impact')!;
    expect(impact.parts[0]!.estimate.value).to.be.closeTo(-1, 1e-9);
    expect(impact.parts.slice(1).map((part) => part.estimate.value)).to.deep.equal([null, null]);
    expect(impact).to.include({ measured: true, in: false });
  });

  it('asks the spread of large-tick only, and wants every part of a fact', () => {
    const records = [1, 2].map((seed) => recordMarket(PRESETS[0], seed, 400));
    const small = check('small-tick', records);
    expect([small.applicable, check('large-tick', records).applicable]).to.deep.equal([13, 14]);
    for (const { id, in: isIn, parts } of small.facts) {
      const has = (standing: Standing): boolean => parts.some((part) => part.standing === standing);
      expect(isIn, id).to.equal(!has('out') && (has('in') || has('reaches')));
    }
    expect(small.inBand).to.equal(small.facts.filter((fact) => fact.applies && fact.in).length);
    expect(small.ok).to.equal(small.inBand >= NEEDED && small.facts.every((fact) => !fact.applies || fact.measured));
  });

  it('prints one JSON object, the same each time, and its status tells the outcome', async () => {
    const args = [PRESETS[0], '--seeds', '2', '--minutes', '0.5', '--json'];
    const [one, two] = await Promise.all([tickbench(...args), tickbench(...args)]);
    expect(one.out).to.equal(two.out);
    const result = JSON.parse(one.out) as Check;
    expect(result.facts).to.have.length(15);
    expect(result.seeds).to.deep.equal([1, 2]);
    expect(result.secondsPerSeed).to.equal(30);
    expect(one.code).to.equal(result.ok ? 0 : 1);
    const volatility = result.facts.find((fact) => fact.id === 'volatility')!.parts[0]!;
    expect(volatility.samples).to.equal(60);
    expect(volatility.estimate.low).to.be.lessThan(volatility.estimate.value!);
    const long = result.facts.find((fact) => fact.id === 'kurtosis')!.parts[2]!;
    expect(long, 'half a minute has no return over 300 s').to.deep.include({ standing: 'out', samples: 0, widths: null });
    expect(long.estimate.value).to.equal(null);
  });

  it('prints a table, and says what it accepts', async () => {
    const table = await tickbench(PRESETS[0], '--seeds', '1', '--minutes', '0.2');
    expect(table.out)
      .to.include('latency races')
      .and.to.match(/\b0 of 13 facts in band/)
      .and.to.match(/Of \d+ facts parts could not be told: one seed has no\s+intervals/);
    // Each fact that fails, and each that counts neither way, with its reason; the terminal's width breaks lines anywhere.
    expect(table.out.replace(/\s+/g, ' '))
      .to.include('Not in band: fleeting orders (nothing could be told); wanted: over 1/3 of')
      .and.to.include('Not in band: volatility (out: 60 s, not measured); wanted: sd 3-5.6 bp')
      .and.to.include('Not asked: spread of a large-tick market, which is about large-tick.')
      .and.to.include('Not judged: Hawkes branching ratio: the band is of counts in long windows');
    expect(table.out.match(/^Not in band: /gm)).to.have.length(13);
    const long = await tickbench(PRESETS[0], '--minutes', '1441');
    expect(long).to.deep.include({ code: 1, out: '' });
    expect(long.err).to.include('--minutes 1441: accepted: from one second to a day (1440)');
    const wrong = await tickbench('nonsense');
    expect(wrong.code).to.equal(1);
    expect(wrong.err).to.include(`accepted: ${PRESETS.join(', ')}`);
  });
});
