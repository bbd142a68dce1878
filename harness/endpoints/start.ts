/**
 * Makes an endpoint ready before the first match: starts the embedded engine or a server's command, or checks that an
 * address answers and knows the model. What cannot be used is told at once, in a sentence.
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { packageRoot } from '../host/root.js';
import { keepSecret } from '../host/secrets.js';
import { callUrl } from './address.js';
import type { CallBudget } from './budget.js';
import type { ChatTarget } from './call.js';
import { ServerProcess } from './child.js';
import { requestSettings, type EndpointSpec, type RequestSettings } from '../configuration/endpoint.js';
import { look, requireContact } from './contact.js';
import { EndpointError } from './errors.js';
import { isLocal } from './transport.js';

/** How long the embedded engine may take to load a model, in seconds. */
const EMBEDDED_START_S = 120;

/** How long what a process wrote may still be read after it has ended, in milliseconds. */
const UNREAD_MS = 2000;

/** What the embedded engine says of the model it holds. */
const embeddedSummary = z.looseObject({
  label: z.string(),
  activations: z.string(),
  gammaByCount: z.number(),
  gammaByParameters: z.number(),
  bitsPerWeight: z.number(),
  weightBytes: z.number(),
  parameters: z.number(),
});

export type EmbeddedSummary = z.infer<typeof embeddedSummary>;

const readyLine = z.object({ ready: z.literal(true), url: z.string(), name: z.string(), summary: embeddedSummary });

/** An endpoint that answers. */
export interface RunningEndpoint extends ChatTarget {
  kind: EndpointSpec['kind'];
  extra: Record<string, unknown>;
  /** The embedded engine's account of the model: label, gamma, bits, bytes. */
  summary?: EmbeddedSummary;
  /** It shares this machine's cores: it was started here, or its address is this machine's. */
  local: boolean;
  /** Calls that finding out whether it answers took: they count against a budget. */
  calls: number;
  /** How a started server ended by itself; undefined while it runs, or when it is not ours. */
  ended(): string | undefined;
  /** The process that was started for it; absent when it is not ours. */
  pid?: number;
  /** Resolves when a started server has ended; never for an address. */
  exited: Promise<void>;
  /** Kills the process of an engine of ours at once, by SIGKILL; absent of others. */
  kill?(): void;
  /** Ends what was started; nothing for an address. */
  stop(): Promise<void>;
}

/** How an endpoint is started. */
export interface StartOptions extends EmbeddedServing {
  /** What requests will carry: a server that refuses a field of it is told before the first match. */
  request?: RequestSettings;
  /** Lines for people: waiting for a server, an address that is another one. */
  say?: (line: string) => void;
  signal?: AbortSignal;
  /** Bounds the calls of the first contact; without one they are made, and told in `calls`. */
  budget?: CallBudget;
}

/** How an embedded engine is served to others: under which name, where it listens, and what it does beside answering one client. */
export interface EmbeddedServing {
  /** Its folder's name by default. */
  name?: string;
  host?: string;
  /** Any free one by default. */
  port?: number;
  /** Requests that may wait; one more is answered 429. */
  maxWaiting?: number;
  /** Requests of an embedded engine that are computed at once, and tokens of the key-value memory that they share; in matches one has it all. */
  sequences?: number;
  kvTokens?: number;
  /** Figures at GET /metrics; in matches nobody reads them. */
  metrics?: 'on';
}

