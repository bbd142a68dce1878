/** Striking at somebody who cannot answer: the strongest blow, or blows, that land while that lasts. */
import type { Plan } from '../state.js';
import { characterOf, strikesOf, type Strike } from './blows.js';
import type { Outlook } from './outlook.js';

/** Pixels and frames by which a blow must be safely in reach and in time. */
const SPARE_PIXELS = 3;
const SPARE_FRAMES = 1;
/** Damage beyond the other's health that still counts, so that a knockout is dealt by a blow to spare. */
const OVERKILL = 40;
/** Damage given up for each frame walked before a blow. */
const WALK_PRICE = 1;

/** The strongest strike that touches within `frames` of its beginning, after as many steps forwards as it needs; null where none does. */
export function strikeWithin(view: Outlook, frames: number, distance: number): Plan | null {
  const { me, op } = view.state;
  const { walkForward } = characterOf(me.character);
  let best: Plan | null = null;
  let most = 0;
  for (const strike of strikesOf(me.character)) {
    if (strike.damage <= most) break;
    if (!usable(strike, view)) continue;
    const steps = Math.max(0, Math.ceil((distance + SPARE_PIXELS - strike.touches) / walkForward));
    if (steps + strike.startup + SPARE_FRAMES > frames) continue;
    const worth = Math.min(strike.damage, op.health + OVERKILL) - steps * WALK_PRICE;
    if (worth <= most) continue;
    most = worth;
    best = steps > 0 ? [{ action: 'walk_fwd', frames: steps }, ...strike.plan] : strike.plan;
  }
  return best;
}

function usable(strike: Strike, view: Outlook): boolean {
  const { me, op } = view.state;
  if (strike.cost > me.meter) return false;
  if (strike.thrown && (op.stun > 0 || op.down > 0 || op.land > 0)) return false;
  return strike.plan.every((step) => step.action !== 'fireball' || !me.ball);
}
