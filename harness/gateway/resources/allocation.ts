/**
 * Who is given a world, and when: told what happens (programs ask, are admitted, end; worlds are prepared, lost, reclaimed), it says what to do.
 * It has no clock and starts nothing. What holds at all times:
 *
 * - of one kind there are never more worlds than its limit, those counted that are being prepared or could not be reclaimed
 * - programs that need one now (their call was admitted, or waits for the world) come first, in the order in which they began to; then, for
 *   `ahead` worlds at most, those among the next `ahead` programs in the scheduler's order
 * - a program has one world at most, and a preparation is tried `attempts` times for it
 * - every world whose preparation was begun is reclaimed: once, unless that fails, and then as often as `attempts` says
 */

export interface AllocationSettings {
  atOnce: number;
  ahead: number;
  attempts: number;
  kinds: Readonly<Record<string, { limit: number }>>;
}

/** What is to be done: the caller does it and tells how it went by `prepared` or `failed`, and by `reclaimed`. */
export type Step =
  | { do: 'prepare'; world: number; program: string; kind: string }
  /** Its program ended while it is prepared: the preparation may be broken off, and ends by `prepared` or `failed` as any other. */
  | { do: 'abandon'; world: number }
  | { do: 'reclaim'; world: number };

/** How a program stands with its resource. `idle`: it was silent for long, and is given another world with its next call. */
export type ClaimState = 'waiting' | 'preparing' | 'ready' | 'idle' | 'failed';

/** What may be seen of a claim. */
export interface ClaimView {
  kind: string;
  state: ClaimState;
  world?: number;
  /** How long its preparation took, and how much of that passed before the program needed it, in milliseconds. */
  preparedMs?: number;
  hiddenMs?: number;
  /** Preparations that failed, and why the last one did. */
  failures: number;
  trouble?: string;
}

/** How the preparation of a world went in time, in milliseconds. */
export interface Timing {
  preparedMs: number;
  hiddenMs: number;
}

interface World {
  id: number;
  kind: string;
  /** `doomed`: to be reclaimed; `left`: that failed for good. */
  phase: 'preparing' | 'ready' | 'doomed' | 'reclaiming' | 'left';
  claim: Claim | undefined;
  startedMs: number;
  isToldAbandoned: boolean;
  tries: number;
  retryAtMs: number;
}

interface Claim {
  program: string;
  kind: string;
  /** When the program began to need it. */
  neededMs: number | undefined;
  world: World | undefined;
  timing: Timing | undefined;
  isIdle: boolean;
  failures: number;
  trouble: string | undefined;
  retryAtMs: number;
}

/** The first pause before something that failed is tried again; it doubles each time. */
const RETRY_MS = 250;

export class Allocator {
  private readonly claims = new Map<string, Claim>();
  private readonly worlds = new Map<number, World>();
  /** Claims without a world that want one: those that need it now, in their order, and the others. */
  private readonly urgent = new Set<Claim>();
  private readonly early = new Set<Claim>();
  private nextWorld = 1;
  private isClosed = false;

  constructor(private readonly settings: AllocationSettings) {}

  /** A program asks for a kind. Again, after it was idle: it wants another world. @returns false when it has asked for another kind before */
  want(program: string, kind: string): boolean {
    let claim = this.claims.get(program);
    if (claim && claim.kind !== kind) return false;
    if (!claim) {
      claim = { program, kind, neededMs: undefined, world: undefined, timing: undefined, isIdle: false, failures: 0, trouble: undefined, retryAtMs: 0 }; // prettier-ignore
      this.claims.set(program, claim);
      this.enlist(claim);
    } else if (claim.isIdle) {
      claim.isIdle = false;
      claim.neededMs = undefined;
      this.enlist(claim);
    }
    return true;
  }

  /** A program needs its world from now on: a call of it was admitted, or waits for the world. */
  need(program: string, nowMs: number): void {
    const claim = this.claims.get(program);
    if (!claim || claim.neededMs !== undefined) return;
    claim.neededMs = nowMs;
    if (this.early.delete(claim)) this.urgent.add(claim);
  }

  /** A program was silent for long: it loses a world that is ready. */
  idle(program: string): void {
    const claim = this.claims.get(program);
    if (claim?.world?.phase !== 'ready') return;
    this.doom(claim.world);
    claim.isIdle = true;
  }

  /** A program ended. */
  ended(program: string): void {
    const claim = this.claims.get(program);
    if (!claim) return;
    this.claims.delete(program);
    this.urgent.delete(claim);
    this.early.delete(claim);
    const { world } = claim;
    if (world?.phase === 'ready') this.doom(world);
    else if (world) world.claim = undefined;
  }

  /** All programs end, and nothing more is prepared. */
  close(): void {
    this.isClosed = true;
    for (const program of [...this.claims.keys()]) this.ended(program);
  }

  /** A world is ready. @returns its times; undefined when its program has ended meanwhile */
  prepared(id: number, nowMs: number): Timing | undefined {
    const world = this.worlds.get(id)!;
    const { claim, startedMs } = world;
    world.phase = 'ready';
    if (!claim) {
      this.doom(world);
      return undefined;
    }
    const hiddenMs = Math.min(nowMs, Math.max(startedMs, claim.neededMs ?? nowMs)) - startedMs;
    claim.timing = { preparedMs: nowMs - startedMs, hiddenMs };
    claim.trouble = undefined;
    return claim.timing;
  }

  /** A world could not be prepared, or was ready and is lost. What there is of it is to be reclaimed. @returns whether a program wanted it */
  failed(id: number, trouble: string, nowMs: number): boolean {
    const world = this.worlds.get(id)!;
    if (world.phase !== 'preparing' && world.phase !== 'ready') return false;
    const { claim } = world;
    this.doom(world);
    if (!claim) return false;
    claim.failures++;
    claim.trouble = trouble;
    claim.retryAtMs = nowMs + RETRY_MS * 2 ** (claim.failures - 1);
    if (claim.failures < this.settings.attempts) this.enlist(claim);
    return true;
  }