/** Starts or checks an endpoint. @throws EndpointError in one sentence: what, where, and what there is instead */
export async function startEndpoint(spec: EndpointSpec, how: StartOptions = {}): Promise<RunningEndpoint> {
  if (spec.kind === 'embedded') return startEmbedded(spec, how);
  if (spec.kind === 'command') return startCommand(spec, how);
  const { target, calls } = await contacted(spec, how);
  return {
    ...target,
    kind: 'openai',
    local: isLocal(spec.url),
    calls,
    ended: () => undefined,
    exited: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

type Reached = Extract<EndpointSpec, { kind: 'openai' | 'command' }>;

function targetOf({ url, model, keyEnv, keyHeader, extra }: Reached): ChatTarget & { extra: Record<string, unknown> } {
  return { url, model, apiKey: keyFrom(keyEnv), ...(keyHeader === undefined ? {} : { keyHeader }), extra };
}

/** Makes the first call. @throws EndpointError */
async function contacted(
  spec: Reached,
  { request = requestSettings.parse({}), say, signal, budget }: StartOptions,
): Promise<{ target: ChatTarget & { extra: Record<string, unknown> }; calls: number }> {
  const { target, calls } = await requireContact(targetOf(spec), request, spec.keyEnv, { say, signal }, budget);
  return { target: { ...target, extra: spec.extra }, calls };
}

/** A model's folder: as it was given, or one of the package's own by name. @throws EndpointError */
export function modelFolder(model: string): string {
  const candidates = [...new Set([resolve(model), join(packageRoot(), model), join(packageRoot(), 'models', model)])];
  const found = candidates.find((folder) => existsSync(join(folder, 'config.json')) && statSync(folder).isDirectory());
  if (!found) throw new EndpointError(`no model "${model}": looked for a folder with a config.json at ${candidates.join(', ')}`);
  return found;
}

/** The key that an environment variable holds; it is cut out of all texts from now on. @throws EndpointError when it is empty or no key */
export function keyFrom(keyEnv: string | undefined): string | undefined {
  if (keyEnv === undefined) return undefined;
  const key = process.env[keyEnv]?.trim();
  if (!key) throw new EndpointError(`the environment variable ${keyEnv} is not set: it should hold the endpoint's key`);
  keepSecret(key);
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new EndpointError(`the environment variable ${keyEnv} holds no key: there are characters in it that no header can carry`);
  return key;
}

/** The engine's command line for a model, by its own names. */
function engineArguments(spec: Extract<EndpointSpec, { kind: 'embedded' }>): string[] {
  const precision = typeof spec.precision === 'string' ? spec.precision : JSON.stringify(spec.precision);
  return [join(packageRoot(), 'dist/fpx/endpoint/main.js'), '--model', modelFolder(spec.model), '--precision', precision];
}

const identityLine = z.object({
  identity: z.string().min(16),
  files: z.record(z.string(), z.string()),
  precision: z.string(),
  engine: z.string(),
});

/** What decides what a model of ours answers, as hashes: over all of it, of each of its files, of its precision map and of the engine's build. */
export type EmbeddedIdentity = z.infer<typeof identityLine>;

/** The engine's account of which model it is. @throws EndpointError */
export async function identifyEmbedded(spec: Extract<EndpointSpec, { kind: 'embedded' }>): Promise<EmbeddedIdentity> {
  const started = ServerProcess.program(process.execPath, [...engineArguments(spec), '--identify']);
  const line = await firstLine(started);
  await started.exit;
  const parsed = identityLine.safeParse(line === undefined ? undefined : parseJson(line));
  if (!parsed.success)
    throw new EndpointError(`the embedded engine cannot use ${modelFolder(spec.model)}: it ${started.ended}${started.lastLines()}`);
  return parsed.data;
}

async function startEmbedded(
  spec: Extract<EndpointSpec, { kind: 'embedded' }>,
  { name: named, host, port, maxWaiting, sequences, kvTokens, metrics }: StartOptions,
): Promise<RunningEndpoint> {
  const folder = modelFolder(spec.model);
  const prefixCache = spec.prefixCache ? 'on' : 'off';
  const started = ServerProcess.program(process.execPath, [
    ...engineArguments(spec),
    ...Object.entries({
      ...{ name: named, host, port, 'max-waiting': maxWaiting, metrics },
      ...{ sequences, 'kv-tokens': kvTokens },
    }).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, String(value)])),
    ...['--threads', String(spec.threads), '--prefix-cache', prefixCache],
  ]);
  const line = await Promise.race([firstLine(started), sleep(EMBEDDED_START_S * 1000, undefined, { ref: false })]);
  const parsed = readyLine.safeParse(line === undefined ? undefined : parseJson(line));
  if (!parsed.success) {
    const how = started.ended ?? (line === undefined ? `did not answer within ${EMBEDDED_START_S} s` : `said ${line.slice(0, 120)}`);
    const last = started.lastLines();
    await started.stop();
    throw new EndpointError(`the embedded engine with ${folder} ${how}${last}`);
  }
  const { url, name, summary } = parsed.data;
  return {
    kind: 'embedded',
    url,
    model: name,
    extra: {},
    summary,
    local: true,
    calls: 0,
    ended: () => started.ended,
    pid: started.child.pid,
    exited: started.exit,
    kill: () => started.kill(),
    stop: () => started.stop(),
  };
}

/**
 * The first line that a process writes; undefined once it has ended without one. On a busy host its end can be told before what it wrote has
 * been read, so the end of its output is waited for, too.
 */
async function firstLine({ child, exit }: ServerProcess): Promise<string | undefined> {
  const { stdout } = child;
  if (!stdout) return undefined;
  const read = new Promise<string | undefined>((resolveLine) => {
    createInterface({ input: stdout })
      .once('line', resolveLine)
      .once('close', () => resolveLine(undefined));
  });
  const ended = exit.then(() => sleep(UNREAD_MS, undefined, { ref: false }));
  const line = await Promise.race([read, ended]);
  if (line === undefined) await exit;
  return line;
}

async function startCommand(spec: Extract<EndpointSpec, { kind: 'command' }>, how: StartOptions): Promise<RunningEndpoint> {
  const asked = targetOf(spec);
  // A path of the server's own, or the list of models below the address.
  const at = spec.healthPath === undefined ? asked : { ...asked, url: new URL('/', spec.url).href };
  const path = spec.healthPath ?? '/models';
  const health = callUrl(at.url, path);
  if ((await look(at, path, 2000)).status !== undefined) {
    throw new EndpointError(`something answers at ${health} already, before the command was started; stop it, or use kind: openai`);
  }
  const started = ServerProcess.shell(spec.command);
  const deadline = performance.now() + spec.startTimeoutS * 1000;
  for (;;) {
    const seen = await look(at, path);
    if (seen.status === 200) break;
    const late = performance.now() > deadline;
    if (started.ended !== undefined || late) {
      const state = seen.status === undefined ? seen.trouble : `answered ${seen.status}`;
      const ending = started.ended ?? `was not healthy within ${spec.startTimeoutS} s (${health}: ${state})`;
      const last = started.lastLines();
      await started.stop();
      throw new EndpointError(`the command "${spec.command}" ${ending}${last}`);
    }
    await Promise.race([sleep(250), started.exit]);
  }
  let contact: Awaited<ReturnType<typeof contacted>>;
  try {
    contact = await contacted(spec, how);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return {
    ...contact.target,
    kind: 'command',
    local: isLocal(spec.url),
    calls: contact.calls,
    ended: () => started.ended,
    pid: started.child.pid,
    exited: started.exit,
    stop: () => started.stop(),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
