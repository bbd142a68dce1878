/** The allocation of worlds carried out: worlds are prepared and reclaimed, programs are told where theirs are. */
import { performance } from 'node:perf_hooks';
import type { Registry } from 'prom-client';
import { Allocator, type ClaimState, type Step } from './allocation.js';
import { ResourceFigures, type WorldCounts } from './figures.js';
import { Ports } from './ports.js';
import { openRoot, reportLine, type WorldsRoot } from './root.js';
import type { ResourceSettings } from './settings.js';
import { World, type WorldAddress } from './world.js';

/** A program's resource as it is told. */
export interface ToldResource extends WorldAddress {
  kind: string;
  state: ClaimState;
  /** How long its preparation took, and how much of that passed before a call of the program was admitted, in milliseconds. */
  preparedMs?: number;
  hiddenMs?: number;
  failures: number;
  trouble?: string;
}

/** What resources ask of the gateway. */
export interface Surroundings {
  registry: Registry;
  /** Programs that wait, the next so many of them in the scheduler's order. */
  order(most: number): readonly string[];
  /** How long no call of a program has waited or run, in milliseconds. */
  silentMs(program: string): number;
  /** What may have been waited for is there, or will not be. */
  settled(program: string): void;
  say(line: string): void;
}

export class Resources {
  private readonly allocator: Allocator;
  private readonly figures: ResourceFigures;
  private readonly ports = new Ports();
  private readonly worlds = new Map<number, { world: World; kind: string; program: string; abandon: AbortController }>();
  private timer: NodeJS.Timeout | undefined;
  private emptied: (() => void) | undefined;
  private isStepping = false;

  private constructor(
    private readonly settings: ResourceSettings,
    private readonly root: WorldsRoot,
    private readonly around: Surroundings,
  ) {
    this.allocator = new Allocator(settings);
    this.figures = new ResourceFigures(around.registry, () => this.counts());
  }

  /** Takes the folder of all worlds and reclaims what an earlier gateway left there. @throws ConfigurationError */
  static async open(settings: ResourceSettings, around: Surroundings): Promise<Resources> {
    const root = await openRoot(settings, around.say);
    const line = reportLine(root.report);
    if (line !== undefined) around.say(line);
    for (const each of root.report.left) around.say(`not reclaimed: ${each}`);
    return new Resources(settings, root, around);
  }

  /** The kinds that programs may ask for. */
  get kinds(): string[] {
    return Object.keys(this.settings.kinds);
  }

  /** The kind of programs that ask for none; undefined: they get none. */
  get defaultKind(): string | undefined {
    return this.settings.default;
  }

  /** The kind that a program has asked for. */
  kindOf(program: string): string | undefined {
    return this.allocator.claim(program)?.kind;
  }

  /** A call of a program came that asks for a kind. @param isNeeded the call waits for it @returns false when the program has another kind */
  want(program: string, kind: string, isNeeded: boolean): boolean {
    const isTaken = this.allocator.want(program, kind);
    if (isTaken && isNeeded) this.allocator.need(program, performance.now());
    this.step();
    return isTaken;
  }

  /** A call of a program was admitted. */
  admitted(program: string): void {
    if (this.allocator.claim(program) === undefined) return;
    this.allocator.need(program, performance.now());
    this.step();
  }

  /** A program ended. */
  ended(program: string): void {
    this.allocator.ended(program);
    this.step();
  }

  /** Time passed: programs that were silent for long lose their worlds. */
  tick(): void {
    for (const [kind, { idleS }] of Object.entries(this.settings.kinds)) {
      if (idleS === undefined) continue;
      for (const program of this.allocator.holders(kind)) if (this.around.silentMs(program) >= idleS * 1000) this.allocator.idle(program);
    }
    this.step();
  }

  /** Whether a call need not wait for its program's world: it is there, or will not be. */
  isSettled(program: string): boolean {
    const state = this.allocator.claim(program)?.state;
    return state === undefined || state === 'ready' || state === 'failed';
  }

