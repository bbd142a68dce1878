/** The program as a user starts it, in a folder of a test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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
  const child = spawn(process.execPath, [join(packageRoot(), 'dist/harness/cli/main.js'), ...args], {
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
let measured: string | undefined;

/** What the harness adds to a latency here is measured once a results folder, for some seconds. A run of tests measures it once: the others are lent it. */
export function lendOverhead(results: string): void {
  if (measured === undefined) return;
  mkdirSync(dirname(join(results, OVERHEAD)), { recursive: true });
  copyFileSync(measured, join(results, OVERHEAD));
}

/** Keeps what a sweep measured for the results folders that come after it. */
export function keepOverhead(results: string): void {
  if (measured !== undefined || !existsSync(join(results, OVERHEAD))) return;
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-overhead-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  measured = join(folder, 'overhead.json');
  copyFileSync(join(results, OVERHEAD), measured);
}
