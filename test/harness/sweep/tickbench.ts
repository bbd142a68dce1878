/** The program as a user starts it, in a folder of a test's own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
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
