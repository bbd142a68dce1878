/** The live division: who beat whom in the arena, how sure that is, how late each was, and the matches themselves. */
import { el } from '../element.js';
import type { ToldTable } from '../../../server/leaderboard/entries.js';
import type { LivePlayer, ToldMatch, ToldRatings } from '../../../server/leaderboard/live.js';
import { ask } from './told.js';
import { estimateText, numberText } from './text.js';

/** Most matches that are listed. */
const MOST_MATCHES = 60;

/** A column's heading, and whether it holds words: these begin at the left. */
type Column = readonly [text: string, isWords?: boolean];

const PLAYERS: readonly Column[] = [['rank'], ['agent', true], ['strength'], ['matches'], ['latency, ms'], ['round trip, ms'], ['latency without it, ms'], ['won, drawn, lost', true], ['of', true]]; // prettier-ignore
const MATCHES: readonly Column[] = [['began', true], ['first seat', true], ['other seat', true], ['result', true], ['replay']];

/** What stands below the choice of tables. */
export async function liveTable(table: ToldTable): Promise<HTMLElement[]> {
  const query = new URLSearchParams({ task: table.task, division: 'live', terms: table.terms });
  const [ratings, { matches }] = await Promise.all([
    ask<ToldRatings>(`ratings?${query.toString()}`),
    ask<{ matches: ToldMatch[] }>(`arena/matches?${new URLSearchParams({ terms: table.terms, limit: String(MOST_MATCHES) }).toString()}`),
  ]);
  const { components, across, played } = ratings;
  return [
    el('p', { class: 'hint' }, ratings.proven),
    el('p', { class: 'hint' }, 'Ranked by strength: a difference of 1 is odds of 2.7 to 1. In brackets 95 % intervals over pairings, and the ranks that the matches leave. Matches stand as they were played: no round trip is taken off, and the column without it ranks nobody.'), // prettier-ignore
    ...components.flatMap(({ players, notes }, i) => [
      ...(components.length > 1 ? [el('h3', {}, `Group ${i + 1}`)] : []),
      playersTable(players, components.length > 1 ? `Group ${i + 1}` : 'Ratings'),
      ...notes.map((note) => el('p', { class: 'hint' }, note)),
    ]),
    ...(components.length > 1 ? [el('p', { class: 'hint' }, `Nobody is compared across groups: no chain of wins joins them both ways${across > 0 ? ` (${across} matches were played across)` : ''}.`)] : []), // prettier-ignore
    el('h3', {}, 'Matches'),
    matchesTable(matches),
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

function tableOf(label: string, columns: readonly Column[], rows: readonly HTMLElement[]): HTMLElement {
  const head = el(
    'thead',
    {},
    el('tr', {}, ...columns.map(([text, isWords]) => el('th', { scope: 'col', ...(isWords ? { class: 'board-words' } : {}) }, text))),
  );
  return el('div', { class: 'sweep-table board-table' }, el('table', { 'aria-label': label }, head, el('tbody', {}, ...rows)));
}

function playersTable(players: readonly LivePlayer[], label: string): HTMLElement {
  return tableOf(label, PLAYERS, players.map(playerRow));
}

function playerRow(player: LivePlayer): HTMLElement {
  const { rank, ranks, name, holder, won, drawn, lost, forfeited, matches } = player;
  const leaves = ranks && ranks.best !== ranks.worst ? ` (${ranks.best} to ${ranks.worst})` : '';
  const cells = [
    estimateText({ value: player.strength, low: player.low, high: player.high, n: matches }, 2),
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

function matchesTable(matches: readonly ToldMatch[]): HTMLElement {
  if (matches.length === 0) return el('p', { class: 'hint' }, 'None was played yet.');
  return tableOf('Matches', MATCHES, matches.map(matchRow));
}

function matchRow({ match, first, second, status, why, points, trace, beganAt }: ToldMatch): HTMLElement {
  // Players of two holders may have one name.
  const called = [first, second].map(({ name, holder }) => (first.name === second.name ? `${name} of ${holder}` : name));
  const [one, other] = match === 1 ? called : called.toReversed();
  const own = points === null ? null : match === 1 ? points : 1 - points;
  const result = own === null ? status : `${own === 1 ? `${one} won` : own === 0 ? `${other} won` : 'a draw'}${status === 'forfeited' ? ', forfeited' : ''}`; // prettier-ignore
  const shown = el('td', { class: 'board-words' }, result);
  if (why !== null) shown.append(el('span', { class: 'quiet' }, ` ${why}`));
  const replay = trace === null ? el('td', {}, status === 'playing' ? 'after its end' : '–') : el('td', {}, el('a', { href: `#/trace/board:${trace}`, 'aria-label': `replay of ${one} against ${other}` }, 'replay')); // prettier-ignore
  return el(
    'tr',
    {},
    el('td', { class: 'board-words' }, new Date(beganAt).toLocaleString()),
    ...[one!, other!].map((name) => el('td', { class: 'board-words' }, name)),
    shown,
    replay,
  );
}
