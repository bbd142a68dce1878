/** The live division: who beat whom in the arena, how sure that is, how late each was, and the matches themselves. */
import { el } from '../element.js';
import type { ToldTable } from '../../../server/leaderboard/entries.js';
import type { LivePlayer, ToldMatch, ToldRatings, ToldRunning } from '../../../server/leaderboard/live.js';
import { liveHash } from '../route.js';
import { rewardText, titleOf } from '../tasks.js';
import { ask } from './told.js';
import { estimateText, numberText } from './text.js';

/** Most matches that are listed. */
const MOST_MATCHES = 60;

/** A column's heading, and whether it holds words: these begin at the left. */
type Column = readonly [text: string, isWords?: boolean];

/** @param rewardUnit of what each earned, where each plays alone */
const playersColumns = (rewardUnit: string | null): readonly Column[] => [['rank'], ['agent', true], ['strength'], ...(rewardUnit === null ? [] : [[`earned, ${rewardUnit}`] as const]), ['matches'], ['latency, ms'], ['round trip, ms'], ['latency without it, ms'], ['won, drawn, lost', true], ['of', true]]; // prettier-ignore
const MATCHES: readonly Column[] = [['began', true], ['first seat', true], ['other seat', true], ['result', true], ['replay']];
const MATCHES_ALONE: readonly Column[] = [['began', true], ['one', true], ['other', true], ['result', true], ['replay']];

/** What stands below the choice of tables. */
export async function liveTable(table: ToldTable): Promise<HTMLElement[]> {
  const query = new URLSearchParams({ task: table.task, division: 'live', terms: table.terms });
  const [running, ratings, { matches }] = await Promise.all([
    runningMatches(table.terms),
    ask<ToldRatings>(`ratings?${query.toString()}`),
    ask<{ matches: ToldMatch[] }>(`arena/matches?${new URLSearchParams({ terms: table.terms, limit: String(MOST_MATCHES) }).toString()}`),
  ]);
  const { components, across, played, rewardUnit } = ratings;
  return [
    el('p', { class: 'hint' }, ratings.proven),
    el('p', { class: 'hint' }, 'Ranked by strength: a difference of 1 is odds of 2.7 to 1. In brackets 95 % intervals over pairings, and the ranks that the matches leave. Matches stand as they were played: no round trip is taken off, and the column without it ranks nobody.'), // prettier-ignore
    ...(played.alone ? [el('p', { class: 'hint' }, 'Each plays a market of its own, alone against the crowd: both of a match on the same seed, at the same time. Whoever earned more has won. What each earned is over seeds of its own; strengths are of matches on the same one.')] : []), // prettier-ignore
    ...components.flatMap(({ players, notes }, i) => [
      ...(components.length > 1 ? [el('h3', {}, `Group ${i + 1}`)] : []),
      playersTable(players, rewardUnit, components.length > 1 ? `Group ${i + 1}` : 'Ratings'),
      ...notes.map((note) => el('p', { class: 'hint' }, note)),
    ]),
    ...(components.length > 1 ? [el('p', { class: 'hint' }, `Nobody is compared across groups: no chain of wins joins them both ways${across > 0 ? ` (${across} ${across === 1 ? 'match was' : 'matches were'} played across)` : ''}.`)] : []), // prettier-ignore
    ...running,
    el('h3', {}, 'Matches'),
    matchesTable(matches, played.alone === true),
    el(
      'p',
      { class: 'links' },
      el('a', { href: `api/v1/ratings?${query.toString()}` }, 'JSON'),
      el(
        'span',
        { class: 'quiet' },
        `${played.clock} clock at speed ${played.speed}${played.givenUs === undefined ? '' : `, everybody charged ${played.givenUs / 1000} ms`}`,
      ),
    ),
  ];
}

/** Matches of these terms that are being played, to be watched; nothing while no arena runs. @param terms absent: all */
export async function runningMatches(terms?: string): Promise<HTMLElement[]> {
  const { isOpen, watchDelayS, matches } = await ask<ToldRunning>('arena/running');
  if (!isOpen) return [];
  const shown = matches.filter((each) => terms === undefined || each.terms === terms);
  const late =
    watchDelayS === null
      ? 'This arena shows no match before its pairing is over.'
      : `Matches are shown ${watchDelayS} s late, so that nobody helps an agent by watching.`;
  return [
    el('h3', {}, 'Being played'),
    el('p', { class: 'hint' }, shown.length === 0 ? `No match is being played now. ${late}` : late),
    ...(shown.length === 0 ? [] : [el('ul', { class: 'board-running', 'aria-label': 'Being played' }, ...shown.map(runningRow))]),
  ];
}

