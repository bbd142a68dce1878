/**
 * The same programs on the same backends with the scheduler and without it, on a virtual clock: what test/bench/gateway.ts does through real
 * sockets, here exact and without a machine's noise. Model and cache are EMULATED.
 */
import { quantile } from 'simple-statistics';
import { promptOf, TokenRatios } from '../../../../harness/gateway/prompt.js';
import { Scheduler } from '../../../../harness/gateway/scheduling/scheduler.js';
import { DEFAULT_SETTINGS, type Decision, type SchedulerSettings } from '../../../../harness/gateway/scheduling/types.js';
import { jainIndex } from '../../../../scoring/statistics/jain.js';
import { EmulatedCache, type Taken } from '../emulated-cache.js';
import { Agenda, generator } from './world.js';

export const TURNS = 4;
/** Tokens that an answer has. */
export const ANSWER = 8;
export const EMULATED = { capacityTokens: 16_384, prefillMs: 0.1, decodeMs: 1 };
export const SETTINGS = { marginTokens: 16, outputTokens: 16, holdMs: 300 };

/** One program: a text that all share, one of its own, and what each turn adds: 4,800 bytes at its end, times `size`. */
export class Talk {
  private readonly random: (below: number) => number;
  private turns = 0;
  prompt: string;

  constructor(
    private readonly p: number,
    seed = 0,
    private readonly size = 1,
  ) {
    this.random = generator(seed * 65_536 + p + 1);
    this.prompt = `${'shared system text '.repeat(100 * size)}program ${p} of ${seed} ${'x'.repeat(1200 * size)}`;
  }

  /** The next turn's prompt; undefined after the last. */
  next(): string | undefined {
    if (this.turns === TURNS) return undefined;
    this.prompt += `turn ${this.turns++} of ${this.p} `.repeat((20 + this.random(30)) * this.size);
    return this.prompt;
  }

  /** How long its world takes before the next call. */
  actMs(): number {
    return 50 + this.random(100);
  }
}

/** What came of it. Times in milliseconds. */
export interface Measured {
  callsPerSecond: number;
  /** Share of the prompt tokens that were cached. */
  reused: number;
  p50Ms: number;
  p99Ms: number;
  /** Jain's index over the programs' calls a second, each from the beginning to its own end. */
  jain: number;
  /** Calls a second of the program that was over last. */
  slowest: number;
}

/** @param latencies of each call @param ends when each program was over, since all began */
export function measured(latencies: number[], ends: readonly number[], allMs: number, prompt: number, cached: number): Measured {
  const rates = ends.map((ms) => TURNS / ms);
  return {
    callsPerSecond: (latencies.length / allMs) * 1000,
    reused: cached / prompt,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    jain: jainIndex(rates)!,
    slowest: Math.min(...rates) * 1000,
  };
}

/** Plays all programs to their ends. @param settings of the scheduler; without them calls go to the backends in turn @param seed of what the programs say */
export function play(programs: number, backends: number, settings?: Partial<SchedulerSettings>, seed = 0): Measured {
  const events = new Agenda();
  let now = 0;
  const servers = new Map(Array.from({ length: backends }, (_, b) => [`b${b}`, new VirtualServer(events, () => now)]));
  const scheduler = settings && new Scheduler({ ...DEFAULT_SETTINGS, ...settings });
  const ratios = new TokenRatios(3.5);
  const blockBytes = Math.ceil((settings?.blockTokens ?? DEFAULT_SETTINGS.blockTokens) * 3.5 * 1.5);
  const latencies: number[] = [];
  const ends: number[] = [];
  const run = new Map<number, (backend: string) => void>();
  let nextCall = 0;
  const follow = (decisions: readonly Decision[]): void => {
    for (const each of decisions) {
      if (each.kind === 'refuse') throw new Error(`refused: ${each.reason}`);
      if (each.kind === 'start') run.get(each.call)!(each.backend);
    }
  };
  const turn = (talk: Talk, key: string): void => {
    const prompt = talk.next();
    if (prompt === undefined) {
      ends.push(now);
      follow(scheduler?.release(key, now) ?? []);
      return;
    }
    const askedMs = now;
    const id = nextCall++;
    const over = (): void => {
      latencies.push(now - askedMs);
      events.add(now + talk.actMs(), () => turn(talk, key));
    };
    const text = `user\n${prompt}`;
    if (!scheduler) return servers.get(`b${id % backends}`)!.ask(text, over);
    const { bytes, blocks } = promptOf({ model: 'm', messages: [{ role: 'user', content: prompt }] }, blockBytes);
    run.set(id, (backend) =>
      servers.get(backend)!.ask(text, ({ promptTokens, cachedTokens }) => {
        over();
        ratios.learn(key, 'm', bytes, promptTokens);
        follow(scheduler.ended(id, { outcome: 'done', promptTokens, cachedTokens, outputTokens: ANSWER }, now));
      }),
    );
    const promptTokens = ratios.estimate(key, 'm', bytes);
    follow(scheduler.arrive({ id, program: key, tenant: 'default', promptTokens, outputTokens: ANSWER, blocks }, now));
  };
  for (const id of servers.keys()) {
    scheduler?.backendUp(id, 0);
    scheduler?.capacity(id, EMULATED.capacityTokens, 0);
  }
  // As connections come one after another, not all in one moment.
  for (let p = 0; p < programs; p++) events.add(p / 10, () => turn(new Talk(p, seed), `p${p}`));
  const tick = (): void => {
    follow(scheduler!.tick(now));
    if (ends.length < programs) events.add(now + 20, tick);
  };
  if (scheduler) events.add(20, tick);
  for (let next = events.take(); next; next = events.take()) {
    now = next.atMs;
    if (now > 600_000) throw new Error('it does not come to an end');
    next.run();
  }
  const all = [...servers.values()];
  return measured(latencies, ends, Math.max(...ends), sum(all.map((each) => each.promptTokens)), sum(all.map((each) => each.cachedTokens)));
}

/** A server as ../emulated-backend.ts emulates it, on the virtual clock. */
class VirtualServer {
  promptTokens = 0;
  cachedTokens = 0;
  private readonly cache = new EmulatedCache(EMULATED.capacityTokens);
  private readonly queue: { prompt: string; over: (taken: Taken) => void }[] = [];
  private readFreeAt = 0;

  constructor(
    private readonly events: Agenda,
    private readonly now: () => number,
  ) {}

  ask(prompt: string, over: (taken: Taken) => void): void {
    this.queue.push({ prompt, over });
    this.admit();
  }

  private admit(): void {
    for (let next = this.queue[0]; next; next = this.queue[0]) {
      const taken = this.cache.take(next.prompt, ANSWER);
      if (!taken) return;
      this.queue.shift();
      this.promptTokens += taken.promptTokens;
      this.cachedTokens += taken.cachedTokens;
      this.readFreeAt = Math.max(this.now(), this.readFreeAt) + (taken.promptTokens - taken.cachedTokens) * EMULATED.prefillMs;
      const { over } = next;
      // The first piece comes when the prompt is read; after the last there are the counts and the end.
      this.events.add(this.readFreeAt + (ANSWER + 1) * EMULATED.decodeMs, () => {
        taken.release();
        over(taken);
        this.admit();
      });
    }
  }
}

function sum(of: readonly number[]): number {
  return of.reduce((total, each) => total + each, 0);
}
