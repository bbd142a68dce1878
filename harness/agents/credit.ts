/**
 * What an agent's own decisions brought, as its seat can see it: the task's gain from the observation that was decided on to the first one
 * that comes so much later. A slow answer acts later within that time, so the time that it lost is charged to it.
 */
import type { Glance, Micros } from '../../envs/environment.js';
import type { Earned } from '../../scoring/trace/trace.js';

interface Open<Note> {
  seq: number;
  at: Micros;
  state: unknown;
  note: Note;
}

/** A decision whose gain is known, with what was noted about it. */
export interface Credit<Note> extends Earned {
  note: Note;
}

export class CreditBook<Note> {
  private open: Open<Note>[] = [];

  /** @param creditUs how long after its observation a decision is credited, in world time; at least until the next observation */
  constructor(
    private readonly glance: Glance<unknown>,
    private readonly creditUs: Micros,
  ) {}

  /** The decisions that an observation settles, oldest first. Those whose gain cannot be told by it are forgotten. */
  seen(at: Micros, state: unknown): Credit<Note>[] {
    const due = this.open.filter((each) => each.at + this.creditUs <= at);
    this.open = this.open.filter((each) => each.at + this.creditUs > at);
    return due.flatMap(({ seq, at: from, state: before, note }) => {
      const gain = this.glance.gain(before, state);
      return gain === undefined || at === from ? [] : [{ seq, gain, overUs: at - from, note }];
    });
  }

  /** A decision was made on this observation. */
  decided(seq: number, at: Micros, state: unknown, note: Note): void {
    this.open.push({ seq, at, state, note });
  }

  /** A decision says nothing about whoever made it: its call failed. */
  forget(seq: number): void {
    this.open = this.open.filter((each) => each.seq !== seq);
  }
}
