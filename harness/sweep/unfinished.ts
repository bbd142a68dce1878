/** What a sweep leaves for another run of the same command, in words. */
import type { TaskReport } from './run.js';

/** A line for each entrant whose cells are unfinished; none when the sweep is whole. */
export function unfinishedLines(reports: readonly TaskReport[]): string[] {
  return reports.flatMap(({ task, unfinished }) =>
    unfinished.map(({ entrant, unplayed, void: voided, reasons }) => {
      const counts = [...(unplayed > 0 ? [`${unplayed} not played`] : []), ...(voided > 0 ? [`${voided} void`] : [])].join(', ');
      return `unfinished: ${task.name} ${entrant}${counts === '' ? '' : ` (cells: ${counts})`}: ${reasons.join('; ')}`;
    }),
  );
}
