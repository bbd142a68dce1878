/**
 * What a configuration is on a task, whatever it is called: a hash of everything that could change what it answers or how fast. For a
 * model of ours the content of its files and the build of the engine; for one elsewhere its address and name; for both every
 * request field, the prompt's text and the parser.
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ANSWER_READING } from '../../envs/answer/version.js';
import type { AnyTask, Json } from '../../envs/environment.js';
import type { Configuration } from '../configuration/configuration.js';
import { isTeam, type Setup, type Team } from '../configuration/team.js';
import { hashOf } from '../configuration/hash.js';
import { loadPrompt, promptFor } from '../configuration/prompts.js';
import { redactJson } from '../host/secrets.js';
import { identifyEmbedded, modelFolder, type EmbeddedIdentity } from '../endpoints/start.js';

/** Goes up when the harness itself asks, times or lands answers in another way: what was played before is then played anew. */
const HARNESS = 1;

/** Goes up when teams choose, learn or advise in another way. */
const TEAMS = 1;

/**
 * The identity of what plays a seat on a task, 16 hexadecimal digits: a team's holds those of all its members.
 * @throws EndpointError for a model that cannot be loaded, PromptError
 */
export async function identityOf(setup: Setup, task: AnyTask): Promise<string> {
  return isTeam(setup) ? await teamIdentity(setup, task) : await configurationIdentity(setup, task);
}

async function teamIdentity(team: Team, task: AnyTask): Promise<string> {
  const members = await Promise.all(
    team.members.map(async ({ role, configuration }) => [role, await configurationIdentity(configuration, task)]),
  );
  const { glance } = task;
  return hashOf(
    {
      teams: TEAMS,
      team: team.team,
      members,
      ...(team.team === 'adaptive' ? { glance: glance && [glance.version, glance.situations, glance.creditUs] } : {}),
      how: how(team, task),
    },
    16,
  );
}

/** How a team plays together on a task. */
function how(team: Team, task: AnyTask): Json {
  if (team.team === 'two-thread') return { advice: team.advising };
  return team.learning ? { learn: team.learning as unknown as Json } : { rule: team.rules?.[task.name] ?? null };
}

async function configurationIdentity(configuration: Configuration, task: AnyTask): Promise<string> {
  return hashOf(await identified(configuration, task), 16);
}

/**
 * What an identity is made of, part by part: a hash of each, by what people call it. By it two hosts that came to different identities of one
 * configuration know what they differ in. A team's parts carry the role of their member.
 * @throws EndpointError for a model that cannot be loaded, PromptError
 */
export async function identityParts(setup: Setup, task: AnyTask): Promise<Record<string, string>> {
  if (!isTeam(setup)) return await configurationParts(setup, task);
  const parts: Record<string, string> = { team: hashOf(how(setup, task)) };
  for (const { role, configuration } of setup.members)
    for (const [name, hash] of Object.entries(await configurationParts(configuration, task))) parts[`${name} (${role})`] = hash;
  return parts;
}

async function configurationParts(configuration: Configuration, task: AnyTask): Promise<Record<string, string>> {
  const { endpoint } = configuration;
  const { model, kind, ...rest } = await identified(configuration, task);
  const parts = Object.entries(rest).filter(([, value]) => value !== undefined);
  const hashes = Object.fromEntries(parts.map(([name, value]) => [name, hashOf(value)]));
  if (endpoint.kind !== 'embedded') return { endpoint: hashOf([kind, model]), ...hashes };
  const { files, precision, engine } = await modelIdentity(endpoint);
  const { threads, prefixCache } = endpoint;
  return { ...files, 'precision map': precision, 'engine build': engine, endpoint: hashOf([kind, threads, prefixCache]), ...hashes };
}

/** Everything of a configuration that could change what it answers or how fast, as its identity is made of it. */
async function identified(configuration: Configuration, task: AnyTask): Promise<{ [part: string]: unknown }> {
  const { endpoint, request, prompt, parser } = configuration;
  const template = loadPrompt(task, promptFor(task, prompt));
  const model =
    endpoint.kind === 'embedded'
      ? { identity: (await modelIdentity(endpoint)).identity, threads: endpoint.threads, prefixCache: endpoint.prefixCache }
      : {
          url: publicUrl(endpoint.url),
          model: endpoint.model,
          extra: endpoint.extra,
          ...(endpoint.kind === 'command' ? { command: endpoint.command } : {}),
          ...(endpoint.gateway ? { gateway: true } : {}), // it is told more, and serves the calls in another order for it
        };
  return {
    harness: HARNESS,
    kind: endpoint.kind,
    model,
    request,
    prompt: { system: template.system, user: template.fill('{{state}}').user },
    parser,
    reading: ANSWER_READING,
    guided: request.guided ? task.planSchema() : undefined,
  };
}

/** What a trace may show of what plays a seat: no key, and no path or command line of this machine. */
export function shownConfiguration(setup: Setup, task: AnyTask): { [key: string]: Json | undefined } {
  if (isTeam(setup)) {
    const members = setup.members.map(({ role, configuration }) => [role, shownConfiguration(configuration, task)] as const);
    return { team: setup.team, members: Object.fromEntries(members), ...(how(setup, task) as { [key: string]: Json }) };
  }
  const configuration = setup;
  const { endpoint, request, parser } = configuration;
  const prompt = promptFor(task, configuration.prompt);
  return {
    endpoint: shownEndpoint(endpoint) as Json,
    request: request as unknown as Json,
    prompt: basename(prompt),
    ...(parser === undefined ? {} : { parser }),
  };
}

function shownEndpoint(endpoint: Configuration['endpoint']): Json {
  if (endpoint.kind === 'embedded') {
    const { kind, model, precision, threads, prefixCache } = endpoint;
    return { kind, model: basename(model), precision: precision as Json, threads, prefixCache };
  }
  const { kind, url, model, extra } = endpoint;
  return redactJson({ kind, url: publicUrl(url), model, extra: withoutSecrets(extra) });
}

/** Names of fields and of query parameters whose values are secrets. */
const SECRET = /(?:^|[-_])(?:api-?_?key|key|token|secret|password|passwd|auth|authorization|signature|sig|credentials?)$|apikey$/i;

/** An address without the user, password and secret query parameters in it. */
export function publicUrl(url: string): string {
  const parsed = new URL(url);
  if (parsed.username !== '' || parsed.password !== '') [parsed.username, parsed.password] = ['', ''];
  for (const name of [...parsed.searchParams.keys()]) if (SECRET.test(name)) parsed.searchParams.delete(name);
  return parsed.href.replace(/\/$/, '');
}

function withoutSecrets(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, SECRET.test(key) ? '(not shown)' : withoutSecrets(member ?? null)]),
  );
}

const known = new Map<string, Promise<EmbeddedIdentity>>();

/** The engine's own hashes of a model's files, its precision map and its build; made once a process while the files stay as they are. */
async function modelIdentity(endpoint: Extract<Configuration['endpoint'], { kind: 'embedded' }>): Promise<EmbeddedIdentity> {
  const folder = modelFolder(endpoint.model);
  const files = readdirSync(folder).map((name) => {
    const { ino, size, mtimeMs } = statSync(join(folder, name), { throwIfNoEntry: false }) ?? {};
    return [name, ino, size, mtimeMs];
  });
  const key = hashOf([folder, endpoint.precision, files], 64);
  let identity = known.get(key);
  if (!identity) {
    identity = identifyEmbedded(endpoint);
    known.set(key, identity);
    identity.catch(() => known.delete(key)); // what failed may have been the host's doing: it is tried again
  }
  return await identity;
}
