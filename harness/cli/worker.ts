/** `tickbench worker`: takes cells of sweeps from a queue and plays them, one at a time. */
import { Command, InvalidArgumentError } from 'commander';
import { SERVER_FORM, shownAddress } from '../database/address.js';
import { explain, labelNames } from '../configuration/configuration.js';
import { hostIdentity, machineName } from '../host/identity.js';
import { packageVersion } from '../host/root.js';
import { redact } from '../host/secrets.js';
import { QueueDatabase, queueAddress } from '../queue/connection.js';
import { Worker } from '../queue/worker.js';
import { fitted } from '../report/text.js';
import { INTERRUPTED, onInterrupt } from './interrupt.js';
import { atLeastOne, positive } from './values.js';

interface WorkerFlags {
  queue?: string;
  labels: string[];
  machine?: string;
  device?: string;
  lease: number;
  idle?: number;
  allowCommands?: boolean;
  maxCalls?: number;
}

/** Names of machines and devices: they stand in traces and tables. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** A lease must outlast several beats, and a lost worker should be missed within an hour. */
const LEASE_S = { least: 1, most: 3600 };

/** The verb, for the program that assembles them. */
export function workerCommand(): Command {
  return new Command('worker')
    .option('--queue <address>', `${SERVER_FORM}, or a folder on this machine (default: DATABASE_URL)`)
    .option(
      '--labels <list>',
      'what this worker has, such as h200,nvlink: cells that ask for labels go only to those that have them',
      labelList,
      [],
    )
    .option('--machine <name>', 'what this machine is called in traces and tables (default: one made of its own ids)', name)
    .option('--device <name>', 'one of several devices of this machine, each with a worker; such a worker plays no embedded engine', name)
    .option('--lease <seconds>', 'after so long without a word its cell is given to another worker', leaseSeconds, 60)
    .option('--idle <seconds>', 'end after so long with nothing to do (default: never)', positive)
    .option('--allow-commands', "start servers by the command lines of a plan's configurations")
    .option('--max-calls <n>', 'most calls of this worker to each endpoint, from its start on', atLeastOne)
    .addHelpText(
      'after',
      `\nExit codes: 0 when it had nothing to do for --idle seconds, 1 for an error, ${INTERRUPTED} when it was interrupted (its cell goes back to the queue).\n` +
        '\nExamples:\n  $ DATABASE_URL=postgres://me:secret@db/bench tickbench worker --labels h200\n  $ tickbench worker --queue results/queue --idle 30\ndocs/many-machines.md says more.',
    )
    .action(work);
}

function name(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('letters, digits, ".", "_" and "-" are expected, 100 at most');
  return text;
}

function labelList(text: string): string[] {
  const parsed = labelNames.safeParse(text.split(',').map((each) => each.trim()));
  if (!parsed.success) throw new InvalidArgumentError(`labels with commas between are expected:\n${explain(parsed.error)}`);
  return parsed.data;
}

function leaseSeconds(text: string): number {
  const seconds = positive(text);
  if (seconds < LEASE_S.least || seconds > LEASE_S.most)
    throw new InvalidArgumentError(`${LEASE_S.least} to ${LEASE_S.most} seconds are expected`);
  return seconds;
}

async function work(flags: WorkerFlags): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${fitted(redact(line), process.stderr)}\n`);
  const address = queueAddress(flags.queue, process.env['DATABASE_URL']);
  const interrupt = onInterrupt(say);
  const queue = await QueueDatabase.open(address, say);
  say(`queue: ${shownAddress(address)}`);
  const machine = flags.machine ?? machineName();
  try {
    await new Worker(queue, {
      card: {
        name: flags.device === undefined ? machine : `${machine}/${flags.device}`,
        machine,
        host: hostIdentity(),
        labels: flags.labels,
        engines: flags.device === undefined,
        version: packageVersion(),
        leaseMs: Math.round(flags.lease * 1000),
      },
      mayCommand: flags.allowCommands === true,
      budget: { maxCalls: flags.maxCalls },
      ...(flags.idle === undefined ? {} : { idleMs: flags.idle * 1000 }),
      say,
      signal: interrupt.signal,
    }).run();
  } finally {
    interrupt.done();
    await queue.close();
  }
  if (interrupt.signal.aborted) process.exitCode = INTERRUPTED;
}
