/**
 * The spectator's server, a process of its own: never the one that ticks.
 *
 *     node dist/web/server/main.js --match ws://127.0.0.1:8080/watch --results results
 *
 * Prints one line of JSON, `{"ready":true,"url":...}`, once the page can be opened.
 */
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { packageRoot } from '../../harness/host/root.js';
import { AllowedNames } from '../../harness/protocol/names.js';
import type { ArenaStreams } from './arena-streams.js';
import type { Board } from './board/board.js';
import { isLoopback, listen } from './listen.js';
import { Log, LOG_FORMS } from './log.js';
import { Relay } from './relay.js';
import { createSite } from './site.js';
import { Upstream } from './upstream.js';

/** Open connections, browsers' sockets among them. */
const MOST_CONNECTIONS = 1024;

const USAGE = `The watching page.

  node dist/web/server/main.js [--port 7070] [--host 127.0.0.1] [--match ws://HOST:PORT/watch] [--results DIR] [--allow-host NAME] [--board DIR] [--plans DIR] [--models DIR] [--log text|json] [--child]

  --port     the port to open the page on; when it is taken, the next free one of 20; 0: any
  --host     the address to listen on; 0.0.0.0 lets others on the network watch
  --match    a match server's watching stream; it may start later, and come and go
  --results  the folder of finished sweeps and recorded matches, to be listed on the page
  --board    keep a board of submissions in this folder (its database there, or at DATABASE_URL)
  --plans    a folder of plans that the board publishes beside the package's own
  --models   a folder of model folders by which the board computes answers again, beside the package's own
  --allow-host  a name under which the page may be reached, beside addresses, localhost and this machine's own; may be repeated
  --log      json: what goes wrong and every request as a JSON object a line on standard error (default: text, what goes wrong alone)
  --child    end when standard input closes
`;

const optionsSchema = z.object({
  port: z.coerce.number('a number').int('a whole number').min(0, 'from 0 to 65535').max(65535, 'from 0 to 65535'),
  host: z.string().min(1, 'an address or a host name'),
  match: z.url({ protocol: /^wss?$/, error: 'an address such as ws://127.0.0.1:8080/watch' }).optional(),
  results: z.string().optional(),
  board: z.string().min(1, 'a folder').optional(),
  plans: z.string().min(1, 'a folder').optional(),
  models: z.string().min(1, 'a folder').optional(),
  'allow-host': z.array(z.string().min(1, 'a host name')).default([]),
  log: z.enum(LOG_FORMS, `accepted: ${LOG_FORMS.join(', ')}`),
  child: z.boolean().optional(),
});

function options(): z.infer<typeof optionsSchema> {
  try {
    const { values } = parseArgs({
      options: {
        port: { type: 'string', default: '7070' },
        host: { type: 'string', default: '127.0.0.1' },
        match: { type: 'string' },
        results: { type: 'string' },
        board: { type: 'string' },
        plans: { type: 'string' },
        models: { type: 'string' },
        'allow-host': { type: 'string', multiple: true },
        log: { type: 'string', default: 'text' },
        child: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    const parsed = optionsSchema.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

const { port, host, match, results, board: boardFolder, plans, models, 'allow-host': allowHosts, log: logForm, child } = options();
const log = new Log(logForm);
const client = join(packageRoot(), 'dist', 'web', 'client');
if (!existsSync(join(client, 'index.html'))) {
  process.stderr.write(`The page is not built: ${client} has no index.html. Run: npm run build:web\n`);
  process.exit(1);
}

/** Loads and opens the board of a folder, and the streams of its arena's matches. Not loaded without one: a database takes longer to load than all the rest. */
async function openedBoard(folder: string): Promise<{ board: Board; arena: ArenaStreams }> {
  const [{ openBoard }, { ArenaStreams }, { arenaFolder }] = await Promise.all([
    import('./board/board.js'),
    import('./arena-streams.js'),
    import('./store/database.js'),
  ]);
  const board = await openBoard({ folder, databaseUrl: process.env.DATABASE_URL, plans, models, isLoopback: isLoopback(host), say: log.say }); // prettier-ignore
  return { board, arena: new ArenaStreams(arenaFolder(folder), log.say) };
}

let board: Board | undefined;
let arena: ArenaStreams | undefined;
try {
  if (boardFolder !== undefined) ({ board, arena } = await openedBoard(resolve(boardFolder)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}

const relay = new Relay(match ?? null);
const names = new AllowedNames([host, ...allowHosts]);
// A request has ten seconds to come, a bundle for a board ten minutes, and a header eight kilobytes.
const server = createServer(
  { maxHeaderSize: 8192, headersTimeout: 10_000, requestTimeout: board ? 600_000 : 10_000, connectionsCheckingInterval: 1000 },
  createSite({ client, results: results === undefined ? undefined : resolve(results), board: board?.routes, names, log }, relay),
);
server.maxConnections = MOST_CONNECTIONS;
server.on('connection', (socket) => socket.on('error', () => socket.destroy()));
// Browsers only listen: whatever they send is refused by size before it is read.
const live = new WebSocketServer({
  server,
  path: '/live',
  maxPayload: 1024,
  perMessageDeflate: false,
  allowSynchronousEvents: false,
  maxFragments: 64,
  verifyClient: ({ req }, answer) => answer(names.fault(req.headers) === null, 403, names.fault(req.headers) ?? ''),
});
live.on('error', () => undefined); // the HTTP server's own errors, handled where it listens

const upstream =
  match === undefined
    ? undefined
    : new Upstream(match, {
        connected: (there) => relay.connected(there),
        publish: (frame, text) => relay.publish(frame, text),
        refused: (reason) => log.say(`A frame from ${match} was not understood: ${reason}`),
      });

upstream?.pauseSoon();
live.on('connection', (socket, request) => {
  const match = new URL(request.url ?? '', 'http://x').searchParams.get('match');
  if (match !== null) return arena ? arena.watch(match, socket) : socket.close(1013, 'no board is kept here, and no arena plays for it');
  upstream?.resume();
  relay.add(socket);
  socket.on('close', () => relay.counts().watchers === 0 && upstream?.pauseSoon());
});

function stop(): void {
  upstream?.close();
  relay.close();
  arena?.close();
  server.close();
  // What is kept is on disk whatever happens here; a database that is closed starts sooner.
  void (board?.close() ?? Promise.resolve()).catch(() => undefined).finally(() => process.exit(0));
}
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
if (child) {
  process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
}

try {
  const taken = await listen(server, host, port);
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  process.stdout.write(`${JSON.stringify({ ready: true, url: `http://${shown}:${taken}/` })}\n`);
} catch (error) {
  process.stderr.write(`The page cannot be opened on ${host}:${port}: ${(error as Error).message}\n`);
  process.exit(1);
}
