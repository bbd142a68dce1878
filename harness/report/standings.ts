/** Several matches of a task as a table: one row a name, matches with a human at a seat in a table of their own. */
import type { AnyTask } from '../../envs/environment.js';
import type { Standing } from '../../scoring/figures/standings.js';
import { NOT_MEASURED } from '../../scoring/statistics/estimate.js';
import { inCell } from './figures.js';
import { tableText, wrapped } from './text.js';

/** The figures of a row as data: latencies in world microseconds, shares in [0, 1], reward in the task's shown unit. */
export function standingJson({ division, name, kind, summary }: Standing): Record<string, unknown> {
  const { matches, voided, decisions, worldP50Us, worldP90Us, reward, invalid, failed, missed, stale, idle } = summary;
  // A human answers a stream, not observations: how long one was open, or was not answered, says nothing about the human.
  const asked = kind === 'human' ? {} : { decisions, worldP50Us, worldP90Us, invalid, failed, missed, stale, idle };
  return { division, name, kind, matches, void: voided, reward, ...asked };
}

/** The rows as text. @param columns how wide the terminal is */
export function renderStandings(task: AnyTask, rows: readonly Standing[], columns: number): string {
  const parts = (['agents', 'human'] as const).flatMap((division) => {
    const own = rows.filter((row) => row.division === division);
    if (own.length === 0) return [];
    const title =
      division === 'human'
        ? ['Human division: matches with a human at a seat, who sees a continuous stream; never rated beside agents.']
        : [];
    return [...title, '', table(task, own, columns), ''];
  });
  const text = [
    `${task.title} (${task.rules})`,
    ...parts,
    'Below each figure: 95 % interval over matches, and their number. Void matches are left out. Invalid: answers that were no legal action; failed: calls without an answer; missed: no answer in time; stale: landed in a situation that had changed; idle: frames free to act without a plan.',
  ].join('\n');
  return wrapped(text, columns);
}

function table(task: AnyTask, rows: readonly Standing[], columns: number): string {
  const head = [
    'name',
    'matches',
    `reward, ${task.reward.unit}`,
    'latency p50,\nms of world',
    'invalid, %',
    'failed, %',
    'missed, %',
    'stale, %',
    'idle, %',
  ];
  const cells = rows.map(({ name, kind, summary }) => {
    const { matches, voided, reward, worldP50Us, invalid, failed, missed, stale, idle } = summary;
    const [p50, missedHere] = kind === 'human' ? [NOT_MEASURED, NOT_MEASURED] : [worldP50Us, missed];
    const shares = [invalid, failed, missedHere, stale, idle].map((share) => inCell(share, 100));
    return [`${name}\n${kind}`, `${matches}${voided > 0 ? `\n+${voided} void` : ''}`, inCell(reward), inCell(p50, 1e-3), ...shares];
  });
  return tableText(head, cells, columns);
}
