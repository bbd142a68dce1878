/** What the page must know of the market beside how it is drawn. */
import { percent } from '../format.js';
import type { TaskPage } from '../tasks.js';
import { MarketView } from './view.js';

export const marketPage: TaskPage = {
  title: 'Market',
  tickName: 'tick',
  rewardText: percent,
  view: (match, changed) => new MarketView(match, changed),
};
