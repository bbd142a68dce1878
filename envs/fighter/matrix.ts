/**
 * The reactability matrix: every threat, every single answer, at 0 to 60 frames of delay, found by playing each of them in the engine.
 * Delay 0 is an answer that lands with the observation of the threat's first visible frame; until it lands the fighter does its standing order.
 * The exchange is over when the one who threatened can act again and its projectile is gone; what would come later is not counted.
 */
import { ACTIONS } from './actions.js';
import * as A from './arena.js';
import { ANSWERS, SETTLED, THREATENS, frameOf, free, situation, threaten, threats, type Threat } from './matrix-threats.js';
import type { Options } from './options.js';
import { frameTime, type Fight } from './world.js';

/** Delays tried, in frames: 0 to this. */
export const LONGEST_DELAY = 60;

/** Delays from `first` to `last`, in frames, both included. */
export type Span = { first: number; last: number };

/**
 * At which delays an answer works. `safe`: no damage is taken (chip apart), or more is dealt. `gain`: more is dealt than taken.
 * A blow that misses is nothing to fear, so its `safe` is left empty.
 */
export type Cell = { safe: Span[]; gain: Span[] };

export type Row = Threat & {
  /** What the standing order alone comes to: true when nothing else is needed to be safe. */
  held: boolean;
  /** By action name. */
  answers: Record<string, Cell>;
  /** The latest delay at which any answer works, in frames; null: none does. */
  latest: { safe: number | null; gain: number | null };
};

export type Matrix = {
  /** The standing order until the answer lands. */
  standing: string;
  rows: Row[];
};

/** What one try came to: damage without chip. */
type Outcome = { taken: number; dealt: number };

/** The matrix for a standing order of the fighter who answers. */
export function reactability(options: Options, standing: string): Matrix {
  return { standing, rows: threats(options).map((threat) => row(options, threat, standing)) };
}

function row(options: Options, threat: Threat, standing: string): Row {
  const fight = situation(options, threat.distance, standing);
  threaten(fight, [{ action: threat.move }]);
  const begun = frameOf(fight) + 1;
  const count: Outcome = { taken: 0, dealt: 0 };
  const moments: { snapshot: object; soFar: Outcome; over: boolean }[] = [];
  fight.advance(frameTime(begun));
  for (let delay = 0; delay <= LONGEST_DELAY; delay++) {
    moments.push({ snapshot: fight.snapshot(), soFar: { ...count }, over: over(fight) });
    play(fight, count);
  }
  const outcome = (answer: string, delay: number): Outcome => {
    const { snapshot, soFar } = moments[delay]!;
    const result = { ...soFar };
    fight.restore(snapshot);
    const held = ACTIONS.some((a) => a.name === answer && a.move === null);
    fight.act(ANSWERS, held ? { plan: [], standing: answer } : { plan: [{ action: answer }] }, fight.now);
    for (let frames = 0; frames < SETTLED && !over(fight); frames++) play(fight, result);
    return result;
  };
  const answers: Record<string, Cell> = {};
  for (const { name } of ACTIONS) {
    const tried = moments.map(({ over }, delay) => (over ? moments[delay]!.soFar : outcome(name, delay)));
    answers[name] = {
      safe: threat.whiff ? [] : spans(tried.map(({ taken, dealt }) => taken === 0 || dealt > taken)),
      gain: spans(tried.map(({ taken, dealt }) => dealt > taken)),
    };
  }
  const cells = Object.values(answers);
  return {
    ...threat,
    held: outcome(standing, 0).taken === 0,
    answers,
    latest: { safe: latest(cells.map((c) => c.safe)), gain: latest(cells.map((c) => c.gain)) },
  };
}

/** The one who threatened is free, and nothing of it flies. */
function over({ arena: { w } }: Fight): boolean {
  return free(w, THREATENS) && w[A.base(THREATENS) + A.BALL_ON] === 0;
}

/** One frame, and its damage: what a guard lets through is chip and not counted, nor what meets the one who threatened free again. */
function play(fight: Fight, count: Outcome): void {
  const { w } = fight.arena;
  const own = A.base(ANSWERS);
  const other = A.base(THREATENS);
  const before = [w[own + A.HEALTH]!, w[other + A.HEALTH]!, w[own + A.HITS_BLOCKED]!, w[other + A.HITS_BLOCKED]!] as const;
  const held = !free(w, THREATENS);
  fight.advance(frameTime(frameOf(fight) + 1));
  if (w[other + A.HITS_BLOCKED] === before[3]) count.taken += before[0] - w[own + A.HEALTH]!;
  if (held && w[own + A.HITS_BLOCKED] === before[2]) count.dealt += before[1] - w[other + A.HEALTH]!;
}

/** The delays at which it works, as spans. */
function spans(works: readonly boolean[]): Span[] {
  const found: Span[] = [];
  works.forEach((yes, delay) => {
    if (!yes) return;
    const before = found.at(-1);
    if (before && before.last === delay - 1) before.last = delay;
    else found.push({ first: delay, last: delay });
  });
  return found;
}

function latest(cells: readonly Span[][]): number | null {
  const ends = cells.flatMap((cell) => cell.slice(-1).map((span) => span.last));
  return ends.length === 0 ? null : Math.max(...ends);
}
