/**
 * The page: the live match, and what its address names instead (route.ts): recorded matches, sweeps, frontiers, the board, a seat to take. Matches are
 * drawn once a browser frame at most, only when something came.
 */
import { hear, isInside, tell, type FromInside, type ToInside } from './compare/link.js';
import { CompareScreen } from './compare/screen.js';
import { BoardPages } from './board/pages.js';
import { byId, setHidden } from './element.js';
import type { CoursePage } from './course/load.js';
import type { FrontierPages } from './frontier/load.js';
import { Header } from './header.js';
import { connect } from './live.js';
import { Notice } from './notice.js';
import { MatchesList } from './matches/list.js';
import { MatchPanel } from './panel.js';
import type { ReplayScreen } from './replay/load.js';
import { hashOf, routeOf, type Route } from './route.js';
import { hasBoard, isFiles, traceUrl } from './source.js';
import { showSweeps } from './sweeps.js';
import { loadPlay, type PlayScreen } from './tasks.js';
import { Watched } from './watched.js';
import type { WorldView } from './world.js';

let live = new Watched();
/** The stream that is watched: of which match of the arena, if it is one of those. */
let stream: { match?: string; close(): void } | undefined;
const header = new Header();
const notice = new Notice();
const panel = new MatchPanel(schedule);
/** Files dropped on the page, by name, as long as the page is open. */
const files = new Map<string, File>();
let view: WorldView | undefined;
let shownMatch: string | undefined;
let replay: ReplayScreen | undefined;
/** The seat taken on this page, and whose it is. */
let playing: { token: string; screen?: PlayScreen } | undefined;
/** What is open, without its frame; a recorded match that is still being read is open too. */
let opened = '';
let scheduled = false;
const board = new BoardPages();
let frontier: FrontierPages | undefined;
let course: CoursePage | undefined;
let compared: { name: string; screen: CompareScreen } | undefined;

function draw(): void {
  scheduled = false;
  const recorded = opened !== '';
  const watched = recorded ? (replay?.watched ?? new Watched()) : live;
  if (recorded) watched.progress = live.progress;
  header.draw(watched, recorded);
  if (!recorded || replay) notice.draw(watched, recorded);
  panel.draw(watched);
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(draw);
}

function begin(): void {
  const { match } = live;
  if (!match || opened !== '' || match.id === shownMatch) return;
  shownMatch = match.id;
  view = panel.begin(match);
}

/** Leaves a recorded match, or the live one, for what the address names now. */
async function follow(): Promise<void> {
  const route = routeOf(location.hash);
  // What was watched last goes on beside the other pages.
  if (!isFiles && !isInside && (route.page === 'live' || !stream)) watchLive(route.page === 'live' ? route.match : undefined);
  const name = route.page === 'trace' ? `trace/${route.path}` : route.page === 'file' ? `file/${route.name}` : '';
  await play(route);
  turnTo(route);
  void showFrontier(route);
  void showCourse(route);
  void board.show(route.page === 'board' ? { table: route.ask } : route.page === 'entry' ? { id: route.id } : undefined);
  compare(route);
  if (name !== '' && name === opened) {
    if (replay && 'frame' in route && route.frame !== null) replay.seek(route.frame);
    return;
  }
  if (name === opened) return;
  replay?.close();
  replay = undefined;
  opened = name;
  view = shownMatch = undefined;
  panel.clear();
  for (const id of ['transport', 'decisions']) setHidden(byId(id), true);
  // What was chosen low in a list is shown at the page's top: there it must be looked for by nobody.
  scrollTo({ top: 0 });
  if (route.page === 'trace' || route.page === 'file') await open(route, name);
  else begin();
  schedule();
}

/** Opens two matches in step where the address names two, and leaves them where it does not. */
function compare(route: Route): void {
  const name = route.page === 'compare' ? route.paths.join('\n') : '';
  if (name === (compared?.name ?? '')) return;
  compared?.screen.close();
  compared = undefined;
  if (route.page !== 'compare') return;
  compared = { name, screen: new CompareScreen(route.paths) };
  document.querySelector('main')!.prepend(compared.screen.element);
}

