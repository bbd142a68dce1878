/** Commands of worlds: run without a shell, in process groups of their own, with an environment that names their world. */
import { createHash } from 'node:crypto';
import { WORLD_VARIABLE } from './process-table.js';
import { IN_BRACES, type Placeholder } from './settings.js';
import { MOST_PRINTED, type Started, type Starter } from './starter.js';

/** Variables that every command is given of the gateway's own. Keys are in others, and stay here. */
const PASSED = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];

/** What placeholders stand for in one world. */
export type Values = Readonly<Partial<Record<Placeholder, string>> & { program: string; world: string; here: string }>;

/**
 * A program's name as commands are given it: its letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 40 of them, and a
 * mark that tells it from every other. It is a name for files and containers, whatever the program is called.
 */
export function commandName(program: string): string {
  const name = program.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '').slice(0, 40); // prettier-ignore
  return `${name === '' ? 'program' : name}-${createHash('sha256').update(program).digest('hex').slice(0, 12)}`;
}

/** A command with the placeholders' values in it. */
export function filled(command: readonly string[], values: Values): string[] {
  return command.map((argument) => argument.replace(IN_BRACES, (text, name: string) => values[name as Placeholder] ?? text));
}

/** The environment of a world's commands and processes. @param passed names of further variables of the gateway's */
export function worldEnvironment({ program, world, folder, port }: Omit<Values, 'here'>, passed: readonly string[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const name of [...PASSED, ...passed]) if (process.env[name] !== undefined) environment[name] = process.env[name];
  return {
    ...environment,
    [WORLD_VARIABLE]: world,
    TICKBENCH_PROGRAM: program,
    ...(folder === undefined ? {} : { TICKBENCH_FOLDER: folder }),
    ...(port === undefined ? {} : { TICKBENCH_PORT: port }),
  };
}

/** How long it may take to copy or to remove a folder. */
const TREE_WITHIN_MS = 600_000;

/** What runs the system's own commands for a world's folder. @param signal breaks them off */
export function runIn(
  starter: Starter,
  cwd: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): (command: readonly string[]) => Promise<string> {
  return (command) => runCommand(starter, { command, cwd, env }, { withinMs: TREE_WITHIN_MS, ...(signal === undefined ? {} : { signal }) });
}

/** Runs a command to its end. @returns what it printed @throws when it cannot be started, fails, prints too much, or is not over within the time */
export async function runCommand(
  starter: Starter,
  started: Started,
  { withinMs, signal }: { withinMs: number; signal?: AbortSignal },
): Promise<string> {
  signal?.throwIfAborted();
  const running = starter.start(started);
  let why: string | undefined;
  const stop = (reason: string) => (): void => {
    why ??= reason;
    void running.breakOff();
  };
  const timer = setTimeout(stop(`was not over within ${withinMs / 1000} s`), withinMs);
  const abandoned = stop('was broken off');
  signal?.addEventListener('abort', abandoned, { once: true });
  await running.exited;
  clearTimeout(timer);
  signal?.removeEventListener('abort', abandoned);
  const { printed, printedBytes } = running;
  if (printedBytes > MOST_PRINTED) why ??= `it printed ${printedBytes} bytes; ${MOST_PRINTED} are accepted at most`;
  why ??= running.status === 0 ? undefined : running.ended;
  if (why !== undefined) throw new Error(`${why}${printedBytes > MOST_PRINTED ? '' : running.lastWords}`);
  return printed;
}
