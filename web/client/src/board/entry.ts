/** One entry of the board: what it proves, what it claims, by what it was measured, and its matches. */
import { hostText } from '../../../../harness/submission/measured.js';
import type { ToldEntryWithTraces } from '../../../server/leaderboard/entries.js';
import { el } from '../element.js';
import { titleOf } from '../tasks.js';
import { boardAddress } from './address.js';
import { answersText, estimateText, hashText } from './text.js';

/** A fact's name and its words. */
type Fact = [string, string];

export function entryPage(entry: ToldEntryWithTraces): HTMLElement[] {
  const { task, rules, plan, terms, division, measured, traces } = entry;
  const table = { task, rules, plan, terms, division, host: measured?.host.name ?? '' };
  const facts = [...originOf(entry), ...aboutOf(entry), ...answersOf(entry), ...figuresOf(entry), ...hashesOf(entry)];
  return [
    el('h2', {}, entry.name),
    el('p', { class: 'links' }, el('a', { href: boardAddress(table) }, 'its table')),
    el('dl', { class: 'board-facts' }, ...facts.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)))),
    ...(entry.proven === null ? [] : [el('p', {}, entry.proven)]),
    el('p', {}, entry.claimed),
    el('h3', {}, 'Its matches'),
    el(
      'ul',
      { class: 'traces' },
      ...traces.map(({ seed, purpose, hash, status, why }) =>
        el(
          'li',
          {},
          el('a', { href: `#/trace/board:${hash}` }, `seed ${seed}`),
          el('span', { class: 'quiet' }, purpose),
          el('span', { class: 'match-verdict', 'data-verdict': status === 'refused' ? 'void' : status }, status),
          ...(why === null ? [] : [el('span', { class: 'quiet why' }, why)]),
        ),
      ),
    ),
  ];
}

function originOf({ status, why, task, rules, plan, figures, submitter, receivedAt, measured }: ToldEntryWithTraces): Fact[] {
  const at = new Date(receivedAt).toLocaleString();
  const how = figures ? `, ${figures.clock} clock at speed ${figures.speed}` : '';
  const played: Fact[] = [
    ['status', why === null ? status : `${status}: ${why}`],
    ['played', `${titleOf(task)}, rules ${rules}, plan ${plan}${how}`],
  ];
  if (!measured) return [...played, ['submitted', `${submitter.name} (key ${submitter.fingerprint}), ${at}`]];
  const { host } = measured;
  return [
    ...played,
    ['measured', `by the board itself, kept ${at}`],
    ['host', `${host.name}: ${hostText(host)}`],
    ['waits for a processor', host.processorWaits],
  ];
}

/** By what a model is known that the board measured: the API tells whole hashes. */
function hashesOf({ measured }: ToldEntryWithTraces): Fact[] {
  if (!measured) return [];
  const hashes = { 'engine build': measured.engine, 'precision map': measured.precision, ...measured.files };
  return Object.entries(hashes).map(([name, hash]) => [name, `SHA-256 ${hashText(hash)}...`]);
}

function aboutOf({ about, measured }: ToldEntryWithTraces): Fact[] {
  const told = Object.entries(about).filter((each): each is Fact => typeof each[1] === 'string');
  // The host is told by its own description.
  return told.filter(([name]) => !measured || name !== 'hardware').map(([name, text]) => [measured ? name : `${name} (claimed)`, text]);
}

/** What came of computing answers again, with those that were not and why. */
function answersOf({ answers, kind }: ToldEntryWithTraces): Fact[] {
  if (kind === 'bot' || !answers) return [];
  const { left, unanswered, not } = answers;
  const without = not.map(({ why, count }): Fact => ['answers not recomputed', `${count.toLocaleString('en')}: ${why}`]);
  return [
    ['answers recomputed by the board', answersText(answers)],
    ...(left > 0 ? [['answers left out', `${left.toLocaleString('en')} by the bound: those recomputed were drawn by a secret of the board`] as Fact] : []), // prettier-ignore
    ...without,
    ...(unanswered > 0 ? [['decisions without an answer', unanswered.toLocaleString('en')] as Fact] : []),
  ];
}

function figuresOf({ figures, measured }: ToldEntryWithTraces): Fact[] {
  if (!figures) return [];
  const { latencyMeanMs, latencyP50Ms, latencyP90Ms } = figures;
  return [
    [`reward, ${figures.rewardUnit}`, estimateText(figures.reward, 3)],
    [
      measured ? 'latency, ms' : 'latency, ms (claimed)',
      `mean ${estimateText(latencyMeanMs, 1)}, p50 ${estimateText(latencyP50Ms, 1)}, p90 ${estimateText(latencyP90Ms, 1)}`,
    ],
    ['patient play', estimateText(figures.patientReward, 3)],
    ['matches, decisions', `${figures.matches}, ${figures.decisions}`],
  ];
}
