/** `tickbench rate FILE.csv` or `--traces PATH...`: strengths of players who met in games of two. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { rate as ratingOf } from '../../../scoring/ratings/rating.js';
import { fileFault } from '../../host/fault.js';
import { printable } from '../../protocol/printable.js';
import { terminalColumns } from '../../report/text.js';
import { UsageError } from '../values.js';
import { seededGames } from './games.js';
import { parseWinMatrix } from './matrix-file.js';
import { ratingJson, ratingText, type Rated } from './text.js';

interface Flags {
  traces?: string[];
  ridge?: number;
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function rateCommand(): Command {
  return new Command('rate')
    .argument(
      '[file]',
      'a win matrix, .csv: first row and first column are names, a cell is how often its row has beaten its column, - on the diagonal',
    )
    .option('--traces <paths...>', 'recorded matches instead: trace files or folders of them')
    .option(
      '--ridge <x>',
      'draw strengths towards each other by x/2 for each squared strength, and so rate everybody; labelled wherever it shows',
      ridgeOf,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Players are rated within strongly connected components of the graph of wins, and never across.

Examples:
  $ tickbench rate wins.csv
  $ tickbench rate --traces results/duels/traces --json`,
    )
    .action(rate);
}

/** Beyond these a ridge is as good as none, or leaves nothing to the games. */
const RIDGE = { least: 1e-6, most: 1000 };

function ridgeOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= RIDGE.least && value <= RIDGE.most))
    throw new InvalidArgumentError(`a number from ${RIDGE.least} to ${RIDGE.most} is expected`);
  return value;
}

async function rate(file: string | undefined, { traces, ridge, json }: Flags): Promise<void> {
  if ((file === undefined) === (traces === undefined)) throw new UsageError('either a win matrix or --traces is expected');
  const rated = file === undefined ? await ofTraces(traces!, ridge) : ofMatrix(file, ridge);
  if (!rated.rating.components.some(({ members, players }) => members.length > 1 && players[0]!.strength !== null)) process.exitCode = 1;
  process.stdout.write(`${json ? JSON.stringify(ratingJson(rated)) : printable(ratingText(rated, terminalColumns()))}\n`);
}

function ofMatrix(file: string, ridge: number | undefined): Rated {
  const { names, tallies } = parseWinMatrix(textOf(file), file);
  const rating = ratingOf(names.length, [tallies], ridge === undefined ? {} : { ridge });
  return { source: basename(file), names, rating, left: [] };
}

async function ofTraces(paths: readonly string[], ridge: number | undefined): Promise<Rated> {
  const { task, names, seeds, matches, left } = await seededGames(paths);
  const rating = ratingOf(names.length, seeds, { seat: true, seeded: true, ...(ridge === undefined ? {} : { ridge }) });
  return { source: `${matches} matches of ${task}`, names, rating, seeds: seeds.length, left };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file}: ${fileFault(error)}; a win matrix, .csv, is expected`);
  }
}
