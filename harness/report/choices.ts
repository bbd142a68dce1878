/** Whom a team asked, as a table and a line: for a match's report and its replay. */
import type { AnyTask } from '../../envs/environment.js';
import { adviceOf, choicesOf, type AdviceFigure, type ChoiceFigure } from '../../scoring/figures/choices.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { tableText } from './text.js';

/** What a seat's agent says of whom it asked; empty of any other. */
export interface TeamReport {
  choices?: ChoiceFigure[];
  advice?: AdviceFigure;
}

/** A seat's choices and its planner, as far as there are any. */
export function teamReport(trace: Pick<Trace, 'events'>, seat: number): TeamReport {
  const choices = choicesOf(trace, seat);
  const advice = adviceOf(trace, seat);
  return { ...(choices.length > 0 ? { choices } : {}), ...(advice ? { advice } : {}) };
}

/** The same as lines for people: none where the seat has no team. @param columns how wide the terminal is */
export function teamLines(task: AnyTask, name: string, { choices, advice }: TeamReport, columns: number): string[] {
  return [...(choices ? choiceLines(task, name, choices, columns) : []), ...(advice ? [adviceLine(name, advice)] : [])];
}

function choiceLines({ glance }: AnyTask, name: string, choices: readonly ChoiceFigure[], columns: number): string[] {
  const all = choices.reduce((sum, { decisions }) => sum + decisions, 0);
  const byArm = new Map<string, number>();
  for (const { arm, decisions } of choices) byArm.set(arm, (byArm.get(arm) ?? 0) + decisions);
  const shares = [...byArm].map(([arm, decisions]) => `${arm} ${percent(decisions / all)}`).join(', ');
  const rows = choices.map(({ situation, arm, decisions, share, credited, meanGain }) => [
    situation,
    arm,
    decisions,
    percent(share),
    meanGain === null ? '-' : `${Number(meanGain.toFixed(1))} (${credited})`,
  ]);
  return [
    '',
    `${name} asked ${shares} of ${all} decisions. Gain: ${glance?.unit ?? 'none counted'}, the mean over the decisions credited in this match (their number); ` +
      'it has no interval, and who was asked when is no experiment.',
    '',
    tableText(['situation', 'asked', 'decisions', 'share', 'gain'], rows, columns),
    '',
  ];
}

function adviceLine(name: string, { decisions, finished, unfinished, ageP50Us, calls, failed }: AdviceFigure): string {
  const age = ageP50Us === null ? '' : `, ${(ageP50Us / 1_000_000).toFixed(2)} s old at the median in world time`;
  return (
    `${name}: its planner ended ${calls} calls (${failed} failed or late); of ${decisions} decisions ${finished} were made with finished advice${age}, ` +
    `${unfinished} with unfinished advice`
  );
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(1))} %`;
}
