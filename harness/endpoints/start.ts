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
import { streamChat, type ChatTarget } from './call.js';
import { ServerProcess } from './child.js';
import { requestSettings, type EndpointSpec } from '../configuration/endpoint.js';
import { connectionTrouble, EndpointError } from './errors.js';
import { isLocal } from './transport.js';

/** How long the embedded engine may take to load a model, in seconds. */
const EMBEDDED_START_S = 120;

/** How long one look at a server may take, in milliseconds. */
const LOOK_MS = 10_000;

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
  /** How a started server ended by itself; undefined while it runs, or when it is not ours. */
  ended(): string | undefined;
  /** The process that was started for it; absent when it is not ours. */
  pid?: number;
  /** Resolves when a started server has ended; never for an address. */
  exited: Promise<void>;
  /** Ends what was started; nothing for an address. */
  stop(): Promise<void>;
}

/** Where an embedded engine listens, and under which name: any free port and its folder's name unless someone serves it to others. */
export interface EmbeddedAddress {
  name?: string;
  host?: string;
  port?: number;
}

/** Starts or checks an endpoint. @throws EndpointError in one sentence: what, where, and what there is instead */
export async function startEndpoint(spec: EndpointSpec, address: EmbeddedAddress = {}): Promise<RunningEndpoint> {
  if (spec.kind === 'embedded') return startEmbedded(spec, address);
  if (spec.kind === 'command') return startCommand(spec);
  const target = { url: spec.url, model: spec.model, apiKey: keyFrom(spec.keyEnv), extra: spec.extra };
  await requireModel(target, spec.keyEnv);
  return {
    ...target,
    kind: 'openai',
    local: isLocal(spec.url),
    ended: () => undefined,
    exited: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

/** A model's folder: as it was given, or one of the package's own by name. @throws EndpointError */
export function modelFolder(model: string): string {
  const candidates = [...new Set([resolve(model), join(packageRoot(), model), join(packageRoot(), 'models', model)])];
  const found = candidates.find((folder) => existsSync(join(folder, 'config.json')) && statSync(folder).isDirectory());
  if (!found) throw new EndpointError(`no model "${model}": looked for a folder with a config.json at ${candidates.join(', ')}`);
  return found;
}

/** The key that an environment variable holds. @throws EndpointError when a variable is named and empty */
export function keyFrom(keyEnv: string | undefined): string | undefined {
  if (keyEnv === undefined) return undefined;
  const key = process.env[keyEnv];
  if (!key) throw new EndpointError(`the environment variable ${keyEnv} is not set: it should hold the endpoint's key`);
  return key;
}

/** The engine's command line for a model, by its own names. */
function engineArguments(spec: Extract<EndpointSpec, { kind: 'embedded' }>): string[] {
  const precision = typeof spec.precision === 'string' ? spec.precision : JSON.stringify(spec.precision);
  return [join(packageRoot(), 'dist/fpx/endpoint/main.js'), '--model', modelFolder(spec.model), '--precision', precision];
}

const identityLine = z.object({ identity: z.string().min(16) });

/** The engine's hash of everything that decides what a model of ours answers: its files, its precision map, the engine's build. @throws EndpointError */
export async function identifyEmbedded(spec: Extract<EndpointSpec, { kind: 'embedded' }>): Promise<string> {
  const started = ServerProcess.program(process.execPath, [...engineArguments(spec), '--identify']);
  const line = await Promise.race([firstLine(started), started.exit.then(() => undefined)]);
  await started.exit;
  const parsed = identityLine.safeParse(line === undefined ? undefined : parseJson(line));
  if (!parsed.success)
    throw new EndpointError(`the embedded engine cannot use ${modelFolder(spec.model)}: it ${started.ended}${started.lastLines()}`);
  return parsed.data.identity;
}

async function startEmbedded(spec: Extract<EndpointSpec, { kind: 'embedded' }>, address: EmbeddedAddress): Promise<RunningEndpoint> {
  const folder = modelFolder(spec.model);
  const prefixCache = spec.prefixCache ? 'on' : 'off';
  const started = ServerProcess.program(process.execPath, [
    ...engineArguments(spec),
    ...Object.entries(address).flatMap(([key, value]) => (value === undefined ? [] : [`--${key}`, String(value)])),
    ...['--threads', String(spec.threads), '--prefix-cache', prefixCache],
  ]);
  const line = await Promise.race([
    firstLine(started),
    started.exit.then(() => undefined),
    sleep(EMBEDDED_START_S * 1000, undefined, { ref: false }),
  ]);
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
    ended: () => started.ended,
    pid: started.child.pid,
    exited: started.exit,
    stop: () => started.stop(),
  };
}

function firstLine(started: ServerProcess): Promise<string | undefined> {
  return new Promise((resolveLine) => {
    if (!started.child.stdout) return resolveLine(undefined);
    createInterface({ input: started.child.stdout }).once('line', resolveLine);
  });
}

async function startCommand(spec: Extract<EndpointSpec, { kind: 'command' }>): Promise<RunningEndpoint> {
  const target = { url: spec.url, model: spec.model, apiKey: keyFrom(spec.keyEnv), extra: spec.extra };
  const health = spec.healthPath ? new URL(spec.healthPath, spec.url).href : `${spec.url}/models`;
  if ((await look(health, target.apiKey, 2000)).status !== undefined) {
    throw new EndpointError(`something answers at ${health} already, before the command was started; stop it, or use kind: openai`);
  }
  const started = ServerProcess.shell(spec.command);
  const deadline = performance.now() + spec.startTimeoutS * 1000;
  for (;;) {
    const seen = await look(health, target.apiKey, LOOK_MS);
    if (seen.status === 200) break;
    const late = performance.now() > deadline;
    if (started.ended !== undefined || late) {
      const state = seen.status === undefined ? seen.trouble : `answered ${seen.status}`;
      const how = started.ended ?? `was not healthy within ${spec.startTimeoutS} s (${health}: ${state})`;
      const last = started.lastLines();
      await started.stop();
      throw new EndpointError(`the command "${spec.command}" ${how}${last}`);
    }
    await Promise.race([sleep(250), started.exit]);
  }
  try {
    await requireModel(target, spec.keyEnv);
  } catch (error) {
    await started.stop();
    throw error;
  }
  return {
    ...target,
    kind: 'command',
    local: isLocal(spec.url),
    ended: () => started.ended,
    pid: started.child.pid,
    exited: started.exit,
    stop: () => started.stop(),
  };
}

interface Seen {
  /** HTTP status; undefined when there was no answer. */
  status?: number;
  /** Why there was none. */
  trouble?: string;
  body?: unknown;
}

/** One GET, bounded in time, never throwing. */
async function look(url: string, apiKey: string | undefined, timeoutMs: number): Promise<Seen> {
  try {
    const headers: Record<string, string> = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, body: parseJson(await response.text()) };
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') return { trouble: `no answer within ${timeoutMs / 1000} s` };
    return { trouble: connectionTrouble(error) ?? (cause instanceof Error ? cause.message : message) };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const modelList = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** The models a server lists; undefined when it has no list. @throws EndpointError when it does not answer, or refuses the key */
export async function listModels(target: Pick<ChatTarget, 'url' | 'apiKey'>, keyEnv?: string): Promise<string[] | undefined> {
  const seen = await look(`${target.url}/models`, target.apiKey, LOOK_MS);
  if (seen.status === undefined) throw new EndpointError(`no endpoint at ${target.url}: ${seen.trouble}`);
  if (seen.status === 401 || seen.status === 403) {
    const key = keyEnv
      ? `the key in ${keyEnv}`
      : 'a request without a key; name the environment variable that holds one (keyEnv, --key-env)';
    throw new EndpointError(`the server at ${target.url} refuses ${key} (HTTP ${seen.status})`);
  }
  const parsed = modelList.safeParse(seen.body);
  return seen.status === 200 && parsed.success ? parsed.data.data.map((model) => model.id) : undefined;
}

/** Makes sure that a server is there and knows the model: by its list, or where it has none by one call of one token. @throws EndpointError */
async function requireModel(target: ChatTarget, keyEnv: string | undefined): Promise<void> {
  const models = await listModels(target, keyEnv);
  if (models?.includes(target.model)) return;
  if (models && models.length > 0) {
    const shown = models.slice(0, 12).join(', ') + (models.length > 12 ? ` and ${models.length - 12} more` : '');
    throw new EndpointError(`the server at ${target.url} has no model "${target.model}"; it offers: ${shown}`);
  }
  const settings = requestSettings.parse({ maxTokens: 1, timeoutMs: 60_000 });
  const call = await streamChat(target, [{ role: 'user', content: 'Hi' }], settings);
  if (call.error) {
    throw new EndpointError(
      `the server at ${target.url} lists no models, and a call of one token to "${target.model}" failed: ${call.error.message}`,
    );
  }
}
