/** The spectator's page: takes the stream in, and draws once a browser frame at most, only when something came. */
import { byId, setHidden } from './element.js';
import { FighterView } from './fighter/view.js';
import { Header } from './header.js';
import { connect } from './live.js';
import { MarketView } from './market/view.js';
import { Notice } from './notice.js';
import { Seats } from './seats.js';
import { showSweeps } from './sweeps.js';
import { Watched } from './watched.js';
import type { WorldView } from './world.js';

const watched = new Watched();
const header = new Header();
const notice = new Notice();
const seats = new Seats();
let view: WorldView | undefined;
let shownMatch: string | undefined;
let scheduled = false;

function draw(): void {
  scheduled = false;
  header.draw(watched);
  notice.draw(watched);
  setHidden(byId('match'), !watched.match);
  view?.draw(watched);
  seats.draw(watched, view?.figures() ?? []);
}

function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(draw);
}

function begin(): void {
  const { match } = watched;
  if (!match || match.id === shownMatch) return;
  shownMatch = match.id;
  view?.close();
  setHidden(byId('match'), false);
  byId('match').dataset.task = match.task;
  view = match.task === 'fighter' ? new FighterView(match) : new MarketView(match, schedule);
  byId('world').replaceChildren(view.element);
  seats.begin(match);
}

connect(
  (frame) => {
    if (!watched.take(frame)) return;
    if (frame.type === 'match') begin();
    else if (frame.type === 'scene') view?.take(frame);
    else if (frame.type === 'history') view?.recall?.(frame);
    schedule();
  },
  (connected) => {
    watched.connected = connected;
    schedule();
  },
);
showSweeps();
schedule();
