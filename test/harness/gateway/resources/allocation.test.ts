/** Who is given a world and when, whatever fails: limits, order, and that everything prepared is reclaimed. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Allocator, type AllocationSettings, type Step } from '../../../../harness/gateway/resources/allocation.js';
import { generator } from '../scheduling/world.js';

const settings = (more: Partial<AllocationSettings> = {}): AllocationSettings => ({
  ...{ atOnce: 2, ahead: 2, attempts: 3, kinds: { a: { limit: 3 }, b: { limit: 2 } } },
  ...more,
});
const none = (): string[] => [];
const programs = (steps: readonly Step[]): string[] => steps.flatMap((step) => (step.do === 'prepare' ? [step.program] : []));

interface Circumstances {
  seed: number;
  programs: number;
  atOnce: number;
  ahead: number;
  limit: number;
  /** Of a hundred preparations, and of a hundred reclamations, so many fail. */
  prepareFails: number;
  reclaimFails: number;
  /** Of a hundred programs so many end before their world is ready. */
  endEarly: number;
}

/** Plays programs until all have ended, checking every rule against books of its own. */
function play({ seed, programs: count, atOnce, ahead, limit, prepareFails, reclaimFails, endEarly }: Circumstances) {
  const random = generator(seed);
  const attempts = 3;
  const allocator = new Allocator({ atOnce, ahead, attempts, kinds: { a: { limit }, b: { limit: limit + 1 } } });
  const kinds = ['a', 'b'] as const;
  const waiting = new Set<string>();
  const alive = new Map<string, { kind: 'a' | 'b'; needed: boolean }>();
  const worlds = new Map<number, { kind: string; program: string; state: 'preparing' | 'ready' | 'failed' | 'reclaiming' | 'over' | 'left'; tries: number }>(); // prettier-ignore
  const given = new Set<string>();
  const events: { atMs: number; run: () => void }[] = [];
  let now = 0;
  const after = (ms: number, run: () => void): void => void events.push({ atMs: now + ms, run });
  const finish = (program: string): void => {
    waiting.delete(program);
    alive.delete(program);
    allocator.ended(program);
  };

  const follow = (): void => {
    for (const step of allocator.next(now, (most) => [...waiting].slice(0, most))) {
      const world = worlds.get(step.world);
      if (step.do === 'prepare') {
        expect(world, 'a world is begun once').to.equal(undefined);
        expect([...worlds.values()].some((each) => each.program === step.program && (each.state === 'preparing' || each.state === 'ready')), 'one world a program').to.equal(false); // prettier-ignore
        const fresh = { kind: step.kind, program: step.program, state: 'preparing' as const, tries: 0 };
        worlds.set(step.world, fresh);
        after(1 + random(300), () => prepared(step.world));
      } else if (step.do === 'reclaim') {
        expect(world!.state, 'reclaimed after it was prepared, and never beside itself').to.be.oneOf(['ready', 'failed']);
        world!.state = 'reclaiming';
        world!.tries++;
        after(1 + random(100), () => reclaimed(step.world));
      }
    }
    for (const kind of kinds)
      expect([...worlds.values()].filter((each) => each.kind === kind && each.state !== 'over').length).to.be.at.most(kind === 'a' ? limit : limit + 1); // prettier-ignore
    expect([...worlds.values()].filter(({ state }) => state === 'preparing').length).to.be.at.most(atOnce);
    expect([...worlds.values()].filter(({ state }) => state === 'reclaiming').length).to.be.at.most(atOnce);
    const early = [...worlds.values()].filter(({ program, state }) => (state === 'preparing' || state === 'ready') && alive.get(program)?.needed === false); // prettier-ignore
    expect(early.length, 'prepared ahead').to.be.at.most(ahead);
  };
  const prepared = (id: number): void => {
    const world = worlds.get(id)!;
    if (random(100) < prepareFails) {
      world.state = 'failed';
      allocator.failed(id, 'so it was drawn', now);
      if (allocator.claim(world.program)?.state === 'failed') after(10, () => finish(world.program));
      return;
    }
    world.state = 'ready';
    if (allocator.prepared(id, now)) {
      given.add(world.program);
      after(1 + random(500), () => finish(world.program));
    }
  };
  const reclaimed = (id: number): void => {
    const world = worlds.get(id)!;
    const fails = random(100) < reclaimFails;
    const isOver = allocator.reclaimed(id, !fails, now);
    expect(isOver).to.equal(!fails || world.tries === attempts);
    world.state = fails ? (isOver ? 'left' : 'failed') : 'over';
  };
  for (let i = 0; i < count; i++) {
    const program = `p${i}`;
    const kind = kinds[random(2)]!;
    after(random(1000), () => {
      alive.set(program, { kind, needed: false });
      waiting.add(program);
      expect(allocator.want(program, kind)).to.equal(true);
      after(random(2000), () => {
        if (!alive.has(program)) return;
        waiting.delete(program);
        alive.get(program)!.needed = true;
        allocator.need(program, now);
      });
      if (random(100) < endEarly) after(random(1500), () => finish(program));
    });
  }
  for (let steps = 0; events.length > 0 || !allocator.isEmpty || allocator.retryAtMs(now) !== undefined; steps++) {
    expect(steps, 'it comes to an end').to.be.below(100_000);
    events.sort((x, y) => x.atMs - y.atMs);
    const retryAtMs = allocator.retryAtMs(now);
    if (retryAtMs !== undefined && !(events[0] && events[0].atMs <= retryAtMs)) now = retryAtMs;
    else {
      const next = events.shift();
      expect(next, 'something is still to come').to.not.equal(undefined);
      now = next!.atMs;
      next!.run();
    }
    follow();
  }
  return { worlds: [...worlds.values()], given, alive, allocator };
}

