/**
 * The process that starts worlds' processes. To start one copies the tables of the starter's memory, which held a gateway of 250 MB up for some
 * 8 ms each time; this process is small and passes no answers on. It ends with the gateway, and what it started does not: the journal tells of it.
 */
import { spawn } from 'node:child_process';
import { fileFault } from '../../host/fault.js';
import type { FromStarter, ToStarter } from './starter.js';

/** How much of what a process wrote last is told, and how long its outputs are read on once it has ended: others may hold them open. */
const KEPT = 2000;
const LINGER_MS = 200;

function tell(message: FromStarter): void {
  // A gateway that was killed is told nothing more: `disconnect` follows.
  if (process.connected) process.send!(message, () => undefined);
}

function start({ id, command, cwd, env, wanted, mostPrinted }: ToStarter): void {
  const [program, ...rest] = command;
  let child: ReturnType<typeof spawn>;
  try {
    child = spawn(program!, rest, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return tell({ id, ended: `cannot be started: ${(error as Error).message}`, status: null, printed: '', bytes: 0, last: '' });
  }
  const pieces: Buffer[] = [];
  let [bytes, last, unfinished, isSaid, isOver] = [0, '', '', false, false];
  child.stdout!.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= mostPrinted) pieces.push(piece);
    last = (last + piece.toString('utf8')).slice(-KEPT);
    if (wanted === undefined || isSaid) return;
    const lines = (unfinished + piece.toString('utf8')).split(/\r?\n/);
    unfinished = lines.pop()!.slice(-mostPrinted);
    isSaid = lines.some((line) => line.includes(wanted));
    if (isSaid) tell({ id, said: true });
  });
  child.stderr!.on('data', (piece: Buffer) => (last = (last + piece.toString('utf8')).slice(-KEPT)));
  for (const stream of [child.stdout!, child.stderr!]) stream.on('error', () => undefined);
  const over = (ended: string, status: number | null): void => {
    if (isOver) return;
    isOver = true;
    for (const stream of [child.stdout!, child.stderr!]) stream.destroy();
    tell({ id, ended, status, printed: Buffer.concat(pieces).toString('utf8'), bytes, last });
  };
  child.once('error', (error) => {
    if (child.pid === undefined) over(`cannot be started: ${program}: ${fileFault(error)}`, null);
  });
  child.once('exit', (code, signal) => {
    const ended = signal ? `was ended by ${signal}` : `ended with status ${code}`;
    const timer = setTimeout(() => over(ended, code), LINGER_MS);
    child.once('close', () => {
      clearTimeout(timer);
      over(ended, code);
    });
  });
  if (child.pid !== undefined) tell({ id, pid: child.pid });
}

process.on('message', start);
process.on('disconnect', () => process.exit());
// Ctrl-C in a terminal reaches this process too: the gateway says when it ends.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
