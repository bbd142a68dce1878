/** The matches of a sweep as lists, one a task: what each was, how it ended, and where it can be watched. */
import { figure } from '../figures.js';
import type { SweepResults } from '../sweep/folder.js';
import type { MatchRecord } from '../sweep/matches.js';
import { minus } from './figures.js';
import { markup, type Markup, type Part } from './markup.js';
import { PURPOSES, titleOf } from './task.js';
import { wideTable } from './wide-table.js';

/** The address at which a match can be watched; undefined in a file that stands alone. */
export type WatchAddress = (match: MatchRecord) => string;

const STANDINGS: Record<MatchRecord['standing'], string> = {
  counted: 'counts',
  void: 'void',
  'set aside': 'void, played again',
  other: 'in no figure',
};

/** @param watch where a match is watched */
export function matchesSection({ matches }: SweepResults, watch?: WatchAddress): Markup {
  const tasks = [...new Set(matches.map(({ task }) => task))];
  const lists = tasks.map((task) => list(task, matches.filter((match) => match.task === task), watch)); // prettier-ignore
  return markup`<section id="matches" aria-labelledby="matches-title"><h2 id="matches-title">Matches</h2>
<p>${watch ? 'Each can be watched: its trace is played again in this browser by the environment itself.' : markup`Each lies in <code>traces/</code>, and is played again by <code>tickbench replay</code>; <code>tickbench serve</code> shows it.`}</p>
${lists.length > 0 ? lists : markup`<p class="quiet">There are no traces in this folder.</p>`}
</section>`; // prettier-ignore
}

function list(task: string, matches: readonly MatchRecord[], watch?: WatchAddress): Markup {
  const head = markup`<tr>${[...(watch ? ['watch'] : []), 'configuration', 'against', 'seed', 'played for', 'clock', 'reward', 'latency p50, ms', 'injected', 'verdict', 'trace'].map((each) => markup`<th scope="col">${each}</th>`)}</tr>`; // prettier-ignore
  const { rewardUnit } = matches[0]!;
  const rows = matches.map((match) => {
    const { configuration, others, seed, purpose, clock, speed, reward, p50Ms, injected, standing, file } = match;
    const link = watch && markup`<td><a href="${watch(match)}" aria-label="Watch ${configuration}, seed ${seed}, ${PURPOSES[purpose]}">watch</a></td>`; // prettier-ignore
    const shown = (value: number | null): Part => (value === null ? markup`<td class="none">–</td>` : markup`<td data-value="${value}">${minus(figure(value))}</td>`); // prettier-ignore
    return markup`<tr data-standing="${standing}">${link}<th scope="row">${configuration}</th><td>${others.join(', ') || 'nobody'}</td><td data-value="${seed}">${seed}</td><td>${PURPOSES[purpose]}</td><td>${clock}, ${speed}x</td>${shown(reward)}${shown(p50Ms)}<td>${injected || 'none'}</td><td>${STANDINGS[standing]}</td><td class="file">${file}</td></tr>
`; // prettier-ignore
  });
  const name = `${titleOf(task)}: ${matches.length} ${matches.length === 1 ? 'match' : 'matches'}`;
  return markup`<details class="matches">
    <summary>${name}</summary>
    ${wideTable(`${name}, reward in ${rewardUnit}`, head, rows)}
  </details>`;
}
