/**
 * How requests reach a server: directly, or through the proxy that the environment names. Nothing is tried twice and no redirect is
 * followed: both would be time that nobody measured.
 */
import { keepSecret } from '../host/secrets.js';
import { addressSecrets, basicAuthorization, callUrl } from './address.js';

/** An address, and how one proves who asks. */
export interface Destination {
  /** The address before `/chat/completions`. */
  url: string;
  apiKey?: string;
  /** The header that takes the key as it is, for servers that want no `Authorization: Bearer`, such as `api-key`. */
  keyHeader?: string;
}

/** Headers of every request to a server. The key in them, and keys in the address, are cut out of all texts from now on. */
export function headersOf({ url, apiKey, keyHeader }: Destination): Record<string, string> {
  for (const secret of addressSecrets(url)) keepSecret(secret);
  const basic = basicAuthorization(url);
  if (basic !== undefined) keepSecret(basic.slice('Basic '.length));
  if (apiKey === undefined) return basic === undefined ? {} : { authorization: basic };
  keepSecret(apiKey);
  return keyHeader === undefined ? { authorization: `Bearer ${apiKey}` } : { [keyHeader]: apiKey };
}

/** One GET below the address. */
export function get(to: Destination, path: string, signal: AbortSignal): Promise<Response> {
  return send(callUrl(to.url, path), { headers: { accept: 'application/json', ...headersOf(to) }, redirect: 'manual', signal });
}

/** One POST of JSON below the address. */
export function post(to: Destination, path: string, body: unknown, signal: AbortSignal): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept: 'text/event-stream, application/json', ...headersOf(to) };
  return send(callUrl(to.url, path), { method: 'POST', headers, body: JSON.stringify(body), redirect: 'manual', signal });
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const proxy = proxyFor(url);
  return proxy === undefined ? fetch(url, init) : (await throughProxy(proxy))(url, init);
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const agents = new Map<string, Promise<Fetch>>();

/** A `fetch` through a proxy. The library is loaded only where there is one: Node's own fetch knows none before version 24. */
function throughProxy(proxy: string): Promise<Fetch> {
  let agent = agents.get(proxy);
  if (!agent) {
    for (const secret of addressSecrets(proxy)) keepSecret(secret);
    agent = import('undici').then(({ fetch: fetchBy, ProxyAgent }) => {
      const dispatcher = new ProxyAgent(proxy);
      return ((url, init) => fetchBy(url, { ...(init as object), dispatcher }) as unknown as Promise<Response>) satisfies Fetch;
    });
    agents.set(proxy, agent);
  }
  return agent;
}

const LOOPBACK = /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0)$/i;

/** Whether an address is on this machine, so that a server there competes for its cores. */
export function isLocal(url: string): boolean {
  return LOOPBACK.test(new URL(url).hostname);
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
  const { protocol, hostname, port } = new URL(url);
  if (LOOPBACK.test(hostname)) return undefined;
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
