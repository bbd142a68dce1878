/**
 * How requests reach a server: directly, or through the proxy that the environment names. Nothing is tried twice and no redirect is
 * followed: both would be time that nobody measured.
 */
import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { isLoopback } from '../host/loopback.js';
import { remembered } from '../host/remembered.js';
import { keepSecret } from '../host/secrets.js';
import { addressSecrets, basicAuthorization, callUrl } from './address.js';

/** An address, and how one proves who asks. */
export interface Destination {
  /** The address before `/chat/completions`. */
  url: string;
  apiKey?: string;
  /** The header that takes the key as it is, for servers that want no `Authorization: Bearer`, such as `api-key`. */
  keyHeader?: string;
  /** More headers of a chat completion: what a gateway is told of whose call it is. */
  headers?: Record<string, string>;
}

/** What came back: the status and headers, and a body that is still under way. */
export interface Reply {
  status: number;
  /** A status between 200 and 299. */
  ok: boolean;
  /** The status in words, by the standard; a server's own words are not kept. */
  statusText: string;
  /** Where it was asked. */
  url: string;
  /** A header's value, by its name in small letters; its values joined where it came several times. */
  header(name: string): string | undefined;
  /** All headers as they came, by their names in small letters. */
  headers: IncomingHttpHeaders;
  /** Its bytes. Destroying it closes the connection. */
  body: Readable;
}

/** The path of a chat completion. */
const CHAT = '/chat/completions';

/** What every request to an address needs of it. Each parsing of one takes part of a latency, so it is done once. */
const partsOf = remembered((url) => ({ secrets: addressSecrets(url), basic: basicAuthorization(url) }));
const chatUrl = remembered((url) => callUrl(url, CHAT));
const hostOf = remembered((url) => new URL(url).hostname);
const placeOf = remembered((url) => {
  const { origin, pathname, search } = new URL(url);
  return { origin, path: pathname + search };
});

/** Headers of every request to a server. The key in them, and keys in the address, are cut out of all texts from now on. */
export function headersOf({ url, apiKey, keyHeader }: Destination): Record<string, string> {
  const { secrets, basic } = partsOf(url);
  for (const secret of secrets) keepSecret(secret);
  if (basic !== undefined) keepSecret(basic.slice('Basic '.length));
  if (apiKey === undefined) return basic === undefined ? {} : { authorization: basic };
  keepSecret(apiKey);
  return keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey };
}

/** One GET below the address. */
export function get(to: Destination, path: string, signal: AbortSignal): Promise<Reply> {
  return send(callUrl(to.url, path), { method: 'GET', headers: { accept: 'application/json', ...headersOf(to) }, signal });
}

/** One chat completion asked for: a POST of JSON. */
export function askChat(to: Destination, body: unknown, signal: AbortSignal): Promise<Reply> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json', ...to.headers, ...headersOf(to) };
  return send(chatUrl(to.url), { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/** A POST below the address of a body as it is, whoever wrote it. @param headers beside those that prove who asks */
export function postBytes(
  to: Destination,
  path: string,
  { headers, body, signal }: { headers: Record<string, string>; body: Buffer; signal: AbortSignal },
): Promise<Reply> {
  return send(callUrl(to.url, path), { method: 'POST', headers: { ...headers, ...headersOf(to) }, body, signal });
}

type Sending = Pick<Dispatcher.RequestOptions, 'method' | 'body'> & { headers: Record<string, string>; signal: AbortSignal };

/** How long a call may take is for its signal alone to say. */
const NO_LIMITS = { headersTimeout: 0, bodyTimeout: 0 };

/**
 * Sends by undici's dispatcher, which `fetch` itself is built on: on one machine that saves 0.7 ms of every call's latency. Compressed answers
 * are not asked for: they would come in blocks instead of pieces.
 */
async function send(url: string, { headers, ...rest }: Sending): Promise<Reply> {
  const got = await dispatcherFor(proxyFor(url)).request({
    ...placeOf(url),
    ...rest,
    headers: { 'accept-encoding': 'identity', 'user-agent': 'tickbench', ...headers },
  });
  const { statusCode: status, headers: answered, body } = got;
  body.on('error', () => undefined); // whoever reads the body is told; a body that is given up has nobody to tell
  return {
    status,
    ok: status >= 200 && status < 300,
    statusText: STATUS_CODES[status] ?? '',
    url,
    header: (name) => {
      const value = answered[name];
      return Array.isArray(value) ? value.join(', ') : value;
    },
    headers: answered,
    body,
  };
}

const dispatchers = new Map<string | undefined, Dispatcher>();

/** Connections to servers directly, or through a proxy: kept open between calls. */
function dispatcherFor(proxy: string | undefined): Dispatcher {
  let dispatcher = dispatchers.get(proxy);
  if (!dispatcher) {
    if (proxy === undefined) dispatcher = new Agent(NO_LIMITS);
    else {
      for (const secret of addressSecrets(proxy)) keepSecret(secret);
      dispatcher = new ProxyAgent({ uri: proxy, ...NO_LIMITS });
    }
    dispatchers.set(proxy, dispatcher);
  }
  return dispatcher;
}

/** Whether an address is on this machine, so that a server there competes for its cores. */
export function isLocal(url: string): boolean {
  return isLoopback(hostOf(url));
}

/**
 * The proxy that requests to an address go through: HTTPS_PROXY or HTTP_PROXY by the address's scheme, else ALL_PROXY, unless NO_PROXY
 * names its host. This machine's own addresses are never reached through one.
 */
export function proxyFor(url: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const proxy = namedProxy(url, environment);
  return proxy !== undefined && isUsable(proxy) ? proxy : undefined;
}

/** What is to be said of a proxy: through which one requests go, or that one that the environment names is not used; undefined without. */
export function proxyNote(url: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const proxy = namedProxy(url, environment);
  if (proxy === undefined) return undefined;
  if (isUsable(proxy))
    return `calls go through the proxy ${new URL(proxy).host}, which the environment names; its time is in the latencies`;
  return 'the environment names a proxy that is NOT used: only http:// and https:// proxies are';
}

function namedProxy(url: string, environment: NodeJS.ProcessEnv): string | undefined {
  if (isLocal(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const variable = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const proxy = variable(protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? variable('ALL_PROXY');
  if (proxy === undefined) return undefined;
  const isSpared = (variable('NO_PROXY') ?? '').split(/[\s,]+/).some((entry) => entry !== '' && covers(entry, hostname, port));
  if (isSpared) return undefined;
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

const isUsable = (proxy: string): boolean => /^https?:/i.test(proxy) && URL.canParse(proxy);

/** Whether an entry of NO_PROXY (`*`, `host`, `.domain`, `*.domain`, `host:port`) covers a host. */
function covers(entry: string, hostname: string, port: string): boolean {
  if (entry === '*') return true;
  const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(entry.toLowerCase());
  const name = parts?.[1] ?? `[${entry.toLowerCase()}]`; // an IPv6 address without its brackets
  const only = parts?.[2];
  if (only !== undefined && only !== port) return false;
  const host = hostname.toLowerCase();
  const domain = name.replace(/^\*?\./, '');
  return host === domain || host.endsWith(`.${domain}`);
}
