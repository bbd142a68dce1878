/** What `tickbench run` says before a match and while it runs. */
import type { AnyTask, Micros } from '../../envs/environment.js';
import type { TraceEvent } from '../../scoring/trace/trace.js';
import { seatName, type Player } from '../seating/seats.js';
import { fitted, redraws } from '../report/text.js';

/** A match as it is announced. */
export interface Announced {
  task: AnyTask;
  options: unknown;
  players: readonly Player[];
  clock: 'wall' | 'virtual';
  speed: number;
  /** Patient play: the clock waits, and everybody is charged a given latency. */
  patient?: boolean;
  /** Absent: one that was drawn, and is told nobody before the end. */
  seed?: number;
  /** Where its trace goes, as people read it. */
  trace: string;
}

/** One line: who plays what, on which clock, how long it takes, and where its trace goes. */
export function announcement({ task, options, players, clock, speed, patient, seed, trace }: Announced): string {
  const who = players.map(seatName).join(' against ');
  const atSpeed = speed === 1 ? '' : ` at ${speed}x life`;
  return `${task.name}: ${who}, ${clock} clock${atSpeed}${patient ? ', patient play' : ''}, ${seed === undefined ? 'a seed that is drawn' : `seed ${seed}`}; ${duration(task.lengthUs(options), clock, speed)}; trace: ${trace}`;
}

function duration(lengthUs: Micros | undefined, clock: 'wall' | 'virtual', speed: number): string {
  if (lengthUs === undefined) return 'it lasts as long as its agents think';
  const world = `${seconds(lengthUs)} of the world's time at most`;
  const real = `${seconds(lengthUs / speed)} of real time`;
  return clock === 'wall' ? `${world}, ${real}` : `${world}, up to about ${real} when a model is asked, less when delays are given`;
}

function seconds(us: number): string {
  const s = us / 1_000_000;
  return s >= 600 ? `${Math.round(s / 60)} min` : `${Number(s.toFixed(s < 10 ? 1 : 0))} s`;
}

/** How often the line is drawn anew, in milliseconds. */
const EVERY_MS = 250;

/** A line on a terminal that says how far a match is; nothing elsewhere, nor on one that cannot draw it anew. */
export class RunProgress {
  private at: Micros = 0;
  private decisions = 0;
  private stage = 'starting the agents';
  private readonly timer?: NodeJS.Timeout;

  constructor(
    private readonly stream: { isTTY?: boolean; columns?: number; write(text: string): unknown },
    private readonly lengthUs: Micros | undefined,
  ) {
    if (!redraws(stream)) return;
    this.timer = setInterval(() => this.draw(), EVERY_MS);
    this.timer.unref();
    this.draw();
  }

  /** The match begins. */
  begin(): void {
    this.stage = 'playing';
    if (this.timer) this.draw();
  }

  /** Takes note of an event of the match. */
  see(event: TraceEvent): void {
    this.at = Math.max(this.at, event.at);
    if (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') this.decisions++;
  }

  /** Writes a line that must not be lost behind this one. */
  say(line: string): void {
    this.clear();
    this.stream.write(`${fitted(line, this.stream)}\n`);
    if (this.timer) this.draw();
  }

  /** Nothing more is drawn. */
  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private clear(): void {
    if (this.timer) this.stream.write('\r\x1b[K');
  }

  private draw(): void {
    const of = this.lengthUs === undefined ? '' : ` of at most ${seconds(this.lengthUs)}`;
    const line = this.stage === 'playing' ? `playing: ${seconds(this.at)}${of}, ${this.decisions} decisions` : this.stage;
    this.stream.write(`\r\x1b[K${line.slice(0, Math.max(1, (this.stream.columns ?? 80) - 1))}`);
  }
}
