/**
 * What the operator of a board does beside the running server: tokens, backups. A program of its own, which `tickbench board` starts.
 *
 *     node dist/web/server/operator.js token add NAME
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Kysely } from 'kysely';
import { accountText } from '../../harness/answers/account.js';
import { printable } from '../../harness/protocol/printable.js';
import { asPlainLine } from '../../harness/submission/words.js';
import { backup, restore } from './store/backup.js';
import { openBoardDatabase, tracesFolder } from './store/database.js';
import { Store } from './store/store.js';
import type { BoardTables } from './store/tables.js';
import { EXPIRY_FORMS, expiryOf } from './store/expiry.js';
import { BOARD, LOCAL, SCOPES, Tokens, type ListedToken, type Scope } from './store/tokens.js';
import type { MeasuredEntry } from './submissions/measure.js';

/** The exit code of a command that was interrupted, as shells count it. */
const INTERRUPTED = 130;

interface Flags {
  board: string;
  json?: boolean;
}

interface MeasureFlags extends Flags {
  config?: string[];
  plans?: string;
  out?: string;
}

/** What became of a configuration, in a line. */
function measuredText({ task, name, entry, why, answers }: MeasuredEntry): string {
  const answered = answers ? `; answers: ${accountText(answers)}` : '';
  return printable(
    `${task} ${name}: ${entry === null ? `not kept: ${why}` : `entry ${entry}${why === null ? '' : ` (${why})`}`}${answered}`,
  );
}

const say = (flags: Flags, value: object, lines: string): void =>
  void process.stdout.write(`${flags.json ? JSON.stringify(value) : lines}\n`);

/** Opens the board's database for one piece of work. */
async function withDatabase<T>(flags: Flags, work: (db: Kysely<BoardTables>) => Promise<T>): Promise<T> {
  const database = await openBoardDatabase(resolve(flags.board), process.env.DATABASE_URL);
  try {
    return await work(database.query);
  } finally {
    await database.close();
  }
}

function holderName(text: string): string {
  if (text.length > 60 || asPlainLine(text, 60) !== text || text === LOCAL.holder || text === 'operator' || text === BOARD.holder)
    throw new InvalidArgumentError('letters, digits, spaces and plain punctuation, 60 at most; not local, operator or board');
  return text;
}

function scopeList(text: string): Scope[] {
  const scopes = text.split(',').map((each) => each.trim());
  const wrong = scopes.find((each) => !(SCOPES as readonly string[]).includes(each));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}"; accepted: ${SCOPES.join(', ')}, with commas between`);
  return scopes as Scope[];
}

function expiry(text: string): number {
  const at = expiryOf(text, Date.now());
  if (at === undefined) throw new InvalidArgumentError(`"${text}"; accepted: ${EXPIRY_FORMS}`);
  return at;
}

/** Where programs look for a token of these scopes. */
function variablesOf(scopes: readonly Scope[]): string {
  const agent = scopes.includes('play') ? ['TICKBENCH_TOKEN for an agent'] : [];
  return [...(scopes.some((each) => each !== 'play') ? ['TICKBENCH_BOARD_TOKEN'] : []), ...agent].join(', ');
}

