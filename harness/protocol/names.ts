/**
 * Which web pages may speak to a server of ours. A page of another origin can reach a server on this machine through its visitor's browser:
 * directly, or by a name of its own that it points here (DNS rebinding). So a request must name this server by an address or by a name
 * that was allowed, and a page must come from this server or from an origin that was allowed.
 */
import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** The names and origins that a server answers to. */
export class AllowedNames {
  private readonly names = new Set<string>(['localhost', hostname().toLowerCase()]);
  private readonly origins = new Set<string>();

  /** @param names host names beside addresses, localhost and this machine's own: what it listens on, and what it was told to allow */
  constructor(names: readonly string[] = []) {
    for (const name of names) this.names.add(name.toLowerCase());
  }

  /** Lets the pages of an origin in; one on a loopback address is let in by every loopback name. @param url a page's address */
  allowPage(url: string): void {
    const { protocol, port, origin, hostname: name } = new URL(url);
    this.origins.add(origin);
    if (LOOPBACK.includes(name)) for (const other of LOOPBACK) this.origins.add(`${protocol}//${other}${port === '' ? '' : `:${port}`}`);
  }

  /** Why a request is not answered, or null when it is. */
  fault({ host, origin }: { host?: string; origin?: string }): string | null {
    const named = host === undefined ? null : parse(`http://${host}`);
    if (!named) return `Host: ${shown(host)} is no host name; accepted: the address or the name of this server`;
    if (!this.knows(named.hostname))
      return `Host: ${shown(named.hostname)} is not a name of this server; accepted: an IP address, localhost, or a name that it was told to allow (--allow-host; allowHosts in a gateway's file)`;
    if (origin === undefined || this.origins.has(origin)) return null;
    // Compared under the page's own scheme, so that a default port is the same whether it is written or not.
    const page = parse(origin);
    if (page && page.host === parse(`${page.protocol}//${host}`)?.host) return null;
    return `Origin: ${shown(origin)} is another site's page; accepted: this server's own pages, and programs, which send no Origin`;
  }

  private knows(name: string): boolean {
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name.endsWith('.localhost') || this.names.has(name);
  }
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null;
}

/** What a stranger sent, fit for a line of text. */
function shown(text: string | undefined): string {
  return text === undefined ? '(none)' : JSON.stringify(text.slice(0, 100));
}
