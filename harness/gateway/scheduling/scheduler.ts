/**
 * The scheduler: told what happens (calls come, end, are given up; backends die and come back; time passes), it says what to do. It has no sockets
 * and no clock. What holds at all times:
 *
 * - a call that runs is never cut; programs lose their place between calls only
 * - calls of one program start in the order in which they came, one at a time
 * - what a backend's programs are charged never grows past its capacity; it may be over it only while what runs was charged too little
 * - every call ends: it starts or is refused within a stated time, whoever else wants to be served
 * - a program ends for certain: with its one call, when it is released, or when it was silent for the length of a lease
 */
import type { Footprint } from './ledger.js';
import { footprint } from './ledger.js';
import { backendsFor, canEverHold, freshTokens, likelyOrder, placeWaiting, relieve, type Scene } from './placing.js';
import { Backend, Program, waitingCall, type WaitingCall } from './program.js';
import { serviceOf, Tenants } from './tenants.js';
import type { BackendView, CallEnd, CallRequest, Decision, EndReason, ProgramView, RefusalReason, SchedulerSettings } from './types.js';

export class Scheduler {
  private readonly backends = new Map<string, Backend>();
  private readonly programs = new Map<string, Program>();
  /** Which program a call that waits or runs belongs to. */
  private readonly calls = new Map<number, Program>();
  private readonly tenants: Tenants;
  private readonly waiting = new Map<string, Set<Program>>();
  private readonly forced = new Set<Program>();
  private runningCalls = 0;
  private decisions: Decision[] = [];

  constructor(readonly settings: SchedulerSettings) {
    this.tenants = new Tenants(settings.weights);
  }

  /** A backend is there from the start, or again. @param mostRunning calls that may run on it at once */
  backendUp(id: string, nowMs: number, mostRunning = Infinity): Decision[] {
    const known = this.backends.get(id);
    if (known) Object.assign(known, { up: true, mostRunning });
    else this.backends.set(id, new Backend(id, mostRunning, this.settings));
    return this.decided(nowMs);
  }

  /** A backend is gone with all that it held. Calls that run on it are for the caller to end; their programs go elsewhere with their next ones. */
  backendDown(id: string, nowMs: number): Decision[] {
    const backend = this.backends.get(id);
    if (!backend?.up) return [];
    backend.up = false;
    backend.clear();
    return this.decided(nowMs);
  }

  /** How many tokens a backend's cache holds; Infinity: nobody knows. */
  capacity(id: string, tokens: number, nowMs: number): Decision[] {
    const backend = this.backends.get(id);
    if (!backend || backend.capacityTokens === tokens) return [];
    backend.capacityTokens = tokens;
    relieve(this.scene(nowMs), backend);
    // What waited for room that there is no more is told so.
    for (const program of this.allWaiting()) {
      if (this.exceeds(program.queue[0]!)) this.refuse(program, program.queue[0]!, 'context_exceeds_capacity', nowMs);
    }
    return this.decided(nowMs);
  }

  /** A call came. */
  arrive(request: CallRequest, nowMs: number): Decision[] {
    const { settings } = this;
    let program = this.programs.get(request.program);
    const call = waitingCall(request, nowMs);
    if (!program && this.programs.size >= settings.mostPrograms) return [refusal(call, 'overloaded')];
    if (this.waitingCalls >= settings.mostWaiting) return [refusal(call, 'overloaded')];
    if (program?.ending) return [refusal(call, 'program_released')];
    if (!program) {
      program = new Program(request.program, request.tenant, request.oneOff ?? false, request.parent, nowMs);
      this.programs.set(program.key, program);
    }
    if (!program.running && program.queue.length === 0) {
      program.times.actingMs += program.isNew ? 0 : nowMs - program.activeMs;
      program.activeMs = nowMs;
    }
    program.queue.push(call);
    this.calls.set(call.id, program);
    this.tenants.enter(program.tenant);
    if (!program.running && program.queue.length === 1) this.toWaiting(program);
    if (this.exceeds(call)) this.refuse(program, call, 'context_exceeds_capacity', nowMs);
    else this.refuseIfLate(program, call, nowMs);
    return this.decided(nowMs);
  }

