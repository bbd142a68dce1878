/** What an injected outage cost: reckoned by hand for short matches. */
import { expect } from 'chai';
import fc from 'fast-check';
import { recovery, recoveryFigures, recoveryOf } from '../../../scoring/figures/recovery.js';
import type { FailureKind, Trace, TraceEvent } from '../../../scoring/trace/trace.js';

const S = 1_000_000;

type Told = [from: number, to: number, what: 'act' | 'unparsed' | 'miss' | FailureKind];

/** A match of ten seconds with decisions from one second to another, and an outage between two others. */
function match(seed: number, reward: number, decisions: readonly Told[], outage?: { down?: number; up?: number }): Trace {
  const events = decisions.flatMap(([from, to, what], i): TraceEvent[] => {
    const landed = { seat: 0, seq: i + 1, at: to * S, latencyUs: (to - from) * S };
    const observed: TraceEvent = { kind: 'observe', seat: 0, seq: i + 1, at: from * S, lateUs: 0 };
    if (what === 'miss') return [observed, { kind: 'miss', ...landed }];
    if (what === 'act')
      return [observed, { kind: 'act', ...landed, realUs: 1, action: { plan: [] }, landing: { at: to * S, accepted: true } }];
    const failure = what === 'unparsed' ? {} : { failure: what };
    return [observed, { kind: 'reject', ...landed, realUs: 1, reason: what, ...failure }];
  });
  const { down, up } = outage ?? {};
  if (down !== undefined) events.push({ kind: 'outage', seat: 0, at: down * S, state: 'down' });
  if (up !== undefined) events.push({ kind: 'outage', seat: 0, at: up * S, state: 'up', realUs: ((up - down!) * S) / 5 });
  events.sort((a, b) => a.at - b.at);
  const seats = [{ name: 'a', kind: 'model', addedUs: 0, ...(outage ? { outage: { atUs: 3 * S } } : {}) }];
  const results = { over: true, endedAt: 10 * S, reward: [reward * 100], seats: [{}] };
  return { header: { seed, seats, options: {} }, events, footer: { results, verdict: { counts: true, reasons: [] } } } as unknown as Trace;
}

/** Killed at 3 s with a call in flight; two refused; back at 5.5 s; answered at 7 s, and a later failure is none of the outage's. */
const killed: readonly Told[] = [[1, 2, 'act'], [2, 3.5, 'dropped'], [4, 4.5, 'refused'], [5, 5.5, 'refused'], [6, 7, 'act'], [8, 9, 'http']]; // prettier-ignore
const task = { reward: { scale: 100, unit: '%', about: '' }, parseOptions: (options: unknown) => options };
const played = (trace: Trace): { trace: Trace; seat: number } => ({ trace, seat: 0 });

