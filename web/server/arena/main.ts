/**
 * The arena's server, a process of its own: it pairs agents, keeps what comes of it, and starts a process for each pairing.
 *
 *     node dist/web/server/arena/main.js --data board
 *
 * `tickbench arena` starts it.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { arenaTasks, arenaTerms } from '../../../harness/arena/terms.js';
import { toldOf } from '../../../harness/host/fault.js';
import { makeFolder } from '../../../harness/host/folder.js';
import { isLoopback } from '../listen.js';
import { Log, LOG_FORMS, type LogForm } from '../log.js';
import { arenaFolder, boardAddress, openBoardDatabase, tracesFolder } from '../store/database.js';
import { Tokens } from '../store/tokens.js';
import { shownAddress } from '../../../harness/database/address.js';
import { Arena, worldsOf } from './arena.js';
import { claimFolder, tellAddress } from './claim.js';
import { ArenaStore } from './store.js';

interface Flags {
  data: string;
  port: number;
  host: string;
  allowHost?: string[];
  matchPorts?: { first: number; last: number };
  log: LogForm;
  task?: string[];
  options?: unknown;
  alone?: true;
  matchesAtOnce: number;
  every?: number;
  watchDelay: number;
  watch: boolean;
  json?: boolean;
  child?: boolean;
}

function whole(text: string, least: number, most: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`a whole number from ${least} to ${most} is expected`); // prettier-ignore
  return value;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) throw new InvalidArgumentError('seconds from 0 to 86400 are expected');
  return value;
}

/** Below ten seconds a rival's plan or resting orders would be told in time. */
function delay(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 10 && value <= 86_400))
    throw new InvalidArgumentError('seconds from 10 to 86400 are expected; --no-watch shows none');
  return value;
}

function ports(text: string): { first: number; last: number } {
  const [, first = '', last = ''] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (first === '' || range.first < 1 || range.last > 65535 || range.first > range.last)
    throw new InvalidArgumentError('two ports with a dash between are expected, such as 9001-9008');
  return range;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('a JSON object is expected, such as {"rounds":1}');
  }
}

const gather = (value: string, before: string[] = []): string[] => [...before, value];
/** A match has a thread that keeps its time, and writes its trace beside. */
const AT_ONCE = Math.max(1, Math.floor(availableParallelism() / 2));

const program = new Command('tickbench arena')
  .description('ranked matches between agents that wait for them: paired seeds that nobody knew, sides swapped, each pairing in a process of its own')
  .addOption(new Option('--data <folder>', "the board's folder; its database lies there, or at DATABASE_URL").default('board'))
  .addOption(new Option('--port <n>', 'where agents connect (0: any free port)').argParser((text) => whole(text, 0, 65535)).default(7071))
  .option('--host <address>', 'its address; 0.0.0.0 lets agents on other machines in', '127.0.0.1')
  .option('--allow-host <name>', 'a name under which it may be reached, beside addresses; may be repeated', gather)
  .option('--match-ports <first-last>', 'ports of the matches, for a firewall (default: any free ones)', ports)
  .option('--task <name>', `what is played: ${arenaTasks().join(' or ')}; may be repeated (default: all)`, gather)
  .option('--options <json>', "the task's options, with one --task", json)
  .option('--alone', `each of the two plays alone against the crowd, on the same seed at the same time; whoever earned more has won (${arenaTasks(true).join(', ')})`)
  .addOption(new Option('--matches-at-once <n>', `worlds that tick at once; a pairing has one, with --alone two (default here: ${AT_ONCE}, half the cores)`).argParser((text) => whole(text, 1, 256)).default(AT_ONCE, ''))
  .option('--every <s>', 'begin a pairing at most so often (default: as soon as two are free)', seconds)
  .addOption(new Option('--watch-delay <s>', 'show matches so much later to those who watch, so that nobody helps an agent by it').argParser(delay).default(30))
  .option('--no-watch', 'show no match before its pairing is over')
  .option('--json', 'print its address as JSON')
  .addOption(new Option('--log <form>', 'what is told on standard error: a sentence a line, or a JSON object').choices(LOG_FORMS).default('text'))
  .addOption(new Option('--child', 'end when standard input closes').hideHelp())
  .addHelpText('after', '\nExample:\n  $ tickbench board token add Ann --scope play\n  $ tickbench arena --data board --task fighter --every 60\n  $ TICKBENCH_TOKEN=tbk_... tickbench agent ws://127.0.0.1:7071 --bot expert --task fighter')
  .exitOverride(); // prettier-ignore

async function serve(flags: Flags): Promise<void> {
  const { data, host, port, allowHost, matchPorts, alone, matchesAtOnce, every, watchDelay, watch, options } = flags;
  const tasks = flags.task ? [...new Set(flags.task)] : arenaTasks(alone);
  if (options !== undefined && tasks.length > 1)
    throw new Error('--options: with several tasks it is not known whose they are; accepted: with one --task');
  const terms = tasks.map((task) => arenaTerms(task, options, alone ? { alone } : {}));
  const worlds = Math.max(matchesAtOnce, ...terms.map(worldsOf));
  if (matchPorts && matchPorts.last - matchPorts.first + 1 < worlds)
    throw new Error(`--match-ports: fewer than the ${worlds} worlds at once; accepted: one port for each, or a smaller --matches-at-once`);
  const { say } = new Log(flags.log);
  const folder = resolve(data);
  const own = arenaFolder(folder);
  makeFolder(own);
  const release = claimFolder(own);
  const database = await openBoardDatabase(folder, process.env.DATABASE_URL);
  try {
    const tokens = new Tokens(database.query);
    if (!(await tokens.isAnyGood('play'))) {
      const told = `nobody has a token with the scope play (${shownAddress(boardAddress(folder, process.env.DATABASE_URL))}); run: tickbench board token add NAME --scope play --board ${data}`;
      if (!isLoopback(host)) throw new Error(`an arena that others can reach lets holders of tokens play, and ${told}`);
      say(told);
    }
    const traces = tracesFolder(folder);
    makeFolder(traces);
    const watchDelayMs = watch ? watchDelay * 1000 : undefined;
    const store = new ArenaStore(database.query, traces);
    const arena = await Arena.open({
      ...{ store, tokens, terms, host, port, matchPorts, matchesAtOnce, say },
      ...{ allowHosts: allowHost, everyMs: (every ?? 0) * 1000, playing: join(own, 'playing') },
      watchDelayMs,
    });
    const takeBack = tellAddress(own, { url: arena.url, watchDelayMs });
    process.stdout.write(flags.json ? `${JSON.stringify({ url: arena.url })}\n` : `${arena.url}\n`);
    await new Promise<unknown>((done) => {
      process.once('SIGINT', done).once('SIGTERM', done);
      if (flags.child) process.stdin.once('end', done).once('close', done).once('error', done).resume();
    });
    takeBack();
    await arena.close();
  } finally {
    await database.close();
    release();
  }
}

try {
  await program.action(serve).parseAsync();
  process.exit(0);
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    process.stderr.write(`tickbench: ${toldOf(error)}\n`);
    process.exitCode = 1;
  }
}
