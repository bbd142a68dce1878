/** What is kept of a match's scenes for pages that are opened in its middle: the one place in the web server where tasks' names stand. */
import type { Json } from '../../envs/environment.js';
import type { HftScene } from '../../envs/hft/scene.js';
import { MarketHistory } from './market/history.js';

/** The past of one match, bounded, as its task's page draws it. */
export interface Past {
  /** Takes a scene in, as the match server sent it. */
  add(scene: Json): void;
  /** What a newcomer is told; undefined while there is nothing to tell. */
  told(): Json | undefined;
}

const PASTS: Readonly<Record<string, () => Past>> = {
  hft: () => {
    const history = new MarketHistory();
    return {
      add: (scene) => history.add(scene as unknown as HftScene),
      told: () => (history.symbols.length > 0 ? history.past() : undefined),
    };
  },
};

/** An empty past for a match of this task; undefined where its page shows none. */
export function pastOf(task: string): Past | undefined {
  return Object.hasOwn(PASTS, task) ? PASTS[task]!() : undefined;
}
