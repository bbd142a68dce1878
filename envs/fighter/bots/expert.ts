/**
 * The careful reference policy: what the reference models learn and the oracle continues by. A pure function of what the
 * observation's text shows. It reads there how late its last answer came, expects the same of this one, and chooses only what
 * can still work at that delay. Where it mixes, it reads the clock and its side (`mixDigit`), so there is no hidden chance.
 *
 * How late it plays and how often it errs are no parameters of its own: the seat it is given sets both (a delay before its
 * answers land, a share of them replaced by random ones).
 */
import type { Action } from '../../environment.js';
import { KEEP } from '../actions.js';
import type { Plan, State } from '../state.js';
import { answer, does, hold } from './answer.js';
import { moveNamed, touches } from './blows.js';
import { airborne } from './jumpers.js';
import { neutral } from './neutral.js';
import { outlook, type Outlook } from './outlook.js';
import { strikeWithin } from './punish.js';
import { projectile, threat } from './threats.js';

/** Frames by which it may act later than the other and still strike first, and how near the other must be for that to matter. */
const BEHIND = 3;
const NEAR = 150;
/** Distance up to which an uppercut follows a blow that has hit; beyond it, a lunge. */
const RISING = 70;
/** Tenths in which it spends a super on rising. */
const THROUGH = 5;
/** Tenths in which it meets a rising opponent with a blow. */
const MEATY = 6;

/** A digit from 0 to 9, the sum of the clock's tens and hundreds, plus 5 on the right side: it changes every ten frames and repeats no sooner than a round. */
export function mixDigit(state: State): number {
  return (Math.floor(state.timer / 10) + Math.floor(state.timer / 100) + (state.left ? 0 : 5)) % 10;
}

/** The expert's answer to a state. @param mix the digit by which it mixes; another source than the clock makes it unpredictable */
export function decide(state: State, mix: number = mixDigit(state)): Action<Plan> {
  if (state.pause > 0) return answer([]);
  if (state.me.doing === 'held') return answer([does('throw')]);
  const view = outlook(state);
  for (const rule of RULES) {
    const answered = rule(view, mix);
    if (answered) return answered;
  }
  return answer([]);
}

/** What it looks at, in this order: the first rule that has an answer gives it. */
export const RULES: readonly ((view: Outlook, mix: number) => Action<Plan> | null)[] = [
  confirm,
  threat,
  projectile,
  airborne,
  punish,
  down,
  commit,
  rise,
  neutral,
];

/** A blow of its own has just touched, and a special may follow. */
function confirm(view: Outlook): Action<Plan> | null {
  const { me, op } = view.state;
  const move = moveNamed(me.character, me.doing);
  if (!move?.cancels || me.stop === 0) return null;
  if (op.doing !== 'hit') return null;
  if (me.meter >= moveNamed(me.character, 'super')!.cost!) return answer([does('super')]);
  return answer([does(view.state.distance < RISING ? 'uppercut' : 'lunge')]);
}

/** The other cannot act for a while: hit while it lasts. */
function punish(view: Outlook): Action<Plan> | null {
  const { op } = view.state;
  if (op.down > 0 || op.doing === 'block' || view.ahead <= 0 || op.land > 3) return null;
  const plan = strikeWithin(view, view.ahead, view.distance);
  return plan && answer(plan);
}

/** A plan that is on its way to a blow goes on, and one whose next move begins before the answer lands. */
function commit({ state, committed }: Outlook): Action<Plan> | null {
  const onItsWay = state.me.busy === 0 && state.planLeft > 0 && state.plan.some((step) => moveNamed(state.me.character, step.action));
  return committed || onItsWay ? answer([does(KEEP)]) : null;
}

/** Whoever acts clearly later than the other near by guards first, unless a super goes through what comes. */
function rise(view: Outlook, mix: number): Action<Plan> | null {
  const { me, op } = view.state;
  if (me.busy - op.busy <= BEHIND || view.distance >= NEAR) return null;
  const best = moveNamed(me.character, 'super')!;
  const through = me.meter >= best.cost! && mix < THROUGH && op.guard === 'none' && op.down === 0 && view.distance < touches(best) - 8;
  return answer(through ? [does('super')] : []);
}

/** The other is down: a blow that is there as it rises, or a guard against what it may do. */
function down(view: Outlook, mix: number): Action<Plan> | null {
  const { op, me } = view.state;
  if (op.down === 0) return null;
  if (view.ahead < 0) return null;
  const name = view.distance < touches(moveNamed(me.character, 'heavy')!) - 4 ? 'heavy' : 'lunge';
  const blow = moveNamed(me.character, name)!;
  if (mix < MEATY && view.distance < touches(blow) - 4) {
    const wait = view.ahead - blow.startup + 2;
    const plan = name === 'heavy' ? [does('heavy'), does('lunge')] : [does('lunge')];
    return answer(wait > 0 ? [hold('guard_low', wait), ...plan] : plan);
  }
  return op.down > 24 && view.distance > 80 ? answer([hold('walk_fwd', 8)]) : answer([hold('guard_low', 8)]);
}
