/** `tickbench rollout`: batches of worlds without a clock, for learning: over standard input and output, or for several learners over a local socket. */
import { Command } from 'commander';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { rolloutSchema } from '../rollout/frames.js';
import { serveLearner } from '../rollout/session.js';
import { onInterrupt } from './interrupt.js';
import { UsageError, whole } from './values.js';

/** Most threads of one learner's worlds. */
const MOST_THREADS = 256;

interface RolloutFlags {
  listen?: string;
  threads?: number;
  schema?: boolean;
}

/** The verb, for the program that assembles them. */
export function rolloutCommand(): Command {
  return new Command('rollout')
    .option(
      '--listen <path>',
      'serve learners over this local socket, each with worlds of its own (default: one, over standard input and output)',
    )
    .option(
      '--threads <n>',
      'threads on which the worlds of a learner are played; no result depends on it (default: as many as cores)',
      whole,
    )
    .option('--schema', 'print the JSON Schemas of all frames (as docs/rollout.schema.json)')
    .addHelpText(
      'after',
      `
Same rules as a match on the virtual clock: the same actions and latencies end with the same digest and reward (docs/rollout.md).

Examples:
  $ tickbench rollout < frames     with lines such as {"id":1,"do":"create","worlds":2,"task":"fighter"} and {"id":2,"do":"reset","seed":1}
  $ tickbench rollout --listen /tmp/worlds.sock --threads 8
  $ python3 examples/rollout.py`,
    )
    .action(rollout);
}

/** The schemas as text, as they stand in docs/rollout.schema.json. */
export function rolloutSchemaText(): string {
  return `${JSON.stringify(rolloutSchema(), null, 2)}\n`;
}

async function rollout({ listen, threads = availableParallelism(), schema }: RolloutFlags): Promise<void> {
  if (threads > MOST_THREADS) throw new UsageError(`--threads ${threads}: accepted: 0 (none but the one that reads) to ${MOST_THREADS}`);
  if (schema) return void process.stdout.write(rolloutSchemaText());
  if (listen === undefined) return await serveLearner(process.stdin, process.stdout, threads);
  await serveSocket(listen, threads);
}

async function serveSocket(path: string, threads: number): Promise<void> {
  if (existsSync(path)) throw new UsageError(`--listen ${path}: is there already; accepted: the path of a socket that is to be made`);
  const interrupt = onInterrupt(() => undefined);
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    interrupt.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    serveLearner(socket, socket, threads).then(
      () => socket.end(),
      (error: Error) => {
        if (!interrupt.signal.aborted && !socket.destroyed) process.stderr.write(`tickbench: a learner's worlds ended: ${error.message}\n`);
        socket.destroy();
      },
    );
  });
  const before = process.umask(0o077); // the socket is its owner's alone
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new UsageError(`--listen ${path}: ${error.message}`)));
      server.listen(path, () => resolve());
    });
  } finally {
    process.umask(before);
  }
  process.stderr.write(`learners connect to ${path}\n`);
  await new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => server.close(() => resolve()), { once: true }));
  interrupt.done();
  rmSync(path, { force: true });
}