  /** Prompts of calls that wait are estimated anew. @param tokens of a call's prompt; undefined: as before */
  restate(tokens: (id: number) => number | undefined, nowMs: number): Decision[] {
    for (const program of this.programs.values())
      for (const call of program.queue) call.promptTokens = tokens(call.id) ?? call.promptTokens;
    return this.decided(nowMs);
  }

  /** What a call waited for beside its turn is there, or is waited for no longer. */
  unhold(id: number, nowMs: number): Decision[] {
    const program = this.calls.get(id);
    const call = program?.queue.find((each) => each.id === id);
    if (!program || !call?.held) return [];
    call.held = false;
    if (!program.running && program.queue[0] === call) this.toWaiting(program);
    return this.decided(nowMs);
  }

  /** A call that ran is over. */
  ended(id: number, end: CallEnd, nowMs: number): Decision[] {
    const program = this.calls.get(id);
    const running = program?.running;
    if (!program || running?.call.id !== id) return [];
    const { call, backend, startedMs, charged } = running;
    backend.backlogTokens -= running.freshTokens;
    // One that failed uncounted, or was given up unanswered, was not served as far as is known: its program holds what it held, and nobody pays.
    const isAnswered = end.outcome === 'done' || (end.outcome === 'cancelled' && end.firstByteMs !== undefined);
    const isServed = isAnswered || end.promptTokens !== undefined;
    const promptTokens = end.promptTokens ?? (isServed ? call.promptTokens : 0);
    const outputTokens = end.outputTokens ?? 0;
    program.running = undefined;
    this.runningCalls--;
    program.isNew = false;
    program.activeMs = nowMs;
    if (isServed) program.contextTokens = promptTokens + outputTokens;
    program.calls[end.outcome]++;
    program.promptTokens += promptTokens;
    program.cachedTokens += end.cachedTokens ?? 0;
    program.outputTokens += outputTokens;
    program.times.prefillMs += (end.firstByteMs ?? nowMs) - startedMs;
    program.times.decodeMs += nowMs - (end.firstByteMs ?? nowMs);
    // A call that its client gave up took at least so long; one that failed tells nothing.
    if (end.outcome === 'done' || (end.outcome === 'cancelled' && end.firstByteMs !== undefined)) {
      program.durations.add(nowMs, nowMs - startedMs);
      backend.durations.add(nowMs, nowMs - startedMs);
    }
    this.tenants.serve(program.tenant, serviceOf(promptTokens, outputTokens) - charged);
    this.calls.delete(id);
    if (program.home === backend) {
      const tokens = program.contextTokens + this.settings.marginTokens;
      backend.hold(program, footprint(tokens, call.blocks, this.settings.blockTokens), false);
    }
    this.tenants.leave(program.tenant);
    if (program.oneOff || program.ending) this.end(program, program.ending ? 'released' : 'one-off', nowMs);
    else if (program.queue.length > 0) this.toWaiting(program);
    if (backend.up) relieve(this.scene(nowMs), backend);
    return this.decided(nowMs);
  }

  /** A call that ran failed before anything of it was answered: it waits again, before the program's others, for another backend. */
  retry(id: number, nowMs: number): Decision[] {
    const program = this.calls.get(id);
    const running = program?.running;
    if (!program || running?.call.id !== id) return [];
    const { call, backend, charged } = running;
    backend.backlogTokens -= running.freshTokens;
    program.running = undefined;
    this.runningCalls--;
    this.tenants.serve(program.tenant, -charged);
    backend.drop(program);
    program.queue.unshift(waitingCall(call, call.arrivedMs, [...call.failedOn, backend.id]));
    if (program.ending) this.refuse(program, program.queue[0]!, 'program_released', nowMs);
    else this.toWaiting(program);
    return this.decided(nowMs);
  }

  /** Whether there is a backend that a call which failed on its own may be sent to as well. */
  canRetry(id: number): boolean {
    const running = this.calls.get(id)?.running;
    if (running?.call.id !== id) return false;
    return backendsFor({ backends: this.backends }, running.call).some(({ id: other }) => other !== running.backend.id);
  }

  /** The client of a call that waits went away. Of one that runs `ended` is told. */
  hungUp(id: number, nowMs: number): Decision[] {
    const program = this.calls.get(id);
    const call = program?.queue.find((each) => each.id === id);
    if (!program || !call) return [];
    program.calls.cancelled++;
    this.withdraw(program, call, nowMs);
    return this.decided(nowMs);
  }

