/**
 * A configuration file (`fpx-configs/*.yaml`): one model at one precision map behind one endpoint, with its request settings.
 * A file people copy and edit, so every wrong key is refused by name.
 */
import { readFileSync, existsSync } from 'node:fs';
import { basename, isAbsolute, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { promptNames } from './agent.js';
import { endpointSpec, requestSettings } from './endpoint.js';
import type { SeatLatency } from '../../scoring/trace/injected.js';
import { LatencyError, latencyTexts, readLatency, type LatencyTexts } from './latency.js';
import { priceText } from './price.js';
import { fileFault } from '../host/fault.js';
import { packageRoot } from '../host/root.js';

/** Labels of workers: what they are asked for, and what they have. */
export const labelNames = z
  .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, 'a label is letters, digits, ".", "_" and "-", 40 at most'))
  .max(16);

export const configurationSchema = z.strictObject({
  /** The name in tables; the file's own name when absent. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._ -]{0,39}$/, 'letters, digits, ".", "_", "-" and spaces, 40 at most'),
  /** The model family and size as people say it (`1M`, `7B`): groups points on a chart. */
  size: z.string().max(12).optional(),
  endpoint: endpointSpec,
  /** What the model is paid by (price.ts). */
  price: priceText.optional(),
  request: requestSettings,
  /** A prompt's name (envs/TASK/prompts/NAME.txt), or for each task a name or a file of your own. */
  /** Latency injected on each leg, in world time: `{ feed: 2ms, entry: 1ms~3ms, response: delays.txt }`. */
  latency: latencyTexts.optional(),
  prompt: promptNames.default('plain'),
  /** What a worker must be labelled with to play it from a queue (docs/many-machines.md); no part of what the configuration is. */
  labels: labelNames.optional(),
  /** Which of the task's parsers reads the answers, where it has several; the task's own when absent. */
  parser: z.string().optional(),
});

export type Configuration = Omit<z.infer<typeof configurationSchema>, 'latency'> & { latency?: SeatLatency };

/** A file that cannot be used: what is wrong, where, and what is accepted. */
export class ConfigurationError extends Error {
  override name = 'ConfigurationError';
}

/** For parsing files that people write: of a key that may not stand there, which may. */
export const TELLING_KEYS: z.core.ParseContext<z.core.$ZodIssue> = {
  error: (issue) => {
    if (issue.code !== 'unrecognized_keys') return undefined;
    const { def } = issue.inst?._zod as { def: { shape?: object } };
    const accepted = Object.keys(def.shape ?? {}).join(', ');
    const keys = (issue.keys as string[]).map((key) => JSON.stringify(key)).join(', ');
    return `no such key ${keys}${accepted === '' ? '' : `; accepted: ${accepted}`}`;
  },
};

/** One line for each thing a schema refused, with the path of the key. */
export function explain(error: z.ZodError): string {
  return error.issues.map((issue) => `  ${issue.path.length ? issue.path.join('.') : '(top level)'}: ${said(issue)}`).join('\n');
}

/** What is wrong: of a name that may not stand there, what names may be. */
function said(issue: z.core.$ZodIssue): string {
  return issue.code === 'invalid_key' ? `such a name: ${issue.issues.map(({ message }) => message).join('; ')}` : issue.message;
}

/** Finds a file as the user wrote it: as it is, below the folder of the file that names it, or below the package's own folder. */
export function findFile(name: string, besides: readonly string[]): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  for (const folder of [process.cwd(), ...besides, packageRoot()]) {
    const path = resolve(folder, name);
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** Reads YAML, or says where it is broken. @throws ConfigurationError */
export function readYaml(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigurationError(`${path}: ${fileFault(error)}`);
  }
  try {
    return parse(text, { prettyErrors: true }) as unknown;
  } catch (error) {
    throw new ConfigurationError(`${path}: not YAML: ${(error as Error).message}`);
  }
}

/** The file of a configuration that is named by its path, with or without its ending, or by its name in `fpx-configs/`. @throws ConfigurationError */
export function configurationFile(name: string, besides: readonly string[] = []): string {
  const file = /\.ya?ml$/.test(name) ? name : `${name}.yaml`;
  const candidates = [file, join('fpx-configs', file)];
  const path = candidates.map((candidate) => findFile(candidate, besides)).find((found) => found !== undefined);
  if (!path)
    throw new ConfigurationError(`no configuration "${name}": looked for ${candidates.join(' and ')} here and in the package's folder`);
  return path;
}

/** Reads a configuration's file; whether its model is there is not looked at. @throws ConfigurationError */
export function readConfiguration(path: string): Configuration {
  const raw = readYaml(path);
  const named =
    typeof raw === 'object' && raw !== null && !('name' in raw) ? { ...raw, name: basename(path).replace(/\.ya?ml$/, '') } : raw;
  if (typeof raw === 'object' && raw !== null && 'team' in raw)
    throw new ConfigurationError(`${path} is a team of configurations; accepted here: one configuration, such as one of its members`);
  const parsed = configurationSchema.safeParse(named, TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${path} is not a configuration:\n${explain(parsed.error)}`);
  const { latency: texts, ...configuration } = parsed.data;
  const latency = texts && latencyOf(texts, path);
  return latency ? { ...configuration, latency } : configuration;
}

/** Reads one configuration. Model folders are found beside the package when they are not found from here. @throws ConfigurationError */
export function loadConfiguration(name: string, besides: readonly string[] = []): Configuration {
  const path = configurationFile(name, besides);
  const configuration = readConfiguration(path);
  if (configuration.endpoint.kind === 'embedded') {
    const folder = findFile(configuration.endpoint.model, [resolve(path, '..')]);
    if (!folder) throw new ConfigurationError(`${path}: endpoint.model: no folder "${configuration.endpoint.model}"`);
    configuration.endpoint.model = folder;
  }
  return configuration;
}

/** The latency models that a file of settings names; files of delays are found from here or beside it. @throws ConfigurationError */
export function latencyOf(texts: LatencyTexts, path: string): SeatLatency | undefined {
  try {
    return readLatency(texts, (name) => findFile(name, [resolve(path, '..')]));
  } catch (error) {
    if (error instanceof LatencyError) throw new ConfigurationError(`${path}: ${error.message}`);
    throw error;
  }
}