describe('the recovery from an injected outage', () => {
  it('lasts from the endpoint’s going to the first answer to an observation pushed afterwards', () => {
    const own = { recoveryUs: 4 * S, isCensored: false, lost: 3, downRealUs: 0.5 * S };
    expect(recoveryOf(match(1, 0, killed, { down: 3, up: 5.5 }), 0)).to.deep.equal(own);
    // An answer that cannot be played is an answer; one to what was asked before was on its way.
    const unplayable: Told[] = [[2, 3.2, 'act'], [4, 5, 'unparsed'], [6, 7, 'act']]; // prettier-ignore
    expect(recoveryOf(match(1, 0, unplayable, { down: 3, up: 3.5 }), 0)).to.deep.equal({
      ...{ recoveryUs: 2 * S, isCensored: false, lost: 0, downRealUs: 0.1 * S },
    });
  });

  it('is at least what was left of a match in which no answer came again, and is none where no outage was planned or came', () => {
    const silent: Told[] = [[1, 2, 'act'], [4, 5, 'refused'], [6, 9, 'miss']]; // prettier-ignore
    expect(recoveryOf(match(1, 0, silent, { down: 3 }), 0)).to.deep.equal({
      ...{ recoveryUs: 7 * S, isCensored: true, lost: 2, downRealUs: null },
    });
    expect(recoveryOf(match(1, 0, killed, {}), 0)).to.equal(null);
    const unplanned = match(1, 0, killed, { down: 3, up: 5.5 });
    expect(recoveryOf({ ...unplanned, header: match(1, 0, []).header }, 0)).to.equal(null);
  });

  it('is the same whenever in the match it came, and never longer than what was left', () => {
    const kinds = fc.constantFrom<Told[2]>('act', 'unparsed', 'miss', 'refused');
    const steps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), took: fc.integer({ min: 1, max: 3 }), what: kinds }), { maxLength: 6 }); // prettier-ignore
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 }), (some, down, shift) => {
        const played = (by: number): Trace => {
          let at = by;
          const told = some.map(({ gap, took, what }): Told => [(at += gap), (at += took), what]);
          const trace = match(1, 0, told, { down: down + by, up: down + by + 1 });
          trace.footer!.results.endedAt = (60 + by) * S;
          return trace;
        };
        const own = recoveryOf(played(0), 0)!;
        expect(recoveryOf(played(shift), 0)).to.deep.equal(own);
        expect(own.recoveryUs).to.be.within(1, (60 - down) * S);
        expect(own.lost).to.be.at.most(some.length);
        expect(own.isCensored).to.equal(own.recoveryUs === (60 - down) * S);
      }),
    );
  });

  it('is told with intervals over matches, and what it cost over the seeds that were played both ways', () => {
    const disturbed = [1, 2, 3, 4].map((seed) => match(seed, seed, killed, { down: 3, up: 5.5 + seed / 10 }));
    const undisturbed = [2, 3, 4, 5].map((seed) => match(seed, seed + [0.5, 1, 1.5][seed % 3]!, killed));
    const spared = match(6, 0, [[1, 2, 'act']], {});
    const voided = { ...disturbed[0]!, footer: { ...disturbed[0]!.footer!, verdict: { counts: false, reasons: ['x'] } } };
    const told = recovery(task, [...disturbed, spared, voided].map(played), undisturbed.map(played));
    expect(told).to.include({ matches: 4, unrecovered: 0, spared: 1, voided: 1 });
    const { recoveryMs, outageRealMs, decisionsLost, rewardLost } = recoveryFigures(told);
    // Values without any spread tell no interval.
    expect(recoveryMs).to.deep.equal({ value: 4000, low: null, high: null, n: 4 });
    expect(decisionsLost).to.deep.equal({ value: 3, low: null, high: null, n: 4 });
    expect(outageRealMs.value).to.be.closeTo(550, 1e-9);
    expect(outageRealMs.low!).to.be.within(500, 549);
    // Seeds 2, 3 and 4: 1.5, 0.5 and 1 more where nothing was taken away.
    expect(rewardLost.value).to.be.closeTo(1, 1e-9);
    expect(rewardLost.n).to.equal(3);
    expect([rewardLost.low! < 0, rewardLost.high! > 2]).to.deep.equal([true, true]);
  });

  it('has no interval at two matches, and only a lower bound where one was never answered again', () => {
    const two = recovery(task, [1, 2].map((seed) => played(match(seed, 0, killed, { down: 3, up: 5 + seed }))), [1, 2].map((seed) => played(match(seed, seed, killed)))); // prettier-ignore
    for (const figure of Object.values(recoveryFigures(two))) expect([figure.low, figure.high, figure.n]).to.deep.equal([null, null, 2]);
    const silent = match(3, 0, [[1, 2, 'act']], { down: 3 });
    const told = recovery(task, [1, 2].map((seed) => match(seed, 0, killed, { down: 3, up: 5 })).concat(silent).map(played), []); // prettier-ignore
    expect(told.unrecovered).to.equal(1);
    expect(told.recoveryUs).to.include({ value: 5 * S, high: null, atLeast: true });
    // What never came back is in no mean, so that the mean of the others is no more than a bound; and what was lost until the end is not all.
    expect(told.downRealUs).to.include({ n: 2, high: null, atLeast: true });
    expect(told.lost).to.include({ n: 3, high: null, atLeast: true });
    expect(told.rewardLost.value).to.equal(null);
  });
});
