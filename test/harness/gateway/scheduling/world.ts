/**
 * Programs, backends and their accidents on a virtual clock, played against the scheduler. What is true of them is kept here by itself, in the
 * most obvious way, so that the scheduler's own books are held against something that does not share their mistakes.
 */
import { expect } from 'chai';
import { Scheduler } from '../../../../harness/gateway/scheduling/scheduler.js';
import { DEFAULT_SETTINGS, type CallEnd, type Decision, type SchedulerSettings } from '../../../../harness/gateway/scheduling/types.js';

export interface Circumstances {
  seed: number;
  programs: number;
  backends: number;
  capacityTokens: number;
  tenants: number;
  /** Programs of one group begin with the same text. */
  groups: number;
  turns: number;
  /** Of a hundred calls so many lose their client, and of a hundred programs so many fall silent instead of being released. */
  killedClients: number;
  /** Of a hundred seconds so many see a backend die. */
  killedBackends: number;
  /** Of a hundred calls so many wait for something else first; none when absent. */
  heldCalls?: number;
  /** All programs begin within this time. */
  arriveWithinMs: number;
  settings?: Partial<SchedulerSettings>;
}

/** A small generator of its own, so that a seed tells the whole run. */
export function generator(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface SimulatedProgram {
  key: string;
  tenant: string;
  blocks: string[];
  promptTokens: number;
  turnsLeft: number;
  /** Calls in the order in which they came, and in which they have to start. */
  order: number[];
  running: number | undefined;
  /** What it truly holds, and where. */
  place: { backend: string; tokens: number; blocks: string[] } | undefined;
  over: boolean;
}

interface SimulatedCall {
  program: SimulatedProgram;
  arrivedMs: number;
  promptTokens: number;
  trueTokens: number;
  outputTokens: number;
  state: 'waiting' | 'running' | 'over';
  held: boolean;
  backend?: string;
}

const BLOCK = 64;
const TICK_MS = 100;

export interface Outcome {
  served: number;
  refused: Map<string, number>;
  longestWaitMs: number;
  pauses: number;
  ends: Map<string, number>;
  serviceOf: Map<string, number>;
  scheduler: Scheduler;
}

/** Plays until every program has ended, checking after every event; then that nothing is left. */
export function simulate(circumstances: Circumstances): Outcome {
  const { seed, backends, capacityTokens, tenants, groups, turns } = circumstances;
  const settings = { ...DEFAULT_SETTINGS, blockTokens: BLOCK, marginTokens: 16, leaseMs: 20_000, ...circumstances.settings };
  const random = generator(seed);
  const scheduler = new Scheduler(settings);
  const events = new Agenda();
  const programs = new Map<string, SimulatedProgram>();
  const calls = new Map<number, SimulatedCall>();
  const up = new Set<string>();
  const placed = new Set<SimulatedProgram>();
  const outcome: Outcome = {
    ...{ served: 0, refused: new Map(), longestWaitMs: 0, pauses: 0, ends: new Map(), serviceOf: new Map(), scheduler },
  };
  let now = 0;
  let nextCall = 0;
  const count = (map: Map<string, number>, key: string, by = 1): void => void map.set(key, (map.get(key) ?? 0) + by);

  const come = (program: SimulatedProgram): void => {
    if (program.over) return;
    const id = nextCall++;
    // The estimate is off by as much as the margin allows.
    const trueTokens = program.promptTokens + random(settings.marginTokens);
    const held = circumstances.heldCalls !== undefined && random(100) < circumstances.heldCalls;
    const call: SimulatedCall = {
      ...{ program, arrivedMs: now, promptTokens: program.promptTokens, trueTokens, outputTokens: 8 + random(40), state: 'waiting', held },
    };
    calls.set(id, call);
    program.order.push(id);
    const { key, tenant, blocks } = program;
    follow(
      scheduler.arrive(
        { id, program: key, tenant, promptTokens: call.promptTokens, outputTokens: call.outputTokens, blocks: [...blocks], held },
        now,
      ),
    );
    if (held)
      events.add(now + random(4000), () => {
        call.held = false;
        follow(scheduler.unhold(id, now));
      });
    if (random(100) < circumstances.killedClients) events.add(now + random(3000), () => kill(id));
  };

  const kill = (id: number): void => {
    const call = calls.get(id)!;
    if (call.state === 'waiting') {
      over(id, call);
      follow(scheduler.hungUp(id, now));
      goOn(call.program);
    } else if (call.state === 'running') finish(id, { outcome: 'cancelled', promptTokens: call.trueTokens, outputTokens: random(call.outputTokens), firstByteMs: now }); // prettier-ignore
  };

  const over = (id: number, call: SimulatedCall): void => {
    call.state = 'over';
    call.program.order.splice(call.program.order.indexOf(id), 1);
    if (call.program.running === id) call.program.running = undefined;
  };

  const finish = (id: number, end: CallEnd): void => {
    const call = calls.get(id)!;
    if (call.state !== 'running') return;
    const { program } = call;
    over(id, call);
    if (end.outcome === 'done') {
      outcome.served++;
      count(outcome.serviceOf, program.tenant, end.promptTokens! + 2 * end.outputTokens!);
    }
    const tokens = (end.promptTokens ?? call.promptTokens) + (end.outputTokens ?? 0);
    if (program.place) program.place.tokens = tokens;
    program.promptTokens = tokens + random(60);
    while (program.blocks.length < Math.floor(program.promptTokens / BLOCK)) program.blocks.push(`${program.key}#${program.blocks.length}`);
    follow(scheduler.ended(id, end, now));
    goOn(program);
  };

  const goOn = (program: SimulatedProgram): void => {
    if (program.over || program.order.length > 0) return;
    if (--program.turnsLeft > 0) return void events.add(now + random(800), () => come(program));
    if (random(100) < circumstances.killedClients) return; // it falls silent: its lease ends it
    const decisions = scheduler.release(program.key, now);
    if (decisions) follow(decisions);
  };

  const follow = (decisions: readonly Decision[]): void => {
    for (const decision of decisions) {
      const program = programs.get(decision.program)!;
      switch (decision.kind) {
        case 'start': {
          const call = calls.get(decision.call)!;
          expect(call.state, 'a call starts once').to.equal('waiting');
          expect(call.held, 'not while it is held').to.equal(false);
          expect(program.running, 'one call of a program at a time').to.equal(undefined);
          expect(program.order[0], 'calls in their order').to.equal(decision.call);
          expect(up.has(decision.backend), 'on a backend that lives').to.equal(true);
          call.state = 'running';
          call.backend = decision.backend;
          program.running = decision.call;
          placed.add(program);
          program.place = { backend: decision.backend, tokens: call.trueTokens + call.outputTokens, blocks: program.blocks };
          outcome.longestWaitMs = Math.max(outcome.longestWaitMs, now - call.arrivedMs);
          const took = 20 + Math.floor(call.trueTokens / 10) + 5 * call.outputTokens;
          events.add(
            now + took,
            () =>
            finish(decision.call, { outcome: 'done', promptTokens: call.trueTokens, outputTokens: random(call.outputTokens), firstByteMs: now - 5 * call.outputTokens }), // prettier-ignore
          );
          break;
        }
        case 'refuse':
          count(outcome.refused, decision.reason);
          over(decision.call, calls.get(decision.call)!);
          events.add(now, () => goOn(program));
          break;
        case 'pause':
          expect(program.running, 'no call that runs is cut').to.equal(undefined);
          expect(program.place?.backend).to.equal(decision.backend);
          program.place = undefined;
          outcome.pauses++;
          break;
        case 'end':
          expect(program.running, 'a program ends after its calls').to.equal(undefined);
          program.place = undefined;
          count(outcome.ends, decision.reason);
          // One that was never served is new again with its next call.
          program.over = decision.reason === 'released' || decision.reason === 'lease';
          break;
      }
    }
    checkCapacity();
  };

  /** What each backend truly holds, shared text once. */
  const checkCapacity = (): void => {
    const held = new Map<string, { tokens: number; blocks: Set<string> }>();
    for (const program of placed) {
      const { place } = program;
      if (!place) {
        placed.delete(program);
        continue;
      }
      let at = held.get(place.backend);
      if (!at) held.set(place.backend, (at = { tokens: 0, blocks: new Set() }));
      const blocks = place.blocks.slice(0, Math.floor(place.tokens / BLOCK));
      at.tokens += place.tokens - blocks.length * BLOCK;
      for (const block of blocks) at.blocks.add(block);
    }
    for (const [backend, { tokens, blocks }] of held)
      expect(tokens + blocks.size * BLOCK, `${backend} at ${now} ms`).to.be.at.most(capacityTokens);
  };

  const die = (backend: string): void => {
    up.delete(backend);
    for (const program of programs.values()) if (program.place?.backend === backend) program.place = undefined;
    follow(scheduler.backendDown(backend, now));
    for (const [id, call] of calls) {
      if (call.state !== 'running' || call.backend !== backend) continue;
      if (random(2) === 0 && scheduler.canRetry(id)) {
        call.state = 'waiting';
        call.program.running = undefined;
        follow(scheduler.retry(id, now));
      } else finish(id, { outcome: 'failed' });
    }
    events.add(now + 500 + random(3000), () => {
      up.add(backend);
      follow(scheduler.backendUp(backend, now));
    });
  };

  for (let b = 0; b < backends; b++) {
    up.add(`b${b}`);
    follow(scheduler.backendUp(`b${b}`, 0));
    follow(scheduler.capacity(`b${b}`, capacityTokens, 0));
  }
  for (let p = 0; p < circumstances.programs; p++) {
    const group = random(groups);
    const blocks = Array.from({ length: 4 }, (_, i) => `group ${group}#${i}`);
    const program: SimulatedProgram = {
      ...{ key: `p${p}`, tenant: `t${p % tenants}`, blocks, promptTokens: 4 * BLOCK + random(100), turnsLeft: 1 + random(turns) },
      ...{ order: [], running: undefined, place: undefined, over: false },
    };
    programs.set(program.key, program);
    events.add(random(circumstances.arriveWithinMs + 1), () => come(program));
  }
  let lastDeath = 0;
  const tick = (): void => {
    follow(scheduler.tick(now));
    if (now - lastDeath >= 1000) {
      lastDeath = now;
      const [victim] = [...up].sort();
      if (random(100) < circumstances.killedBackends && victim !== undefined) die([...up][random(up.size)]!);
    }
    if (scheduler.programCount > 0 || events.size > 0) events.add(now + TICK_MS, tick);
  };
  events.add(TICK_MS, tick);
  for (let next = events.take(); next; next = events.take()) {
    expect(next.atMs, 'the simulation comes to an end').to.be.below(3_600_000);
    now = next.atMs;
    next.run();
  }
  expect(scheduler.programCount, 'programs left behind').to.equal(0);
  expect(scheduler.waitingCalls, 'calls left behind').to.equal(0);
  for (const view of scheduler.backendViews()) expect(view).to.deep.include({ usedTokens: 0, running: 0, programs: 0 });
  expect([...calls.values()].filter(({ state }) => state !== 'over')).to.deep.equal([]);
  return outcome;
}

/** Events by time, those of one time in the order in which they were added: a heap. */
export class Agenda {
  private readonly heap: { atMs: number; order: number; run: () => void }[] = [];
  private added = 0;

  get size(): number {
    return this.heap.length;
  }

  add(atMs: number, run: () => void): void {
    const { heap } = this;
    heap.push({ atMs, order: this.added++, run });
    for (let at = heap.length - 1; at > 0;) {
      const above = (at - 1) >> 1;
      if (this.before(above, at)) break;
      this.swap(above, at);
      at = above;
    }
  }

  take(): { atMs: number; run: () => void } | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2]) if (below < heap.length && this.before(below, least)) least = below;
      if (least === at) return first;
      this.swap(least, at);
      at = least;
    }
  }

  private before(a: number, b: number): boolean {
    const [first, second] = [this.heap[a]!, this.heap[b]!];
    return first.atMs !== second.atMs ? first.atMs < second.atMs : first.order < second.order;
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b]!, this.heap[a]!];
  }
}
