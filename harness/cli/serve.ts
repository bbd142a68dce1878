/** `tickbench serve`: opens the watching page on a match server's stream, on finished sweeps and recorded matches, or both. */
import { Command, Option } from 'commander';
import { existsSync } from 'node:fs';
import { startPage } from './page.js';
import { portNumber, UsageError } from './values.js';

interface ServeFlags {
  match?: string;
  results: string;
  port: number;
  host: string;
  board?: string | true;
  plans?: string;
  models?: string;
  allowHost: string[];
  log: 'text' | 'json';
  json?: boolean;
}

/** The verb, for the program that assembles them. */
export function serveCommand(): Command {
  return new Command('serve')
    .option('--match <url>', 'a match server to watch, ws://HOST:PORT')
    .option('--results <folder>', 'finished sweeps and recorded matches to list', 'results')
    .option('--board [folder]', 'keep a board of submissions in this folder (default: board); its database lies there, or at DATABASE_URL')
    .option('--plans <folder>', "plans that the board publishes beside the package's own")
    .option('--models <folder>', "model folders by which the board computes answers again, beside the package's own")
    .option('--port <n>', 'its port; the next free one when it is taken', portNumber, 7070)
    .option('--host <address>', 'its address; 0.0.0.0 lets others on the network watch', '127.0.0.1')
    .option(
      '--allow-host <name>',
      'a name under which it may be reached, beside addresses; may be repeated',
      (name: string, before: string[]) => [...before, name],
      [],
    )
    .addOption(
      new Option('--log <form>', 'on standard error what goes wrong, a sentence a line; json: that and every request, a JSON object a line')
        .choices(['text', 'json'])
        .default('text'),
    ) // prettier-ignore
    .option('--json', 'print its address as JSON')
    .addHelpText('after', '\nExample:\n  $ tickbench serve --match ws://127.0.0.1:9000 --results results\n  $ tickbench serve --board')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const match = flags.match === undefined ? undefined : watchAddress(flags.match);
  const results = existsSync(flags.results) ? flags.results : undefined;
  const page = await startPage({
    match,
    results,
    port: flags.port,
    host: flags.host,
    allowHosts: flags.allowHost,
    log: flags.log,
    ...boardOf(flags),
  });
  page.process.stderr?.on('data', (text: string) => process.stderr.write(text));
  let isEnding = false;
  const end = (): void => {
    isEnding = true;
    page.stop();
  };
  // Before its address is told: whoever reads that may end it at once.
  process.once('SIGINT', end).once('SIGTERM', end);
  process.stdout.write(flags.json ? `${JSON.stringify({ url: page.url })}\n` : `${page.url}\n`);
  const code = await new Promise<number | null>((resolve) => page.process.once('exit', resolve));
  // One that was killed has no status of its own.
  if (code !== 0 && !(isEnding && code === null)) process.exitCode = code ?? 1;
}

/** The board that is kept. @throws UsageError for plans or models without one */
function boardOf({ board, plans, models }: ServeFlags): { board?: string; plans?: string; models?: string } {
  if (board === undefined && plans !== undefined) throw new UsageError('--plans goes with --board: a board compares by its plans');
  if (board === undefined && models !== undefined) throw new UsageError('--models goes with --board: a board computes answers again');
  return board === undefined ? {} : { board: board === true ? 'board' : board, plans, models };
}

/** A match server's watching stream, from its address. @throws UsageError */
function watchAddress(text: string): string {
  if (!URL.canParse(text) || !/^wss?:$/.test(new URL(text).protocol))
    throw new UsageError(`--match "${text}": accepted: ws://HOST:PORT or wss://HOST:PORT`);
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = '/watch';
  return url.href;
}
