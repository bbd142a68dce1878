/** The program as a user starts it, in a folder of a test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../harness/host/root.js';

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a command to its end. @param started is given its process while it runs */
export function tickbench(args: string[], folder: string, started?: (child: ChildProcess) => void): Promise<Ran> {
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started?.(child);
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  return new Promise((done) => child.once('close', (code) => done({ code, out, err })));
}

const OVERHEAD = 'host/overhead.json';
/** Of this run of tests: its processes have one parent. */
const shared = join(tmpdir(), `tickbench-overhead-${process.ppid}`);
const measured = join(shared, 'overhead.json');

/** What the harness adds to a latency here is measured once a results folder, for some seconds. A run of tests measures it once: the others are lent it. */
export function lendOverhead(results: string): void {
  if (!existsSync(measured)) return;
  mkdirSync(dirname(join(results, OVERHEAD)), { recursive: true });
  copyFileSync(measured, join(results, OVERHEAD));
}

/** Keeps what a sweep measured for the results folders that come after it, also those of test files that run beside this one. */
export function keepOverhead(results: string): void {
  if (existsSync(measured) || !existsSync(join(results, OVERHEAD))) return;
  mkdirSync(shared, { recursive: true });
  const own = `${measured}.${process.pid}`;
  copyFileSync(join(results, OVERHEAD), own);
  renameSync(own, measured); // whole or not at all: another process may be reading
  process.once('exit', () => rmSync(shared, { recursive: true, force: true }));
}
