/** Who plays the published tables: served configurations as the command line names them, or the reference models at several precisions. */
import { configurationSchema, ConfigurationError, explain, loadConfiguration, type Configuration } from '../configuration/configuration.js';
import { listModels } from '../endpoints/contact.js';
import { keyFrom } from '../endpoints/start.js';
import { parametersOf } from './size.js';

/** A configuration with what it is in a table's words. `bits` undefined: told by the engine once it runs, or by nobody. */
export interface PaperEntrant {
  configuration: Configuration;
  size?: string;
  bits?: number;
}

/** What all served models are asked with, where only an address is given. */
export interface AddressSettings {
  model?: string;
  keyEnv?: string;
  prompt: string;
  maxTokens: number;
}

const FORMS =
  'FILE.yaml, SIZE/BITS=FILE.yaml, NAME=URL or SIZE/BITS=URL, a URL with #MODEL behind it where --model is not the same for all';

/**
 * Reads what `--endpoint` names. @throws ConfigurationError in one sentence: which, and what is accepted; EndpointError when an address
 * does not answer
 */
export async function readEntrants(texts: readonly string[], how: AddressSettings): Promise<PaperEntrant[]> {
  const entrants: PaperEntrant[] = [];
  for (const text of texts) entrants.push(await readEntrant(text, how));
  const names = entrants.map(({ configuration }) => configuration.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new ConfigurationError(`--endpoint: two are named "${twice}"; accepted: names that differ`);
  const kinds = new Set(entrants.map(({ configuration }) => configuration.endpoint.kind === 'embedded'));
  if (kinds.size > 1)
    throw new ConfigurationError(
      '--endpoint: some are models of the embedded engine, which play on the virtual clock, some are served, which play in real time; accepted: one kind, since a table compares them',
    );
  return entrants;
}

async function readEntrant(text: string, how: AddressSettings): Promise<PaperEntrant> {
  const match = /^(?:([A-Za-z0-9][A-Za-z0-9._ /-]{0,39})=)?(.+)$/.exec(text);
  const [, label, target] = match ?? [];
  if (target === undefined) throw new ConfigurationError(`--endpoint "${text}": accepted: ${FORMS}`);
  const told = labelOf(label, text);
  if (!/^https?:\/\//i.test(target)) {
    const configuration = loadConfiguration(target);
    const size = told.size ?? configuration.size;
    return { configuration: { ...configuration, name: told.name ?? configuration.name, ...(size === undefined ? {} : { size }) }, size, bits: told.bits }; // prettier-ignore
  }
  if (told.name === undefined) throw new ConfigurationError(`--endpoint "${text}": an address needs a name; accepted: ${FORMS}`);
  return { configuration: await served(target, told, how, text), size: told.size, bits: told.bits };
}

/** What a label tells: a name, and of `14B/7.2` the size and the bits. */
function labelOf(label: string | undefined, text: string): { name?: string; size?: string; bits?: number } {
  if (label === undefined) return {};
  if (!label.includes('/')) return { name: label, ...(parametersOf(label) === undefined ? {} : { size: label.toUpperCase() }) };
  const [size, bits, more] = label.split('/');
  if (more !== undefined || parametersOf(size) === undefined || !(Number(bits) > 0 && Number(bits) <= 32))
    throw new ConfigurationError(`--endpoint "${text}": "${label}" is no SIZE/BITS; accepted: 14B/7.2, 1.5B/16`);
  return { name: `${size!.toUpperCase()} ${bits} bits`, size: size!.toUpperCase(), bits: Number(bits) };
}

async function served(
  target: string,
  { name, size }: { name?: string; size?: string },
  { model, keyEnv, prompt, maxTokens }: AddressSettings,
  text: string,
): Promise<Configuration> {
  const [url, fragment] = [target.replace(/#.*$/, ''), /#(.+)$/.exec(target)?.[1]];
  const named = fragment ?? model ?? (await onlyModel(url, keyEnv, text));
  const parsed = configurationSchema.omit({ latency: true }).safeParse({
    name,
    ...(size === undefined ? {} : { size }),
    endpoint: { kind: 'openai', url, model: named, keyEnv, extra: {} },
    request: { maxTokens },
    prompt,
  });
  if (!parsed.success) throw new ConfigurationError(`--endpoint "${text}" or its settings:\n${explain(parsed.error)}`);
  return parsed.data;
}

/** The model of a server that has one. @throws ConfigurationError when it has several, or no list */
async function onlyModel(url: string, keyEnv: string | undefined, text: string): Promise<string> {
  const apiKey = keyFrom(keyEnv);
  const models = await listModels({ url, ...(apiKey === undefined ? {} : { apiKey }) });
  if (models?.length === 1) return models[0]!;
  const found = models ? `it offers ${models.slice(0, 8).join(', ')}` : 'it lists no models';
  throw new ConfigurationError(`--endpoint "${text}": which model? ${found}; accepted: #MODEL behind the address, or --model`);
}

/** The reference models that stand in where nobody is given. */
export const FAMILY = [
  { size: '1M', model: 'models/tb-1m' },
  { size: '4M', model: 'models/tb-4m' },
] as const;

/** What is said wherever they stand in. */
export const STAND_IN =
  'The reference models stand in: sizes 1M and 4M of ours where the paper has 1.5B to 14B, trained for these two tasks alone, on the embedded engine of this host.';

/** A precision of a family member. `precision`: as a configuration has it. */
export interface FamilyPrecision {
  name: string;
  precision: string | Record<string, unknown>;
  bits: number;
}

/** One format everywhere. */
export const PLAIN_PRECISIONS: readonly FamilyPrecision[] = [
  { name: 'bf16', precision: 'bf16', bits: 16 },
  { name: 'fp8', precision: 'fp8', bits: 8 },
  { name: 'fp4', precision: 'fp4', bits: 4 },
];

/** Where a model of the embedded engine lies: a folder as it is named, or one of the reference models by its name. */
export function embeddedModel(name: string): string {
  return name.includes('/') ? name : `models/${name}`;
}

/** A model of the embedded engine at a precision, as a configuration file would have it. @throws ConfigurationError */
export function embeddedEntrant(model: string, size: string | undefined, { name, precision, bits }: FamilyPrecision): PaperEntrant {
  const parsed = configurationSchema.omit({ latency: true }).safeParse({
    name: `${size ?? model.split('/').at(-1)} ${name}`,
    ...(size === undefined ? {} : { size }),
    endpoint: { kind: 'embedded', model, precision, threads: 1, prefixCache: true },
    request: { temperature: 0, maxTokens: 24, timeoutMs: 5000, afterRelease: 'cancel' },
    prompt: 'reference',
  });
  if (!parsed.success) throw new ConfigurationError(`${model}:\n${explain(parsed.error)}`);
  return { configuration: parsed.data, size, bits };
}
