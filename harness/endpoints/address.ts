/**
 * Addresses of endpoints, as people paste them: with or without `/chat/completions`, with a query, with a name and a password.
 */

/** Ends of paths that name one call of the API and not the API. */
const CALL_PATHS = /\/(?:chat\/completions|completions|responses|embeddings|models)\/?$/i;

/**
 * An address as the rest of the program uses it: without the path of a call and without a last slash; a query stays.
 * `http://host:8000/v1/chat/completions/?api-version=2` becomes `http://host:8000/v1?api-version=2`.
 */
export function tidyAddress(text: string): string {
  const url = new URL(text.trim());
  url.hash = '';
  let path = url.pathname.replace(/\/+$/, '');
  while (CALL_PATHS.test(path)) path = path.replace(CALL_PATHS, '').replace(/\/+$/, '');
  const rest = `${path}${url.search}`;
  url.search = '';
  url.pathname = '/';
  return `${url.href.replace(/\/$/, '')}${rest}`;
}

/** Where a request goes: the address with a path behind its own and before its query, and without a name and password. */
export function callUrl(address: string, path: string): string {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  url.username = '';
  url.password = '';
  return url.href;
}

/** The header that the address's own name and password ask for; undefined without them. */
export function basicAuthorization(address: string): string | undefined {
  const { username, password } = new URL(address);
  if (username === '' && password === '') return undefined;
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(plain).toString('base64')}`;
}

/** Parts of an address that are secret: its password, and the values of its query that are named like keys. */
export function addressSecrets(address: string): string[] {
  const url = new URL(address);
  const named = [...url.searchParams].filter(([name]) => /key|token|secret|sig|auth|pass|code/i.test(name)).map(([, value]) => value);
  return [decodeURIComponent(url.password), ...named].filter((value) => value !== '');
}

/** The same address below `/v1`, where most servers have the API; undefined when it is there already. */
export function withVersion(address: string): string | undefined {
  const url = new URL(address);
  if (/\/v\d+[a-z0-9]*(?:\/|$)/i.test(url.pathname)) return undefined;
  return tidyAddress(callUrl(address, '/v1'));
}
