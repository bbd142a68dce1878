/**
 * From what a trace says of a seat to a configuration that can be asked here: by the name of a model that lies here, with the recorded precision
 * map, request settings and prompt. It is the same only if its identity is, which is a hash of all of that, the weights and the engine's build.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import type { SeatRecord, TraceHeader } from '../../scoring/trace/trace.js';
import { configurationSchema, type Configuration } from '../configuration/configuration.js';
import { endpointSpec, requestSettings } from '../configuration/endpoint.js';
import { PromptError, promptNames } from '../configuration/prompts.js';
import { EndpointError } from '../endpoints/errors.js';
import { packageRoot } from '../host/root.js';
import { identityOf } from '../seating/identity.js';

/** A name that is joined to a folder's path: a trace comes from a stranger. */
const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,80}$/;

const recordedModel = z.looseObject({
  endpoint: endpointSpec,
  request: requestSettings,
  prompt: z.string(),
  parser: z.string().optional(),
  identity: z.string().regex(/^[0-9a-f]{16}$/),
});

/** Whether a seat was played by one configuration whose model is embedded, by its own record. */
function isEmbedded({ kind, configuration }: SeatRecord): boolean {
  return kind === 'model' && z.looseObject({ endpoint: z.looseObject({ kind: z.literal('embedded') }) }).safeParse(configuration).success;
}

/** Whether a model that is embedded plays a seat, alone or in a team, by the seat's configuration. */
export function hasEmbedded(configuration: unknown): boolean {
  return /"kind":"embedded"/.test(JSON.stringify(configuration ?? null));
}

/**
 * The configuration of a seat as it can be asked here, or a reason why it cannot.
 * @param models folders of model folders beside the package's own
 */
export async function configurationHere(
  { seats, host }: Pick<TraceHeader, 'seats' | 'host'>,
  seat: number,
  task: AnyTask,
  models: readonly string[] = [],
): Promise<{ configuration: Configuration } | { why: string }> {
  const record = seats[seat]!;
  if (z.looseObject({ team: z.string() }).safeParse(record.configuration).success)
    return { why: 'a team of configurations plays; only a single one is asked again' };
  if (!isEmbedded(record)) return { why: 'its model is no embedded one' };
  const parsed = recordedModel.safeParse(record.configuration);
  if (!parsed.success) return { why: 'its configuration is not recorded as this version records it' };
  const { endpoint, request, prompt, parser, identity } = parsed.data;
  if (endpoint.kind !== 'embedded') return { why: 'its model is no embedded one' };
  if (!promptNames(task).includes(prompt)) return { why: 'its prompt is a file of its own, which is not in the trace' };
  const sampled = samplingFault(request, host);
  if (sampled !== undefined) return { why: sampled };
  const folders = modelsHere(endpoint.model, models);
  let why = `no model ${JSON.stringify(endpoint.model.slice(0, 80))} lies here`;
  for (const folder of folders) {
    const settings = { name: 'recorded', endpoint: { ...endpoint, model: folder }, request, prompt, parser };
    const own = configurationSchema.omit({ latency: true }).safeParse(settings);
    if (!own.success) return { why: 'its configuration is none that this version takes' };
    try {
      const here = await identityOf(own.data, task);
      if (here === identity) return { configuration: own.data };
      why = `it was played as ${identity}, and ${endpoint.model} as it lies here is ${here}: other weights, another precision map, prompt or request, or another build of the engine`;
    } catch (error) {
      if (!(error instanceof EndpointError || error instanceof PromptError)) throw error;
      why = `the model cannot be used here: ${error.message.split('\n')[0]}`;
    }
  }
  return { why };
}

/**
 * Why a sampled answer does not come again: without a seed each call draws its own, and the probabilities go through the exponential function of
 * the JavaScript engine, whose last bit is its own affair. Greedy answers need neither.
 */
function samplingFault({ temperature, seed }: z.infer<typeof requestSettings>, host: unknown): string | undefined {
  if (temperature === 0) return undefined;
  const drawn = `its answers were drawn at ${temperature === null ? 'a temperature that was not sent' : `temperature ${temperature}`}`;
  if (seed === null || seed === undefined) return `${drawn} without a seed`;
  const node = z.looseObject({ node: z.string() }).safeParse(host).data?.node;
  return node === process.version ? undefined : `${drawn} by another version of Node than runs here`;
}

/** The folders of this name: in the operator's folders of models, and among the package's own. Which of them it is, identities tell. */
function modelsHere(name: string, models: readonly string[]): string[] {
  if (!folderName.test(name)) return [];
  const places = [...models, join(packageRoot(), 'models')].map((folder) => resolve(folder, name));
  return [...new Set(places)].filter((folder) => existsSync(join(folder, 'config.json')));
}