function runningRow({ task, mode, match, first, second, watch, beganAt }: ToldRunning['matches'][0]): HTMLElement {
  const whose = `${first.name} of ${first.holder} against ${second.name} of ${second.holder}`;
  const how = mode === 'alone' ? 'each alone' : `match ${match} of 2`;
  return el(
    'li',
    {},
    el('span', {}, whose),
    el('span', { class: 'quiet' }, `${titleOf(task)}, ${how}, since ${new Date(beganAt).toLocaleTimeString()}`),
    ...watch.map((each) =>
      el('a', { href: liveHash(each.match), 'aria-label': `watch ${each.whose}` }, watch.length > 1 ? `watch ${each.whose}` : 'watch'),
    ),
  );
}

function tableOf(label: string, columns: readonly Column[], rows: readonly HTMLElement[]): HTMLElement {
  const head = el(
    'thead',
    {},
    el('tr', {}, ...columns.map(([text, isWords]) => el('th', { scope: 'col', ...(isWords ? { class: 'board-words' } : {}) }, text))),
  );
  return el('div', { class: 'sweep-table board-table' }, el('table', { 'aria-label': label }, head, el('tbody', {}, ...rows)));
}

function playersTable(players: readonly LivePlayer[], rewardUnit: string | null, label: string): HTMLElement {
  return tableOf(label, playersColumns(rewardUnit), players.map(playerRow));
}

function playerRow(player: LivePlayer): HTMLElement {
  const { rank, ranks, name, holder, won, drawn, lost, forfeited, matches } = player;
  const leaves = ranks && ranks.best !== ranks.worst ? ` (${ranks.best} to ${ranks.worst})` : '';
  const cells = [
    estimateText({ value: player.strength, low: player.low, high: player.high, n: matches }, 2),
    ...(player.reward === null ? [] : [estimateText(player.reward, 3)]),
    String(matches),
    estimateText(player.latencyMs, 1),
    numberText(player.roundTripMs, 2),
    estimateText(player.latencyLessRoundTripMs, 1),
  ];
  return el(
    'tr',
    {},
    el('td', {}, rank === null ? '–' : `${rank}${leaves}`),
    el('th', { scope: 'row' }, name),
    ...cells.map((text) => el('td', {}, text)),
    el('td', { class: 'board-words' }, `${won}, ${drawn}, ${lost}${forfeited > 0 ? ` (${forfeited} forfeited)` : ''}`),
    el('td', { class: 'board-words' }, holder),
  );
}

function matchesTable(matches: readonly ToldMatch[], isAlone: boolean): HTMLElement {
  if (matches.length === 0) return el('p', { class: 'hint' }, 'None was played yet.');
  return tableOf('Matches', isAlone ? MATCHES_ALONE : MATCHES, matches.map(matchRow));
}

function matchRow(game: ToldMatch): HTMLElement {
  const { match, first, second, status, why, points, mode, rewards, beganAt } = game;
  // Players of two holders may have one name.
  const called = [first, second].map(({ name, holder }) => (first.name === second.name ? `${name} of ${holder}` : name));
  const [one, other] = match === 1 ? called : called.toReversed();
  const own = points === null ? null : match === 1 ? points : 1 - points;
  const result = own === null ? status : `${own === 1 ? `${one} won` : own === 0 ? `${other} won` : 'a draw'}${status === 'forfeited' ? ', forfeited' : ''}`; // prettier-ignore
  const shown = el('td', { class: 'board-words' }, result);
  if (mode === 'alone' && rewards)
    shown.append(
      el('span', { class: 'quiet' }, ` ${rewards.map((reward) => (reward === null ? '–' : rewardText(game.task, reward))).join(' to ')}`),
    );
  if (why !== null) shown.append(el('span', { class: 'quiet' }, ` ${why}`));
  return el(
    'tr',
    {},
    el('td', { class: 'board-words' }, new Date(beganAt).toLocaleString()),
    ...[one!, other!].map((name) => el('td', { class: 'board-words' }, name)),
    shown,
    el('td', {}, ...replays(game, one!, other!)),
  );
}

/** Links to play a match again: one, or one to each world. */
function replays({ status, mode, trace, otherTrace }: ToldMatch, one: string, other: string): (string | HTMLElement)[] {
  const link = (hash: string, text: string, label: string) =>
    el('a', { href: `#/trace/board:${hash}`, 'aria-label': `replay of ${label}` }, text);
  if (mode === 'together' && trace !== null) return [link(trace, 'replay', `${one} against ${other}`)];
  const links = [...(trace === null ? [] : [link(trace, one, one)]), ...(otherTrace === null ? [] : [link(otherTrace, other, other)])];
  if (links.length === 0) return [status === 'playing' ? 'after its end' : '–'];
  return links.flatMap((each, i) => (i === 0 ? [each] : [', ', each]));
}