describe('the allocation of worlds', () => {
  const circumstances = {
    seed: fc.nat(),
    programs: fc.integer({ min: 1, max: 40 }),
    atOnce: fc.integer({ min: 1, max: 5 }),
    ahead: fc.integer({ min: 0, max: 5 }),
    limit: fc.integer({ min: 1, max: 8 }),
  };

  it('keeps its limits whatever fails, and reclaims every world that was begun, once', () => {
    const failing = { prepareFails: fc.constantFrom(0, 30, 100), reclaimFails: fc.constantFrom(0, 20), endEarly: fc.constantFrom(0, 50) };
    fc.assert(
      fc.property(fc.record({ ...circumstances, ...failing }), (how) => {
        const { worlds, alive, allocator } = play(how);
        for (const { state, tries } of worlds) {
          expect(state).to.be.oneOf(how.reclaimFails === 0 ? ['over'] : ['over', 'left']);
          if (how.reclaimFails === 0) expect(tries).to.equal(1);
        }
        // A kind of which as many worlds are left as it may have gives nobody one: those alone may be without.
        if (!worlds.some(({ state }) => state === 'left')) expect([...alive.keys()]).to.deep.equal([]);
        for (const kind of ['a', 'b'])
          expect(allocator.counts(kind)).to.deep.equal({
            ...{ preparing: 0, ready: 0, reclaiming: 0 },
            left: worlds.filter((each) => each.kind === kind && each.state === 'left').length,
          });
      }),
      { numRuns: 150 },
    );
  });

  it('gives everybody one in the end where nothing fails', () => {
    fc.assert(
      fc.property(fc.record(circumstances), (how) => {
        const { given } = play({ ...how, prepareFails: 0, reclaimFails: 0, endEarly: 0 });
        expect(given.size).to.equal(how.programs);
      }),
      { numRuns: 60 },
    );
  });

  it('prepares for those that need it first, in their order, then ahead in the order of the scheduler', () => {
    const allocator = new Allocator(settings({ atOnce: 10, ahead: 2 }));
    for (const program of ['w1', 'w2', 'w3', 'n1', 'n2']) allocator.want(program, 'a');
    allocator.need('n2', 1);
    allocator.need('n1', 2);
    // Three of the kind at most: two that need it, and the next in turn.
    expect(programs(allocator.next(3, (most) => ['w3', 'w1', 'w2'].slice(0, most)))).to.deep.equal(['n2', 'n1', 'w3']);
    expect(allocator.claim('w1')!.state).to.equal('waiting');
    for (const world of [1, 2, 3]) allocator.prepared(world, 10);
    allocator.ended('n2');
    expect(allocator.next(11, none)).to.deep.equal([{ do: 'reclaim', world: 1 }]);
    allocator.reclaimed(1, true, 12);
    // Behind the next two in turn nobody is prepared for, though there is room.
    expect(programs(allocator.next(13, (most) => ['x', 'y', 'w1'].slice(0, most)))).to.deep.equal([]);
    allocator.need('w2', 14);
    expect(programs(allocator.next(15, none))).to.deep.equal(['w2']);
  });

  it('tells how much of a preparation passed before it was needed', () => {
    const allocator = new Allocator(settings({ atOnce: 3 }));
    for (const program of ['early', 'late']) allocator.want(program, 'a');
    allocator.next(100, () => ['early', 'late']);
    allocator.need('late', 130);
    expect(allocator.prepared(1, 150)).to.deep.equal({ preparedMs: 50, hiddenMs: 50 });
    expect(allocator.prepared(2, 150)).to.deep.equal({ preparedMs: 50, hiddenMs: 30 });
    allocator.want('now', 'a');
    allocator.need('now', 150);
    allocator.next(170, none);
    expect(allocator.prepared(3, 180)).to.deep.equal({ preparedMs: 10, hiddenMs: 0 });
  });

  it('takes a world from a program that was silent, and gives it another with its next call', () => {
    const allocator = new Allocator(settings());
    allocator.want('p', 'a');
    allocator.need('p', 0);
    allocator.next(0, none);
    allocator.idle('p'); // it is not ready yet: nothing to take
    allocator.prepared(1, 5);
    expect(allocator.holders('a')).to.deep.equal(['p']);
    allocator.idle('p');
    expect(allocator.claim('p')).to.deep.equal({ kind: 'a', state: 'idle', failures: 0 });
    expect(allocator.next(6, none)).to.deep.equal([{ do: 'reclaim', world: 1 }]);
    expect(allocator.want('p', 'b')).to.equal(false);
    expect(allocator.want('p', 'a')).to.equal(true);
    allocator.need('p', 7);
    expect(programs(allocator.next(8, none))).to.deep.equal(['p']);
  });
});
