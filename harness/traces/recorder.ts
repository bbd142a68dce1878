/** The match's side of a trace: collects events, and hands whole seconds of them to the writing process. */
import { fork, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Micros } from '../../envs/environment.js';
import type { TraceEvent, TraceFooter, TraceHeader } from '../../scoring/trace/trace.js';
import type { WriterAsk, WriterSay, WriterUp } from './writer.js';

const SECOND_US = 1_000_000;
/** Writing, hashing and compressing can wait when a match on the same cores cannot. */
const WRITER_NICE = 10;
/** So many events are written out at a time: a whole second of 64 busy seats would hold up a tick by some milliseconds. */
const PART = 48;

/** Keeps one writing process for all matches, started when first needed and again should it die. */
export class TraceWriter {
  private child: ChildProcess | null = null;
  /** Resolves when the process has started, or ended. */
  private up: Promise<void> = Promise.resolve();
  private readonly open = new Map<number, TraceFile>();
  private ids = 0;

  /** Resolves when the writing process has started: that takes a core for a while, which a match that has begun would miss. */
  ready(): Promise<void> {
    this.child ??= this.start();
    return this.up;
  }

  /**
   * Begins a trace. Faults (no such folder, disk full) are told by the file, never thrown.
   * @param lines of a trace that goes on: all of it so far, the header's line first; absent: a new one
   */
  begin(path: string, header: TraceHeader, lines = JSON.stringify({ header })): TraceFile {
    const child = (this.child ??= this.start());
    const id = ++this.ids;
    const file = new TraceFile((ask) => {
      if (child.connected) child.send(ask, (error) => error && file.hear({ say: 'fault', id, detail: error.message }));
      else file.hear({ say: 'fault', id, detail: 'the writing process is gone' });
    }, id);
    this.open.set(id, file);
    file.send({ ask: 'open', id, path, body: lines });
    return file;
  }

  /** Ends the writing process; traces that are not finished stay cut off. */
  close(): void {
    this.child?.disconnect();
    this.child = null;
  }

  private start(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./writer.js', import.meta.url)), [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    try {
      if (child.pid !== undefined) setPriority(child.pid, WRITER_NICE);
    } catch {
      // Where that is not allowed it competes with the match, whose lateness is judged as ever.
    }
    this.up = new Promise((resolve) => child.once('message', () => resolve()).once('exit', () => resolve()));
    child.on('message', (said: WriterSay | WriterUp) => {
      if (said.say === 'up') return;
      this.open.get(said.id)?.hear(said);
      if (said.say === 'finished' || said.say === 'fault') this.open.delete(said.id);
    });
    child.on('exit', () => {
      if (this.child === child) this.child = null;
      for (const [id, file] of this.open) file.hear({ say: 'fault', id, detail: 'the writing process died' });
      this.open.clear();
    });
    child.unref();
    child.channel?.unref();
    return child;
  }
}

/** One trace being written. */
export class TraceFile {
  /** Why it is not whole; null while it is. */
  fault: string | null = null;
  /** Told the first fault as soon as it is known: a match that cannot be recorded need not be played on. */
  onFault?: () => void;
  /** Who waits for a checkpoint to be on disk, in the order in which they were asked for. */
  private readonly checkpoints: ((fault: string | null) => void)[] = [];
  private readonly heard = new Map<'synced' | 'finished', () => void>();

  constructor(
    readonly send: (ask: WriterAsk) => void,
    private readonly id: number,
  ) {}

  /** Some events of the block that is next, as JSON apart by commas. */
  part(body: string): void {
    if (this.fault === null) this.send({ ask: 'part', id: this.id, body });
  }

  /** Ends a block: the parts since the last one. */
  block(second: number): void {
    if (this.fault === null) this.send({ ask: 'block', id: this.id, second });
  }

  /** Resolves when everything so far is on disk, or a fault is known. */
  sync(): Promise<void> {
    return this.asked('synced', { ask: 'sync', id: this.id });
  }

