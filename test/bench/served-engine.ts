/** The embedded engine behind its address, started as a user does: `endpoint serve`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts it with eight sequences. @param tokens of key-value memory */
export async function startEngine(model: string, tokens: number): Promise<{ url: string; stop(): Promise<void> }> {
  const main = join(import.meta.dirname, '../../tickbench/main.js');
  const flags = ['--model', model, '--sequences', '8', '--kv-tokens', String(tokens), '--port', '0', '--json'];
  const child = spawn(process.execPath, [main, 'endpoint', 'serve', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { url: (JSON.parse(line) as { url: string }).url, stop };
}
