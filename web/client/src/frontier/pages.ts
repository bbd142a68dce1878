/** The pages of a sweep's frontier and of one configuration: which is shown, and the sweeps that there are. */
import type { SweepListing } from '../../../server/frames.js';
import { byId } from '../element.js';
import { routeOf, type Route } from '../route.js';
import { follow } from '../source.js';
import { ConfigurationScreen } from './configuration.js';
import { FrontierScreen } from './screen.js';

/** What these pages are asked by. */
export type FrontierRoute = Extract<Route, { page: 'frontier' | 'configuration' }>;

export class FrontierPages {
  private listings?: SweepListing[];
  private route?: FrontierRoute;

  constructor() {
    follow<SweepListing>('sweeps', (listings) => {
      this.listings = listings;
      // What was chosen on the page since then stands in the address.
      const now = routeOf(location.hash);
      if (now.page === this.route?.page) this.route = now as FrontierRoute;
      this.draw();
    });
  }

  /** Shows what the address names; undefined: something else is shown. */
  show(route: FrontierRoute | undefined): void {
    if (this.route && !route) {
      document.title = 'Tickbench';
      byId('frontier').replaceChildren();
    }
    this.route = route;
    this.draw();
  }

  private draw(): void {
    const { route, listings } = this;
    if (!route || !listings) return;
    const screen = route.page === 'frontier' ? new FrontierScreen(route.ask, listings) : new ConfigurationScreen(route.ask, listings);
    byId('frontier').replaceChildren(screen.element);
  }
}
