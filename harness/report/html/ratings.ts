/** Ratings in a sweep's report: who is ahead of whom, how sure that is, and who cannot be compared. */
import type { SweepResults } from '../sweep/folder.js';
import { ratingOf } from '../sweep/ratings.js';
import { figure } from '../figures.js';
import { componentLines, endsText, mayBe } from '../ratings.js';
import { minus } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

/** The ratings of a task; nothing where its matches have no winner. */
export function ratingsPart({ matches }: SweepResults, name: string): Part {
  const rated = ratingOf(matches, name);
  if (!rated) return '';
  const { names, rating, seeds, left } = rated;
  const joined = rating.components.filter(({ members }) => members.length > 1);
  const alone = rating.components.filter(({ members }) => members.length === 1).map(({ members }) => names[members[0]!]!);
  const head = markup`<tr>${['player', 'rank', 'may be', 'strength', '95 % interval', 'games'].map((each) => markup`<th scope="col">${each}</th>`)}</tr>`; // prettier-ignore
  const tables = joined.map((component, i) => {
    const rows = component.players.map((player) => markup`<tr><th scope="row">${names[player.player]!}</th><td>${player.rank ?? '–'}</td><td>${mayBe(player)}</td><td data-value="${player.strength ?? ''}">${player.strength === null ? '–' : minus(figure(player.strength))}</td><td>${minus(endsText(player))}</td><td>${player.games}</td></tr>
`); // prettier-ignore
    const which = joined.length > 1 ? `, component ${i + 1} of ${joined.length}, not comparable with the others` : '';
    return [wideTable(`${name}: ratings${which}`, head, rows), markup`<p class="quiet">${minus(componentLines(component).join(' '))}</p>`];
  });
  return markup`<h3>Ratings</h3>
${tables}
${alone.length > 0 && markup`<p class="quiet">Not comparable with anybody, since no way of wins and draws leads from them to the others and back: ${alone.join(', ')}.</p>`}
<p class="quiet">By Bradley and Terry, from ${rated.matches} measured matches on ${seeds} seeds, each a unit${left > 0 ? `; ${left} on another clock or at another speed are left out` : ''}. Strength: natural logarithm of odds, sum 0 in a table. May be: the ranks that are left by those from whom a player is told apart, all pairs at once at 95 %. Configurations met the opponent, not each other.</p>`; // prettier-ignore
}
