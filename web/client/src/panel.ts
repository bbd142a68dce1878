/** The match on the page: the world's view, the thinking lanes and the seats' cards, for a live match and a recorded one alike. */
import { byId, setHidden } from './element.js';
import { Lanes } from './lanes.js';
import { Seats } from './seats.js';
import { pageOf } from './tasks.js';
import type { Match, Watched } from './watched.js';
import type { WorldView } from './world.js';

export class MatchPanel {
  private readonly seats = new Seats();
  private readonly lanes = new Lanes();
  private view?: WorldView;

  /** @param changed called when somebody has chosen to see something else of the match: everything is to be drawn again */
  constructor(private readonly changed: () => void) {}

  /** Lays out a match; the view that draws its world. */
  begin(match: Match): WorldView {
    this.view?.close();
    setHidden(byId('match'), false);
    byId('match').dataset.task = match.task;
    this.view = pageOf(match.task).view(match, this.changed);
    byId('world').replaceChildren(this.view.element);
    this.seats.begin(match);
    this.lanes.begin(match);
    return this.view;
  }

  /** Takes the match off the page. */
  clear(): void {
    this.view?.close();
    this.view = undefined;
    byId('world').replaceChildren();
  }

  draw(watched: Watched): void {
    setHidden(byId('match'), !watched.match || !this.view);
    this.view?.draw(watched);
    this.lanes.draw(watched);
    this.seats.draw(watched, this.view?.figures() ?? []);
  }
}
