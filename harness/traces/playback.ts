/**
 * A trace as something to look at: every tick of the match rebuilt from header and landings by the environment itself. Played through
 * once when it is opened, a snapshot kept for every second of play, so that any frame is a short way from one of them. Pure: the page
 * runs it in the browser.
 *
 * Frame k is the world at its k-th publishing moment (frame 0: the beginning), with everything that landed before that moment. The last
 * frame is the world as the match left it.
 */
import type { AnyEnvironment, AnyTask, Json, Micros, Snapshot } from '../../envs/environment.js';
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';
import { taskNamed } from '../match/tasks.js';
import { applyEvent } from './applying.js';
import { replayTrace, type Replay } from './replay.js';

/** More snapshots than this would fill a page's memory with long matches of large worlds: every second one goes, and they come half as often. */
const MOST_SNAPSHOTS = 600;
const SECOND_US = 1_000_000;

interface Mark {
  frame: number;
  /** The first event that has not happened yet. */
  next: number;
  snapshot: Snapshot;
}

export class Playback {
  readonly task: AnyTask;
  /** What playing it through gave: the digest, and whether it is the recorded one. */
  readonly replay: Replay;
  /** World time of each frame. */
  readonly times: readonly Micros[];
  private readonly env: AnyEnvironment;
  private readonly events: readonly TraceEvent[];
  private readonly marks: Mark[] = [];
  private at: { frame: number; next: number };

  /**
   * Plays `trace` through. @param onFrame looks at every frame as it is first reached; it may read the world, never change it
   * @throws TraceError when it was played by other rules, OptionsError when its options are none of the task's
   */
  constructor(trace: Trace, onFrame?: (env: AnyEnvironment, frame: number) => void, task: AnyTask = taskNamed(trace.header.task)) {
    this.task = task;
    const { header } = trace;
    let { events } = trace;
    const times: Micros[] = [0];
    let every = Math.max(1, Math.round(SECOND_US / header.tickUs));
    let env!: AnyEnvironment;
    let next = 0;
    let nextTime = 0;
    const moment = (): void => {
      const frame = times.length - 1;
      nextTime = env.nextPublish(env.now);
      onFrame?.(env, frame);
      if (frame % every !== 0) return;
      this.marks.push({ frame, next, snapshot: env.snapshot() });
      if (this.marks.length < MOST_SNAPSHOTS) return;
      every *= 2;
      this.marks.splice(0, Infinity, ...this.marks.filter((mark) => mark.frame % every === 0));
    };
    this.replay = replayTrace(trace, task, {
      begin(world) {
        env = world;
        moment();
      },
      reach(to) {
        while (nextTime <= to) {
          // What is about to happen at `to` or later has not happened yet; all before has.
          while (next < events.length && events[next]!.at < nextTime) next++;
          env.advance(nextTime);
          times.push(nextTime);
          moment();
        }
        env.advance(to);
      },
      passed: () => undefined,
      landing: () => undefined,
      landed: () => undefined,
    });
    // A trace without an end stops at its last event, between two moments; that is its last frame.
    if (env.now > times.at(-1)!) times.push(env.now);
    const last = times.length - 1;
    if (this.marks.at(-1)!.frame === last) this.marks.pop();
    // What cannot happen in this world was not played, and is no part of what is looked at.
    events = events.slice(0, this.replay.played);
    this.events = events;
    this.marks.push({ frame: last, next: events.length, snapshot: env.snapshot() });
    this.env = env;
    this.times = times;
    this.at = { frame: last, next: events.length };
    onFrame?.(env, last);
  }

  /** The last frame there is. */
  get last(): number {
    return this.times.length - 1;
  }

  /** The frame the world is at. */
  get frame(): number {
    return this.at.frame;
  }

  /** Brings the world to a frame (the nearest there is). */
  seek(frame: number): void {
    const wanted = Math.max(0, Math.min(this.last, Math.round(frame)));
    if (wanted === this.at.frame) return;
    let from = 0;
    for (let high = this.marks.length; high - from > 1;) {
      const middle = (from + high) >> 1;
      if (this.marks[middle]!.frame <= wanted) from = middle;
      else high = middle;
    }
    const mark = this.marks[from]!;
    if (wanted < this.at.frame || mark.frame > this.at.frame) {
      this.env.restore(mark.snapshot);
      this.at = { frame: mark.frame, next: mark.next };
    }
    const { events } = this;
    while (this.at.frame < wanted) {
      const to = this.times[++this.at.frame]!;
      for (let event = events[this.at.next]; event && event.at < to; event = events[++this.at.next]) applyEvent(this.env, event);
      this.env.advance(to);
    }
  }

  /** The nearest frame at or before a world time. */
  frameAt(time: Micros): number {
    let low = 0;
    for (let high = this.times.length; high - low > 1;) {
      const middle = (low + high) >> 1;
      if (this.times[middle]! <= time) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The world as spectators saw it at this frame. */
  scene(): Json {
    return this.env.scene() as Json;
  }

  /**
   * What a seat was shown when it was asked, as text. Answers that landed at that very moment, but before it was asked, are in it.
   * @param at the observation's own time
   */
  shown(seat: number, at: Micros): string {
    this.seek(this.frameAt(at));
    const { env, events } = this;
    const before = env.snapshot();
    for (let next = this.at.next; next < events.length && events[next]!.at <= at; next++) {
      const event = events[next]!;
      if (event.kind === 'observe' && event.seat === seat) break;
      applyEvent(env, event);
    }
    const text = this.task.text(env.observe(seat));
    env.restore(before);
    return text;
  }

  /** The digest of the world at this frame. */
  digest(): string {
    return this.env.digest();
  }
}
