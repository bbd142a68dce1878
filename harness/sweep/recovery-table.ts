/** What an injected outage cost each configuration, in what `sweep --wide` prints of a task. */
import type { AnyTask } from '../../envs/environment.js';
import { recoveryFigures } from '../../scoring/figures/recovery.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { RECOVERY_ABOUT, RECOVERY_COLUMNS } from '../report/columns.js';
import { inCell } from '../report/figures.js';
import { tableText, wrapped } from '../report/text.js';
import type { TaskReport } from './run.js';

/** The table and how to read it; nothing where no match had an outage. @param columns how wide the terminal is */
export function recoveryTable(task: AnyTask, { rows }: TaskReport, columns: number): string[] {
  const told = rows.flatMap(({ name, recovery }) => (recovery ? [{ name, recovery }] : []));
  if (told.length === 0) return [];
  const figures = RECOVERY_COLUMNS(task.reward.unit);
  const cells = told.map(({ name, recovery }) => {
    const own: Record<string, Estimate> = recoveryFigures(recovery);
    const { outage, unrecovered, spared, voided, matches } = recovery;
    const more = [
      ...(unrecovered > 0 ? [`${unrecovered} not again`] : []),
      ...(spared > 0 ? [`${spared} ended before`] : []),
      ...(voided > 0 ? [`+${voided} void`] : []),
    ];
    return [`${name}\ninjected: ${outage}`, ...figures.map(({ key }) => inCell(own[key]!)), [`${matches}`, ...more].join('\n')];
  });
  return [
    `Recovery from an injected outage\n\n${tableText(['configuration', ...figures.map(({ head }) => head.replace(', ', ',\n')), 'matches'], cells, columns)}`,
    wrapped(RECOVERY_ABOUT, columns),
  ];
}
