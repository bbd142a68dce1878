/** What a seat's play lost on the way, match by match and over matches; and that matches with a human stay apart. */
import { expect } from 'chai';
import { latencySummary } from '../../../scoring/figures/latency.js';
import { rateSummary, seatRates } from '../../../scoring/figures/rates.js';
import { divisionOf, standings } from '../../../scoring/figures/standings.js';
import { FAILURE_KINDS, type FailureKind, type Trace, type TraceEvent } from '../../../scoring/trace/trace.js';
import { TICK, toy, toyTrace, type ToyMove } from '../oracle/toy.js';

const moves: ToyMove[] = [
  { observedAt: TICK, latencyUs: TICK, press: 'A' },
  { observedAt: 3 * TICK, latencyUs: TICK, outcome: 'reject' },
  { observedAt: 5 * TICK, latencyUs: TICK, outcome: 'reject' },
  { observedAt: 7 * TICK, latencyUs: TICK, press: 'B' },
  { observedAt: 9 * TICK, latencyUs: 50 * TICK, outcome: 'miss' },
];

/** What a rejected answer was: why its call failed, or nothing where there was an answer. Its reason is free text. */
type Call = { failure?: FailureKind; reason: string };

/** The toy's match with these rejected answers, the last answer refused by the world, and these figures at its end. */
function match(seed: number, calls: Call[], figures: Record<string, number> = {}, patch: Partial<Trace['header']> = {}): Trace {
  const trace = toyTrace(moves, seed, patch);
  let next = 0;
  for (const event of trace.events) if (event.kind === 'reject') Object.assign(event, calls[next++ % calls.length]);
  const last = trace.events.findLast((event): event is Extract<TraceEvent, { kind: 'act' }> => event.kind === 'act')!;
  last.landing = { at: last.at, accepted: false, reason: 'no' };
  trace.footer!.results.seats = [figures];
  return trace;
}

const call: Call = { failure: 'http', reason: 'http 429: slow down' };
const slow: Call = { failure: 'timeout', reason: 'timeout: no answer within the time limit' };
const bad: Call = { reason: 'unparsed: no action: "kick"' };

describe('rates of lost play', () => {
  it('tell answers that were no legal action from calls that failed and answers that never came', () => {
    const rates = seatRates({ trace: match(1, [call, bad], { plans: 8, stale: 2, idle: 30, liveFrames: 120 }), seat: 0 });
    expect(rates).to.deep.equal({
      invalid: { count: 1, of: 5 },
      failed: { count: 1, of: 5 },
      missed: { count: 1, of: 5 },
      stale: { count: 2, of: 8 },
      idle: { count: 30, of: 120 },
    });
    for (const failure of FAILURE_KINDS.filter((kind) => kind !== 'timeout'))
      expect(seatRates({ trace: match(1, [{ failure, reason: 'x' }]), seat: 0 }).failed, failure).to.deep.equal({ count: 2, of: 5 });
  });

  it('count a model’s own time limit as no answer in time, not as a failed call', () => {
    const rates = seatRates({ trace: match(1, [slow, bad]), seat: 0 });
    expect([rates.invalid, rates.failed, rates.missed].map((part) => part!.count)).to.deep.equal([1, 0, 2]);
  });

  it('read no failure out of what an answer says', () => {
    for (const reason of ['refused: nothing listens there', 'http 429: slow down', 'budget: spent'])
      expect(seatRates({ trace: match(1, [{ reason }]), seat: 0 }).invalid, reason).to.deep.equal({ count: 2, of: 5 });
  });

  it('leave failed calls out of latency, and keep a model’s own time limit in it', () => {
    const of = (calls: Call[]) => latencySummary([{ trace: match(1, calls), seat: 0 }]);
    expect(of([call]).worldP50Us.value).to.equal(TICK);
    expect(of([call]).worldP50Us.atLeast).to.equal(undefined);
    expect(of([slow]).worldP50Us.atLeast).to.equal(true);
    const none = latencySummary([{ trace: { ...match(1, [call]), events: match(1, [call]).events.filter((event) => !('seq' in event) || event.seq === 2) }, seat: 0 }]); // prettier-ignore
    expect([none.decisions, none.worldP50Us.value]).to.deep.equal([1, null]);
  });

  it('leave out what a task does not count, and all of a human’s seat', () => {
    const bare = seatRates({ trace: match(1, [bad]), seat: 0 });
    expect([bare.stale, bare.idle]).to.deep.equal([null, null]);
    const trace = match(1, [bad], { plans: 8, stale: 2, idle: 1, liveFrames: 2 }, { seats: [{ name: 'ann', kind: 'human', addedUs: 0 }] });
    expect(Object.values(seatRates({ trace, seat: 0 }))).to.deep.equal([null, null, null, null, null]);
  });

  it('over matches are ratios of sums, the match being the unit', () => {
    const played = [1, 2, 3].map((seed) => ({
      trace: match(seed, seed === 3 ? [call] : [bad], { plans: 10 * seed, stale: seed, idle: 10, liveFrames: 100 * seed }),
      seat: 0,
    }));
    const { invalid, failed, stale, idle } = rateSummary(played);
    expect([invalid.value, invalid.n]).to.deep.equal([4 / 15, 3]);
    expect([failed.value, failed.n]).to.deep.equal([2 / 15, 3]);
    expect([stale.value, stale.n]).to.deep.equal([6 / 60, 3]);
    expect([idle.value, idle.n]).to.deep.equal([30 / 600, 3]);
    for (const { value, low, high } of [invalid, failed, stale, idle]) expect(low! <= value! && value! <= high!).to.equal(true);
    expect(rateSummary([]).idle.value).to.equal(null);
  });
});

describe('matches side by side', () => {
  const agent = { name: 'x', kind: 'model' as const, addedUs: 0 };
  const human = { name: 'x', kind: 'human' as const, addedUs: 0 };
  const figures = { plans: 1, stale: 0, idle: 0, liveFrames: 1 };
  const two = (id: string, seats: Trace['header']['seats']): Trace => {
    const trace = match(1, [bad], figures, { id, seats });
    trace.footer!.results.seats = [figures, figures];
    trace.footer!.results.reward = [10, -10];
    return trace;
  };

  it('keep a match with a human apart, its agents too, whatever the names', () => {
    const bot = { name: 'y', kind: 'bot' as const, addedUs: 0 };
    const traces = [two('a', [human, bot]), two('b', [agent, bot]), two('c', [agent, bot])];
    expect(traces.map(({ header }) => divisionOf(header))).to.deep.equal(['human', 'agents', 'agents']);
    const rows = standings(toy, traces).map(({ division, name, kind, summary }) => [
      division,
      name,
      kind,
      summary.matches,
      summary.reward.value,
    ]);
    expect(rows).to.deep.equal([
      ['agents', 'x', 'model', 2, 1],
      ['agents', 'y', 'bot', 2, -1],
      ['human', 'x', 'human', 1, 1],
      ['human', 'y', 'bot', 1, -1],
    ]);
  });

  it('count a match against itself once, and void ones apart', () => {
    const mirror = two('a', [agent, agent]);
    const cut = two('b', [agent, agent]);
    cut.footer!.verdict = { counts: false, reasons: ['late'] };
    const rows = standings(toy, [mirror, cut]);
    expect(rows.map(({ summary }) => [summary.matches, summary.voided])).to.deep.equal([[1, 1]]);
  });
});