/** Shows the lists that belong to the page (style/page.css hides the others), and which page it is. */
function turnTo(route: Route): void {
  document.body.dataset.page = route.page;
  if (route.page === 'matches') recorded.show(route.choice);
  const [, named = ''] = location.hash.replace(/\?.*/, '').split('/');
  for (const link of byId('pages').querySelectorAll('a')) {
    // A configuration belongs to its frontier, an entry to its board, one sweep to all.
    const isThis =
      link.hash ===
      `#/${({ configuration: 'frontier', entry: 'board', sweep: 'sweeps', live: '' } as Record<string, string>)[named] ?? named}`;
    if (isThis) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** Shows a sweep's frontier, or one of its configurations, where the address names one; what draws them is loaded when it is first asked for. */
async function showFrontier(route: Route): Promise<void> {
  const asked = route.page === 'frontier' || route.page === 'configuration' ? route : undefined;
  setHidden(byId('frontier'), !asked);
  if (asked && !frontier) {
    const { FrontierPages } = await import('./frontier/load.js');
    frontier ??= new FrontierPages();
    // Another page may have been turned to meanwhile.
    return showFrontier(routeOf(location.hash));
  }
  frontier?.show(asked);
}

/** Shows a sweep as it runs, where the address names one. */
async function showCourse(route: Route): Promise<void> {
  if (route.page === 'sweep' && !course) {
    const { CoursePage } = await import('./course/load.js');
    course ??= new CoursePage();
    return showCourse(routeOf(location.hash));
  }
  course?.show(route.page === 'sweep' ? route.sweep : undefined);
}

/** Takes the seat that the address names, beside the live match; or leaves it. */
async function play(route: Route): Promise<void> {
  const token = route.page === 'play' ? route.token : undefined;
  if (token === playing?.token) return;
  playing?.screen?.close();
  setHidden(byId('play-seat'), token === undefined);
  playing = token === undefined ? undefined : { token };
  if (route.page !== 'play' || !playing) return;
  const mine = playing;
  const { PlayScreen } = await loadPlay();
  if (playing !== mine) return;
  mine.screen = new PlayScreen(route.server, route.token);
  byId('play-seat').replaceChildren(mine.screen.element);
}

/** Watches the match that is being played, as the page's server tells it. @param match one of the arena's; absent: the match server's */
function watchLive(match?: string): void {
  if (stream && stream.match === match) return;
  stream?.close();
  live = new Watched(match !== undefined);
  if (opened === '') {
    view = shownMatch = undefined;
    panel.clear();
  }
  const close = connect(
    match,
    (frame) => {
      live.refusal = undefined;
      if (!live.take(frame)) return;
      if (frame.type === 'match') begin();
      else if (frame.type === 'scene') {
        view?.take(frame);
        playing?.screen?.watch(frame);
      } else if (frame.type === 'history') view?.recall?.(frame);
      if (opened === '' || frame.type === 'progress') schedule();
    },
    (connected, refusal) => {
      live.connected = connected;
      if (!connected) live.refusal = refusal;
      if (opened === '') schedule();
    },
  );
  stream = { match, close };
  schedule();
}

async function open(route: Extract<Route, { page: 'trace' | 'file' }>, name: string): Promise<void> {
  notice.say('Opening the match…', 'quiet');
  try {
    const bytes = await (route.page === 'trace' ? fetched(route.path) : dropped(route.name));
    const { readTraceBytes, openReplay } = await import('./replay/load.js');
    const read = await readTraceBytes(bytes, route.page === 'trace' ? route.path : route.name);
    if (opened !== name) return;
    replay = openReplay(read, { begin: (match) => panel.begin(match), schedule, hashOf: (frame) => hashOf(route, frame) }, route.frame);
    byId('transport').replaceChildren(...replay.controls);
    byId('decisions').replaceChildren(replay.decisions.element);
    for (const id of ['transport', 'decisions']) setHidden(byId(id), false);
    setHidden(byId('match'), false);
    if (isInside) tell<FromInside>(window.parent, { tickbench: 'opened', ...replay.length });
  } catch (error) {
    const why = `This trace cannot be opened: ${(error as Error).message}`;
    if (opened === name) notice.say(why, 'bad');
    if (isInside) tell<FromInside>(window.parent, { tickbench: 'failed', why });
  }
}

async function fetched(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(traceUrl(path));
  if (!response.ok)
    throw new Error(response.status === 404 ? `there is no ${path} under the results folder` : `the server says ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function dropped(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = files.get(name);
  if (!file) throw new Error(`${name} was dropped on an earlier page; drop it again`);
  return new Uint8Array(await file.arrayBuffer());
}

if (isInside) {
  document.body.dataset.inside = '';
  hear<ToInside>(() => window.parent, ({ us }) => replay?.seekTime(us)); // prettier-ignore
}
if (!isInside) void hasBoard().then((isKept) => setHidden(byId('to-board'), !isKept));
const recorded = new MatchesList((file) => {
  files.set(file.name, file);
  const hash = `#/file/${encodeURIComponent(file.name)}`;
  if (opened === `file/${file.name}`) opened = 'again';
  if (location.hash === hash) void follow();
  else location.hash = hash;
});
showSweeps();
addEventListener('hashchange', () => void follow());
addEventListener('keydown', (event) => {
  if ((compared?.screen ?? replay)?.key(event)) event.preventDefault();
});
void follow();
schedule();