  /** Ends the trace. Resolves when it is on disk in its final place, or a fault is known. */
  finish(footer: TraceFooter): Promise<void> {
    return this.asked('finished', { ask: 'finish', id: this.id, body: JSON.stringify({ footer }) });
  }

  /** Leaves the trace cut off, as it is. */
  abandon(): Promise<void> {
    return this.asked('finished', { ask: 'abandon', id: this.id });
  }

  /**
   * Writes the trace so far, whole blocks of it, and `body` (a JSON object) behind it into a file of its own, compressed and for its owner alone.
   * Resolves with what went wrong, null when it is on disk; the trace goes on in any case.
   */
  async checkpoint(path: string, body: string): Promise<string | null> {
    if (this.fault !== null) return this.fault;
    return await new Promise((resolve) => {
      this.checkpoints.push(resolve);
      this.send({ ask: 'checkpoint', id: this.id, path, body });
    });
  }

  /** What the writing process said. */
  hear(said: WriterSay): void {
    if (said.say === 'checkpointed') this.checkpoints.shift()?.(said.fault);
    else if (said.say === 'fault') {
      const isFirst = this.fault === null;
      this.fault ??= said.detail;
      if (isFirst) this.onFault?.();
      for (const tell of this.heard.values()) tell();
      this.heard.clear();
      for (const tell of this.checkpoints.splice(0)) tell(said.detail);
    } else {
      this.heard.get(said.say)?.();
      this.heard.delete(said.say);
    }
  }

  private asked(until: 'synced' | 'finished', ask: WriterAsk): Promise<void> {
    if (this.fault !== null) return Promise.resolve();
    return new Promise((resolve) => {
      // An unreferenced child does not keep this process alive, but what is waited for must.
      const alive = setInterval(() => undefined, 1000);
      this.heard.set(until, () => {
        clearInterval(alive);
        resolve();
      });
      this.send(ask);
    });
  }
}

/**
 * Collects a match's events in the order in which they took effect, and passes on each second once it is whole. It keeps them as text, outside
 * the heap: objects that stay for a whole match would have the garbage collector stop its ticks.
 */
export class Recorder {
  private fresh: TraceEvent[] = [];
  private readonly kept: Buffer[] = [];
  private second = 0;
  /** Parts passed on of the block that is not ended. */
  private parts = 0;

  /** @param before what a trace that goes on has recorded already */
  constructor(
    private readonly file: TraceFile | null,
    before: readonly TraceEvent[] = [],
  ) {
    if (before.length === 0) return;
    this.kept.push(Buffer.from(JSON.stringify(before).slice(1, -1)));
    this.second = Math.floor(before.at(-1)!.at / SECOND_US);
  }

  record(event: TraceEvent): void {
    const second = Math.floor(event.at / SECOND_US);
    if (second > this.second) {
      this.passOn();
      this.second = second;
    }
    this.fresh.push(event);
  }

  /** Passes on some of what has gathered, when nothing else is to be done: a little each time the world has moved on. @param now world time */
  passOnSome(now: Micros): void {
    if (Math.floor(now / SECOND_US) > this.second) this.passOn();
    else if (this.fresh.length >= PART) this.passOnFresh();
  }

  /** Passes on everything, and ends the block of its second. */
  passOn(): void {
    this.passOnFresh();
    if (this.parts > 0) this.file?.block(this.second);
    this.parts = 0;
  }

  /** Every event so far. */
  events(): TraceEvent[] {
    this.passOnFresh();
    return this.kept.flatMap((part) => JSON.parse(`[${part.toString('utf8')}]`) as TraceEvent[]);
  }

  private passOnFresh(): void {
    if (this.fresh.length === 0) return;
    const body = JSON.stringify(this.fresh).slice(1, -1);
    this.fresh = [];
    this.kept.push(Buffer.from(body));
    this.file?.part(body);
    this.parts++;
  }
}
