import { expect } from 'chai';
import fc from 'fast-check';
import { Scheduler } from '../../../../harness/gateway/scheduling/scheduler.js';
import { DEFAULT_SETTINGS, type CallRequest, type Decision } from '../../../../harness/gateway/scheduling/types.js';
import { simulate } from './world.js';

const settings = { ...DEFAULT_SETTINGS, marginTokens: 0, blockTokens: 100 };
const call = (id: number, program: string, promptTokens: number, more: Partial<CallRequest> = {}): CallRequest => ({
  ...{ id, program, tenant: 'one', promptTokens, outputTokens: 0, blocks: [] },
  ...more,
});
const starts = (decisions: readonly Decision[]): string[] =>
  decisions.flatMap((each) => (each.kind === 'start' ? [`${each.program}@${each.backend}`] : []));
const told = (decisions: readonly Decision[]): string[] =>
  decisions.map((each) => (each.kind === 'refuse' ? `${each.program} ${each.reason}` : `${each.kind} ${each.program}`));

function withBackends(capacities: Record<string, number>, more = {}): Scheduler {
  const scheduler = new Scheduler({ ...settings, ...more });
  for (const [id, tokens] of Object.entries(capacities)) {
    scheduler.backendUp(id, 0);
    scheduler.capacity(id, tokens, 0);
  }
  return scheduler;
}

/** Arrives and ends at once. */
function serve(scheduler: Scheduler, request: CallRequest, nowMs: number): Decision[] {
  const decisions = scheduler.arrive(request, nowMs);
  return [...decisions, ...scheduler.ended(request.id, { outcome: 'done', promptTokens: request.promptTokens, outputTokens: 0 }, nowMs)];
}

