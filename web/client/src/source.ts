/**
 * Where the page's data comes from: the one place that knows. Its own server tells matches as they are played and lists what lies in the results
 * folder; a site of files (`tickbench report --site`) holds the same lists and traces as files beside the page, and nothing is live.
 */

/** Whether the page's files lie on any web server, without ours behind them. */
export const isFiles = document.querySelector('meta[name="tickbench-source"]')?.getAttribute('content') === 'files';

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** A recorded match under the results folder, or `board:HASH`, one of the board's. */
export const traceUrl = (path: string): string =>
  path.startsWith('board:') ? `api/v1/traces/${encoded(path.slice(6))}/file` : `${isFiles ? 'results' : 'traces'}/${encoded(path)}`;

/** Whether a board is kept behind this page. */
export async function hasBoard(): Promise<boolean> {
  if (isFiles) return false;
  const response = await fetch('health').catch(() => undefined);
  const told = (await response?.json().catch(() => undefined)) as { board?: unknown } | undefined;
  return told?.board === true;
}

/** A file of a finished sweep. @param modified ISO 8601: a browser must not show an older one */
export const reportUrl = (sweep: string, file: string, modified: string): string =>
  `results/${encoded(sweep)}/${file}${isFiles ? '' : `?${Date.parse(modified)}`}`;

const listUrl = (list: 'sweeps' | 'traces'): string => `api/${list}${isFiles ? '.json' : ''}`;

/** A list as it is now; undefined where it cannot be had. */
export async function listOnce<T>(list: 'sweeps' | 'traces'): Promise<T[] | undefined> {
  const response = await fetch(listUrl(list)).catch(() => undefined);
  return response?.ok ? ((await response.json().catch(() => undefined)) as T[] | undefined) : undefined;
}

/** How often lists are asked for again. */
const REFRESH_MS = 10_000;

/**
 * Asks for a list now, and from a server now and again while the page is open.
 * @param changed called with the list whenever it is another one than before; what cannot be had or read changes nothing
 */
export function follow<T>(list: 'sweeps' | 'traces', changed: (listings: T[]) => void): void {
  let shown = '';
  const refresh = async (): Promise<void> => {
    const response = await fetch(listUrl(list)).catch(() => undefined);
    if (!response?.ok) return;
    const text = await response.text();
    if (text === shown) return;
    shown = text;
    changed(JSON.parse(text) as T[]);
  };
  void refresh();
  if (!isFiles) setInterval(() => void refresh(), REFRESH_MS);
}
