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

/**
 * What is unfinished, a line for each task and kind of reason: who, how many cells, and the first reason of that kind. A busy host gives as many
 * reasons as there are void cells, which differ in their figures alone; `summary.json` has them all. None when the sweep is whole.
 */
export function unfinishedLines(reports: readonly TaskReport[]): string[] {
  return reports.flatMap(({ task, unfinished }) => {
    const alike = new Map<string, { who: string[]; reasons: string[][] }>();
    for (const each of unfinished) {
      const byKind = kindsOf(each.reasons);
      const kinds = [...byKind.keys()].join('; ');
      const group = alike.get(kinds) ?? { who: [], reasons: [...byKind.values()].map(() => []) };
      alike.set(kinds, group);
      group.who.push(whose(each));
      [...byKind.values()].forEach((reasons, i) => group.reasons[i]!.push(...reasons));
    }
    return [...alike.values()].map(
      ({ who, reasons }) => `unfinished: ${task.name} ${who.join(', ')}: ${reasons.map(firstOf).join('; ').replaceAll('.; ', '. ')}`,
    );
  });
}

/** An entrant and what is left of its cells. */
function whose({ entrant, unplayed, void: voided }: Unfinished): string {
  const counts = [...(unplayed > 0 ? [`${unplayed} not played`] : []), ...(voided > 0 ? [`${voided} void`] : [])].join(', ');
  return `${entrant}${counts === '' ? '' : ` (cells: ${counts})`}`;
}

/** Reasons by what they say before their figures begin: up to the first colon or full stop, numbers left out. */
function kindsOf(reasons: readonly string[]): Map<string, string[]> {
  const kinds = new Map<string, string[]>();
  for (const reason of reasons) {
    const kind = reason.replace(/[:.] .*$/s, '').replace(/\d+/g, '#');
    kinds.set(kind, [...(kinds.get(kind) ?? []), reason]);
  }
  return new Map([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function firstOf([first, ...more]: readonly string[]): string {
  return more.length === 0 ? first! : `${first!} (and ${more.length} more like it)`;
}
