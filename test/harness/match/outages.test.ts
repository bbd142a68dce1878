/** An outage that a match is asked to have, on the virtual clock: when it comes, what is recorded, and that the world does not leap over it. */
import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import type { SeatOutage } from '../../../harness/match/outages.js';
import { PlanError } from '../../../harness/match/sheet.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import { outageOf } from '../../../scoring/trace/outage.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { eventsOf, linkedAgent, seat, toyPlan, walk } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

describe('an outage in a match on the virtual clock', () => {
  const AT = 100_000;
  const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  /** A match of a second whose agent thinks for so long, and fails at once while its endpoint is away for `awayMs`. */
  async function played(awayMs: number, thinksMs = 1): Promise<{ trace: Trace; begunAt: number }> {
    let away = false;
    let begunAt = 0;
    await linkedAgent(server, 'a', async (observation) => {
      if (!away) await sleep(thinksMs);
      return away ? { rejected: 'refused: nothing listens there', failure: 'refused' } : walk(observation);
    });
    const outage: SeatOutage = {
      ...{ seat: 0, atUs: AT },
      async begin() {
        away = true;
        begunAt = performance.now();
        await sleep(awayMs);
        away = false;
        return undefined;
      },
    };
    const record = { kind: 'model' as const, outage: { atUs: AT } };
    const trace = await playMatch(server, {
      ...toyPlan({ seats: [seat('a', record)], clock: 'virtual', durationUs: 1_000_000, timeoutUs: 2_000_000 }),
      outages: [outage],
    });
    return { trace, begunAt };
  }

  it('comes at its time and goes when the endpoint is back, keeping the world to real time meanwhile; calls that fail in it void nothing', async () => {
    const { trace } = await played(60);
    const [down, up] = eventsOf(trace.events, 'outage');
    expect([down!.state, up!.state]).to.deep.equal(['down', 'up']);
    expect(down!.at).to.be.at.least(AT);
    // At life speed the world was away no longer than in real time, but for rounding; a timer may go off a little before its time.
    expect(up!.realUs).to.be.at.least(59_000);
    expect(up!.at - down!.at).to.be.within(1, up!.realUs! + 1000);
    const failures = eventsOf(trace.events, 'reject', 0).filter(({ failure }) => failure === 'refused');
    expect(failures.length).to.be.above(0);
    const span = outageOf(trace.events, trace.header.seats[0], 0)!;
    for (const { at } of failures) expect(at).to.be.at.least(span.downAt);
    const { reasons, notes } = trace.footer!.verdict;
    expect(reasons.join(' ')).to.not.include('failed');
    expect(notes!.join(' ')).to.match(/a, as the match was asked for: endpoint killed at 0\.1 s, back at 0\.\d+ s; \d+ calls? that failed/);
    expect(eventsOf(trace.events, 'act', 0).some(({ at }) => at > up!.at)).to.equal(true);
    expect(replayTrace(trace, toy)).to.deep.include({ same: true, faults: [] });
  });

  it('comes while a decision is open, where thinking takes longer than until then', async () => {
    const { trace, begunAt } = await played(5, 150);
    expect(begunAt).to.be.above(0);
    const [down] = eventsOf(trace.events, 'outage');
    const open = decisionsOf(trace, 0)[0]!;
    expect(open.observedAt).to.be.below(down!.at);
    expect(open.landedAt).to.be.at.least(down!.at);
    expect(replayTrace(trace, toy).faults).to.deep.equal([]);
  });

  it('is refused by whoever plays a trace again where no seat planned it, or sooner than planned, or twice', async () => {
    const { trace } = await played(5);
    const { header, events } = trace;
    const faults = (changed: Partial<Trace>): string => replayTrace({ ...trace, ...changed }, toy).faults.join(' ');
    const seats = header.seats.map(({ outage: _outage, ...rest }) => rest);
    expect(faults({ header: { ...header, seats } })).to.include('the outage of seat 0 is not planned');
    const later = header.seats.map((each) => ({ ...each, outage: { atUs: AT + 500_000 } }));
    expect(faults({ header: { ...header, seats: later } })).to.include('the outage is planned for 600000 us');
    const twice = events.flatMap((event) => (event.kind === 'outage' && event.state === 'down' ? [event, event] : [event]));
    expect(faults({ events: twice })).to.include('the outage of seat 0 is down');
  });

  it('ends the match by an error where the endpoint cannot be brought back, and is planned by its seat alone', async () => {
    await linkedAgent(server, 'a', walk);
    const record = { kind: 'model' as const, outage: { atUs: AT } };
    const sheet = toyPlan({ seats: [seat('a', record)], clock: 'virtual', timeoutUs: 2_000_000 });
    const lost: SeatOutage = { seat: 0, atUs: AT, begin: () => Promise.reject(new Error('no port is free')) };
    expect(await playMatch(server, { ...sheet, outages: [lost] }).catch(String)).to.include('no port is free');
    expect(await playMatch(server, sheet).catch((error: unknown) => error)).to.be.instanceOf(PlanError);
  });
});
