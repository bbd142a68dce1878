/** A win matrix as CSV: the first row and the first column are the players' names, a cell is how often its row has beaten its column. */
import Papa from 'papaparse';
import type { Tally } from '../../../scoring/ratings/tally.js';
import { UsageError } from '../values.js';

/** Players, and the games of each pair that met. */
export interface WinMatrix {
  names: string[];
  tallies: Tally[];
}

/** Work grows with the cube of the players: 500 take seconds, and so many take minutes. */
const MOST_PLAYERS = 2000;
const MOST_WINS = 1e9;

/** Reads a win matrix. @param path for messages @throws UsageError naming row, column and value */
export function parseWinMatrix(text: string, path: string): WinMatrix {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy', delimiter: ',' });
  const [broken] = errors;
  if (broken) throw new UsageError(`${path}: row ${(broken.row ?? 0) + 1}: ${broken.message}; CSV with commas is expected`);
  const rows = data.map((row) => row.map((cell) => cell.trim()));
  const names = (rows[0] ?? []).slice(1);
  if (names.length < 2)
    throw new UsageError(
      `${path}: row 1 has ${names.length} names behind its first cell; a win matrix of at least two players is expected, with commas between cells`,
    );
  if (names.length > MOST_PLAYERS) throw new UsageError(`${path}: row 1 has ${names.length} names; accepted: at most ${MOST_PLAYERS}`);
  refuseNames(names, path);
  if (rows.length - 1 !== names.length)
    throw new UsageError(
      `${path}: ${rows.length - 1} rows below the first, which has ${names.length} names; accepted: a row for each name`,
    );
  const wins = rows.slice(1).map((row, i) => winsOf(row, i, names, path));
  const tallies: Tally[] = [];
  for (let first = 0; first < names.length; first++)
    for (let second = first + 1; second < names.length; second++) {
      const [won, lost] = [wins[first]![second]!, wins[second]![first]!];
      if (won + lost > 0) tallies.push({ first, second, won, drawn: 0, lost });
    }
  if (tallies.length === 0) throw new UsageError(`${path}: nobody has beaten anybody; a win matrix with at least one win is expected`);
  return { names, tallies };
}

function refuseNames(names: readonly string[], path: string): void {
  names.forEach((name, i) => {
    const where = `${path}: row 1, column ${i + 2}: "${name}"`;
    if (name === '') throw new UsageError(`${where}; a name is expected`);
    if (/\p{Cc}/u.test(name))
      throw new UsageError(`${path}: row 1, column ${i + 2}: ${JSON.stringify(name)}; a name without control characters is expected`);
    const before = names.indexOf(name);
    if (before < i) throw new UsageError(`${where} is the name of column ${before + 2}, too; accepted: each name once`);
  });
}

/** The wins of one row. */
function winsOf(row: readonly string[], i: number, names: readonly string[], path: string): number[] {
  const [line, own] = [i + 2, names[i]!];
  if (row[0] !== own)
    throw new UsageError(
      `${path}: row ${line}, column 1: "${row[0] ?? ''}"; accepted: "${own}", the same names in the same order as in row 1`,
    );
  if (row.length !== names.length + 1)
    throw new UsageError(
      `${path}: row ${line} ("${own}") has ${row.length - 1} cells behind its name; accepted: ${names.length}, one for each name`,
    );
  return names.map((name, k) => {
    const cell = row[k + 1]!;
    const where = `${path}: row ${line} ("${own}"), column ${k + 2} ("${name}"): "${cell}"`;
    if (k === i) {
      if (cell !== '-') throw new UsageError(`${where}; accepted on the diagonal: - (nobody plays itself)`);
      return 0;
    }
    if (!/^\d+$/.test(cell) || Number(cell) > MOST_WINS)
      throw new UsageError(`${where}; accepted: how often the row has beaten the column, a whole number from 0 to ${MOST_WINS}`);
    return Number(cell);
  });
}
