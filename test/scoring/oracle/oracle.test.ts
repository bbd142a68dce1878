/** The oracle against a world whose values are known by hand. */
import { expect } from 'chai';
import { bestAndWorst, Oracle, OracleError, positionKey, sampleDecisions, valueDecisions } from '../../../scoring/oracle/oracle.js';
import { quality } from '../../../scoring/figures/quality.js';
import { reseeds, TICK, toy, toyDecisions, toyTrace } from './toy.js';

describe('oracle', () => {
  it('knows the best and worst action and the exact quality', () => {
    const trace = toyTrace([
      { observedAt: TICK, latencyUs: 2 * TICK, press: 'A' },
      { observedAt: 4 * TICK, latencyUs: TICK, press: 'B' },
      { observedAt: 6 * TICK, latencyUs: TICK, press: 'none' },
    ]);
    const valued = valueDecisions(toy, trace, toyDecisions(trace));
    expect(valued.map((each) => each.decided)).to.deep.equal([
      { value: 10_000, best: 10_000, worst: -10_000 },
      { value: -10_000, best: 10_000, worst: -10_000 },
      { value: 0, best: 10_000, worst: -10_000 },
    ]);
    // (20 + 0 + 10) / 60
    expect(quality([valued.map((each) => each.decided)]).value).to.equal(0.5);
  });

  it('values the action anew in the state it landed in, and charges what the delay cost', () => {
    // Observed at light A, landed at light B (from 100 ms on): +10 at once, -10 late.
    const trace = toyTrace([{ observedAt: 8 * TICK, latencyUs: 3 * TICK, press: 'A' }]);
    const [valued] = valueDecisions(toy, trace, toyDecisions(trace));
    expect(valued!.decided.value).to.equal(10_000);
    expect(valued!.landed).to.deep.equal({ value: -10_000, best: 10_000, worst: -10_000 });
    expect(valued!.latencyCost).to.equal(20_000);
  });

  it('charges the whole value of an action that would land past the horizon', () => {
    const trace = toyTrace([{ observedAt: TICK, latencyUs: 40 * TICK, press: 'A' }]);
    expect(valueDecisions(toy, trace, toyDecisions(trace))[0]!.latencyCost).to.equal(10_000);
  });

  it('counts a rejected and a missed decision as the standing order', () => {
    const trace = toyTrace([
      { observedAt: TICK, latencyUs: TICK, outcome: 'reject' },
      { observedAt: 3 * TICK, latencyUs: TICK, outcome: 'miss' },
    ]);
    const valued = valueDecisions(toy, trace, toyDecisions(trace));
    expect(valued.map((each) => each.outcome)).to.deep.equal(['reject', 'miss']);
    for (const each of valued) expect(each.decided).to.deep.equal({ value: 0, best: 10_000, worst: -10_000 });
    expect(valued.map((each) => each.latencyCost)).to.deep.equal([0, 0]);
  });

  it('never plays the realised future: a gamble that really won is still a loss on average', () => {
    const values: number[] = [];
    for (let seed = 1; values.length < 12; seed++) {
      const trace = toyTrace([{ observedAt: TICK, latencyUs: TICK, press: 'gamble' }], seed);
      if (trace.footer!.results.reward[0] !== 24) continue;
      reseeds.length = 0;
      values.push(valueDecisions(toy, trace, toyDecisions(trace))[0]!.decided.value);
      expect(reseeds.length).to.be.greaterThan(0);
      expect(Math.min(...reseeds)).to.be.at.least(2 ** 40);
      expect(reseeds).not.to.include(seed);
    }
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).to.be.within(-6000, 0);
  });

  it('gives all candidates of a position the same futures, and other positions other ones', () => {
    const oracle = new Oracle(toy, toy.parseOptions({}), 1);
    const world = toy.create(toy.parseOptions({}), 1);
    const position = { snapshot: world.snapshot(), state: world.observe(0), at: 0, seat: 0, key: positionKey(1, 0, 0) };
    reseeds.length = 0;
    oracle.valueCandidates(position);
    const drawn = new Set(reseeds);
    expect(drawn.size).to.equal(toy.oracle.futures);
    expect(reseeds.length).to.equal(4 * toy.oracle.futures);
    reseeds.length = 0;
    oracle.valueCandidates({ ...position, key: positionKey(1, TICK, 0) });
    expect(reseeds.some((seed) => drawn.has(seed))).to.equal(false);
  });

  it('plays each future against one of the mixture, the same for every candidate, and each entry equally often', () => {
    const names = ['idle', 'keen', 'wrong'];
    const played: string[] = [];
    const bots = toy.bots.map((bot) => ({
      ...bot,
      create: (settings: Parameters<typeof bot.create>[0]) => {
        played.push(`${bot.name} ${settings.errorPermille}`);
        return bot.create(settings);
      },
    }));
    const mixture = names.map((bot, i) => ({ bot, delayUs: TICK, ...(i === 1 && { errorPermille: 100 }) }));
    const task = { ...toy, bots, oracle: { ...toy.oracle, futures: 6, opponents: [mixture] } };
    const world = task.create(task.parseOptions({ seats: 2 }), 1);
    const position = { snapshot: world.snapshot(), state: world.observe(0), at: 0, seat: 0, key: positionKey(1, 0, 0) };
    new Oracle(task, task.parseOptions({ seats: 2 }), 1).chooseCandidates(position);
    // The own seat goes on as `idle`; the other is the mixture's entries in turn, in each half of the futures.
    const others = played.filter((_, i) => i % 2 === 1);
    // Each future is gone through by all four candidates before the next.
    expect(others).to.deep.equal(['idle 0', 'keen 100', 'wrong 0'].flatMap((player) => Array.from({ length: 4 }, () => player)));
  });

  it('gives the same values whichever other decisions are valued, and leaves the world as it was', () => {
    const moves = Array.from({ length: 12 }, (_, i) => ({
      observedAt: (1 + 4 * i) * TICK,
      latencyUs: (1 + (i % 3)) * TICK,
      press: (['A', 'B', 'gamble'] as const)[i % 3],
    }));
    const trace = toyTrace(moves, 5);
    const decisions = toyDecisions(trace);
    const all = valueDecisions(toy, trace, decisions);
    const some = sampleDecisions(decisions, 4, 9);
    expect(some.length).to.equal(4);
    expect(valueDecisions(toy, trace, some)).to.deep.equal(all.filter((each) => some.some((one) => one.seq === each.seq)));
    expect(sampleDecisions(decisions, 4, 9)).to.deep.equal(some);
    expect(sampleDecisions(decisions, 4, 10)).not.to.deep.equal(some);
    expect(sampleDecisions(decisions, 99, 9)).to.deep.equal(decisions);
  });

  it('never calls best what loses against doing nothing, nor worst what gains, on the half that did not choose', () => {
    expect(bestAndWorst([0, 5, -5], [0, 4, -4])).to.deep.equal({ best: 1, worst: 2 });
    expect(bestAndWorst([0, 5, -5], [0, -1, 1])).to.deep.equal({ best: 0, worst: 0 });
    const world = toy.create(toy.parseOptions({}), 3);
    const gambles = new Set<number>();
    for (let at = 0; at < 40 * TICK; at += TICK) {
      world.advance(at);
      const oracle = new Oracle(toy, toy.parseOptions({}), 3, 2);
      const position = { snapshot: world.snapshot(), state: world.observe(0), at, seat: 0, key: positionKey(3, at, 0) };
      const { value, best, worst } = oracle.valueCandidates(position);
      expect(value[best]).to.be.at.least(0);
      expect(value[worst]).to.be.at.most(0);
      for (const action of oracle.candidates(position.state)) {
        const stakes = oracle.stakes(position, action);
        expect(stakes.best).to.be.at.least(0);
        expect(stakes.worst).to.be.at.most(0);
        if (action.plan.press !== 'gamble') continue;
        gambles.add(stakes.value);
      }
    }
    // One future chose; three valued: a gamble of -12 or 24 was worth their mean.
    expect([...gambles].sort((a, b) => a - b)).to.deep.equal([-12_000, 0, 12_000, 24_000]);
  });

  it('refuses a trace of other rules and an odd number of futures', () => {
    const trace = toyTrace([], 1, { rules: 'toy.0' });
    expect(() => valueDecisions(toy, trace, [])).to.throw(OracleError, /toy\.0/);
    expect(() => new Oracle(toy, toy.parseOptions({}), 1, 3)).to.throw(OracleError, /accepted/);
  });
});
