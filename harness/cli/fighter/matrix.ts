/** `tickbench fighter matrix`: every threat, every single answer, at 0 to 60 frames of delay. */
import { Command, Option } from 'commander';
import { CHARACTER_NAMES } from '../../../envs/fighter/characters.js';
import { ladderOf } from '../../../envs/fighter/matrix-ladder.js';
import { matrixText } from '../../../envs/fighter/matrix-text.js';
import { reactability, type Row } from '../../../envs/fighter/matrix.js';
import { fighter } from '../../../envs/fighter/task.js';
import { UsageError } from '../values.js';

/** Standing orders of the matrix that is published: the default one, and no guard at all. */
export const MATRIX_STANDING: readonly string[] = ['guard_low', 'wait'];

interface Flags {
  standing: string[];
  character: string;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function fighterMatrixCommand(): Command {
  return new Command('matrix')
    .description('the reactability matrix: which answer still works at which delay, found by playing all of them')
    .option('--standing <orders...>', `standing orders until the answer lands: ${fighter.standingOrders.join(', ')}`, [...MATRIX_STANDING])
    .addOption(new Option('--character <name>', 'who fights whom: both the same').choices([...CHARACTER_NAMES]).default(CHARACTER_NAMES[0]))
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nPrints Markdown.\n\nExample:\n  $ tickbench fighter matrix --standing walk_back')
    .action(matrix);
}

function matrix(flags: Flags): void {
  for (const each of flags.standing)
    if (!fighter.standingOrders.includes(each)) throw new UsageError(`--standing ${each}: accepted: ${fighter.standingOrders.join(', ')}`);
  const options = fighter.parseOptions({ fighters: [flags.character, flags.character] });
  const matrices = flags.standing.map((standing) => reactability(options, standing));
  if (!flags.json) return void process.stdout.write(matrixText(matrices, opponents(flags.character)));
  const named = ({ move, from }: Row): string => `${move} ${from}`;
  const shown = matrices.map((each) => ({
    ...each,
    ladder: ladderOf(each).map(({ ms, frames, lost, left }) => ({ ms, frames, lost: lost.map(named), left: left.map(named) })),
  }));
  process.stdout.write(`${JSON.stringify({ task: fighter.name, rules: fighter.rules, character: flags.character, matrices: shown })}\n`);
}

/** Who fights whom, in words. */
export const opponents = (character: string): string => `\`${character}\` against \`${character}\``;
