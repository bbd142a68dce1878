/**
 * The first contact with an endpoint: finds out by one call whether the address, the model's name, the key and the fields of the request
 * are what the server takes, and when they are not, what it would take. A list of models only helps to say it.
 */
import { z } from 'zod';
import type { RequestSettings } from '../configuration/endpoint.js';
import { tidyAddress, withVersion } from './address.js';
import { beginningOf, streamChat, type ChatCall, type ChatTarget } from './call.js';
import type { CallBudget } from './budget.js';
import { connectionTrouble, EndpointError } from './errors.js';
import { Patience, type PatienceOptions } from './patience.js';
import { addAccount, type StreamAccount } from './reading.js';
import { oneLine } from './refusal.js';
import { acceptedSettings, isRefusedRequest, requestLine, type SettingChange } from './settings.js';
import { get, proxyNote } from './transport.js';

/** How long a look at a list of models may take, in milliseconds. */
const LOOK_MS = 10_000;

/** How long a first call may take where nothing says that the server has its model loaded. */
const FIRST_CALL_MS = 120_000;

/** Tokens of the first call: some servers take no fewer. */
const FIRST_CALL_TOKENS = 16;

/** Most names of a list that are shown. */
const SHOWN_MODELS = 12;

export interface Seen {
  /** HTTP status; undefined when there was no answer. */
  status?: number;
  /** Why there was none. */
  trouble?: string;
  body?: unknown;
}

