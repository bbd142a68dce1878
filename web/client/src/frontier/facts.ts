/** What a sweep's pages say below their figures: where they were measured, and what of the files could not be read. */
import type { SummaryTask } from '../../../../harness/evidence/summary.js';
import { el } from '../element.js';
import type { ReadSummary } from './summary.js';

/** Faults that are named; a damaged file can have thousands. */
const MOST_NAMED = 20;

/** Where and how the figures were measured. */
export function hostText({ host }: ReadSummary, task: SummaryTask): HTMLElement[] {
  const cores = host.cores === undefined ? [] : [`${host.cores} cores`];
  const measured = [...(host.cpu === undefined ? [] : [String(host.cpu)]), ...cores, ...(host.platform === undefined ? [] : [String(host.platform)])]; // prettier-ignore
  const { patient } = task;
  const lines = [
    'Latency: observation pushed to action landed, mean over the actions, in world time.',
    ...(task.rewardAbout === '' ? [] : [`Reward: ${task.rewardAbout.replace(/[.]$/, '')}.`]),
    ...(patient
      ? [
          `Patient play: whole matches at ${Number(patient.latencyMs.toFixed(1))} ms for everybody, charged while the clock waits; 0 = ${patient.zero}, 1 = ${patient.one}.`,
        ]
      : []),
    ...(measured.length > 0 ? [`Measured on ${measured.join(', ')}.`] : []),
  ];
  return [el('p', { class: 'quiet frontier-facts' }, lines.join(' '))];
}

/** What is left out; nothing where everything could be read. */
export function faultsOf(faults: readonly string[]): HTMLElement[] {
  if (faults.length === 0) return [];
  const more = faults.length > MOST_NAMED ? [el('li', {}, `and ${faults.length - MOST_NAMED} more`)] : [];
  return [
    el(
      'div',
      { class: 'verdict', 'data-tone': 'bad' },
      el('p', {}, 'Not all of this sweep’s summary.json can be read; left out:'),
      el('ul', {}, ...faults.slice(0, MOST_NAMED).map((fault) => el('li', {}, fault)), ...more),
    ),
  ];
}
