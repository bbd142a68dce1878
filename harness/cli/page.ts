/** The watching page: a web server in a process of its own, never in the one that ticks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { intoBackground } from '../host/pinning.js';
import { packageRoot } from '../host/root.js';

/** A page that could not be opened. */
export class PageError extends Error {
  override name = 'PageError';
}

/** Which page: what is watched, what is listed, where it is opened. */
export interface PageSettings {
  /** A match server's watching stream, ws://HOST:PORT/watch. */
  match?: string;
  /** The folder of finished sweeps. */
  results?: string;
  port: number;
  /** This process plays what is watched: whoever looks on gives way to it, where the system can do that. */
  givesWay?: true;
  host?: string;
  /** The folder of a board of submissions to keep, and that of plans it publishes beside the package's own. */
  board?: string;
  plans?: string;
  /** Model folders by which the board computes answers again. */
  models?: string;
  /** How it tells what goes wrong: `json` with every request, a JSON object a line. */
  log?: 'text' | 'json';
  /** Names of it beside addresses, localhost and the machine's own. */
  allowHosts?: readonly string[];
}

/** Starts the page. It ends with this process, or by `stop`. @throws PageError with the server's own last words */
export async function startPage(settings: PageSettings): Promise<{ url: string; process: ChildProcess; stop(): void }> {
  const program = join(packageRoot(), 'dist', 'web', 'server', 'main.js');
  if (!existsSync(program)) throw new PageError('the watching page is not built; run: npm run build');
  const args = [program, '--child', '--port', String(settings.port)];
  if (settings.host !== undefined) args.push('--host', settings.host);
  for (const name of settings.allowHosts ?? []) args.push('--allow-host', name);
  if (settings.match !== undefined) args.push('--match', settings.match);
  if (settings.board !== undefined) args.push('--board', settings.board);
  if (settings.plans !== undefined) args.push('--plans', settings.plans);
  if (settings.models !== undefined) args.push('--models', settings.models);
  if (settings.log !== undefined) args.push('--log', settings.log);
  if (settings.results !== undefined) args.push('--results', settings.results);
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words = `${words}${text}`.slice(-2000)));
  const url = await new Promise<string | undefined>((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => {
      try {
        resolve((JSON.parse(line) as { url?: string }).url);
      } catch {
        resolve(undefined);
      }
    });
    child.once('exit', () => resolve(undefined));
    child.once('error', () => resolve(undefined));
  });
  if (url === undefined) {
    child.kill('SIGTERM');
    throw new PageError(`the watching page could not start: ${words.trim().split('\n')[0] || 'it said nothing'}`);
  }
  // Only now: nothing is played yet that it could disturb, and on a host with all cores busy a start in the background would never end.
  if (settings.givesWay && child.pid !== undefined) intoBackground(child.pid);
  return { url, process: child, stop: () => void child.kill('SIGTERM') };
}