/** One GET below an address, bounded in time, never throwing. */
export async function look(target: Pick<ChatTarget, 'url' | 'apiKey' | 'keyHeader'>, path: string, timeoutMs = LOOK_MS): Promise<Seen> {
  try {
    const response = await get(target, path, AbortSignal.timeout(timeoutMs));
    return { status: response.status, body: parseJson(await beginningOf(response, 8 * 1024 * 1024)) };
  } catch (error) {
    const { name, message, cause } = error as Error;
    if (name === 'TimeoutError') return { trouble: `no answer within ${timeoutMs / 1000} s` };
    return { trouble: oneLine(connectionTrouble(error) ?? (cause instanceof Error && cause.message !== '' ? cause.message : message)) };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const modelEntry = z.union([
  z.string(),
  z.looseObject({ id: z.string() }).transform(({ id }) => id),
  z.looseObject({ name: z.string() }).transform(({ name }) => name),
]);
const modelList = z.union([
  z.looseObject({ data: z.array(modelEntry) }).transform(({ data }) => data),
  z.looseObject({ models: z.array(modelEntry) }).transform(({ models }) => models),
  z.array(modelEntry),
]);

/** The models a server lists; undefined when it has no list that can be read. @throws EndpointError when nothing answers */
export async function listModels(target: Pick<ChatTarget, 'url' | 'apiKey' | 'keyHeader'>): Promise<string[] | undefined> {
  let seen = await look(target, '/models');
  // A connection kept from before may have been closed by a server that was started anew.
  if (/connection was (?:closed|reset)/.test(seen.trouble ?? '')) seen = await look(target, '/models');
  if (seen.status === undefined) {
    const proxy = proxyNote(target.url);
    throw new EndpointError(`no endpoint at ${target.url}: ${seen.trouble}${proxy === undefined ? '' : ` (${proxy})`}`);
  }
  const parsed = modelList.safeParse(seen.body);
  return seen.status === 200 && parsed.success && parsed.data.length > 0 ? parsed.data : undefined;
}

/** What the first contact came to. */
export interface Contact {
  /** The address, name and key header that the server takes. */
  target: ChatTarget;
  /** The settings that it takes, and what had to be left out for that. */
  settings: RequestSettings;
  changes: SettingChange[];
  listed?: string[];
  /** The last call made; its error when none succeeded. */
  call: ChatCall;
  calls: number;
  /** What is not as the configuration says, in sentences. */
  notes: string[];
}

/** How the first contact is made. */
export interface ContactOptions {
  patience?: PatienceOptions;
  budget?: CallBudget;
  /** Takes up what stood in the streams. */
  account?: StreamAccount;
}

/** Makes the first call, and when it is refused finds out what would not be. @throws EndpointError when nothing answers at the address */
export async function firstContact(
  given: ChatTarget,
  wanted: RequestSettings,
  { patience = {}, budget, account }: ContactOptions = {},
): Promise<Contact> {
  let target = given;
  let calls = 0;
  const notes: string[] = [];
  const listed = await listModels(target);
  const known = listed?.includes(target.model) ?? false;
  const limits = { maxTokens: Math.min(wanted.maxTokens, FIRST_CALL_TOKENS), timeoutMs: known ? wanted.timeoutMs : FIRST_CALL_MS };
  const ask = async (at: ChatTarget, settings: RequestSettings): Promise<ChatCall> => {
    const waits = new Patience(patience);
    for (;;) {
      calls++;
      const made = await streamChat(at, [{ role: 'user', content: 'Hi' }], { ...settings, ...limits, guided: false }, undefined, {
        signal: patience.signal,
        lingerMs: 500,
        budget,
      });
      if (account) addAccount(account, made.account);
      if (!(await waits.after(made.error))) return made;
    }
  };
  let call = await ask(target, wanted);
  const versioned = withVersion(target.url);
  if (isOtherPath(call) && versioned !== undefined) {
    const elsewhere = { ...target, url: versioned };
    const there = await ask(elsewhere, wanted);
    if (!isOtherPath(there)) {
      notes.push(`the API is at ${versioned}`);
      [target, call] = [elsewhere, there];
    }
  }
  if (isKeyRefused(call) && target.apiKey !== undefined && target.keyHeader === undefined)
    for (const keyHeader of ['api-key', 'x-api-key']) {
      const otherwise = { ...target, keyHeader };
      const there = await ask(otherwise, wanted);
      if (isKeyRefused(there)) continue;
      notes.push(`the key goes into the header ${keyHeader}`);
      [target, call] = [otherwise, there];
      break;
    }
  let settings = wanted;
  let changes: SettingChange[] = [];
  if (isRefusedRequest(call)) {
    const found = await acceptedSettings((other) => ask(target, other), settings, call);
    if (found) ({ call, settings, changes } = found);
  }
  return { target, settings, changes, listed, call, calls, notes };
}

/** Nothing of the API is at this path: not the same as a model that is not there, which the server says in JSON. */
function isOtherPath({ error }: ChatCall): boolean {
  return error?.status === 404 || error?.status === 405 || (error?.kind === 'nonsense' && error.status === undefined);
}

function isKeyRefused({ error }: ChatCall): boolean {
  return error?.status === 401 || error?.status === 403;
}

/**
 * Makes sure that an endpoint can be played with as it is configured. A failure that may pass (busy, broken, slow) is left to the match
 * where the server lists the model. @returns the target as it answers @throws EndpointError saying what to write instead
 */
export async function requireContact(
  given: ChatTarget,
  wanted: RequestSettings,
  keyEnv: string | undefined,
  patience: PatienceOptions = {},
  budget?: CallBudget,
): Promise<Contact> {
  const contact = await firstContact(given, wanted, { patience, budget });
  const { target, changes } = contact;
  const { url } = target;
  if (target.keyHeader !== given.keyHeader)
    throw new EndpointError(
      `the server at ${url} refuses the key as "Authorization: Bearer" and takes it otherwise; write: keyHeader: ${target.keyHeader}`,
    );
  if (changes.length > 0) {
    const refused = changes.map(({ field }) => field).join(' and ');
    throw new EndpointError(
      `the server at ${url} refuses the request's ${refused}. It answers with this in the configuration:\n  ${requestLine(changes)}`,
    );
  }
  const fault = contactFault(contact, given, keyEnv);
  if (fault) throw fault;
  const proxy = proxyNote(url);
  for (const note of [...contact.notes, ...(proxy === undefined ? [] : [proxy])]) patience.say?.(note);
  return contact;
}

/** Why nothing can be asked at all; undefined when calls succeed, or may succeed later. */
export function contactFault({ target, call, listed }: Contact, given: ChatTarget, keyEnv: string | undefined): EndpointError | undefined {
  const { error } = call;
  if (!error) return undefined;
  const { url, model } = given;
  if (error.kind === 'cancelled') return new EndpointError(`stopped before the endpoint at ${url} had answered`);
  if (isKeyRefused(call)) {
    const key = keyEnv
      ? `the key in ${keyEnv}`
      : 'a request without a key; name the environment variable that holds one (keyEnv, --key-env)';
    return new EndpointError(`the server at ${url} refuses ${key} (HTTP ${error.status}): ${error.message}`);
  }
  const definite = error.status !== undefined && error.status < 500 && error.status !== 408 && error.status !== 429;
  const isListed = listed?.includes(model) ?? false;
  if (isListed && !definite) return undefined;
  const offers = isListed ? '' : listed ? `; it offers: ${offered(listed, model)}` : '; it lists no models';
  return new EndpointError(`the server at ${target.url} does not answer as "${model}": ${error.label}: ${error.message}${offers}`);
}

/** Names of a list for a message, those that look like the wanted one first. */
export function offered(listed: readonly string[], wanted: string): string {
  const plain = (name: string): string =>
    name
      .toLowerCase()
      .replace(/^.*\//, '')
      .replace(/:.*$|\.gguf$/g, '');
  const near = (name: string): boolean => plain(name).includes(plain(wanted)) || plain(wanted).includes(plain(name));
  const names = [...listed.filter(near), ...listed.filter((name) => !near(name))];
  const shown = names.slice(0, SHOWN_MODELS).map((name) => oneLine(name, 80));
  return shown.join(', ') + (names.length > SHOWN_MODELS ? ` and ${names.length - SHOWN_MODELS} more` : '');
}

/** The address as it was pasted, tidied. @throws EndpointError for what is none */
export function readAddress(text: string): string {
  if (!/^\s*https?:\/\/[^\s/]+/i.test(text) || !URL.canParse(text.trim()))
    throw new EndpointError(`"${text}" is no address: http://host:8000/v1, say`);
  return tidyAddress(text);
}
