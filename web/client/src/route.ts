/** What the address names after `#`: nothing (the live match), sweeps, one as it runs, a frontier, a configuration, recorded matches, one of them, or a seat to take. */
import { configurationAsk, frontierAsk, type ConfigurationAsk, type FrontierAsk } from './frontier/address.js';
import { boardAsk, type BoardAsk } from './board/address.js';
import { choiceOf, type Choice } from './matches/choice.js';

export type Route =
  /** `#/live?match=NAME`: one of the arena's, in place of the match server's. */
  | { page: 'live'; match?: string }
  /** `#/sweeps`: finished sweeps alone. */
  | { page: 'sweeps' }
  /** `#/sweep?sweep=NAME`: how far a sweep is. */
  | { page: 'sweep'; sweep: string }
  /** `#/frontier?sweep=...&task=...`: a sweep's frontier, to be pointed at. */
  | { page: 'frontier'; ask: FrontierAsk }
  /** `#/configuration?sweep=...&task=...&name=...`: one configuration of a sweep. */
  | { page: 'configuration'; ask: ConfigurationAsk }
  /** `#/matches?task=...&who=...`: recorded matches, some of them (matches/choice.ts). */
  | { page: 'matches'; choice: Choice }
  /** `#/board?task=...`: a table of the board, `#/entry?id=ID` one of its entries. */
  | { page: 'board'; ask: BoardAsk }
  | { page: 'entry'; id: string }
  /** `#/trace/FOLDER/FILE?frame=N`: a trace under the results folder. */
  | { page: 'trace'; path: string; frame: number | null }
  /** `#/compare?a=FOLDER/FILE&b=FOLDER/FILE`: two of them in step. */
  | { page: 'compare'; paths: [string, string] }
  /** `#/file/NAME?frame=N`: a file that was dropped on the page. */
  | { page: 'file'; name: string; frame: number | null }
  /** `#/play?server=ws://...&token=...`: a seat for whoever holds its token. */
  | { page: 'play'; server: string; token: string };

/** Reads an address's hash. What it does not know is the live page. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  const parameters = new URLSearchParams(query);
  const [, page, ...rest] = path.split('/');
  const name = rest.map(decoded).join('/');
  const asked = parameters.get('frame');
  const frame = asked !== null && /^\d{1,9}$/.test(asked) ? Number(asked) : null;
  const match = parameters.get('match');
  if (page === 'live' && match) return { page, match };
  if (page === 'sweeps') return { page };
  if (page === 'sweep') return { page, sweep: parameters.get('sweep') ?? '' };
  if (page === 'frontier') return { page, ask: frontierAsk(parameters) };
  if (page === 'configuration') return { page, ask: configurationAsk(parameters) };
  if (page === 'matches') return { page, choice: choiceOf(parameters) };
  if (page === 'board') return { page, ask: boardAsk(parameters) };
  if (page === 'entry') return { page, id: parameters.get('id') ?? '' };
  if (page === 'trace' && name !== '') return { page, path: name, frame };
  if (page === 'file' && name !== '') return { page, name, frame };
  const [a, b] = [parameters.get('a'), parameters.get('b')];
  if (page === 'compare' && a && b) return { page, paths: [a, b] };
  const [server, token] = [parameters.get('server'), parameters.get('token')];
  if (page === 'play' && server && token) return { page, server, token };
  return { page: 'live' };
}

/** The hash that names this frame of what is open. */
export function hashOf(route: Extract<Route, { page: 'trace' | 'file' }>, frame: number): string {
  const name = (route.page === 'trace' ? route.path : route.name).split('/').map(encodeURIComponent).join('/');
  return `#/${route.page}/${name}?frame=${frame}`;
}

/** The hash that names a match of the arena as it is played. */
export function liveHash(match: string): string {
  return `#/live?${new URLSearchParams({ match }).toString()}`;
}

/** The hash that names a sweep as it runs. */
export function courseHash(sweep: string): string {
  return `#/sweep?${new URLSearchParams({ sweep }).toString()}`;
}

/** The hash that names two matches in step. */
export function compareHash(a: string, b: string): string {
  return `#/compare?${new URLSearchParams({ a, b }).toString()}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