  /** Ends a program: what waits of it is refused, and a call that runs is its last. Returns undefined when there is no such program. */
  release(key: string, nowMs: number): Decision[] | undefined {
    const program = this.programs.get(key);
    if (!program) return undefined;
    program.ending = true;
    for (const call of [...program.queue]) this.refuse(program, call, 'program_released', nowMs);
    if (!program.running && this.programs.has(key)) this.end(program, 'released', nowMs);
    return this.decided(nowMs);
  }

  /** Time passed: leases end, deadlines become unreachable, waiting becomes too long. To be called several times a second while calls wait. */
  tick(nowMs: number): Decision[] {
    const { forceAfterMs, refuseAfterMs, leaseMs } = this.settings;
    for (const program of [...this.programs.values()]) {
      for (const call of [...program.queue]) {
        if (nowMs - call.arrivedMs >= refuseAfterMs) this.refuse(program, call, 'waited_too_long', nowMs);
        else if (this.exceeds(call)) this.refuse(program, call, 'context_exceeds_capacity', nowMs);
        else this.refuseIfLate(program, call, nowMs);
      }
      const head = program.queue[0];
      if (head && !head.held && !program.running && !program.forced && nowMs - head.arrivedMs >= forceAfterMs) program.forced = true;
      if (!head && !program.running && nowMs - program.activeMs >= leaseMs && this.programs.has(program.key))
        this.end(program, 'lease', nowMs);
    }
    const due = this.allWaiting().filter(({ forced }) => forced);
    this.forced.clear();
    for (const program of due.sort((a, b) => a.queue[0]!.arrivedMs - b.queue[0]!.arrivedMs || a.queue[0]!.id - b.queue[0]!.id))
      this.forced.add(program);
    return this.decided(nowMs);
  }

  /** Calls that wait, those behind a running one of their program included. */
  get waitingCalls(): number {
    return this.calls.size - this.runningCalls;
  }

  /** The next so many programs whose calls wait, in the order in which they are likely to start; those that are held come last. */
  waitingOrder(most: number, nowMs: number): string[] {
    const inTurn = likelyOrder(this.scene(nowMs), most);
    for (const program of this.programs.values()) {
      if (inTurn.length >= most) break;
      if (!program.running && program.queue[0]?.held) inTurn.push(program);
    }
    return inTurn.map(({ key }) => key);
  }

  has(key: string): boolean {
    return this.programs.has(key);
  }

  get programCount(): number {
    return this.programs.size;
  }

  /** Tenants that are remembered. */
  get tenantCount(): number {
    return this.tenants.size;
  }

  program(key: string, nowMs: number): ProgramView | undefined {
    return this.programs.get(key)?.view(nowMs);
  }

  programViews(nowMs: number): ProgramView[] {
    return [...this.programs.values()].map((program) => program.view(nowMs));
  }

  backendViews(): BackendView[] {
    return [...this.backends.values()].map(({ id, up, capacityTokens, all, running, programs }) => ({
      backend: id,
      up,
      ...(capacityTokens === Infinity ? {} : { capacityTokens }),
      usedTokens: all.used,
      running: running.size,
      programs: programs.size,
    }));
  }

  private allWaiting(): Program[] {
    return [...this.waiting.values()].flatMap((programs) => [...programs]);
  }

  private toWaiting(program: Program): void {
    if (program.queue[0]!.held) return;
    let programs = this.waiting.get(program.tenant);
    if (!programs) this.waiting.set(program.tenant, (programs = new Set()));
    programs.add(program);
  }

  private fromWaiting(program: Program): void {
    const programs = this.waiting.get(program.tenant);
    programs?.delete(program);
    if (programs?.size === 0) this.waiting.delete(program.tenant);
    this.forced.delete(program);
    program.forced = false;
    program.clearing = undefined;
  }

