/** Starts the built-in agents as processes of their own and seats them on a match server: they get no short cut. */
import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TOKEN_VARIABLE } from './token.js';
import { printable } from '../protocol/printable.js';
import { AgentError, type AgentLine } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';

/** Which agent to start. */
export type AgentSpec =
  /** A task's scripted player. `errorPermille` of its decisions are random legal ones. */
  | { kind: 'bot'; bot: string; name?: string; errorPermille?: number }
  /** The model agent; `config` is the path of its configuration (harness/configuration/agent.ts), one model's or a team's, `env` adds environment variables (keys). */
  | { kind: 'model'; config: string; name?: string; env?: Record<string, string> };

/** An agent that runs. */
export interface AgentHandle {
  token: string;
  line: AgentLine;
  /** What it wrote for people since it started, at most the last 100 lines. */
  said: string[];
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
  process: ChildProcess;
}

/** The process of an endpoint that is ours and computes on this host; undefined of any other. */
export function processOf({ kind, pid }: { kind: string; pid?: number }): number | undefined {
  return kind === 'embedded' ? pid : undefined;
}

/** Most lines kept of what an agent says. */
const KEPT_LINES = 100;

/** Starts an agent and resolves once it is connected. @throws AgentError with its last words when it dies first */
export async function spawnAgent(server: MatchServer, spec: AgentSpec, timeoutMs = 30_000): Promise<AgentHandle> {
  const token = randomBytes(16).toString('hex');
  const name = spec.name ?? (spec.kind === 'bot' ? spec.bot : spec.config);
  const common = ['--server', server.url];
  const [module, args]: [URL, string[]] =
    spec.kind === 'bot'
      ? [new URL('./bot-process.js', import.meta.url), [...common, '--bot', spec.bot, '--error-permille', String(spec.errorPermille ?? 0)]]
      : [new URL('./model-process.js', import.meta.url), [...common, '--config', spec.config]];
  const line = server.admit(token, name);
  const child = fork(fileURLToPath(module), args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, ...(spec.kind === 'model' ? spec.env : {}), [TOKEN_VARIABLE]: token },
  });
  line.processes = { agent: child.pid };
  const said: string[] = [];
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said.push(
      ...printable(text)
        .split('\n')
        .filter((words) => words !== ''),
    );
    said.splice(0, said.length - KEPT_LINES);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    server.dismiss(token);
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 3000);
    await ended;
    clearTimeout(kill);
  };
  const died = ended.then(() => {
    throw new AgentError(`agent ${name} ended before it was connected: ${said.at(-1) ?? 'it said nothing'}`);
  });
  died.catch(() => undefined); // told by the race below, or no longer of interest
  try {
    await Promise.race([line.connected(timeoutMs), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { token, line, said, stop, process: child };
}
