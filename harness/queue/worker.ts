/** A worker: takes jobs from a queue one at a time, has them played in a process beside it, and hands in what came of them. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BudgetLimits } from '../endpoints/budget.js';
import { hashOf } from '../configuration/hash.js';
import { isAway, type QueueDatabase } from './connection.js';
import { workForm, type Work } from './work.js';
import { expireLeases } from './leases.js';
import type { PlayerOrder, PlayerWord } from './player-process.js';
import type { Answer, PlayingSettings, Task } from './playing.js';
import { Taker, type Lease, type WorkerCard } from './taking.js';

/** How often a worker without a job looks for one, in milliseconds. */
const LOOK_MS = 1000;
/** So often in the time of a lease a worker is heard of. */
const BEATS = 4;
/** How long a job may take, in milliseconds: a job that hangs would be kept for ever. */
const limitMs = ({ expectedS }: Work): number => 600_000 + 20_000 * expectedS;
/** How long a job that is stopped may take to end. */
const STOP_MS = 15_000;

export interface WorkerSettings {
  card: WorkerCard;
  mayCommand: boolean;
  budget: BudgetLimits;
  /** Ends after so long without a job, in milliseconds; absent: never. */
  idleMs?: number;
  say: (line: string) => void;
  signal: AbortSignal;
}

/** The process that plays. Started when it is needed, again when it has died. */
class PlayerProcess {
  private child: ChildProcess | undefined;

  constructor(
    private readonly settings: PlayingSettings,
    private readonly say: (line: string) => void,
  ) {}

  /** Has a job done. @param signal stops it */
  async do(task: Task, signal: AbortSignal): Promise<Answer> {
    if (this.child && (this.child.exitCode !== null || this.child.signalCode !== null)) this.child = undefined; // between two jobs
    const child = (this.child ??= this.start());
    const order = (what: PlayerOrder): void => void (child.connected && child.send(what));
    let limit: NodeJS.Timeout | undefined;
    let why: string | undefined;
    let hear: (message: unknown) => void = () => undefined;
    let ended: (code: number | null, killed: NodeJS.Signals | null) => void = () => undefined;
    const killAfter = (ms: number, reason: string): void => {
      clearTimeout(limit);
      limit = setTimeout(() => ((why = reason), child.kill('SIGKILL')), ms);
    };
    const stop = (): void => (order({ order: 'stop' }), killAfter(STOP_MS, 'it did not stop'));
    try {
      return await new Promise<Answer>((resolve) => {
        hear = (message) => {
          const word = message as PlayerWord;
          if (word.word === 'line') this.say(word.line);
          else resolve(word.answer);
        };
        child.on('message', hear);
        ended = (code, killed) => {
          if (this.child === child) this.child = undefined;
          resolve(signal.aborted ? { kind: 'stopped' } : { kind: 'failed', why: why ?? `the process that played it ended (${killed ?? `exit status ${code}`})`, gaveUp: false }); // prettier-ignore
        };
        child.once('exit', ended);
        signal.addEventListener('abort', stop, { once: true });
        killAfter(limitMs(task.work), `it was not over after ${Math.round(limitMs(task.work) / 60_000)} minutes`);
        if (signal.aborted) stop();
        order({ order: 'do', task });
      });
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', stop);
      child.off('message', hear).off('exit', ended);
    }
  }

  /** Ends it, with everything that it started. */
  async stop(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.disconnect();
    await ended;
    clearTimeout(kill);
  }

