/** What matches asked of their servers: tokens, reuse, first tokens, and how long nothing was asked. */
import { expect } from 'chai';
import { workload, workloadOf } from '../../../scoring/figures/workload.js';
import type { Telemetry, Trace, TraceEvent } from '../../../scoring/trace/trace.js';

/** A match of a second in which each decision took 100 ms, the next pushed 25 ms later. */
function match(telemetries: readonly (Telemetry | undefined)[]): Trace {
  const events = telemetries.flatMap((telemetry, i): TraceEvent[] => {
    const [seq, at] = [i + 1, i * 125_000];
    const landed = { seat: 0, seq, at: at + 100_000, latencyUs: 100_000, realUs: 5000, ...(telemetry ? { telemetry } : {}) };
    return [
      { kind: 'observe', seat: 0, seq, at, lateUs: 0 },
      i % 2 === 0
        ? { kind: 'act', ...landed, action: { plan: [] }, landing: { at: at + 100_000, accepted: true } }
        : { kind: 'reject', ...landed, reason: 'unparsed: no action' },
    ];
  });
  return { header: {}, events, footer: { results: { endedAt: 1_000_000 } } } as unknown as Trace;
}

describe('the workload of matches', () => {
  const told = (promptTokens: number, cachedTokens: number, completionTokens: number, firstTokenUs: number): Telemetry => ({
    ...{ promptTokens, cachedTokens, completionTokens, firstTokenUs, requestUs: 100 },
  });

  it('sums calls whose tokens were counted, whatever became of their answers, and the time in which nothing was asked', () => {
    const trace = match([told(200, 80, 5, 2100), told(100, 100, 3, 1100), { error: 'refused' }, undefined]);
    expect(workloadOf(trace, 0)).to.deep.equal({
      ...{ calls: 2, promptTokens: 300, cachedTokens: 180, answerTokens: 8, firstTokenUs: 3000, timedCalls: 2 },
      ...{ changedFirstTokenUs: 2000, changedCalls: 1 },
      ...{ openUs: 400_000, lengthUs: 1_000_000, decisions: 4, energy: null },
    });
    expect(workloadOf(match([{ error: 'refused' }]), 0)).to.equal(null);
    expect(workloadOf(trace, 1)).to.equal(null);
    // No server has more in its cache than it was asked, nor a first token before the request.
    expect(workloadOf(match([{ ...told(10, 99, 1, 50) }]), 0)).to.include({ cachedTokens: 10, timedCalls: 0 });
  });

  it('is told by means over calls with intervals over matches; shares stay shares', () => {
    const matches = [120, 140, 160].map((tokens) => workloadOf(match([told(tokens, tokens, 4, 1100), told(tokens, tokens, 6, 3100)]), 0)!);
    const { promptTokens, answerTokens, reuse, firstTokenUs, idle, calls } = workload(matches)!;
    expect([promptTokens.value, answerTokens.value, firstTokenUs.value, calls]).to.deep.equal([140, 5, 2000, 6]);
    expect(promptTokens.low!).to.be.below(120);
    expect(promptTokens.high!).to.be.above(160);
    expect([reuse.value, reuse.high]).to.deep.equal([1, 1]);
    expect(idle.value).to.be.closeTo(0.8, 1e-12);
    expect(workload([])).to.equal(undefined);
  });

  it('has power and energy of the matches whose hosts told all of theirs, a match and a decision', () => {
    const call = told(100, 0, 4, 1100);
    const taking = (uj: Record<string, number>[]): Trace => {
      const trace = match([call, call]);
      return {
        ...trace,
        events: [...trace.events, ...uj.map((each): TraceEvent => ({ kind: 'energy', at: 900_000, realUs: 500_000, uj: each }))],
      };
    };
    const traces = [4, 6, 8].map((joules) =>
      taking([{ 'package-0': joules * 500_000 }, { 'package-0': joules * 250_000, 'package-1': joules * 250_000 }]),
    );
    const { powerWatts, matchJoules, decisionJoules } = workload(
      [...traces, taking([]), taking([{ 'package-0': 9 }, {}])].map((trace) => workloadOf(trace, 0)!),
    )!;
    expect([powerWatts, matchJoules, decisionJoules].map(({ value, n }) => [value, n])).to.deep.equal([[6, 3], [6, 3], [3, 3]]); // prettier-ignore
    expect(matchJoules.low!).to.be.below(4);
    expect(decisionJoules.high!).to.be.above(4);
    expect(workload([workloadOf(taking([]), 0)!])!.matchJoules.value).to.equal(null);
    const apart = workload([1, 1, 40].map((joules) => workloadOf(taking([{ 'package-0': joules * 1e6 }]), 0)!))!;
    for (const { low, high } of [apart.powerWatts, apart.matchJoules, apart.decisionJoules]) {
      expect(low, 'no energy is below nothing').to.equal(0);
      expect(high).to.be.greaterThan(10);
    }
  });
});
