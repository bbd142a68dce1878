/** Two hosts with a line between them that delays, loses and reorders packets: network namespaces, and rough-line.py between their devices. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../../harness/host/root.js';
import { ip, namespaces, wordsOf } from './two-hosts.js';

/** What the line does to packets, one way, in milliseconds and thousandths. */
export interface Roughness {
  delayMs: number;
  /** How much longer or shorter each takes at most, whatever the one before it takes. */
  spreadMs: number;
  lossPermille: number;
}

/** Packets by what became of them. */
export interface LineCounts {
  passed: number;
  lost: number;
  overtook: number;
}

export interface RoughLine {
  a: { name: string; address: string };
  b: { name: string; address: string };
  /** Takes the line and the hosts away. @returns what it did */
  remove(): Promise<LineCounts>;
}

/** Makes the hosts and the line, or says why this machine cannot. */
export async function roughLine({ delayMs, spreadMs, lossPermille }: Roughness): Promise<RoughLine | { why: string }> {
  if (!existsSync('/dev/net/tun')) return { why: 'this kernel has no TUN devices' };
  const made = namespaces('rough');
  if ('why' in made) return made;
  const [a, b] = made.names;
  let line: ChildProcess | undefined;
  try {
    const script = join(packageRoot(), 'test/harness/queue/rough-line.py');
    const args = [a, b, delayMs, spreadMs, lossPermille, 7].map(String);
    line = spawn('/usr/bin/python3', [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let trouble = '';
    line.stderr!.setEncoding('utf8').on('data', (text: string) => (trouble += text));
    const said = createInterface(line.stdout!);
    const first = await Promise.race([once(said, 'line'), once(line, 'error'), once(line, 'close').then(() => [undefined])]);
    if (first[0] !== 'ready') throw new Error(trouble.trim().split('\n').at(-1) || String(first[0]));
    const hosts = [
      { name: a, address: '10.78.0.1' },
      { name: b, address: '10.78.0.2' },
    ] as const;
    for (const [at, { name, address }] of hosts.entries()) {
      ip('-n', name, 'addr', 'add', address, 'peer', hosts[1 - at]!.address, 'dev', 'line');
      for (const device of ['lo', 'line']) ip('-n', name, 'link', 'set', device, 'up');
    }
    const child = line;
    const remove = async (): Promise<LineCounts> => {
      const told = once(said, 'line') as Promise<[string]>;
      child.kill('SIGTERM');
      const [counts] = await told;
      made.remove();
      return JSON.parse(counts) as LineCounts;
    };
    return { a: hosts[0], b: hosts[1], remove };
  } catch (error) {
    line?.kill('SIGKILL');
    made.remove();
    if (process.env['CI']) throw error;
    return { why: `no line between network namespaces can be made here: ${wordsOf(error)}` };
  }
}
