/**
 * How the page that shows two recorded matches speaks to the two pages in it, each of which shows one: they say how long their match is, and are
 * told the world time to show. Both are pages of this site; messages of anybody else are not heard.
 */

/** What a page in it says once its match is open; `failed`: why it cannot be. */
export type FromInside = { tickbench: 'opened'; endUs: number; title: string } | { tickbench: 'failed'; why: string };
/** What it is told. */
export type ToInside = { tickbench: 'show'; us: number };

/** Whether this page stands in a page of two matches. */
export const isInside = new URLSearchParams(location.search).has('inside') && window.parent !== window;

/** Hears messages of one window of this site. @returns how to stop */
export function hear<M extends { tickbench: string }>(from: () => Window | null, told: (message: M) => void): () => void {
  const listener = (event: MessageEvent<unknown>): void => {
    if (event.origin !== location.origin || event.source !== from()) return;
    const { data } = event;
    if (typeof data === 'object' && data !== null && 'tickbench' in data) told(data as M);
  };
  addEventListener('message', listener);
  return () => removeEventListener('message', listener);
}

export function tell<M extends FromInside | ToInside>(window: Window | null, message: M): void {
  window?.postMessage(message, location.origin);
}
