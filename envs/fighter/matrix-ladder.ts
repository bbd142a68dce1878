/** What each reaction time can no longer do: the matrix read as a ladder of delays. */
import type { Matrix, Row } from './matrix.js';
import { FPS } from './arena.js';

/** The rungs, in milliseconds of total latency. */
export const RUNGS_MS: readonly number[] = [50, 100, 200, 300, 400, 500, 600, 800, 1000];

/** What a row asks: to stay unharmed where the standing order alone does not see to that, else to strike back. */
export type Goal = 'safe' | 'gain';

/** A row's goal. */
export const goalOf = (row: Row): Goal => (row.held || row.whiff ? 'gain' : 'safe');

/** The latest delay at which a row's goal can be reached, in frames; null: it never can. */
export const latestOf = (row: Row): number | null => row.latest[goalOf(row)];

export type Rung = {
  ms: number;
  frames: number;
  /** Rows that the rung before could still answer and this one cannot. */
  lost: Row[];
  /** Rows that can still be answered at this delay. */
  left: Row[];
};

/** The ladder of a matrix. Rows that nothing answers at any delay are on no rung. */
export function ladderOf({ rows }: Matrix): Rung[] {
  let before = 0;
  return RUNGS_MS.map((ms) => {
    const frames = (ms * FPS) / 1000;
    const can = (row: Row, delay: number): boolean => (latestOf(row) ?? -1) >= delay;
    const rung = {
      ms,
      frames,
      lost: rows.filter((row) => can(row, before) && !can(row, frames)),
      left: rows.filter((row) => can(row, frames)),
    };
    before = frames;
    return rung;
  });
}
