/** The match's side of a trace: collects events, and hands whole seconds of them to the writing process. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Micros } from '../../envs/environment.js';
import type { TraceEvent, TraceFooter, TraceHeader } from '../../scoring/trace.js';
import type { WriterAsk, WriterSay } from './writer.js';

const SECOND_US = 1_000_000;

/** Keeps one writing process for all matches, started when first needed and again should it die. */
export class TraceWriter {
  private child: ChildProcess | null = null;
  private readonly open = new Map<number, TraceFile>();
  private ids = 0;

  /** Begins a trace. Faults (no such folder, disk full) are told by the file, never thrown: the match goes on. */
  begin(path: string, header: TraceHeader): TraceFile {
    const child = (this.child ??= this.start());
    const id = ++this.ids;
    const file = new TraceFile((ask) => {
      if (child.connected) child.send(ask, (error) => error && file.hear({ say: 'fault', id, detail: error.message }));
      else file.hear({ say: 'fault', id, detail: 'the writing process is gone' });
    }, id);
    this.open.set(id, file);
    file.send({ ask: 'open', id, path, body: JSON.stringify({ header }) });
    return file;
  }

  /** Ends the writing process; traces that are not finished stay cut off. */
  close(): void {
    this.child?.disconnect();
    this.child = null;
  }

  private start(): ChildProcess {
    const child = fork(fileURLToPath(new URL('./writer.js', import.meta.url)), [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    child.on('message', (said: WriterSay) => {
      this.open.get(said.id)?.hear(said);
      if (said.say !== 'synced') this.open.delete(said.id);
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
  private readonly heard = new Map<'synced' | 'finished', () => void>();

  constructor(
    readonly send: (ask: WriterAsk) => void,
    private readonly id: number,
  ) {}

  block(second: number, events: TraceEvent[]): void {
    if (this.fault === null) this.send({ ask: 'block', id: this.id, body: JSON.stringify({ second, events }) });
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

  /** What the writing process said. */
  hear(said: WriterSay): void {
    if (said.say === 'fault') {
      this.fault ??= said.detail;
      for (const tell of this.heard.values()) tell();
      this.heard.clear();
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

/** Collects a match's events in the order in which they took effect, and passes on each second once it is whole. */
export class Recorder {
  readonly events: TraceEvent[] = [];
  private passedOn = 0;
  private second = 0;

  constructor(private readonly file: TraceFile | null) {}

  record(event: TraceEvent): void {
    const second = Math.floor(event.at / SECOND_US);
    if (second > this.second) {
      this.passOn();
      this.second = second;
    }
    this.events.push(event);
  }

  /** Passes on what is left once world time has left its second. */
  reached(at: Micros): void {
    if (Math.floor(at / SECOND_US) > this.second) this.passOn();
  }

  /** Passes on everything. */
  passOn(): void {
    if (this.passedOn === this.events.length) return;
    this.file?.block(this.second, this.events.slice(this.passedOn));
    this.passedOn = this.events.length;
  }
}
