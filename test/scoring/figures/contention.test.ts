/** What agents that ask one endpoint at once get of it, against figures that were worked out by hand. */
import { expect } from 'chai';
import { contentionFigures } from '../../../scoring/figures/contention.js';
import type { PlayedSeat } from '../../../scoring/figures/latency.js';
import type { Contention } from '../../../scoring/trace/contention.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

const TASK = { reward: { scale: 100, unit: 'points', about: '' }, parseOptions: () => ({}) } as unknown as Parameters<
  typeof contentionFigures
>[0];

interface Told {
  seed: number;
  contention: Contention;
  /** Latencies of its decisions in real milliseconds, one after another. */
  ms: number[];
  reward?: number;
  endMs?: number;
  counts?: boolean;
}

/** A match at twice life: a real millisecond is two of the world. */
function match({ seed, contention, ms, reward = 0, endMs = 1000, counts = true }: Told): PlayedSeat {
  let at = 0;
  const events = ms.flatMap((real, i): TraceEvent[] => {
    const [seq, latencyUs] = [i + 1, real * 2000];
    const observed: TraceEvent = { kind: 'observe', seat: 0, seq, at, lateUs: 0 };
    at += latencyUs;
    return [
      observed,
      { kind: 'act', seat: 0, seq, at, latencyUs, realUs: real * 1000, action: { plan: [] }, landing: { at, accepted: true } },
    ];
  });
  const header = { seed, contention, speed: 2, options: {}, seats: [{ kind: 'model' }] };
  const footer = { results: { endedAt: endMs * 2000, reward: [reward * 100] }, verdict: { counts, reasons: [] } };
  return { trace: { header, events, footer } as unknown as Trace, seat: 0 };
}

/** A group of agents on neighbouring seeds. @param ms of each agent */
function group(agents: number, number: number, ms: number[][], more: Partial<Told>[] = []): PlayedSeat[] {
  return ms.map((each, agent) => {
    const contention = { agents, agent, group: number, run: `${agents}-${number}`, ...more[agent]?.contention };
    return match({ seed: number * agents + agent, ms: each, ...more[agent], contention });
  });
}

describe('contention', () => {
  const alone = [0, 1, 2, 3, 4, 5].flatMap((seed) => group(1, seed, [[100, 100, 100, 100]]));
  const pairs = [0, 1, 2].flatMap((number) => group(2, number, [[200, 200], [200 + number * 10, 200]], [{ reward: 1 }, { reward: number }])); // prettier-ignore

  it('tells latency, reward, rates and evenness by number of agents, with the group as the unit of sampling', () => {
    const [one, two] = contentionFigures(TASK, [...pairs, ...alone]);
    expect([one!.agents, one!.groups, two!.agents, two!.groups, two!.left]).to.deep.equal([1, 6, 2, 3, 0]);
    // 4 answers in the second of each.
    expect(one!.figures.decisionsPerSecond).to.include({ value: 4, n: 6 });
    expect(one!.figures.latencyP50Ms.value).to.equal(100);
    expect(one!.figures.jain.value).to.equal(null);
    expect([two!.figures.decisionsPerSecond.value, two!.figures.decisionsPerSecondInAll.value]).to.deep.equal([2, 4]);
    expect(two!.figures.latencyP50Ms).to.include({ value: 200, n: 3 });
    // Sums of waiting by group are 800, 810 and 820 ms, of 4 answers each.
    expect(two!.figures.latencyMeanMs.value).to.be.closeTo(202.5, 1e-9);
    expect(two!.figures.reward).to.include({ value: 1, n: 3 }); // means 0.5, 1, 1.5
    expect(two!.figures.reward.low).to.be.below(1);
    expect(two!.figures.jain).to.include({ value: 1, n: 3 });
  });

  it('tells what the others cost each agent, on the same seeds', () => {
    const [one, two] = contentionFigures(TASK, [...alone, ...pairs]);
    expect(one!.added).to.equal(undefined);
    expect(two!.added!.agents).to.equal(1);
    expect(two!.added!.figures.latencyMeanMs.value).to.be.closeTo(102.5, 1e-9);
    expect(two!.added!.figures.latencyMeanMs.n).to.equal(3);
    expect(two!.added!.figures.decisionsPerSecond.value).to.equal(-2);
    expect(two!.added!.figures.reward).to.include({ value: 1, n: 3 });
    // Seeds that were not played alone are in no difference.
    const [, partly] = contentionFigures(TASK, [...alone.slice(0, 4), ...pairs]);
    expect(partly!.added!.figures.latencyMeanMs.n).to.equal(2);
    expect(contentionFigures(TASK, pairs)[0]!.added).to.equal(undefined);
  });

  it('counts no group of which a match is void, missing, or of another time', () => {
    const [first, second] = group(2, 0, [[100], [100]]);
    const left = (matches: PlayedSeat[]) => contentionFigures(TASK, matches).map(({ groups, left }) => [groups, left]);
    expect(left([first!, second!])).to.deep.equal([[1, 0]]);
    expect(left([first!])).to.deep.equal([[0, 1]]);
    expect(left(group(2, 0, [[100], [100]], [{}, { counts: false }]))).to.deep.equal([[0, 2]]);
    const again = match({ seed: 1, ms: [100], contention: { agents: 2, agent: 1, group: 0, run: 'later' } });
    expect(left([first!, again])).to.deep.equal([[0, 2]]);
    // Twice the same agent is no group either.
    expect(left([first!, first!])).to.deep.equal([[0, 2]]);
    expect(contentionFigures(TASK, [first!])[0]!.figures.latencyP50Ms.value).to.equal(null);
  });

  it('looks at the time in which all of a group still played', () => {
    // The first is over after half a second; what the second does alone from then on is left out.
    const matches = group(2, 0, [[100, 100], [300, 400, 10, 10]], [{ endMs: 500 }, {}]); // prettier-ignore
    const [two] = contentionFigures(TASK, matches);
    expect(two!.figures.decisionsPerSecondInAll.value).to.equal(6); // 2 and 1 in half a second
    expect(two!.figures.latencyP90Ms.value).to.equal(300);
    expect(two!.figures.jain.value).to.be.closeTo(0.9, 1e-12); // 9 / (2 * 5)
  });

  it('holds what tenants got against what their weights owe them', () => {
    const tenants = ['a', 'b', 'a', 'b'].map((name) => ({ contention: { tenant: { name, weight: name === 'a' ? 3 : 1 } } as Contention }));
    const [a, b] = [Array.from({ length: 6 }, () => 100), [300, 300]];
    const groups = [0, 1, 2].flatMap((number) => group(4, number, [a, b, a, b], tenants));
    const [four] = contentionFigures(TASK, groups);
    const [first, second] = four!.tenants;
    expect([first!.tenant, first!.weight, first!.owed, first!.agents]).to.deep.equal(['a', 3, 0.75, 2]);
    expect([first!.share.value, second!.share.value]).to.deep.equal([0.75, 0.25]);
    expect([first!.latencyP50Ms.value, second!.latencyP50Ms.value]).to.deep.equal([100, 300]);
    // 12 for a weight of 3 and 4 for a weight of 1 is even; as agents, 6 2 6 2 is not: 256 / (4 * 80).
    expect(four!.figures.jainByWeight).to.include({ value: 1, n: 3 });
    expect(four!.figures.jain.value).to.be.closeTo(0.8, 1e-12);
    expect(contentionFigures(TASK, alone)[0]!.tenants).to.deep.equal([]);
  });
});
