/** A published table with ours beside it, and the claims about its shape, as text. */
import type { Difference } from '../../scoring/figures/claims.js';
import { figure, inLine, intervalText, valueText } from '../report/figures.js';
import { tableText, wrapped } from '../report/text.js';
import type { Claim } from './claims.js';
import type { PublishedRow, PublishedTable } from './published.js';
import type { PaperRow, PaperTable } from './rows.js';
import { counterparts, sameBits, sizesOf } from './size.js';

/** A published row, ours that stands where it does, or one of the two alone. */
export interface PairedRow {
  published?: PublishedRow;
  ours?: PaperRow;
}

/**
 * Published rows in their order, each with ours of the size that stands for its own and the same bits, a mix below 8 with the nearest mix;
 * then those of ours that stand for none.
 */
export function pairedRows(published: readonly PublishedRow[], ours: readonly PaperRow[]): PairedRow[] {
  const bySize = counterparts(sizesOf(published), sizesOf(ours));
  const taken = new Set<PaperRow>();
  const isMix = (bits: number | undefined): boolean => bits !== undefined && bits > 4 && bits < 8 && !sameBits(bits, 8);
  const paired = published.map((row): PairedRow => {
    const same = ours.filter((each) => !taken.has(each) && each.size !== undefined && each.size === bySize.get(row.size));
    const found = isMix(row.bits)
      ? same.filter(({ bits }) => isMix(bits)).sort((a, b) => Math.abs(a.bits! - row.bits) - Math.abs(b.bits! - row.bits))[0]
      : same.find(({ bits }) => bits !== undefined && sameBits(bits, row.bits));
    if (!found) return { published: row };
    taken.add(found);
    return { published: row, ours: found };
  });
  return [...paired, ...ours.filter((row) => !taken.has(row)).map((row) => ({ ours: row }))];
}

/** Both tables as one. @param columns of the terminal */
export function comparedText(published: PublishedTable, ours: PaperTable, columns: number): string {
  const unit = (text: string): string => (text === '' ? '' : `, ${text}`);
  const hasRating = ours.rows.some(({ rating }) => rating);
  const rows = pairedRows(published.rows, ours.rows).map(({ published: row, ours: own }) => [
    row ? `${row.size}/${row.bits}` : '-',
    row ? `${row.ms}` : '-',
    row ? figure(row.value) : '-',
    own?.name ?? '-',
    own ? valueText(own.worldMeanUs, 1e-3) : '-',
    own ? `${valueText(own.value)}\n${own.value.value === null ? '' : `${intervalText(own.value)} (${own.value.n})`}` : '-',
    ...(hasRating ? [own?.rating ? `${valueText(own.rating)}\n${intervalText(own.rating)}` : '-'] : []),
  ]);
  const head = [
    'published',
    'ms',
    `${published.measure}${unit(published.unit)}`,
    'ours',
    'ms',
    `${ours.measure}${unit(ours.unit)}`,
    ...(hasRating ? ['rating'] : []),
  ];
  return tableText(head, rows, columns, ['left', 'right', 'right', 'left', 'right', 'left', 'left']);
}

/** What ours are, a row each: bits as published and as held, real latency, void matches, answers that were no legal action. */
export function detailsText({ rows }: PaperTable, columns: number): string {
  const cells = rows.map((row) => [
    row.name,
    row.bits === undefined ? '-' : figure(row.bits),
    row.heldBits === undefined ? '-' : figure(row.heldBits),
    valueText(row.realP50Us, 1e-3),
    `${row.matches}${row.void > 0 ? ` +${row.void} void` : ''}`,
    row.invalid.value === null ? '-' : `${figure(100 * row.invalid.value)} %`,
  ]);
  const head = ['ours', 'bits, as published', 'bits held', 'real ms, p50', 'matches', 'invalid'];
  return tableText(head, cells, columns, ['left', 'right', 'right', 'right', 'right', 'right']);
}

/** Differences shown of a claim; all are in the JSON. */
const SHOWN = 3;

/** The claims, each with what became of it and the differences nearest to failing it. @param show a difference, by default in its own unit */
export function claimsText(
  claims: readonly Claim[],
  unit: string,
  columns: number,
  show = (each: Difference): string => plain(each, unit),
): string {
  // prettier-ignore
  return claims
    .map(({ says, standing, differences, why, hypothesis }) => {
      const nearest = [...differences].sort((a, b) => (a.difference.low ?? -Infinity) - (b.difference.low ?? -Infinity));
      const more = nearest.length > SHOWN ? [`  and ${nearest.length - SHOWN} more`] : [];
      const head = `${standing.toUpperCase()}: ${says}${hypothesis ? " (this project's own hypothesis)" : ''}${why === undefined ? '' : `: ${why}`}`;
      return [head, ...nearest.slice(0, SHOWN).map((each) => `  ${show(each)}`), ...more].map((line) => wrapped(line, columns)).join('\n');
    })
    .join('\n');
}

function plain({ first, second, difference }: Difference, unit: string): string {
  if (difference.value === null) return `${first} less ${second}: no match of both counts on the same seed`;
  return `${first} less ${second}: ${inLine(difference)}${unit === '' ? '' : ` ${unit}`}`;
}

/** The legend below the claims. */
export const CLAIMS_LEGEND =
  'Claims are judged by paired 95 % intervals over the same seeds, never by values: HOLDS and DOES NOT HOLD are beyond doubt, NOT TOLD APART is neither. Rows are chosen by size and bits beforehand, not by what they earned. Shown: the differences nearest to failing.';
