/** The scheduler's own records: programs with their calls, and backends with the programs whose caches they hold. */
import { Durations } from './durations.js';
import { footprint, Ledger, type Footprint } from './ledger.js';
import type { CallRequest, ProgramView, SchedulerSettings } from './types.js';

export interface WaitingCall extends CallRequest {
  arrivedMs: number;
  /** Backends that it is not sent to again: they failed it before it was answered. */
  failedOn: readonly string[];
  /** The same for calls of one tenant that the same backends may serve. */
  kind: string;
}

/** A call that waits from now on. */
export function waitingCall(request: CallRequest, arrivedMs: number, failedOn: readonly string[] = []): WaitingCall {
  const { tenant, backends } = request;
  return { ...request, arrivedMs, failedOn, kind: JSON.stringify([tenant, backends, failedOn]) };
}

export interface RunningCall {
  call: WaitingCall;
  startedMs: number;
  backend: Backend;
  /** Service that its tenant was charged. */
  charged: number;
  /** Tokens of its prompt that the backend had to compute, as far as is known. */
  freshTokens: number;
}

export class Program {
  /** Calls that wait, in the order in which they came. Only the first can start, and only when none runs. */
  readonly queue: WaitingCall[] = [];
  running: RunningCall | undefined;
  /** The backend that holds its cache, where its footprint is counted. */
  home: Backend | undefined;
  held: Footprint | undefined;
  /** Since when it has its place there. */
  placedMs = 0;
  /** The backend that served its last call. */
  lastServed: string | undefined;
  /** The backend that is being cleared for its call, which has waited too long. */
  clearing: Backend | undefined;
  contextTokens = 0;
  /** No call of it has been answered yet. */
  isNew = true;
  /** It was released while a call ran, and ends with it. */
  ending = false;
  forced = false;
  readonly durations = new Durations();
  readonly calls = { done: 0, cancelled: 0, failed: 0, refused: 0 };
  readonly times = { waitedMs: 0, prefillMs: 0, decodeMs: 0, actingMs: 0 };
  promptTokens = 0;
  cachedTokens = 0;
  outputTokens = 0;
  pauses = 0;
  moves = 0;

  constructor(
    readonly key: string,
    readonly tenant: string,
    readonly oneOff: boolean,
    readonly parent: string | undefined,
    /** When a call of it came or ended last. */
    public activeMs: number,
  ) {}

  /** Its place is kept though no call of it runs. */
  get isBetweenCalls(): boolean {
    return this.running === undefined;
  }

  view(nowMs: number): ProgramView {
    const { key, tenant, running, queue, home, contextTokens, calls, promptTokens, cachedTokens, outputTokens, times, pauses, moves } =
      this;
    const status = running ? 'reasoning' : queue.length > 0 ? 'waiting' : home ? 'acting' : 'paused';
    const backend = running?.backend.id ?? home?.id;
    return {
      program: key,
      tenant,
      status,
      ...(backend === undefined ? {} : { backend }),
      contextTokens,
      waitingCalls: queue.length,
      silentMs: running || queue.length > 0 ? 0 : nowMs - this.activeMs,
      calls: { ...calls },
      promptTokens,
      cachedTokens,
      outputTokens,
      times: { ...times },
      pauses,
      moves,
    };
  }
}

export class Backend {
  up = true;
  capacityTokens = Infinity;
  readonly durations = new Durations();
  /** Programs whose cache it holds. */
  readonly programs = new Set<Program>();
  /** Calls of these run on it. */
  readonly running = new Set<Program>();
  /** What all its programs take, and what those alone take whose calls run. */
  all: Ledger;
  busy: Ledger;
  /** Tokens of prompts that the calls which run on it had to compute: what stands before the next one. */
  backlogTokens = 0;
  /** When it was cleared last for a call that had waited too long. */
  clearedMs = -Infinity;
  /** The program for which it is being cleared in the pass under way. */
  reservedFor: Program | undefined;

  constructor(
    readonly id: string,
    /** Calls that may run at once. */
    public mostRunning: number,
    private readonly settings: SchedulerSettings,
  ) {
    this.all = new Ledger(settings.blockTokens);
    this.busy = new Ledger(settings.blockTokens);
  }

  /** What a call would take: prompt, answer and margin. */
  footprintOf({ promptTokens, outputTokens, blocks }: Pick<CallRequest, 'promptTokens' | 'outputTokens' | 'blocks'>): Footprint {
    const { marginTokens, blockTokens } = this.settings;
    return footprint(promptTokens + outputTokens + marginTokens, blocks, blockTokens);
  }

  /** Tokens of a prompt that are in no prefix which it holds. */
  notHeld({ promptTokens, blocks }: Pick<CallRequest, 'promptTokens' | 'blocks'>): number {
    return this.all.extra(footprint(promptTokens, blocks, this.settings.blockTokens));
  }

  /** Takes a program in, or changes what it takes. `isRunning`: a call of it runs with this. */
  hold(program: Program, held: Footprint, isRunning: boolean): void {
    this.drop(program);
    this.all.add(held);
    if (isRunning) {
      this.busy.add(held);
      this.running.add(program);
    }
    this.programs.add(program);
    program.home = this;
    program.held = held;
  }

  /** Forgets a program. */
  drop(program: Program): void {
    if (program.home !== this) return;
    this.all.remove(program.held!);
    if (this.running.delete(program)) this.busy.remove(program.held!);
    this.programs.delete(program);
    program.home = undefined;
    program.held = undefined;
  }

  /** All that it held is gone. */
  clear(): void {
    for (const program of [...this.programs]) this.drop(program);
    this.all = new Ledger(this.settings.blockTokens);
    this.busy = new Ledger(this.settings.blockTokens);
  }
}
