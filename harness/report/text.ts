/**
 * Text that fits the terminal it is printed on. A table that is too wide for it is printed as several below each other, each with the
 * first column, so that no row breaks and nothing is left out.
 */
import Table from 'cli-table3';
import { Help } from 'commander';
import stringWidth from 'string-width';

/** Columns when nobody says how wide the terminal is: a pipe, a file. */
const USUAL_COLUMNS = 80;
/** Narrower ones are taken for this wide. */
const LEAST_COLUMNS = 40;
/** Between two columns. */
const GAP = 2;

/** How many columns there are to print on: the terminal's, else what COLUMNS says, else 80. */
export function terminalColumns(stream: { columns?: number } = process.stdout, environment = process.env): number {
  const told = stream.columns ?? Number(environment['COLUMNS'] ?? USUAL_COLUMNS);
  return Number.isFinite(told) && told > 0 ? Math.max(LEAST_COLUMNS, Math.floor(told)) : USUAL_COLUMNS;
}

const wrapper = new Help();
wrapper.minWidthToWrap = 1;

/**
 * Breaks lines that are too long at their spaces, the rest of each indented like its beginning, or like what stands beside its label.
 * Lines that fit stay as they are.
 */
export function wrapped(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (stringWidth(line) <= columns) return line;
      const [label = ''] = /^ *(?:\S+(?: \S+)? {2,})?/.exec(line)!;
      const head = label.length <= columns / 3 ? label : /^ */.exec(line)![0].slice(0, columns / 4);
      const box = wrapper.boxWrap(line.slice(label.length <= columns / 3 ? label.length : 0).trim(), columns - head.length);
      return head + box.replace(/\n/g, `\n${' '.repeat(head.length)}`);
    })
    .join('\n');
}

/** The same for a terminal alone: a pipe or a file gets each line whole. */
export function fitted(text: string, stream: { isTTY?: boolean; columns?: number }): string {
  return stream.isTTY ? wrapped(text, terminalColumns(stream)) : text;
}

/** Whether a line can be drawn over the one before: on a terminal, unless it says that it is a plain one (TERM=dumb: editors, logs). */
export function redraws(stream: { isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && environment['TERM'] !== 'dumb';
}

/** A command's help as it fits a terminal. Examples, lines after a `$`, stay whole, so that they can be copied. */
export function fittedHelp(text: string, stream: { isTTY?: boolean; columns?: number }): string {
  return text
    .split('\n')
    .map((line) => (/^ *\$ /.test(line) ? line : fitted(line, stream)))
    .join('\n');
}

/** Lines that differ in nothing but the observation they speak of, once with how often: a dead server says the same a thousand times. */
export function saidOnce(lines: readonly string[]): string[] {
  const counts = new Map<string, { first: string; count: number }>();
  for (const line of lines) {
    const what = line.replace(/\bseq \d+/, 'seq');
    const seen = counts.get(what);
    if (seen) seen.count++;
    else counts.set(what, { first: line, count: 1 });
  }
  return [...counts.values()].map(({ first, count }) => (count === 1 ? first : `${first} (and ${count - 1} more times)`));
}

/**
 * A table of text. Cells may have several lines. @param columns how many there are to print on
 * @param align for each column: numbers are easiest to compare when they end below each other
 */
export function tableText(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  columns: number,
  align: readonly ('left' | 'right')[] = [],
): string {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.flatMap((row) => (row[i] ?? '').split('\n').map((line) => stringWidth(line)))));
  const first = Math.min(widths[0]!, Math.floor(columns / 2) - GAP);
  const room = columns - first - GAP;
  const shown = widths.map((width, i) => (i === 0 ? first : Math.min(width, room)));
  return groups(shown, columns)
    .map((group) => grid(all, group, shown, align))
    .join('\n\n');
}

/** Columns put together as long as they fit beside the first. */
function groups(widths: readonly number[], columns: number): number[][] {
  const result: number[][] = [];
  let used = Infinity;
  for (let i = 1; i < widths.length; i++) {
    if (used + GAP + widths[i]! > columns) {
      result.push([0]);
      used = widths[0]!;
    }
    result.at(-1)!.push(i);
    used += GAP + widths[i]!;
  }
  return result.length === 0 ? [[0]] : result;
}

function grid(all: readonly string[][], group: readonly number[], widths: readonly number[], align: readonly ('left' | 'right')[]): string {
  const table = new Table({
    chars: Object.fromEntries(BORDERS.map((side) => [side, ''])),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    colWidths: group.map((i) => widths[i]! + GAP),
    colAligns: group.map((i) => align[i] ?? 'left'),
    wordWrap: true,
    wrapOnWordBoundary: true,
  });
  const [head, ...body] = all.map((row) => group.map((i) => row[i] ?? ''));
  const rule = group.map((i) => '-'.repeat(widths[i]!));
  table.push(head!, rule, ...body);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line, i, lines) => line !== '' || lines[i - 1] !== '')
    .join('\n');
}

const BORDERS = [
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle',
]; // prettier-ignore