  private start(): ChildProcess {
    return fork(fileURLToPath(new URL('./player-process.js', import.meta.url)), [JSON.stringify(this.settings)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
}

/** A job that is being done. */
interface Held {
  lease: Lease;
  /** Aborted when the job was lost or the worker stops. */
  stop: AbortController;
}

export class Worker {
  private readonly taker: Taker;
  private held: Held | undefined;
  private isPresent = false;
  /** Plans by their sweep: read once. */
  private plan: { sweep: string; text: string } | undefined;

  constructor(
    private readonly queue: QueueDatabase,
    private readonly settings: WorkerSettings,
  ) {
    this.taker = new Taker(queue, settings.card);
  }

  /** Works until it is stopped, or has had nothing to do for long enough. What was begun is put back when it is stopped. */
  async run(): Promise<void> {
    const { card, mayCommand, budget, say, signal, idleMs } = this.settings;
    // One process of this name works at a time, so what lies here is an earlier one's.
    const place = join(tmpdir(), `tickbench-worker-${process.getuid?.() ?? 0}-${hashOf(card.name)}`);
    await this.signIn();
    if (signal.aborted) return;
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place, { mode: 0o700 });
    const folder = mkdtempSync(join(place, 'run-'));
    // Counted here, calls outlive whoever makes them: a process that plays may be killed, or begin another sweep.
    const tallies = join(folder, 'calls');
    mkdirSync(tallies);
    const player = new PlayerProcess({ machine: card.machine, folder, mayCommand, budget: { ...budget, tallies } }, say);
    const beating = this.beat();
    const interrupt = (): void => this.held?.stop.abort();
    signal.addEventListener('abort', interrupt);
    try {
      let idleSince = performance.now();
      while (!signal.aborted) {
        if (!this.isPresent) await this.signIn();
        const lease = signal.aborted ? undefined : await this.patiently(() => this.taker.take());
        if (lease) {
          await this.work(lease, player);
          idleSince = performance.now();
          continue;
        }
        await this.patiently(() => expireLeases(this.queue));
        if (idleMs !== undefined && performance.now() - idleSince >= idleMs) return say('nothing to do for long enough');
        await this.pause(LOOK_MS);
      }
    } finally {
      signal.removeEventListener('abort', interrupt);
      await player.stop();
      this.isPresent = false;
      await beating.end();
      await this.taker.leave().catch(() => undefined); // else its name is free when its lease has run out
      rmSync(place, { recursive: true, force: true });
    }
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.queue.patiently(work, this.settings.signal);
    } catch (error) {
      if (this.settings.signal.aborted && isAway(error)) return undefined;
      throw error;
    }
  }

  /** Waits until no other worker is in the way. */
  private async signIn(): Promise<void> {
    const { card, say, signal } = this.settings;
    for (let told = false; !signal.aborted;) {
      const found = await this.patiently(async () => ({ other: await this.taker.present() }));
      if (found && found.other === undefined) {
        await this.patiently(() => this.taker.begin());
        this.isPresent = true;
        return say(`worker ${card.name} waits for cells (labels: ${card.labels.join(', ') || 'none'})`);
      }
      if (!told && found) say(`${inTheWay(card, found.other!)}; waiting until it has gone`);
      told ||= found !== undefined;
      await this.pause(LOOK_MS);
    }
  }

  /** Is heard of now and then, by what it has and by itself. */
  private beat(): { end: () => Promise<void> } {
    const over = new AbortController();
    const once = async (): Promise<void> => {
      const { held } = this;
      if (held && !(await this.taker.keep(held.lease)) && this.held === held) held.stop.abort('lost');
      if (this.isPresent && (await this.taker.present()) !== undefined) {
        this.isPresent = false;
        this.held?.stop.abort('lost');
      }
    };
    const loop = (async () => {
      while (!over.signal.aborted) {
        await this.pause(this.settings.card.leaseMs / BEATS, over.signal);
        if (!over.signal.aborted) await once().catch((error: unknown) => (isAway(error) ? undefined : Promise.reject(error as Error)));
      }
    })();
    loop.catch((error: unknown) => this.settings.say(`the queue is no longer told of this worker: ${(error as Error).message}`));
    return { end: () => (over.abort(), loop.catch(() => undefined)) };
  }

  private async pause(ms: number, signal = this.settings.signal): Promise<void> {
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }

  /** Does one job, and says what came of it. */
  private async work(lease: Lease, player: PlayerProcess): Promise<void> {
    const { say, signal } = this.settings;
    const held: Held = { lease, stop: new AbortController() };
    this.held = held;
    try {
      if (this.plan?.sweep !== lease.sweep) {
        const text = await this.patiently(() => this.taker.plan(lease.sweep));
        if (text === undefined) return;
        this.plan = { sweep: lease.sweep, text };
      }
      const parsed = workForm.safeParse(JSON.parse(lease.work));
      if (!parsed.success)
        return void (await this.patiently(() => this.taker.giveBack(lease, 'this build does not know such a job', false)));
      const work = parsed.data;
      const what = `${work.name}${work.kind === 'match' ? ` seed ${work.seed}${work.purpose === 'measure' ? '' : ` (${work.purpose})`}` : ': a bank'}`;
      say(`${what}${lease.attempts > 1 ? `, attempt ${lease.attempts} of ${lease.mostAttempts}` : ''}`);
      if (signal.aborted) held.stop.abort();
      const answer = await player.do({ sweep: lease.sweep, plan: this.plan.text, work }, held.stop.signal);
      await this.tell(lease, work, what, answer);
    } finally {
      this.held = undefined;
    }
  }

  private async tell(lease: Lease, work: Work, what: string, answer: Answer): Promise<void> {
    const { say, signal } = this.settings;
    if (answer.kind === 'stopped') {
      if (!signal.aborted) return say(`${what}: this worker was not heard of in time, and the cell is another's`);
      return this.taker.putBack(lease).catch(() => undefined); // else it is lost with the lease
    }
    if (answer.kind === 'refused' || answer.kind === 'spent') {
      say(`left to others: ${answer.why}`);
      return void (await this.patiently(() => this.taker.refuse(lease, answer.why)));
    }
    if (answer.kind === 'failed') {
      say(`${what} failed: ${answer.why}`);
      return void (await this.patiently(() => this.taker.giveBack(lease, answer.why, answer.gaveUp)));
    }
    const bytes = readFileSync(answer.path);
    try {
      const isTaken = await this.patiently(() => this.taker.handIn(lease, answer.outcome, bytes));
      if (isTaken === false) say(`${what}: this worker was not heard of in time; the result counts for nothing`);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      await this.patiently(() => this.taker.giveBack(lease, error.message, false));
    }
    if (work.kind === 'match') rmSync(answer.path, { force: true });
  }
}

/** Why a worker may not work beside another, in words. */
function inTheWay({ name, engines }: WorkerCard, other: string): string {
  if (other === name)
    return `another worker is at work as ${name}, and a device plays one cell at a time (--machine and --device tell machines and devices apart)`;
  return (
    `the worker ${other} is at work on this host, and ${engines ? 'this one' : 'that one'} plays embedded engines, which must have the host's cores to themselves ` +
    `(those that are started with --device play none, and work side by side)`
  );
}