  /** How a program stands with its resource; undefined when it has asked for none. */
  told(program: string): ToldResource | undefined {
    const claim = this.allocator.claim(program);
    if (!claim) return undefined;
    const { world, preparedMs, hiddenMs, ...rest } = claim;
    const times = preparedMs === undefined ? {} : { preparedMs: Math.round(preparedMs), hiddenMs: Math.round(hiddenMs!) };
    const address = claim.state === 'ready' ? this.worlds.get(world!)!.world.address : {};
    return { ...rest, ...times, ...address };
  }

  /** This gateway's worlds of each kind by what becomes of them. */
  counts(): Map<string, WorldCounts> {
    return new Map(this.kinds.map((kind) => [kind, this.allocator.counts(kind)]));
  }

  /** What could not be reclaimed of an earlier gateway. */
  get notReclaimed(): readonly string[] {
    return this.root.report.left;
  }

  /** Reclaims all worlds and gives the folder back. What could not be reclaimed stays in the journal, for the next start. */
  async close(): Promise<void> {
    this.allocator.close();
    const over = new Promise<void>((resolve) => (this.emptied = resolve));
    this.step();
    await over;
    clearTimeout(this.timer);
    await this.root.close();
  }

  private step(): void {
    if (this.isStepping) return;
    this.isStepping = true;
    for (const step of this.allocator.next(performance.now(), (most) => this.around.order(most))) this.take(step);
    this.isStepping = false;
    clearTimeout(this.timer);
    const nowMs = performance.now();
    const retryAtMs = this.allocator.retryAtMs(nowMs);
    if (retryAtMs !== undefined) this.timer = setTimeout(() => this.step(), retryAtMs - nowMs + 1);
    if (this.allocator.isEmpty) this.emptied?.();
  }

  private take(step: Step): void {
    if (step.do === 'prepare') void this.prepare(step.world, step.program, step.kind);
    else if (step.do === 'abandon') this.worlds.get(step.world)!.abandon.abort(new Error('its program ended'));
    else void this.reclaim(step.world);
  }

  private async prepare(id: number, program: string, kindName: string): Promise<void> {
    const { root, ports, settings } = this;
    const abandon = new AbortController();
    const name = `${root.journal.start}-${id}`;
    const terms = { name, kindName, kind: settings.kinds[kindName]!, program, root, ports, here: settings.here };
    const world = new World(terms, (how) => this.fail(id, 'lost', how));
    this.worlds.set(id, { world, kind: kindName, program, abandon });
    try {
      await world.prepare(abandon.signal);
    } catch (error) {
      return this.fail(id, 'prepare', (error as Error).message);
    }
    const timing = this.allocator.prepared(id, performance.now());
    if (timing) this.figures.ready(kindName, timing);
    this.step();
    this.around.settled(program);
  }

  private fail(id: number, step: 'prepare' | 'lost', why: string): void {
    const { kind, program } = this.worlds.get(id)!;
    if (this.allocator.failed(id, why, performance.now())) {
      this.figures.failed(kind, step);
      this.around.say(`${program}: ${kind}: ${why}`);
    }
    this.step();
    this.around.settled(program);
  }

  private async reclaim(id: number): Promise<void> {
    const { world, kind, program } = this.worlds.get(id)!;
    let why: string | undefined;
    try {
      await world.reclaim();
      this.figures.gone(kind);
    } catch (error) {
      why = (error as Error).message;
      this.figures.failed(kind, 'reclaim');
    }
    const isOver = this.allocator.reclaimed(id, why === undefined, performance.now());
    if (why !== undefined) this.around.say(`${program}: ${kind}: ${isOver ? 'not reclaimed, and given up until the next start' : 'not reclaimed yet'}: ${why}`); // prettier-ignore
    if (why === undefined) this.worlds.delete(id);
    this.step();
  }
}
