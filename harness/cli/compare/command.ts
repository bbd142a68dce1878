/** `tickbench compare A B ...`: what differs between configurations that played the same seeds, and whether it is real. */
import { Command } from 'commander';
import { compareAll, type Comparison } from '../../../scoring/figures/comparison.js';
import { taskNamed } from '../../match/tasks.js';
import { figure, intervalText, valueText } from '../../report/figures.js';
import { printable } from '../../protocol/printable.js';
import { tableText, terminalColumns, wrapped } from '../../report/text.js';
import { UsageError } from '../values.js';
import { membersIn, membersOf, type Compared } from './members.js';

interface Flags {
  in?: string;
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function compareCommand(): Command {
  return new Command('compare')
    .argument('<who...>', "sweeps' folders, two or more; or with --in the names of configurations in one")
    .option('--in <folder>', 'the folder of the sweep whose configurations are named')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
All pairs are compared. Where there are several, each figure is judged for all of them at once (Holm).

Examples:
  $ tickbench compare 4m-fp8 4m-fp4 --in results/quick
  $ tickbench compare results/before results/after --json`,
    )
    .action(compare);
}

async function compare(who: string[], flags: Flags): Promise<void> {
  if (who.length < 2) throw new UsageError(`only ${who[0]}; at least two are compared`);
  const twice = who.find((each, i) => who.indexOf(each) !== i);
  if (twice !== undefined) throw new UsageError(`${twice} is named twice; nothing is compared with itself`);
  const all = flags.in === undefined ? await membersOf(who) : await membersIn(flags.in, who);
  const found = all.map((each) => ({ ...each, comparisons: compareAll(taskNamed(each.task), each.members) }));
  const text = flags.json
    ? JSON.stringify({ compare: 'compare.v1', tasks: found.map(({ task, notes, comparisons }) => ({ task, notes, comparisons })) })
    : wrapped(printable(found.flatMap(shown).join('\n')), terminalColumns());
  process.stdout.write(`${text}\n`);
  if (found.every(({ comparisons }) => comparisons.every(({ seeds }) => seeds.both === 0))) process.exitCode = 1;
}

function shown({ task, notes, comparisons }: Compared & { comparisons: Comparison[] }): string[] {
  const isSeveral = comparisons.length > 1;
  return [
    `${taskNamed(task).title} (${task})`,
    ...(notes.length > 0 ? ['', ...notes] : []),
    ...comparisons.flatMap((each) => ['', ...pair(each, isSeveral)]),
    '',
    `Difference: first less second, on the same seeds; quality on the same frozen states. Real: p below 0.05${isSeveral ? ', for all pairs of a figure at once (Holm)' : ''}; situations are always judged together.`,
    '',
  ];
}

function pair({ first, second, figures, seeds }: Comparison, isSeveral: boolean): string[] {
  const rows = figures
    .filter(({ difference }) => difference.n > 0)
    .map(({ figure: name, unit, difference, p, holm, real }) => [
      unit === 'of 1' ? name : `${name}, ${unit}`,
      valueText(difference),
      intervalText(difference),
      difference.n,
      probability(isSeveral || name.includes(':') ? holm : p),
      real ? (difference.value! > 0 ? 'more' : 'LESS') : 'not told apart',
    ]);
  const alone = [
    ...(seeds.onlyFirst.length > 0 ? [`Only ${first} played the seeds ${some(seeds.onlyFirst)}.`] : []),
    ...(seeds.onlySecond.length > 0 ? [`Only ${second} played the seeds ${some(seeds.onlySecond)}.`] : []),
  ];
  const title = `${first} less ${second}: ${seeds.both === 0 ? 'no seed' : seeds.both === 1 ? '1 seed' : `${seeds.both} seeds`} in common`;
  if (rows.length === 0) return [`${title}, and nothing to compare.`, ...alone];
  return [
    title,
    '',
    tableText(
      ['figure', 'difference', '95 % interval', 'n', 'p', `${first.length > 12 ? 'the first' : first} has`],
      rows,
      terminalColumns(),
      ['left', 'right', 'left', 'right', 'right', 'left'],
    ),
    ...alone,
  ];
}

function probability(p: number | null): string {
  if (p === null) return '-';
  return p < 0.0001 ? '< 0.0001' : p < 0.01 ? p.toFixed(4) : figure(p);
}

function some(seeds: readonly number[]): string {
  return seeds.length <= 5 ? seeds.join(', ') : `${seeds.slice(0, 5).join(', ')} and ${seeds.length - 5} more`;
}
