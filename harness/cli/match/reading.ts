/** What every model of a match is told by the command instead of by its configuration: its prompt, and how its answers are read. */
import type { Command } from 'commander';
import type { AnyTask } from '../../../envs/environment.js';
import { UsageError } from '../values.js';

export interface ReadingFlags {
  prompt?: string;
  parser?: string;
}

/** Gives a command these flags. */
export function addReadingFlags(command: Command): Command {
  return command
    .option('--prompt <name>', "every model's prompt: a shipped one's name, or the path of a file of your own")
    .option('--parser <name>', 'how answers are read, where a task has several parsers');
}

/** Refuses them where nobody would heed them. @param by the flag by which a model plays @throws UsageError */
export function checkReading({ name, parsers }: AnyTask, flags: ReadingFlags, { models, by }: { models: number; by: string }): void {
  if (flags.parser !== undefined && parsers === undefined) throw new UsageError(`--parser: ${name} has one parser, which needs no name`);
  for (const flag of ['prompt', 'parser'] as const)
    if (flags[flag] !== undefined && models === 0) throw new UsageError(`--${flag} ${flags[flag]}: no model plays; accepted: with ${by}`);
}
