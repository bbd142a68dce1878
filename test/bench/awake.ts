/**
 * Keeps a host's cores from going to sleep between two events, as hosts do that are set up for low latency (the kernel's `idle=poll`): a process for
 * each core that computes nothing and gives way to everybody else at once. A core that sleeps takes a part of a millisecond to wake up, on virtual
 * machines most, and a decision wakes several processes one after another.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { intoBackground } from '../../harness/host/pinning.js';

/** Until whoever started it is gone. */
const LOOP = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 5e7; i++);';

/** Starts them. @returns what ends them; null where processes cannot give way here */
export async function keepAwake(): Promise<(() => void) | null> {
  const children = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', LOOP], { stdio: 'ignore' }));
  const end = (): void => children.forEach((child) => child.kill('SIGKILL'));
  process.once('exit', end);
  await Promise.all(children.map((child) => once(child, 'spawn')));
  if (children.every(({ pid }) => intoBackground(pid!))) return end;
  end();
  return null;
}
