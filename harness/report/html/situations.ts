/** Probe quality by kinds of situation, such as the classes of news, in a sweep's report. */
import type { SummaryTask } from '../../evidence/summary.js';
import { figureCell } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

/** Each configuration's quality in each kind of situation; nothing where the task tells none apart, or nobody was asked. */
export function situationsPart(name: string, { rows }: SummaryTask): Part {
  const kinds = [...new Set(rows.flatMap(({ probeQualityBySituation: all }) => all.map(({ situation }) => situation)))].sort();
  if (kinds.length === 0) return '';
  const asked = (kind: string): number =>
    Math.max(
      ...rows.flatMap(({ probeQualityBySituation: all }) => all.filter(({ situation }) => situation === kind).map((each) => each.asked)),
    );
  const head = markup`<tr><th scope="col">configuration</th>${kinds.map((kind) => markup`<th scope="col">${kind}<small>${asked(kind)} states</small></th>`)}</tr>`; // prettier-ignore
  const body = rows
    .filter(({ probeQualityBySituation: all }) => all.length > 0)
    .map((row) => {
      const cells = kinds.map((kind) => {
        const found = row.probeQualityBySituation.find(({ situation }) => situation === kind);
        return found ? figureCell(found.quality, { units: 'matches that the states come from' }) : markup`<td class="none">–</td>`;
      });
      return markup`<tr data-kind="${row.kind}"><th scope="row">${row.name}</th>${cells}</tr>
`; // prettier-ignore
    });
  return markup`<h3>Quality by situation</h3>
${wideTable(`${name}: probe quality by kind of situation`, head, body)}
<p class="quiet">Probe quality, the world stopped, of the states of each kind; below each figure its 95 % interval over the matches that the states come from. Few states of a kind make it wide: between two columns or two rows only what the intervals carry is told.</p>`; // prettier-ignore
}
