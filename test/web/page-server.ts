/** Starts the built page server as its users do, as a process, and stops it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../harness/host/root.js';
import type { RelayCounts } from '../../web/server/relay.js';

export interface PageServer {
  url: string;
  process: ChildProcess;
  /** What it wrote to standard error so far. */
  said(): string;
  counts(): Promise<RelayCounts>;
  stop(): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** @throws with what it wrote when it ends before it is ready */
export async function startPage(args: string[], port = 0): Promise<PageServer> {
  const main = join(packageRoot(), 'dist', 'web', 'server', 'main.js');
  const child = spawn(process.execPath, [main, '--port', String(port), '--child', ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line').then(([line]) => String(line)), once(child, 'exit').then(() => undefined)]);
  if (first === undefined) throw new Error(`the page's server ended: ${said}`);
  const { ready, url } = JSON.parse(first) as { ready: boolean; url: string };
  if (!ready) throw new Error(`not ready: ${first}`);
  return {
    url,
    process: child,
    said: () => said,
    counts: async () => (await (await fetch(new URL('health', url))).json()) as RelayCounts,
    async stop() {
      if (child.exitCode !== null) return child.exitCode;
      child.kill('SIGTERM');
      const [code] = (await once(child, 'exit')) as [number | null];
      return code;
    },
  };
}

/** Stops every server that a failed test left. */
export async function stopPages(): Promise<void> {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/** Waits until something holds, looking again every few milliseconds. @throws naming it when it never does */
export async function until(what: string, holds: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<void> {
  for (const end = Date.now() + withinMs; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (await holds()) return;
  }
  throw new Error(`never came true: ${what}`);
}