/** A command with the options that all have. @param example of its use, behind `tickbench board` */
function verb(text: string, about: string, example: string): Command {
  return new Command(text)
    .description(about)
    .addOption(new Option('--board <folder>', "the board's folder; its database lies there, or at DATABASE_URL").default('board'))
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExample:\n  $ tickbench board ${example}`)
    .exitOverride();
}

const token = new Command('token').description('who may submit: issue tokens, list them, take them back').exitOverride();
token.addHelpText('after', '\nExample:\n  $ tickbench board token add "Ann Example"');
token.addCommand(
  verb('add', 'issue a token; it is printed once, and kept as a hash', 'token add "Ann Example" --scope submit')
    .argument('<name>', 'who will hold it', holderName)
    .option('--scope <scopes>', `what it is for: ${SCOPES.join(', ')}`, scopeList, ['submit'] as Scope[])
    .option('--expires <when>', `when it ends by itself: ${EXPIRY_FORMS} (default: never)`, expiry)
    .action(async (name: string, flags: Flags & { scope: Scope[]; expires?: number }) => {
      const { scope: scopes, expires = null } = flags;
      const isNew = process.env.DATABASE_URL === undefined && !existsSync(resolve(flags.board));
      const made = await withDatabase(flags, (db) => new Tokens(db).add(name, scopes, expires));
      if (isNew) process.stderr.write(`${printable(flags.board)}: there was no board there; a new one was made\n`);
      const expiresAt = expires === null ? null : new Date(expires).toISOString();
      say(flags, { ...made, holder: name, scopes, expiresAt }, made.token);
      if (!flags.json) process.stderr.write(`for ${name} (${scopes.join(', ')})${expiresAt === null ? '' : `, until ${expiresAt}`}; its id is ${made.id}. It is not shown again. Its holder sets ${variablesOf(scopes)}\n`); // prettier-ignore
    }),
);
token.addCommand(
  verb('list', 'list tokens, without their secrets', 'token list').action(async (flags: Flags) => {
    const tokens = await withDatabase(flags, (db) => new Tokens(db).list());
    const at = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());
    const state = ({ revokedAt, expiresAt }: ListedToken): string => {
      if (revokedAt !== null) return `revoked ${at(revokedAt)}`;
      if (expiresAt === null) return 'good';
      return `${expiresAt <= Date.now() ? 'expired' : 'good until'} ${at(expiresAt)}`;
    };
    const lines = tokens.map((each) => `${each.id}  ${each.scopes}  ${at(each.madeAt)}  ${state(each)}  ${each.holder}`);
    say(flags, { tokens }, lines.length > 0 ? lines.join('\n') : 'No token was issued: this machine alone may submit.');
  }),
);
token.addCommand(
  verb('revoke', 'take a token back: from now on it opens nothing', 'token revoke 0123456789ab')
    .argument('<id>', 'its id, as list shows it')
    .action(async (id: string, flags: Flags) => {
      if (!(await withDatabase(flags, (db) => new Tokens(db).revoke(id)))) throw new Error(`no token "${id}" that is still good; tickbench board token list shows them`); // prettier-ignore
      say(flags, { revoked: id }, `${id} is revoked.`);
    }),
);

const program = new Command('tickbench board').description('keep a board: tokens, backups, and what it measures itself; tickbench serve --board serves it').exitOverride(); // prettier-ignore
program.addCommand(token);
program.addCommand(
  verb(
    'retry',
    'have a submission verified anew that was refused as a whole, such as one at which verification broke',
    'retry 0123456789ab',
  )
    .argument('<id>', 'its id, as the audit log and submit tell it')
    .action(async (id: string, flags: Flags) => {
      await withDatabase(flags, (db) => new Store(db).retry(id));
      say(flags, { retried: id }, `${id} is pending again; a server that runs verifies it within half a minute.`);
    }),
);
program.addCommand(
  verb('backup', 'write everything that the board holds into one file, while it runs or not', 'backup board-2026-01-31.tar')
    .argument('<file>', 'the file to write')
    .action(async (file: string, flags: Flags) => {
      const counts = await withDatabase(flags, (db) => backup(db, tracesFolder(resolve(flags.board)), resolve(file)));
      say(flags, { file, ...counts }, `${file}: ${counts.rows} rows, ${counts.traces} traces.`);
    }),
);
program.addCommand(
  verb('restore', 'put a backup into an empty board', 'restore board-2026-01-31.tar --board new-board')
    .argument('<file>', 'a backup')
    .action(async (file: string, flags: Flags) => {
      const counts = await withDatabase(flags, (db) => restore(db, tracesFolder(resolve(flags.board)), resolve(file)));
      say(flags, { file, ...counts }, `${file}: ${counts.rows} rows, ${counts.traces} traces are in ${flags.board}.`);
    }),
);
program.addCommand(
  verb(
    'measure',
    'play embedded configurations of a published plan on this machine, and keep them in the division reference',
    'measure quick --config 1m-fp4',
  )
    .argument('<plan>', 'a published plan, by its name')
    .option('--config <names...>', 'its configurations that are measured (default: all that are embedded)')
    .option('--plans <folder>', "plans that the board publishes beside the package's own")
    .option('--out <folder>', "where it is played into, and gone on with (default: measured/PLAN in the board's folder)")
    .action(async (plan: string, flags: MeasureFlags) => {
      const stop = new AbortController();
      const tell = (line: string): void => void process.stderr.write(`${printable(line)}\n`);
      const heard = (): void => {
        if (stop.signal.aborted) process.exit(INTERRUPTED);
        tell('stopping; once more to stop at once');
        stop.abort();
      };
      process.on('SIGINT', heard).on('SIGTERM', heard);
      const board = resolve(flags.board);
      const folder = resolve(flags.out ?? join(board, 'measured', plan));
      const settings = { plan, names: flags.config, board, plans: flags.plans, folder, say: tell, signal: stop.signal };
      // What plays a sweep is loaded where one is played: who issues a token does not wait for it.
      const [{ measure }, { SweepStopped }] = await Promise.all([import('./submissions/measure.js'), import('../../harness/sweep/run.js')]);
      try {
        const entries = await measure(settings, (work) => withDatabase(flags, (db) => work(new Store(db))));
        say(flags, { entries }, entries.map(measuredText).join('\n'));
        if (entries.some(({ entry }) => entry === null)) process.exitCode = 1;
      } catch (error) {
        if (!(error instanceof SweepStopped)) throw error;
        tell(`tickbench: ${error.message}`);
        process.exitCode = INTERRUPTED;
      }
    }),
);
program.addHelpText(
  'after',
  '\nExamples:\n  $ tickbench board token add "Ann Example"\n  $ tickbench board token revoke 0123456789ab\n  $ tickbench board backup board-2026-01-31.tar\n  $ tickbench board measure quick --config 1m-fp4',
);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    process.stderr.write(`tickbench: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