describe('the scheduler, in a simulated world', () => {
  it('keeps every rule whatever dies', () => {
    fc.assert(
      fc.property(
        fc.record({
          seed: fc.nat(),
          programs: fc.integer({ min: 1, max: 40 }),
          backends: fc.integer({ min: 1, max: 3 }),
          capacityTokens: fc.integer({ min: 900, max: 6000 }),
          tenants: fc.integer({ min: 1, max: 3 }),
          groups: fc.integer({ min: 1, max: 5 }),
          turns: fc.integer({ min: 1, max: 6 }),
          killedClients: fc.integer({ min: 0, max: 30 }),
          killedBackends: fc.integer({ min: 0, max: 40 }),
          heldCalls: fc.constantFrom(0, 30, 100),
          arriveWithinMs: fc.integer({ min: 0, max: 3000 }),
        }),
        (circumstances) => void simulate(circumstances),
      ),
      { numRuns: 30 },
    );
  });

  it('starves nobody: without deaths every call that fits is served, and none waits for longer than its turn', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 2 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(0, 40),
        (seed, backends, tenants, heldCalls) => {
          const { refused, longestWaitMs } = simulate({
            ...{ seed, programs: 24, backends, capacityTokens: 2000, tenants, groups: 3, turns: 5 },
            ...{ killedClients: 0, killedBackends: 0, heldCalls, arriveWithinMs: 1000 },
            settings: { forceAfterMs: 3000, refuseAfterMs: 60_000 },
          });
          expect([...refused]).to.deep.equal([]);
          expect(longestWaitMs).to.be.below(60_000);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('leaves nothing of 2,048 programs, with backends and clients dying', () => {
    const { served, ends, pauses } = simulate({
      ...{ seed: 7, programs: 2048, backends: 4, capacityTokens: 20_000, tenants: 3, groups: 8, turns: 3 },
      ...{ killedClients: 10, killedBackends: 25, arriveWithinMs: 2000 },
    });
    expect(served).to.be.above(1500);
    expect(pauses).to.be.above(0);
    expect((ends.get('released') ?? 0) + (ends.get('lease') ?? 0)).to.be.above(1500);
  });

  it('gives tenants that all want more their shares by weight', () => {
    const scheduler = withBackends({ a: 1000 }, { weights: { heavy: 3 }, quantumTokens: 2000 });
    let id = 0;
    const service = { heavy: 0, light: 0 };
    const waiting: { id: number; program: string }[] = [];
    const running: { id: number; program: string; tokens: number }[] = [];
    const take = (decisions: Decision[]): void => {
      for (const each of decisions) if (each.kind === 'start') running.push({ id: each.call, program: each.program, tokens: 400 });
    };
    for (const tenant of ['heavy', 'light'] as const)
      for (let p = 0; p < 8; p++) waiting.push({ id, program: `${tenant} ${p}` }), take(scheduler.arrive(call(id++, `${tenant} ${p}`, 400, { tenant }), 0)); // prettier-ignore
    for (let nowMs = 10; nowMs < 20_000; nowMs += 10) {
      const done = running.shift()!;
      const tenant = done.program.split(' ')[0] as 'heavy' | 'light';
      service[tenant] += done.tokens;
      take(scheduler.ended(done.id, { outcome: 'done', promptTokens: 400, outputTokens: 0 }, nowMs));
      take(scheduler.arrive(call(id++, done.program, 400, { tenant }), nowMs));
      if (nowMs % 100 === 0) take(scheduler.tick(nowMs));
    }
    // The counters of two that always wait differ by a quantum and a call each at most.
    expect(Math.abs(service.heavy / 3 - service.light)).to.be.at.most(2000 + 2 * 400);
    expect(service.light).to.be.above(100_000);
  });
});

describe('the scheduler', () => {
  it('books nothing for calls that were given up before anything of them was computed, waiting or sent', () => {
    const scheduler = withBackends({ a: 10_000 });
    scheduler.backendUp('a', 0, 1);
    scheduler.arrive(call(1, 'first', 10, { tenant: 'other' }), 0);
    // One tenant gives up a call that waits and one that was sent; then it has been served less than the other all the same.
    scheduler.arrive(call(2, 'waits', 5000, { tenant: 'gives up' }), 1);
    scheduler.hungUp(2, 2);
    scheduler.arrive(call(3, 'sent', 5000, { tenant: 'gives up' }), 3);
    scheduler.arrive(call(5, 'other', 20, { tenant: 'other' }), 3);
    expect(starts(scheduler.ended(1, { outcome: 'done', promptTokens: 30, outputTokens: 0 }, 4))).to.deep.equal(['sent@a']);
    scheduler.arrive(call(4, 'next', 10, { tenant: 'gives up' }), 5);
    expect(starts(scheduler.ended(3, { outcome: 'cancelled', outputTokens: 0 }, 6))).to.deep.equal(['next@a']);
  });

  it('keeps a program where its cache is, and new ones beside the prefix that they share', () => {
    const scheduler = withBackends({ a: 10_000, b: 10_000 });
    expect(starts(serve(scheduler, call(1, 'x', 500, { blocks: ['s', 't'] }), 0))).to.deep.equal(['x@a']);
    expect(starts(serve(scheduler, call(2, 'y', 500), 1))).to.deep.equal(['y@b']);
    expect(starts(serve(scheduler, call(3, 'z', 500, { blocks: ['s', 't'] }), 2))).to.deep.equal(['z@a']);
    expect(starts(serve(scheduler, call(4, 'y', 900), 3))).to.deep.equal(['y@b']);
    expect(starts(serve(scheduler, call(5, 'child', 500, { parent: 'y' }), 4))).to.deep.equal(['child@b']);
    expect(scheduler.backendViews().map(({ usedTokens }) => usedTokens)).to.deep.equal([800, 1400]);
  });

  it('charges a call that waits by its newest estimate', () => {
    const started = (anew: number | undefined): string[] => {
      const scheduler = withBackends({ a: 1000 });
      scheduler.backendUp('a', 0, 1);
      scheduler.arrive(call(1, 'x', 700), 0);
      expect(starts(scheduler.arrive(call(2, 'y', 200), 0))).to.deep.equal([]);
      expect(scheduler.restate((id) => (id === 2 ? anew : undefined), 1)).to.deep.equal([]);
      return starts(scheduler.ended(1, { outcome: 'done', promptTokens: 700, outputTokens: 0 }, 2));
    };
    expect(started(undefined)).to.deep.equal(['y@a']);
    expect(started(400), 'there is no room for so many').to.deep.equal([]);
  });

  it('pauses the smallest between calls over the high mark, down to the low mark, and no call that runs', () => {
    const scheduler = withBackends({ a: 1000 });
    serve(scheduler, call(1, 'small', 100), 0);
    serve(scheduler, call(2, 'middle', 200), 0);
    serve(scheduler, call(3, 'large', 300), 0);
    expect(starts(scheduler.arrive(call(4, 'runs', 300), 0))).to.deep.equal(['runs@a']);
    expect(told(scheduler.arrive(call(5, 'large', 360), 1))).to.deep.equal(['start large', 'pause small', 'pause middle']);
    expect(scheduler.program('small', 2)).to.include({ status: 'paused', pauses: 1 });
    expect(scheduler.backendViews()[0]).to.include({ usedTokens: 660, running: 2, programs: 2 });
  });

  it('lets one that waits have the place of one that acts for long, and not before', () => {
    const scheduler = withBackends({ a: 1000 }, { holdMs: 2000 });
    serve(scheduler, call(1, 'acts', 800), 0);
    expect(starts(scheduler.arrive(call(2, 'new', 500), 100))).to.deep.equal([]);
    expect(starts(scheduler.tick(1900))).to.deep.equal([]);
    expect(told(scheduler.tick(2000))).to.deep.equal(['pause acts', 'start new']);
  });

  it('clears a backend for a call that has waited too long, by letting what runs there end', () => {
    const scheduler = withBackends({ a: 1000 }, { forceAfterMs: 1000 });
    scheduler.arrive(call(1, 'x', 400), 0);
    scheduler.arrive(call(2, 'y', 400), 0);
    expect(told(scheduler.arrive(call(3, 'huge', 1000), 0))).to.deep.equal([]);
    scheduler.ended(1, { outcome: 'done' }, 500);
    expect(starts(scheduler.arrive(call(4, 'x', 410), 600)), 'others go on meanwhile').to.deep.equal(['x@a']);
    scheduler.tick(1000);
    scheduler.tick(2000);
    scheduler.ended(2, { outcome: 'done' }, 2100);
    expect(starts(scheduler.arrive(call(5, 'y', 410), 2200)), 'no more').to.deep.equal([]);
    expect(told(scheduler.ended(4, { outcome: 'done' }, 2300))).to.include('start huge');
  });

  it('lets in who waits while programs with places call without a pause, before long', () => {
    const scheduler = withBackends({ a: 1000 }, { forceAfterMs: 1000 });
    let id = 0;
    const running = new Map(['x', 'y'].map((program) => [program, id]));
    for (const program of running.keys()) scheduler.arrive(call((running.set(program, ++id), id), program, 400), 0);
    scheduler.arrive(call(++id, 'waits', 400), 0);
    let startedMs: number | undefined;
    for (let nowMs = 10; nowMs < 4000 && startedMs === undefined; nowMs += 10) {
      // One of the two calls always runs: the place of neither is free for as long as a program may hold its own.
      const program = nowMs % 20 === 0 ? 'x' : 'y';
      const decisions = [
        ...scheduler.ended(running.get(program)!, { outcome: 'done', promptTokens: 400, outputTokens: 0 }, nowMs),
        ...scheduler.arrive(call((running.set(program, ++id), id), program, 400), nowMs),
        ...scheduler.tick(nowMs),
      ];
      if (starts(decisions).includes('waits@a')) startedMs = nowMs;
    }
    expect(startedMs).to.be.within(1000, 2100);
  });

  it('refuses what fits nowhere, what waited too long and one call too many, each in its own words', () => {
    const scheduler = withBackends({ a: 1000, b: 500 }, { mostWaiting: 1, refuseAfterMs: 5000 });
    expect(told(scheduler.arrive(call(1, 'x', 1001), 0))).to.include('x context_exceeds_capacity');
    expect(told(scheduler.arrive(call(2, 'x', 600, { backends: ['b'] }), 0))).to.include('x context_exceeds_capacity');
    scheduler.arrive(call(3, 'x', 600), 0);
    expect(told(scheduler.arrive(call(4, 'x', 600), 0))).to.deep.equal([]);
    expect(told(scheduler.arrive(call(5, 'x', 600), 0))).to.deep.equal(['x overloaded']);
    expect(told(scheduler.tick(5000))).to.deep.equal(['x waited_too_long']);
    expect(scheduler.program('x', 5000)).to.include({ status: 'reasoning' });
  });

  it('tells a decision that would land too late at once, and measures again when it has not for long', () => {
    const scheduler = withBackends({ a: 10_000 });
    for (let i = 0; i < 8; i++) {
      scheduler.arrive(call(i, 'x', 100), 100 * i);
      scheduler.ended(i, { outcome: 'done', promptTokens: 100, outputTokens: 1 }, 100 * i + 50);
    }
    const [late] = scheduler.arrive(call(20, 'x', 100, { deadlineMs: 840 }), 800);
    expect(late).to.include({ kind: 'refuse', reason: 'deadline_unreachable', estimateMs: 50 });
    expect(starts(scheduler.arrive(call(21, 'x', 100, { deadlineMs: 860 }), 800))).to.deep.equal(['x@a']);
    scheduler.ended(21, { outcome: 'done' }, 850);
    expect(starts(scheduler.arrive(call(22, 'x', 100, { deadlineMs: 30_001 }), 30_000))).to.deep.equal(['x@a']);
    // What waits behind it is told as soon as it is hopeless.
    expect(scheduler.arrive(call(23, 'x', 100, { deadlineMs: 30_100 }), 30_000)).to.deep.equal([]);
    expect(told(scheduler.tick(30_101))).to.deep.equal(['x deadline_unreachable']);
  });

  it('ends programs for certain: released, silent, or a single call', () => {
    const scheduler = withBackends({ a: 1000 }, { leaseMs: 1000 });
    expect(told(serve(scheduler, call(1, 'once', 100, { oneOff: true }), 0))).to.deep.equal(['start once', 'end once']);
    serve(scheduler, call(2, 'silent', 100), 0);
    expect(told(scheduler.tick(999))).to.deep.equal([]);
    expect(told(scheduler.tick(1000))).to.deep.equal(['end silent']);
    scheduler.arrive(call(3, 'x', 100), 1000);
    scheduler.arrive(call(4, 'x', 100), 1000);
    expect(told(scheduler.release('x', 1001)!)).to.deep.equal(['x program_released']);
    expect(told(scheduler.arrive(call(5, 'x', 100), 1002))).to.deep.equal(['x program_released']);
    expect(told(scheduler.ended(3, { outcome: 'done' }, 1003))).to.deep.equal(['end x']);
    expect(scheduler.release('x', 1004)).to.equal(undefined);
    expect(scheduler.backendViews()[0]).to.include({ usedTokens: 0, programs: 0 });
    expect(scheduler.tenantCount).to.equal(0);
  });

  it('moves the programs of a backend that dies, and sends a call that nobody answered to another', () => {
    const scheduler = withBackends({ a: 1000, b: 1000 });
    scheduler.arrive(call(1, 'x', 100), 0);
    scheduler.backendDown('a', 10);
    expect(scheduler.canRetry(1)).to.equal(true);
    expect(starts(scheduler.retry(1, 10))).to.deep.equal(['x@b']);
    scheduler.ended(1, { outcome: 'done' }, 20);
    scheduler.backendUp('a', 30);
    expect(starts(scheduler.arrive(call(2, 'x', 120), 40))).to.deep.equal(['x@b']);
    expect(scheduler.program('x', 50)).to.include({ moves: 1, backend: 'b' });
  });

  it('serves one call of a program after another, also where they came at once', () => {
    const scheduler = withBackends({ a: 1000 });
    const seen = [1, 2, 3].flatMap((id) => starts(scheduler.arrive(call(id, 'x', 100), 0)).map(() => id));
    for (let id = 1; id < 3; id++)
      for (const each of scheduler.ended(id, { outcome: 'failed' }, id)) if (each.kind === 'start') seen.push(each.call);
    expect(seen).to.deep.equal([1, 2, 3]);
  });

  it('starts no call that is held, nor those behind it, until it is told to; bounds and releases hold for it all the same', () => {
    const scheduler = withBackends({ a: 10_000 }, { refuseAfterMs: 20_000, forceAfterMs: 1000 });
    expect(starts(scheduler.arrive(call(1, 'p', 10, { held: true }), 0))).to.deep.equal([]);
    expect(starts(scheduler.arrive(call(2, 'p', 10), 1))).to.deep.equal([]);
    expect(starts(scheduler.tick(5000))).to.deep.equal([]);
    expect(starts(scheduler.arrive(call(3, 'q', 10), 5001))).to.deep.equal(['q@a']);
    expect(starts(scheduler.unhold(1, 5002))).to.deep.equal(['p@a']);
    expect(scheduler.unhold(1, 5003)).to.deep.equal([]);
    // Behind one that runs: it starts in its turn, or once it is told to.
    scheduler.arrive(call(4, 'p', 10, { held: true }), 5004);
    expect(starts(scheduler.ended(1, { outcome: 'done' }, 5005))).to.deep.equal(['p@a']);
    expect(starts(scheduler.ended(2, { outcome: 'done' }, 5006))).to.deep.equal([]);
    expect(scheduler.program('p', 5007)).to.include({ status: 'waiting', waitingCalls: 1 });
    expect(told(scheduler.tick(26_000))).to.include('p waited_too_long');
    scheduler.arrive(call(5, 'r', 10, { held: true, deadlineMs: 26_100 }), 26_001);
    expect(told(scheduler.tick(26_200))).to.deep.equal(['r deadline_unreachable', 'end r']);
    scheduler.arrive(call(6, 's', 10, { held: true }), 26_201);
    expect(told(scheduler.release('s', 26_202)!)).to.deep.equal(['s program_released', 'end s']);
    expect([scheduler.waitingCalls, scheduler.unhold(6, 26_203)]).to.deep.equal([0, []]);
  });

  it('tells the order in which programs that wait will start', () => {
    const waits = fc.record({ tenant: fc.constantFrom('x', 'y', 'z'), tokens: fc.integer({ min: 1, max: 50 }), priority: fc.integer({ min: 0, max: 2 }) }); // prettier-ignore
    fc.assert(
      fc.property(fc.array(waits, { minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 25 }), (all, most) => {
        const scheduler = withBackends({ a: 1e6 }, { weights: { x: 2 } });
        scheduler.backendUp('a', 0, 1);
        scheduler.arrive(call(0, 'first', 1), 0);
        for (const [i, { tenant, tokens, priority }] of all.entries())
          scheduler.arrive(call(i + 1, `p${i}`, tokens, { tenant, priority }), 1);
        const order = scheduler.waitingOrder(most, 2);
        expect(scheduler.waitingOrder(100, 2).slice(0, most)).to.deep.equal(order);
        const started: string[] = [];
        const tokensOf = new Map([[0, 1], ...all.map(({ tokens }, i) => [i + 1, tokens] as const)]);
        let running = 0;
        for (let i = 0; i <= all.length; i++) {
          const decisions = scheduler.ended(running, { outcome: 'done', promptTokens: tokensOf.get(running)!, outputTokens: 0 }, 3 + i);
          for (const each of decisions)
            if (each.kind === 'start') {
              started.push(each.program);
              running = each.call;
            }
        }
        expect(started.slice(0, most)).to.deep.equal(order);
        expect(order.length).to.equal(Math.min(most, all.length));
      }),
      { numRuns: 60 },
    );
  });

  it('takes higher priority first, within a tenant, and known programs before new ones', () => {
    const scheduler = withBackends({ a: 1000 });
    scheduler.arrive(call(1, 'x', 900), 0);
    scheduler.arrive(call(2, 'new', 600), 0);
    scheduler.arrive(call(3, 'urgent', 700, { priority: 1 }), 0);
    expect(told(scheduler.release('x', 1)!)).to.deep.equal([]);
    expect(starts(scheduler.ended(1, { outcome: 'done' }, 1))).to.deep.equal(['urgent@a']);
  });
});
