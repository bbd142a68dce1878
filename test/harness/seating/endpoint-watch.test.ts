/** When an endpoint is dead: its process has ended, or a long row of calls failed over a while. */
import { expect } from 'chai';
import type { RunningEndpoint } from '../../../harness/endpoints/start.js';
import { DEAD_CALLS, EndpointWatch } from '../../../harness/seating/endpoint-watch.js';
import type { FailureKind, TraceEvent } from '../../../scoring/trace/trace.js';

const settled = { seat: 0, seq: 1, at: 0, latencyUs: 1, realUs: 1 };
const failed = (failure: FailureKind): TraceEvent => ({ kind: 'reject', ...settled, reason: `${failure}: no`, failure });
const acted: TraceEvent = { kind: 'act', ...settled, action: { plan: {} }, landing: { at: 0, accepted: true } };

describe('the watch over a match’s endpoints', () => {
  let nowUs: number;
  const watchOf = (endpoint: Partial<RunningEndpoint> = {}): EndpointWatch =>
    new EndpointWatch(
      [{ endpoint: { exited: new Promise(() => undefined), ended: () => undefined, ...endpoint } as RunningEndpoint, seat: 0 }],
      undefined,
      () => nowUs,
    );
  /** Sees a row of events, a tenth of a second apart. */
  const see = (watch: EndpointWatch, count: number, event: TraceEvent): void => {
    for (let i = 0; i < count; i++) {
      nowUs += 100_000;
      watch.see(event);
    }
  };
  beforeEach(() => (nowUs = 0));

  it('ends a match after many failed calls in a row over some seconds, with what the last one said', () => {
    const watch = watchOf();
    see(watch, 200, failed('http'));
    expect(watch.signal.aborted).to.equal(true);
    expect(String(watch.signal.reason)).to.match(/^the last \d+ calls of seat 1 failed: http: no$/);
  });

  it('does not for a moment’s refusals, for failures with answers between them, or for a model that is slow', () => {
    const burst = watchOf();
    for (let i = 0; i < 10 * DEAD_CALLS; i++) burst.see(failed('http'));
    const mixed = watchOf();
    for (let i = 0; i < 100; i++) {
      see(mixed, DEAD_CALLS - 1, failed('refused'));
      see(mixed, 1, acted);
    }
    const slow = watchOf();
    see(slow, 500, failed('timeout'));
    see(slow, 500, { ...failed('http'), seat: 1 } as TraceEvent);
    for (const watch of [burst, mixed, slow]) expect(watch.signal.aborted).to.equal(false);
  });

  it('excuses an endpoint that is taken away on purpose until it is back, and watches the one that came after it', async () => {
    let [end, endNext]: (() => void)[] = [];
    const exited = new Promise<void>((resolve) => (end = resolve));
    const watch = watchOf({ exited });
    see(watch, 15, failed('refused'));
    watch.excuse(0);
    end!();
    see(watch, 200, failed('refused'));
    await exited;
    expect(watch.signal.aborted).to.equal(false);
    const next = new Promise<void>((resolve) => (endNext = resolve));
    watch.expect(0, { exited: next, ended: () => 'was ended by SIGKILL' } as RunningEndpoint);
    see(watch, DEAD_CALLS - 1, failed('refused'));
    expect(watch.signal.aborted).to.equal(false);
    endNext!();
    await next;
    await Promise.resolve();
    expect(String(watch.signal.reason)).to.equal('the server of seat 1 was ended by SIGKILL');
  });

  it('ends a match when a server of ours ends, but not after the match', async () => {
    let end!: () => void;
    const endpoint = { exited: new Promise<void>((resolve) => (end = resolve)), ended: () => 'was ended by SIGKILL' };
    const [during, after] = [watchOf(endpoint), watchOf(endpoint)];
    after.stop();
    end();
    await endpoint.exited;
    await Promise.resolve();
    expect(String(during.signal.reason)).to.equal('the server of seat 1 was ended by SIGKILL');
    expect(after.signal.aborted).to.equal(false);
  });

  it('ends a match when one of several arms is dead though another answers, and when a planner is', () => {
    const arm = (name: string, event: TraceEvent): TraceEvent =>
      ({ ...event, telemetry: { choice: { arm: name, situation: 'any' } } }) as TraceEvent;
    const watch = watchOf();
    for (let i = 0; i < 100; i++) {
      see(watch, 1, arm('large', failed('refused')));
      see(watch, 2, arm('small', acted));
    }
    expect(String(watch.signal.reason)).to.match(/^the last \d+ calls of large of seat 1 failed: refused: no$/);
    const planner = (failures: FailureKind[], ended = 1): TraceEvent =>
      ({ ...acted, telemetry: { planner: { ended, failures, ...(failures.length > 0 ? { error: 'not today' } : {}) } } }) as TraceEvent;
    const [dead, mixed, slow] = [watchOf(), watchOf(), watchOf()];
    for (let i = 0; i < 200; i++) {
      see(dead, 1, planner(['http']));
      see(dead, 1, planner([], 0));
      see(mixed, 1, planner(i % 10 === 0 ? [] : ['http']));
      see(slow, 1, planner(['timeout']));
    }
    expect(String(dead.signal.reason)).to.match(/^the last \d+ calls of planner of seat 1 failed: not today$/);
    for (const other of [mixed, slow]) expect(other.signal.aborted).to.equal(false);
  });
});
