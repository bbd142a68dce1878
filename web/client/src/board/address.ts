/** What the address of the board's pages asks for: `#/board?task=...` a table of entries, `#/entry?id=ID` one of them. */

/** Which table; what is empty is the first there is. */
export type BoardAsk = Record<(typeof ASKS)[number], string>;
const ASKS = ['task', 'rules', 'plan', 'terms', 'division', 'host'] as const;

export function boardAsk(parameters: URLSearchParams): BoardAsk {
  return Object.fromEntries(ASKS.map((name) => [name, parameters.get(name) ?? ''])) as BoardAsk;
}

/** The address of a table. */
export function boardAddress(ask: Partial<BoardAsk>): string {
  const query = new URLSearchParams(ASKS.filter((name) => ask[name]).map((name) => [name, ask[name]!])).toString();
  return `#/board${query === '' ? '' : `?${query}`}`;
}

/** The address of an entry. */
export const entryAddress = (id: string): string => `#/entry?${new URLSearchParams({ id }).toString()}`;
