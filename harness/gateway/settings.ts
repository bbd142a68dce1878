/** A gateway's file: where it listens, its backends, how it schedules, its tenants' weights, and what programs may ask for beside a model. */
import { dirname } from 'node:path';
import { z } from 'zod';
import { ConfigurationError, explain, readYaml, TELLING_KEYS } from '../configuration/configuration.js';
import { environmentVariable, httpUrl, keyHeader } from '../configuration/endpoint.js';
import { locatedResources, resourcesSection, type ResourceSettings } from './resources/settings.js';
import { DEFAULT_SETTINGS, type SchedulerSettings } from './scheduling/types.js';

const D = DEFAULT_SETTINGS;
const name = z.string().regex(/^[A-Za-z0-9._-]{1,60}$/, 'letters, digits, ".", "_" and "-", 60 at most');
const tokens = z.int('a whole number of tokens').positive();
const share = z.number().gt(0).max(1, 'a share above 0, at most 1');
const ms = z.number().positive('milliseconds, above 0');

const backend = z.strictObject({
  name,
  /** The address before `/chat/completions`, such as `http://host:8000/v1`. */
  url: httpUrl,
  keyEnv: environmentVariable.optional(),
  keyHeader,
  /** Tokens of its KV cache; read from its metrics where this is absent, unlimited where they do not tell. */
  capacityTokens: tokens.optional(),
  /** Its metrics for Prometheus: a path on the server, or an address; `none` has none. */
  metrics: z.string().regex(/^(?:\/\S*|https?:\/\/\S+|none)$/, 'a path such as /metrics, an http:// address, or none').default('/metrics'), // prettier-ignore
  /** Calls that it may be asked at once. */
  mostRunning: z.int().positive().optional(),
  /** Models that it serves; what it lists itself when absent. */
  models: z.array(z.string().min(1)).min(1).optional(),
});

/** How a gateway schedules. */
export const schedulingSection = z
  .strictObject({
    highMark: share.default(D.highMark),
    lowMark: share.default(D.lowMark),
    marginTokens: z.int().min(0).default(D.marginTokens),
    blockTokens: tokens.default(D.blockTokens),
    holdMs: z.number().min(0).default(D.holdMs),
    forceAfterMs: ms.default(D.forceAfterMs),
    refuseAfterMs: ms.default(D.refuseAfterMs),
    leaseMs: ms.default(D.leaseMs),
    mostWaiting: z.int().positive().default(D.mostWaiting),
    mostPrograms: z.int().positive().default(D.mostPrograms),
    quantumTokens: tokens.default(D.quantumTokens),
    /** Bytes of a token until a server has counted some. */
    bytesPerToken: z.number().positive().default(3.5),
    /** Tokens kept free for an answer whose request sets no limit and gives no hint. */
    outputTokens: tokens.default(512),
  })
  .refine(({ lowMark, highMark }) => lowMark < highMark, { path: ['lowMark'], error: 'accepted: a share below highMark' })
  .refine(({ forceAfterMs, refuseAfterMs }) => forceAfterMs < refuseAfterMs, { path: ['forceAfterMs'], error: 'accepted: less than refuseAfterMs' }); // prettier-ignore

/** Tenants by name, with their weights. */
export const tenantsSection = z.record(name, z.strictObject({ weight: z.number().positive('a weight above 0').max(1e6) }));

const gatewayFile = z.strictObject({
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8080),
      /** The environment variable with the key that clients have to show; without it there is none. */
      keyEnv: environmentVariable.optional(),
      /** Host names under which it may be reached, beside addresses and localhost. */
      allowHosts: z.array(z.string().min(1)).default([]),
    })
    .prefault({}),
  backends: z
    .array(backend, 'a list of backends is expected, such as [{ name: a, url: http://127.0.0.1:8001/v1 }]')
    .min(1, 'at least one backend is expected')
    .refine((all) => new Set(all.map((each) => each.name)).size === all.length, { error: 'every backend needs a name of its own' })
    .refine((all) => new Set(all.map(({ url }) => url)).size === all.length, { error: 'every backend needs an address of its own: of one that stands there twice the cache would be counted twice' }), // prettier-ignore
  scheduling: schedulingSection.prefault({}),
  tenants: tenantsSection.default({}),
  resources: resourcesSection.optional(),
  limits: z
    .strictObject({
      /** Bytes of a request body. */
      bodyBytes: z.int().min(1024).max(1 << 30).default(16 << 20), // prettier-ignore
      /** How long a backend may be silent within a call, or a client take nothing of it, before the call is given up, in seconds. */
      silenceS: z.number().positive().max(86_400).default(600),
      /** How often backends are looked at, in seconds. */
      lookS: z.number().min(0.05).max(3600).default(2),
      /** How long a backend may take to answer a look, in seconds. */
      lookWithinS: z.number().min(0.05).max(600).default(5),
    })
    .prefault({}),
});

export type GatewaySettings = Omit<z.infer<typeof gatewayFile>, 'resources'> & { resources?: ResourceSettings };
export type BackendSettings = GatewaySettings['backends'][number];

/**
 * Checks a gateway's settings.
 * @param here the folder that paths in it are seen from @throws ConfigurationError with each thing that is wrong, where, and what is accepted
 */
export function parseGatewaySettings(raw: unknown, where: string, here = '.'): GatewaySettings {
  const parsed = gatewayFile.safeParse(raw, TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${where} is no gateway's file:\n${explain(parsed.error)}`);
  const { resources, ...rest } = parsed.data;
  return { ...rest, ...(resources === undefined ? {} : { resources: locatedResources(resources, here) }) };
}

/** The form of a gateway's file for other programs, such as editors. What parts of it have to be to each other is not in it. */
export function gatewayJsonSchema(): unknown {
  return z.toJSONSchema(gatewayFile, { io: 'input' });
}

/** Reads a gateway's file. @throws ConfigurationError */
export function readGatewaySettings(path: string): GatewaySettings {
  return parseGatewaySettings(readYaml(path), path, dirname(path));
}

/** What the scheduler is told of them. */
export function schedulerSettings({
  scheduling: { bytesPerToken: _, outputTokens: __, ...settings },
  tenants,
}: GatewaySettings): SchedulerSettings {
  return { ...settings, weights: Object.fromEntries(Object.entries(tenants).map(([tenant, { weight }]) => [tenant, weight])) };
}
