/** A fight set up for a test: both fighters at a given distance in the first round, each told what to do. */
import { expect } from 'chai';
import * as A from '../../../envs/fighter/arena.js';
import { CHARACTERS } from '../../../envs/fighter/characters.js';
import type { Move } from '../../../envs/fighter/moves.js';
import type { State, Step } from '../../../envs/fighter/state.js';
import { fighter } from '../../../envs/fighter/task.js';
import { Fight, frameTime } from '../../../envs/fighter/world.js';

export const OPTIONS = fighter.parseOptions({});
/** Frames at the marks before the first round. */
const READY = 20;

/** A character's move by name. */
export function move(name: string, character = 'ash'): Move {
  return CHARACTERS.find((c) => c.name === character)!.moves.find((m) => m.name === name)!;
}

type Contact = { kind: string; after: number; seat: number; damage: number; move: string };

/** A fight in its first round with the fighters `distance` apart, seat 0 on the left. */
export class Ring {
  readonly fight: Fight;
  frame = READY;

  constructor(distance: number, { middle = 400, fighters = ['ash', 'ash'] }: { middle?: number; fighters?: [string, string] } = {}) {
    this.fight = new Fight({ ...OPTIONS, fighters }, 1);
    this.fight.advance(frameTime(READY));
    this.set((w) => {
      w[A.base(0) + A.X] = middle - Math.floor(distance / 2);
      w[A.base(1) + A.X] = middle - Math.floor(distance / 2) + distance;
    });
  }

  /** Changes the arena's integers. */
  set(change: (w: Int32Array) => void): this {
    const { w } = this.fight.snapshot() as { w: Int32Array };
    change(w);
    this.fight.restore({ w, now: this.fight.now });
    return this;
  }

  /** A place of a seat's fighter. */
  get(seat: number, at: number): number {
    return (this.fight.snapshot() as { w: Int32Array }).w[A.base(seat) + at]!;
  }

  does(seat: number, action: string, frames?: number, standing?: string): this {
    return this.plans(seat, [frames === undefined ? { action } : { action, frames }], standing);
  }

  /** Lands a plan; a bare name is a step without frames. */
  plans(seat: number, plan: (Step | string)[], standing?: string): this {
    const steps = plan.map((step) => (typeof step === 'string' ? { action: step } : step));
    expect(this.fight.act(seat, { plan: steps, standing }, this.fight.now).accepted).equal(true);
    return this;
  }

  stands(seat: number, standing: string): this {
    return this.plans(seat, [], standing);
  }

  run(frames: number): this {
    this.frame += frames;
    this.fight.advance(frameTime(this.frame));
    return this;
  }

  see(seat = 0): State {
    return this.fight.observe(seat);
  }

  /** Runs until there is a contact, at most `limit` frames; its kind and the frames it took, or null. */
  contact(limit = 120): Contact | null {
    const had = this.fight.scene().hits.at(-1)?.id ?? 0;
    for (let i = 1; i <= limit; i++) {
      this.run(1);
      const hit = this.fight.scene().hits.find((h) => h.id > had);
      if (hit) return { ...hit, after: i };
    }
    return null;
  }
}
