import { expect } from 'chai';
import { callsOf } from '../../../harness/sweep/calls.js';
import type { Lateness, Trace, TraceEvent } from '../../../scoring/trace/trace.js';

/** A match of a model at ticks of 10 ms in life's speed, asked four times, of which every answer was missed. */
function silent(lateness: Partial<Lateness>, events: TraceEvent[] = []): Trace {
  const asked = [1, 2, 3, 4].flatMap((seq): TraceEvent[] => [
    { kind: 'observe', seat: 0, seq, at: seq * 100_000, lateUs: 0 },
    { kind: 'miss', seat: 0, seq, at: seq * 100_000 + 50_000, latencyUs: 50_000 },
  ]);
  return {
    header: { tickUs: 10_000, speed: 1, seats: [{ name: 'steady', kind: 'model', addedUs: 0 }] },
    events: [...asked, ...events],
    footer: { lateness: { ticks: 40, p50Us: 100, p99Us: 400, maxUs: 900, over: 0, ...lateness } },
  } as unknown as Trace;
}

describe('the account of a match’s calls', () => {
  it('takes an endpoint for dead that never answered, on a host that kept time', () => {
    expect(callsOf(silent({}), 0)).to.include({ silent: true, dead: true });
    expect(callsOf(silent({ p99Us: 5000 }), 0)).to.include({ dead: true });
  });

  it('and not where this host was held up, so that nobody’s answer could be in time', () => {
    expect(callsOf(silent({ p99Us: 134_470, maxUs: 140_000, over: 9 }), 0)).to.include({ silent: true, dead: false });
    expect(callsOf(silent({ p99Us: 5001 }), 0)).to.include({ dead: false });
    expect(callsOf(silent({ over: 1 }), 0)).to.include({ dead: false });
  });

  it('but takes it for dead on any host when its calls failed one after another', () => {
    const failing = Array.from({ length: 40 }, (_, i): TraceEvent[] => [
      { kind: 'observe', seat: 0, seq: 5 + i, at: 500_000 + i * 100_000, lateUs: 0 },
      { kind: 'reject', seat: 0, seq: 5 + i, at: 550_000 + i * 100_000, latencyUs: 50_000, realUs: 50_000, reason: 'http 500', failure: 'http' } as never, // prettier-ignore
    ]).flat();
    expect(callsOf(silent({ p99Us: 134_470, over: 9 }, failing), 0)).to.include({ dead: true, reason: 'http 500' });
  });
});
