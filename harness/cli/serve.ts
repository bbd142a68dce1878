/** `tickbench serve`: opens the watching page on a match server's stream, on finished sweeps and recorded matches, or both. */
import { Command } from 'commander';
import { existsSync } from 'node:fs';
import { startPage } from './page.js';
import { portNumber, UsageError } from './values.js';

interface ServeFlags {
  match?: string;
  results: string;
  port: number;
  host: string;
  allowHost: string[];
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function serveCommand(): Command {
  return new Command('serve')
    .option('--match <url>', 'a match server to watch, ws://HOST:PORT')
    .option('--results <folder>', 'finished sweeps and recorded matches to list', 'results')
    .option('--port <n>', 'its port; the next free one when it is taken', portNumber, 7070)
    .option('--host <address>', 'its address; 0.0.0.0 lets others on the network watch', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'a name under which it may be reached, beside addresses; may be repeated',
      (name: string, before: string[]) => [...before, name],
      [],
    )
    .option('--json', 'print its address as JSON')
    .addHelpText('after', '\nExample:\n  $ tickbench serve --match ws://127.0.0.1:9000 --results results')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const match = flags.match === undefined ? undefined : watchAddress(flags.match);
  const results = existsSync(flags.results) ? flags.results : undefined;
  const page = await startPage({ match, results, port: flags.port, host: flags.host, allowHosts: flags.allowHost });
  process.stdout.write(flags.json ? `${JSON.stringify({ url: page.url })}\n` : `${page.url}\n`);
  const end = (): void => page.stop();
  process.once('SIGINT', end).once('SIGTERM', end);
  await new Promise<void>((resolve) => page.process.once('exit', () => resolve()));
}

/** A match server's watching stream, from its address. @throws UsageError */
function watchAddress(text: string): string {
  if (!URL.canParse(text) || !/^wss?:$/.test(new URL(text).protocol))
    throw new UsageError(`--match "${text}": accepted: ws://HOST:PORT or wss://HOST:PORT`);
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/watch';
  return url.href;
}
