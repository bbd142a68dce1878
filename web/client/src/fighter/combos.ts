/** Combos by frame: how many hits a fighter has suffered in a row and what they cost it, also for frames gone back to. */
import type { FighterSceneState } from '../../../../envs/fighter/scene.js';

export interface Combo {
  hits: number;
  damage: number;
  /** 1 while it runs, then fading. */
  alpha: number;
}

/** Frames for which a combo that is over stays on the page. */
const STAYS = 50;
const FADES = 15;

interface Entry {
  hits: number;
  damage: number;
}

export class Combos {
  /** By seat, by frame; a frame that no scene told of is a hole. */
  private readonly seen: (Entry | undefined)[][] = [[], []];
  /** Health before the running combo, by seat. */
  private readonly before: (number | null)[] = [null, null];

  /** Notes a scene. The first telling of a frame counts: told in order, it knows the health a combo began with. */
  note(scene: FighterSceneState): void {
    scene.fighters.forEach((fighter, seat) => {
      const entries = this.seen[seat]!;
      if (fighter.combo === 0) this.before[seat] = fighter.health;
      if (entries[scene.frame]) return;
      const told = this.before[seat] ?? null;
      const damage =
        fighter.combo === 0 ? 0 : told !== null && told >= fighter.health ? told - fighter.health : lately(scene, seat, fighter.combo);
      entries[scene.frame] = { hits: fighter.combo, damage };
    });
  }

  /** The combo to show at a frame for the one who suffers it: of two hits or more, running or over for less than a second. */
  at(frame: number, seat: number): Combo | null {
    const entries = this.seen[seat]!;
    for (let ago = 0; ago < STAYS && ago <= frame; ago++) {
      const entry = entries[frame - ago];
      if (entry && entry.hits >= 2) return { ...entry, alpha: Math.min(1, (STAYS - ago) / FADES) };
    }
    return null;
  }
}

/** What the newest contacts of a combo cost, for a page opened in its middle. */
function lately(scene: FighterSceneState, seat: number, hits: number): number {
  const own = scene.hits.filter((hit) => hit.seat === seat && hit.damage > 0 && hit.kind !== 'block');
  return own.slice(-hits).reduce((sum, { damage }) => sum + damage, 0);
}
