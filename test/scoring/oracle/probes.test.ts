/** Probe banks on the toy world: built, rebuilt, valued, refused. */
import { expect } from 'chai';
import { runBotProbes, runProbes } from '../../../harness/oracle/probe.js';
import { buildBank, type BankRecipe } from '../../../scoring/oracle/bank-builder.js';
import { parseProbeBank, ProbeError, PROBE_SEEDS_FROM, probeParts, Probes, qualityBySituation } from '../../../scoring/oracle/probes.js';
import { ratioOfSums } from '../../../scoring/statistics/ratios.js';
import { TICK, toy } from './toy.js';

const recipe: BankRecipe = {
  matches: [0, 1, 2, 3].map((i) => ({
    seed: PROBE_SEEDS_FROM + i,
    options: { seats: 2 },
    seats: [
      { bot: 'keen', delayUs: 2 * TICK, errorPermille: 250 },
      { bot: 'idle', delayUs: TICK, errorPermille: 500 },
    ],
    probedSeat: i % 2,
  })),
  playUs: 800_000,
  kept: 3,
  drawn: 6,
  futures: 32,
};

describe('probe bank', () => {
  const bank = buildBank(toy, recipe);
  const parsed = { ...parseable(bank), task: bank.task };

  /** As a file would give it back. The toy's name is no task's, so only the rest goes through the schema. */
  function parseable(raw: typeof bank) {
    return parseProbeBank(JSON.parse(JSON.stringify({ ...raw, task: 'hft' })));
  }

  it('is the same each time, and survives its file', () => {
    expect(buildBank(toy, recipe)).to.deep.equal(bank);
    expect(JSON.stringify(parsed)).to.equal(JSON.stringify(bank));
    expect(bank.entries.length).to.equal(12);
    // The first states come from different matches: a short look at a bank is still a broad one.
    expect(new Set(bank.entries.slice(0, 4).map((entry) => entry.match)).size).to.equal(4);
  });

  it('rebuilds every state exactly and gives the same values again', () => {
    const probes = new Probes(toy, parsed);
    expect(probes.probes.length).to.equal(12);
    probes.probes.forEach(({ entry, text }, i) => {
      const { choose, value } = probes.revalue(i);
      expect([choose, value]).to.deep.equal([entry.choose, entry.value]);
      expect(text).to.match(/^light [AB]$/);
      // Pressing the light that is on is best, the other one worst; candidates are none, A, B, gamble.
      const on = text.endsWith('A') ? 1 : 2;
      expect([entry.best, entry.worst]).to.deep.equal([on, 3 - on]);
    });
  });

  it('looks listed answers up and values others in the same futures', () => {
    const probes = new Probes(toy, parsed, 1);
    const [entry] = parsed.entries;
    const gamble = probes.stakes(0, { plan: { press: 'gamble' } });
    expect(gamble.value).to.equal(entry!.value[3]);
    const shorter = { ...parsed, entries: [{ ...entry!, candidates: entry!.candidates.slice(0, 3) }] };
    expect(new Probes(toy, shorter).stakes(0, { plan: { press: 'gamble' } })).to.deep.equal(gamble);
  });

  it('draws from every kind of situation, and lets each state count as often as its kind occurs', () => {
    // One tick in ten shows a score of its own kind; drawn evenly, both kinds are there, and the weights restore the shares.
    const occurred = new Map<string, number>();
    const kind = ({ tick }: { tick: number }): string => (tick % 10 < 2 ? 'rare' : 'usual');
    const stratum = (state: { tick: number }): string => {
      occurred.set(kind(state), (occurred.get(kind(state)) ?? 0) + 1);
      return kind(state);
    };
    const drawn = buildBank(toy, { ...recipe, kept: 6, stratum });
    const of = (name: string) => drawn.entries.filter((entry) => entry.stratum === name);
    expect(Math.abs(of('rare').length - of('usual').length)).to.be.at.most(2);
    const share = (name: string, by: (entry: (typeof drawn.entries)[number]) => number): number =>
      of(name).reduce((sum, entry) => sum + by(entry), 0);
    const weighed =
      share('rare', (entry) => entry.weight!) / (share('rare', (entry) => entry.weight!) + share('usual', (entry) => entry.weight!));
    expect(weighed).to.be.closeTo(occurred.get('rare')! / (occurred.get('rare')! + occurred.get('usual')!), 0.01);
    expect(parseable(drawn).entries).to.deep.equal(drawn.entries);
    // Quality is the weighted ratio of sums: wrong on what is rare costs its share and no more.
    const probes = new Probes(toy, drawn).probes;
    const stakes = probes.map(({ entry }) => ({ value: entry.stratum === 'rare' ? 0 : 10, best: 10, worst: 0 }));
    expect(ratioOfSums(probeParts(probes, stakes)).value).to.be.closeTo(1 - weighed, 1e-9);
  });

  it('values states by the families it names, and tells what the task’s own oracle says beside', () => {
    const families = [
      { continuation: { bot: 'wrong', delayUs: TICK }, opponents: [[{ bot: 'idle', delayUs: TICK }]] },
      { continuation: { bot: 'keen', delayUs: 3 * TICK }, opponents: [[{ bot: 'keen', delayUs: TICK, errorPermille: 10 }]] },
    ];
    const judged = buildBank(toy, { ...recipe, families });
    const probes = new Probes(toy, { ...parseable(judged), task: judged.task });
    probes.probes.forEach(({ entry }, i) => {
      const { choose, value } = probes.revalue(i);
      expect([choose, value]).to.deep.equal([entry.choose, entry.value]);
      const plain = bank.entries.find(({ id }) => id === entry.id)!;
      if (plain) expect(entry.trained).to.deep.equal({ value: plain.value, best: plain.best, worst: plain.worst });
      expect(probes.trainedStakes(i, { plan: { press: 'A' } })!.value).to.equal(entry.trained!.value[1]);
    });
    expect(new Probes(toy, parsed).trainedStakes(0)).to.equal(undefined);
    expect(ratioOfSums(runBotProbes(probes, { bot: 'keen', seed: 1 }).trainedParts!).value).to.equal(1);
    expect(runBotProbes(probes, { bot: 'keen', seed: 1, ownValuesOnly: true })).to.not.have.property('trainedParts');
    expect(() => buildBank(toy, { ...recipe, futures: 6, families })).to.throw(/shared out among 2 families/);
  });

  it('gives bots their exact quality', () => {
    const probes = new Probes(toy, parsed);
    const qualityOf = (bot: string) => ratioOfSums(runBotProbes(probes, { bot, seed: 1 }).parts);
    expect(qualityOf('keen').value).to.equal(1);
    expect(qualityOf('wrong').value).to.equal(0);
    expect(qualityOf('idle').value).to.equal(0.5);
    expect(qualityOf('idle').n).to.equal(4);
    expect(() => runBotProbes(probes, { bot: 'nobody', seed: 1 })).to.throw(/it has idle, keen, wrong/);
  });

  it('splits quality by the kinds of situation that the task tells apart', () => {
    const telling = { ...toy, situation: (state: { light: string }) => (state.light === 'A' ? 'A is on' : undefined) };
    const probes = new Probes(telling, parsed);
    const always = probes.probes.map((_, i) => probes.stakes(i, { plan: { press: 'A' } }));
    const [split, ...others] = qualityBySituation(probes, always);
    expect(others).to.deep.equal([]);
    expect(split).to.include({ situation: 'A is on', asked: probes.probes.filter(({ text }) => text === 'light A').length });
    expect(split!.quality.value).to.equal(1);
    expect(runBotProbes(probes, { bot: 'wrong', seed: 1 }).situations[0]!.quality.value).to.equal(0);
    expect(runBotProbes(new Probes(toy, parsed), { bot: 'wrong', seed: 1 }).situations).to.deep.equal([]);
  });

  it('asks a model with the world stopped; no action counts as the standing order', async () => {
    const probes = new Probes(toy, parsed);
    const asked: string[] = [];
    const run = await runProbes(probes, async (text) => {
      asked.push(text);
      if (asked.length % 2) return { rejected: 'said hello', latencyUs: 7 };
      return { action: { plan: { press: text === 'light A' ? 'A' : 'B' } }, latencyUs: 9 };
    });
    expect(asked).to.deep.equal(probes.probes.map((probe) => probe.text));
    expect([run.asked, run.rejected]).to.deep.equal([12, 6]);
    expect(ratioOfSums(run.parts).value).to.be.closeTo(0.75, 0.05);
    expect(run.answers[0]).to.include({ answer: null, rejected: 'said hello', latencyUs: 7, value: 0 });
    expect(run.answers[1]).to.include({ latencyUs: 9, value: 10_000, best: 10_000, worst: -10_000 });
  });

  it('lets a failing endpoint end the run instead of counting as a bad answer', async () => {
    const gone = runProbes(new Probes(toy, parsed, 2), () => Promise.reject(new Error('refused')));
    let message = '';
    await gone.catch((error: Error) => (message = error.message));
    expect(message).to.equal('refused');
  });

  it('refuses other rules, states that differ, seeds that are not reserved, and broken files', () => {
    expect(() => new Probes(toy, { ...parsed, rules: 'toy.0' })).to.throw(ProbeError, /build the bank again/);
    const [first, ...rest] = parsed.entries;
    const tampered = { ...parsed, entries: [{ ...first!, at: first!.at + TICK }, ...rest] };
    expect(() => new Probes(toy, tampered)).to.throw(ProbeError, /digest/);
    const low = { ...recipe, matches: [{ ...recipe.matches[0]!, seed: 5 }] };
    expect(() => buildBank(toy, low)).to.throw(ProbeError, /9000000/);
    expect(() => parseProbeBank({ ...JSON.parse(JSON.stringify(bank)), task: 'hft', entries: [{}] })).to.throw(ProbeError, /entries\.0/);
    const broken = (change: (copy: typeof bank) => void): (() => unknown) => {
      const copy = { ...(JSON.parse(JSON.stringify(bank)) as typeof bank), task: 'hft' };
      change(copy);
      return () => parseProbeBank(copy);
    };
    const other = (place: number, value: unknown) => (copy: typeof bank) => ((copy.matches[1]!.landings[2] as unknown[])[place] = value);
    for (const [place, value] of [
      [0, -1],
      [0, 2 ** 53],
      [1, 0.5],
      [3, null],
      [4, 0],
    ] as const)
      // prettier-ignore
      expect(broken(other(place, value))).to.throw(ProbeError, /matches\.1\.landings\.2: not \[at, seat, action, latency\]/);
    expect(broken((copy) => (copy.matches[0]!.landings = {} as never))).to.throw(ProbeError, /matches\.0\.landings: no list/);
    expect(broken((copy) => (copy.entries[1]!.value[0] = 'much' as never))).to.throw(
      ProbeError,
      /entries\.1\.value: no list of whole numbers/,
    );
  });
});
