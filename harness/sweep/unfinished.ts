/** What a sweep leaves for another run of the same command, in words. */
import type { Entrant } from './cells.js';
import type { CellResult, UnplayedCell } from './play.js';
import type { TaskReport } from './run.js';

/** What is left for another run of the same command: cells that were not played or are void, and banks that were not asked to their end. */
export interface Unfinished {
  entrant: string;
  /** Cells that were not played, and those whose match does not count. */
  unplayed: number;
  void: number;
  /** Why, a sentence each. */
  reasons: string[];
}

/** A bank that was not asked to its end, and why. */
export interface Unprobed {
  task: string;
  entrant: Entrant;
  why: string;
}

/** What is left of a task, by entrant; none of those who are through. */
export function unfinishedOf(
  task: string,
  entrants: readonly Entrant[],
  left: { played: readonly CellResult[]; unplayed: readonly UnplayedCell[]; unprobed: readonly Unprobed[] },
): Unfinished[] {
  return entrants.flatMap((entrant) => {
    const unplayed = left.unplayed.filter(({ cell }) => cell.entrant === entrant);
    const bad = left.played.filter(({ cell, unfinished }) => cell.entrant === entrant && unfinished !== undefined);
    const unprobed = left.unprobed.filter((each) => each.task === task && each.entrant === entrant);
    const reasons = [
      ...unplayed.map(({ why }) => why),
      ...bad.map((each) => each.unfinished!),
      ...unprobed.map(({ why }) => `no probe quality: ${why}`),
    ];
    if (reasons.length === 0) return [];
    return [{ entrant: entrant.name, unplayed: unplayed.length, void: bad.length, reasons: [...new Set(reasons)] }];
  });
}

/** A line for each entrant whose cells are unfinished; none when the sweep is whole. */
export function unfinishedLines(reports: readonly TaskReport[]): string[] {
  return reports.flatMap(({ task, unfinished }) =>
    unfinished.map(({ entrant, unplayed, void: voided, reasons }) => {
      const counts = [...(unplayed > 0 ? [`${unplayed} not played`] : []), ...(voided > 0 ? [`${voided} void`] : [])].join(', ');
      return `unfinished: ${task.name} ${entrant}${counts === '' ? '' : ` (cells: ${counts})`}: ${reasons.join('; ')}`;
    }),
  );
}
