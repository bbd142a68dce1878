/** `tickbench match checkpoint MATCH`: has a running match written to a file from which it can be gone on with. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { askMatch } from '../../match/control.js';
import { UsageError } from '../values.js';
import { matchNamed } from './named.js';

interface CheckpointFlags {
  out?: string;
  stop?: boolean;
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function checkpointCommand(): Command {
  return new Command('checkpoint')
    .argument(
      '<match>',
      'a match that is being played on this machine: its id, or its trace, written or still to be (.jsonl.gz, .jsonl, .partial)',
    )
    .description('write a running match to a file from which it can be gone on with')
    .option('--out <file>', 'where it goes, a new file (default: ID.checkpoint.gz beside the trace, in place of the one before)')
    .option('--stop', 'the match stops there, to be gone on with elsewhere (default: it plays on)')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
On the virtual clock it is taken as soon as nobody is thinking. What is in it is as confidential as the match's trace: the world's seed is. Keys are not
in it, and of a stranger's token there is only its hash.

Examples:
  $ tickbench match checkpoint fighter-20250101120000-3f2a1b
  $ tickbench match checkpoint results/matches/hft-20250101120000-3f2a1b.jsonl.gz --out /mnt/other/match.checkpoint.gz --stop`,
    )
    .action(checkpoint);
}

async function checkpoint(match: string, { out, stop = false, json }: CheckpointFlags): Promise<void> {
  if (out !== undefined && existsSync(out)) throw new UsageError(`--out ${out}: is there already; accepted: the name of a new file`);
  const id = await matchNamed(match);
  const taken = await askMatch(id, { do: 'checkpoint', stop, ...(out === undefined ? {} : { path: resolve(out) }) });
  if (json) process.stdout.write(`${JSON.stringify({ ...taken, stopped: stop })}\n`);
  else
    process.stdout.write(
      `${relative(process.cwd(), taken.path)}: the match at ${(taken.at / 1_000_000).toFixed(2)} s of world time, digest ${taken.digest}; it ${stop ? 'has stopped there' : 'plays on'}.\n` +
        `Go on from it: tickbench match restore ${relative(process.cwd(), taken.path)}\n`,
    );
}