  private start(program: Program, backend: Backend, held: Footprint, nowMs: number): void {
    const call = program.queue.shift()!;
    const fresh = freshTokens(this.programs, program, call, backend);
    backend.backlogTokens += fresh;
    this.fromWaiting(program);
    if (program.home !== backend) {
      program.home?.drop(program);
      program.placedMs = nowMs;
    }
    backend.hold(program, held, true);
    if (program.lastServed !== undefined && program.lastServed !== backend.id) program.moves++;
    program.lastServed = backend.id;
    const charged = serviceOf(call.promptTokens, call.outputTokens);
    this.tenants.serve(program.tenant, charged);
    const waitedMs = nowMs - call.arrivedMs;
    program.times.waitedMs += waitedMs;
    program.running = { call, startedMs: nowMs, backend, charged, freshTokens: fresh };
    this.runningCalls++;
    this.decisions.push({ kind: 'start', call: call.id, program: program.key, backend: backend.id, waitedMs });
  }

  /** Takes a call that waits out of its program. */
  private withdraw(program: Program, call: WaitingCall, nowMs: number): void {
    const wasHead = program.queue[0] === call;
    program.queue.splice(program.queue.indexOf(call), 1);
    this.calls.delete(call.id);
    this.tenants.leave(program.tenant);
    if (program.running) return;
    if (wasHead) {
      this.fromWaiting(program);
      program.activeMs = nowMs;
      if (program.queue.length > 0) this.toWaiting(program);
    }
    // A program that never was served, and one that is a single call, leave nothing behind.
    if (program.queue.length === 0 && (program.oneOff || program.ending || program.isNew))
      this.end(program, program.ending ? 'released' : program.oneOff ? 'one-off' : 'unserved', nowMs);
  }

  private refuse(program: Program, call: WaitingCall, reason: RefusalReason, nowMs: number, estimateMs?: number): void {
    program.calls.refused++;
    this.decisions.push(refusal(call, reason, estimateMs));
    this.withdraw(program, call, nowMs);
  }

  private end(program: Program, reason: EndReason, nowMs: number): void {
    const view = program.view(nowMs);
    program.home?.drop(program);
    this.programs.delete(program.key);
    this.decisions.push({ kind: 'end', program: program.key, reason, view });
  }

  /** A call that is certain to come too late, by the times of calls like it, is not computed at all. */
  private refuseIfLate(program: Program, call: WaitingCall, nowMs: number): void {
    if (call.deadlineMs === undefined) return;
    if (backendsFor({ backends: this.backends }, call).length === 0) return this.refuse(program, call, 'no_backend', nowMs);
    const estimateMs = this.estimateMs(program, call, nowMs) ?? 0;
    if (nowMs + estimateMs >= call.deadlineMs) this.refuse(program, call, 'deadline_unreachable', nowMs, estimateMs);
  }

  /** How long a call takes once it starts: as the program's latest did, or as the quickest backend's. */
  private estimateMs(program: Program, call: WaitingCall, nowMs: number): number | undefined {
    const own = program.durations.estimateMs(nowMs);
    if (own !== undefined) return own;
    const of = backendsFor({ backends: this.backends }, call).map(({ durations }) => durations.estimateMs(nowMs));
    return of.length === 0 || of.includes(undefined) ? undefined : Math.min(...(of as number[]));
  }

  /** Whether a call fits into no backend that may serve it, dead ones included. */
  private exceeds(call: WaitingCall): boolean {
    const named = [...this.backends.values()].filter(({ id }) => call.backends === undefined || call.backends.includes(id));
    return named.length > 0 && named.every((backend) => !canEverHold(backend, { queue: [call] }));
  }

  private scene(nowMs: number): Scene {
    const { settings, backends, programs, tenants, waiting, forced } = this;
    return {
      ...{ settings, backends, programs, tenants, waiting, forced, nowMs },
      start: (program, backend, held) => this.start(program, backend, held, nowMs),
      decide: (decision) => void this.decisions.push(decision),
    };
  }

  /** What was decided since the last event, after one more pass over what waits. */
  private decided(nowMs: number): Decision[] {
    if (this.waiting.size > 0) placeWaiting(this.scene(nowMs));
    const { decisions } = this;
    this.decisions = [];
    return decisions;
  }
}

function refusal({ id, program }: CallRequest, reason: RefusalReason, estimateMs?: number): Decision {
  return { kind: 'refuse', call: id, program, reason, ...(estimateMs === undefined ? {} : { estimateMs }) };
}