  /** How the reclamation of a world went. @returns whether it is over: done, or given up */
  reclaimed(id: number, isDone: boolean, nowMs: number): boolean {
    const world = this.worlds.get(id)!;
    if (isDone) return this.worlds.delete(id);
    world.tries++;
    world.phase = world.tries < this.settings.attempts ? 'doomed' : 'left';
    world.retryAtMs = nowMs + RETRY_MS * 2 ** (world.tries - 1);
    return world.phase === 'left';
  }

  /** What is to be done now. @param order the next so many waiting programs in the scheduler's order; asked only where one may be prepared ahead */
  next(nowMs: number, order: (most: number) => readonly string[]): Step[] {
    const steps: Step[] = [];
    let [preparing, reclaiming, ahead] = [0, 0, 0];
    const used = new Map<string, number>();
    for (const { phase, kind, claim } of this.worlds.values()) {
      used.set(kind, (used.get(kind) ?? 0) + 1);
      if (phase === 'preparing') preparing++;
      else if (phase === 'reclaiming') reclaiming++;
      if (claim && claim.neededMs === undefined) ahead++;
    }
    for (const world of this.worlds.values()) {
      if (world.phase === 'preparing' && !world.claim && !world.isToldAbandoned) {
        world.isToldAbandoned = true;
        steps.push({ do: 'abandon', world: world.id });
      }
      if (world.phase !== 'doomed' || world.retryAtMs > nowMs || reclaiming >= this.settings.atOnce) continue;
      reclaiming++;
      world.phase = 'reclaiming';
      steps.push({ do: 'reclaim', world: world.id });
    }
    if (this.isClosed) return steps;
    const isFree = ({ kind, retryAtMs }: Claim): boolean => retryAtMs <= nowMs && (used.get(kind) ?? 0) < this.settings.kinds[kind]!.limit;
    const begin = (claim: Claim): void => {
      preparing++;
      used.set(claim.kind, (used.get(claim.kind) ?? 0) + 1);
      steps.push(this.begin(claim, nowMs));
    };
    for (const claim of this.urgent) {
      if (preparing >= this.settings.atOnce) return steps;
      if (isFree(claim)) begin(claim);
    }
    if (preparing >= this.settings.atOnce || ahead >= this.settings.ahead || ![...this.early].some(isFree)) return steps;
    for (const program of order(this.settings.ahead)) {
      if (preparing >= this.settings.atOnce || ahead >= this.settings.ahead) break;
      const claim = this.claims.get(program);
      if (!claim || !this.early.has(claim) || !isFree(claim)) continue;
      ahead++;
      begin(claim);
    }
    return steps;
  }

  /** When something that failed is to be tried again, the soonest; undefined when nothing is. */
  retryAtMs(nowMs: number): number | undefined {
    let soonest = Infinity;
    const see = (atMs: number): void => void (atMs > nowMs && atMs < soonest && (soonest = atMs));
    for (const { phase, retryAtMs } of this.worlds.values()) if (phase === 'doomed') see(retryAtMs);
    for (const claims of [this.urgent, this.early]) for (const { retryAtMs } of claims) see(retryAtMs);
    return soonest === Infinity ? undefined : soonest;
  }

  claim(program: string): ClaimView | undefined {
    const claim = this.claims.get(program);
    if (!claim) return undefined;
    const { kind, world, timing, failures, trouble } = claim;
    return {
      kind,
      state: this.stateOf(claim),
      ...(world === undefined ? {} : { world: world.id }),
      ...(world?.phase === 'ready' ? timing : {}),
      failures,
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  /** Programs that have a ready world of such a kind. */
  holders(kind: string): string[] {
    return [...this.worlds.values()].flatMap((world) => (world.kind === kind && world.phase === 'ready' && world.claim ? [world.claim.program] : [])); // prettier-ignore
  }

  /** Worlds of a kind by what becomes of them; `reclaiming` counts those that wait for it. */
  counts(kind: string): { preparing: number; ready: number; reclaiming: number; left: number } {
    const counts = { preparing: 0, ready: 0, reclaiming: 0, left: 0 };
    for (const { kind: its, phase } of this.worlds.values()) if (its === kind) counts[phase === 'doomed' ? 'reclaiming' : phase]++;
    return counts;
  }

  /** Whether no world is there that is not given up. */
  get isEmpty(): boolean {
    return [...this.worlds.values()].every(({ phase }) => phase === 'left');
  }

  private begin(claim: Claim, nowMs: number): Step {
    this.urgent.delete(claim);
    this.early.delete(claim);
    const id = this.nextWorld++;
    const { program, kind } = claim;
    claim.timing = undefined;
    claim.world = { id, kind, phase: 'preparing', claim, startedMs: nowMs, isToldAbandoned: false, tries: 0, retryAtMs: 0 };
    this.worlds.set(id, claim.world);
    return { do: 'prepare', world: id, program, kind };
  }

  private doom(world: World): void {
    world.phase = 'doomed';
    if (world.claim) world.claim.world = undefined;
    world.claim = undefined;
  }

  private enlist(claim: Claim): void {
    (claim.neededMs === undefined ? this.early : this.urgent).add(claim);
  }

  private stateOf({ world, isIdle, failures }: Claim): ClaimState {
    if (world) return world.phase === 'ready' ? 'ready' : 'preparing';
    if (isIdle) return 'idle';
    return failures >= this.settings.attempts ? 'failed' : 'waiting';
  }
}
