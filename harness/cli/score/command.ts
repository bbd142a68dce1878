/** `tickbench score RESULTS|TRACES --by FORMULA`: matches by a reward of one's own. */
import { Command } from 'commander';
import { ExpressionError, parseScore, type Expression } from '../../../scoring/reward/expression.js';
import { measuresOf, WHOLE } from '../../../scoring/reward/measures.js';
import { scoreOf } from '../../../scoring/reward/score.js';
import { rangedDifference } from '../../../scoring/statistics/pairing.js';
import { taskNamed, taskNames } from '../../match/tasks.js';
import { inLineOfAnyScale } from '../../report/figures.js';
import { printable } from '../../protocol/printable.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { leftText, measuredPlayers, measureNames } from '../../evidence/measured.js';
import { pricesOf, requireUsed } from '../prices.js';
import { UsageError } from '../values.js';

interface Flags {
  by?: string;
  measures?: boolean;
  price?: string[];
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function scoreCommand(): Command {
  return new Command('score')
    .argument('[paths...]', "a sweep's folder, or trace files and folders of them")
    .option('--by <formula>', "such as 'reward - 0.1 * log(costUsd + 1)'; arithmetic and a few functions over measures")
    .option('--measures', 'list what a formula may name, and stop')
    .option('--price <files...>', 'configuration files whose price goes for the seats of their name, before what traces say')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
A match of which the formula gives no finite number has no score; it is told, and never counts as 0.

Examples:
  $ tickbench score results/quick --by 'reward - 0.001 * p90Ms'
  $ tickbench score --measures`,
    )
    .action(score);
}

async function score(paths: string[], { by, measures, price, json }: Flags): Promise<void> {
  if (measures) return print(json ? JSON.stringify(listJson()) : listText(terminalColumns()));
  if (by === undefined) throw new UsageError(`--by is expected, a formula over ${measureNames().join(', ')}`);
  if (paths.length === 0) throw new UsageError("a sweep's folder is expected, or trace files");
  const whole = parse(by, taskNames()).names.filter((name) => WHOLE.includes(name));
  const prices = pricesOf(price ?? []);
  const { players, left, notes } = await measuredPlayers(paths, prices, whole);
  requireUsed(prices, players);
  if (players.length === 0) throw new UsageError(`no match counts there; ${left.slice(0, 3).join('; ') || 'no traces were found'}`);
  const played = [...new Set(players.map(({ task }) => task))];
  const scored = played.filter((task) => lacking(by, task) === undefined);
  if (scored.length === 0) parse(by, played.slice(0, 1));
  notes.push(
    ...played.filter((task) => !scored.includes(task)).map((task) => `No score on ${task}: it has no measure ${lacking(by, task)}.`),
  );
  const tasks = scored.map((task) => ({
    task,
    rows: rowsOf(
      players.filter((each) => each.task === task),
      parse(by, [task]),
    ),
  }));
  if (tasks.every(({ rows }) => rows.every(({ score: { figure } }) => figure.n === 0))) process.exitCode = 1;
  print(
    json
      ? JSON.stringify({ score: 'score.v1', by, left, notes, tasks: tasks.map(taskJson) })
      : wrapped(printable([...tasks.flatMap((each) => taskText(each, by)), ...notes, ...leftText(left)].join('\n')), terminalColumns()),
  );
}

/** The first measure in a formula that a task does not have; undefined where it has all. @throws UsageError */
function lacking(by: string, task: string): string | undefined {
  const names = measureNames([task]);
  return parse(by, taskNames()).names.find((name) => !names.includes(name));
}

/** @throws UsageError for a formula that is refused */
function parse(by: string, tasks: readonly string[]): Expression {
  try {
    return parseScore(by, measureNames(tasks), WHOLE);
  } catch (error) {
    if (error instanceof ExpressionError) throw new UsageError(`--by: ${error.message}`);
    throw error;
  }
}

type Players = Awaited<ReturnType<typeof measuredPlayers>>['players'];

/** Everybody's score, the highest first, and what the first has more than each other on the seeds that both played. */
function rowsOf(players: Players, expression: Expression) {
  const rows = players.map((player) => ({ player, score: scoreOf(expression, player.matches) }));
  rows.sort((a, b) => (b.score.figure.value ?? -Infinity) - (a.score.figure.value ?? -Infinity));
  const [first] = rows;
  return rows.map((row) => ({ ...row, behind: row === first ? undefined : rangedDifference(first!.score, row.score) }));
}

type Task = { task: string; rows: ReturnType<typeof rowsOf> };

function taskJson({ task, rows }: Task): unknown {
  return {
    task,
    rows: rows.map(({ player: { name, kind, matches }, score: { figure, missing, bySeed }, behind }) => ({
      name,
      kind,
      matches: matches.length,
      score: figure,
      missing,
      bySeed: Object.fromEntries(bySeed),
      ...(behind ? { lessThanFirst: behind } : {}),
    })),
  };
}

function taskText({ task, rows }: Task, by: string): string[] {
  const cells = rows.map(({ player, score: { figure, missing }, behind }) => [
    player.name,
    player.matches.length,
    inLineOfAnyScale(figure),
    missing.length === 0 ? '' : `${missing.length}`,
    behind === undefined ? '' : inLineOfAnyScale(behind),
  ]);
  const head = ['configuration', 'matches', 'score', 'without', 'less than the first'];
  const reasons = rows.flatMap(({ player, score: { missing } }) =>
    missing.length === 0 ? [] : [`No score of ${missing.length} of ${player.name}: ${missing[0]!.id}: ${missing[0]!.why}`],
  );
  const notes = parse(by, [task]).names.some((name) => WHOLE.includes(name))
    ? ['quality and patient are of the configuration as a whole: how well they are known is not in these intervals.']
    : [];
  return [
    `${taskNamed(task).title} (${task}), scored by ${by}`,
    '',
    tableText(head, cells, terminalColumns(), ['left', 'right', 'left', 'right', 'left']),
    '',
    ...reasons,
    ...notes,
    'In brackets 95 % intervals over matches; differences on the seeds that both played.',
    '',
  ];
}

function listJson(): unknown {
  return {
    measures: Object.fromEntries(
      taskNames().map((name) => [name, measuresOf(taskNamed(name)).map(({ name: each, about }) => ({ name: each, about }))]),
    ),
  };
}

function listText(columns: number): string {
  const tasks = taskNames().map((name) => ({ name, measures: measuresOf(taskNamed(name)) }));
  const all = new Map(tasks.flatMap(({ measures }) => measures.map(({ name, about }) => [name, about])));
  const rows = [...all].map(([name, about]) => {
    const of = tasks.filter(({ measures }) => measures.some((each) => each.name === name));
    return [name, of.length === tasks.length ? '' : of.map((each) => each.name).join(', '), about];
  });
  return tableText(['measure', 'only of', 'what it is of a match'], rows, columns);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
