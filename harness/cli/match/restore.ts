/** `tickbench match restore FILE`: goes on with a match from a checkpoint, in this process, to the end that it would have had. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { loadSetup, overridden } from '../../configuration/team.js';
import { resumedPlayers } from '../../seating/resumed.js';
import { readCheckpoint } from '../../traces/checkpoint-file.js';
import { partialPath } from '../../traces/format.js';
import { RunProgress } from '../run-progress.js';
import { portNumber, timerSeconds } from '../values.js';
import { placeForTrace } from './played.js';
import { addReadingFlags, checkReading, type ReadingFlags } from './reading.js';
import { playSingle } from './single.js';

/** The page's port when none is given. */
const PAGE_PORT = 7070;

interface RestoreFlags extends ReadingFlags {
  model: string[];
  trace?: string;
  port?: number;
  host: string;
  allowHost: string[];
  wait?: number;
  watch?: number;
  checkpointEvery?: number;
  json?: boolean;
}

const gather = (value: string, before: string[]): string[] => [...before, value];

/** The verb, for the program that assembles them. */
export function restoreCommand(): Command {
  const command = new Command('restore')
    .argument('<file>', 'a checkpoint')
    .description('go on with a match from its checkpoint')
    .option(
      '--model <file>',
      'the configuration of a model that plays, once for each in the order of their seats: the ones that have played so far',
      gather,
      [],
    );
  return addReadingFlags(command)
    .option('--trace <file>', 'where the trace goes, all of it from the beginning (default: results/matches/ID.restored.jsonl.gz)')
    .option(
      '--port <n>',
      'port of the match server (default: the one it had where a stranger plays, who looks for it there; else any free one)',
      portNumber,
    )
    .option('--host <address>', 'address of the match server; 0.0.0.0 lets strangers in from other machines', '127.0.0.1')
    .option('--allow-host <name>', 'a name under which the match server may be reached, beside its addresses', gather, [])
    .option('--wait <s>', 'how long a stranger may take to come back (default: 600)', timerSeconds)
    .option('--watch <port>', 'open a page on which the match can be watched', portNumber)
    .option('--checkpoint-every <s>', 'write a checkpoint so often, in real seconds', timerSeconds)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The record in the file is played again first, and refused where it is not what a match by these rules would have recorded. Bots and models are
started anew, and bots are told what they have seen; a stranger's agent comes back by the token it has. The trace says that the match was moved.

Examples:
  $ tickbench match restore results/matches/fighter-20250101120000-3f2a1b.checkpoint.gz
  $ tickbench match restore match.checkpoint.gz --model fpx-configs/1m-fp8.yaml --trace match.jsonl.gz`,
    )
    .action(restore);
}

async function restore(path: string, flags: RestoreFlags): Promise<void> {
  const from = await readCheckpoint(path);
  const { header, state, task } = from;
  checkReading(task, flags, { models: flags.model.length, by: '--model FILE.yaml, where a model has played so far' });
  const players = await resumedPlayers(
    task,
    header,
    flags.model.map((file) => overridden(loadSetup(file), flags)),
  );
  const tracePath = placeForTrace(flags.trace ?? freePath(header.id));
  const isAwaited = header.seats.some(({ kind }) => kind === 'stranger');
  const port = flags.port ?? (isAwaited ? state.port : 0);
  const progress = new RunProgress(process.stderr, task.lengthUs(task.parseOptions(header.options)));
  progress.say(
    `${header.id} goes on at ${(state.at / 1_000_000).toFixed(2)} s of world time, ${header.clock} clock; trace: ${relative(process.cwd(), tracePath)}`,
  );
  const { id, options, seed, clock, speed, timeoutUs, patient } = header;
  await playSingle({
    task,
    match: {
      ...{ id, task: task.name, options, seed, clock, speed, timeoutUs, players, tracePath, from },
      ...(patient ? { patient } : {}),
    },
    listen: { port, host: flags.host, allowHosts: flags.allowHost },
    waitS: flags.wait,
    page: flags.watch !== undefined && task.lacks?.page === undefined ? { port: flags.watch || PAGE_PORT, isPlayed: false } : undefined,
    checkpointEveryS: flags.checkpointEvery,
    progress,
    json: flags.json === true,
  });
}

/** A place beside the first trace, which may lie there cut off. */
function freePath(id: string): string {
  for (let time = 1; ; time++) {
    const path = join('results', 'matches', `${id}.restored${time === 1 ? '' : `-${time}`}.jsonl.gz`);
    if (!existsSync(path) && !existsSync(partialPath(path))) return path;
  }
}
