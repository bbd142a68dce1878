/**
 * A human's keyboard: which key is which action. Read from the action table, so that every action has a key whatever the rules hold.
 * Pure: the page uses it, and tests do.
 */
import { ACTIONS, type ActionEntry } from '../actions.js';

/** A key by its place on the keyboard (`KeyboardEvent.code`), and what it does. */
export interface Binding {
  code: string;
  /** What is written on it, as people say it. */
  label: string;
  /** The action; of a pair towards and away, that towards the right for who faces right. */
  action: string;
  /** Lasts while the key is down. */
  held: boolean;
  /** Where it stands in a list of keys: going somewhere or guarding, an ordinary blow, or one that a blow can be cancelled into. */
  group: 'move' | 'blow' | 'special';
  about: string;
  /** The action when the fighter faces left: directions are relative to the opponent, arrows are not. */
  mirrored?: string;
}

const ARROWS = { right: 'ArrowRight', left: 'ArrowLeft', down: 'ArrowDown', up: 'ArrowUp' } as const;
const LABELS: Record<string, string> = { ArrowRight: '→', ArrowLeft: '←', ArrowDown: '↓', ArrowUp: '↑', Space: 'space' };
/** Keys for held actions that are no direction, and for moves, in the order in which they are given out. */
const MORE_HELD = [ARROWS.down, ARROWS.up, 'KeyC', 'KeyV', 'KeyB', 'KeyX', 'KeyZ'];
/** Jumps and dashes lie as they go: left, up, right. */
const JUMPS = ['KeyQ', 'KeyW', 'KeyE'];
const DASHES = ['KeyA', undefined, 'KeyD'];
const BLOWS = ['KeyJ', 'KeyK', 'KeyL', 'KeyU', 'KeyI', 'KeyO', 'KeyP', 'KeyH', 'KeyN', 'KeyM', 'KeyY', 'KeyG', 'KeyF', 'KeyR', 'KeyS', 'KeyT', 'KeyA', 'KeyD']; // prettier-ignore
const DIGITS = Array.from({ length: 10 }, (_, i) => `Digit${(i + 1) % 10}`);

const opposite = (name: string): string | undefined =>
  name.endsWith('_fwd') ? name.replace(/_fwd$/, '_back') : name.endsWith('_back') ? name.replace(/_back$/, '_fwd') : undefined;

/** The keyboard for a table of actions. `wait` has no key: it is what no key means. @throws when there are more actions than keys */
export function keyboard(actions: readonly ActionEntry[] = ACTIONS): Binding[] {
  const bindings: Binding[] = [];
  const names = new Set(actions.map(({ name }) => name));
  const [held, blows, spare] = [[...MORE_HELD], [...BLOWS], [...DIGITS]];
  const bind = (code: string | undefined, { name, move, about }: ActionEntry, mirrored?: string): void => {
    const taken = code ?? spare.shift();
    if (taken === undefined) throw new Error(`no key is left for ${name}`);
    const label = LABELS[taken] ?? taken.replace(/^(Key|Digit)/, '');
    const group = move === null || move.level === 'none' ? 'move' : move.special ? 'special' : 'blow';
    bindings.push({ code: taken, label, action: name, held: move === null, group, about, ...(mirrored === undefined ? {} : { mirrored }) });
  };
  const walks = { right: false, left: false };
  for (const entry of actions) {
    const { name, move } = entry;
    if (name === 'wait') continue;
    const other = opposite(name);
    if (move) {
      // A jump or a dash that is no blow.
      const way = move.startup > 0 ? undefined : (move.jump ?? move.travel?.speed);
      const going = way === undefined ? undefined : (move.jump === undefined ? DASHES : JUMPS)[Math.sign(way) + 1];
      const free = (code: string | undefined): boolean => !bindings.some((binding) => binding.code === code);
      if (going !== undefined && free(going)) bind(going, entry, other !== undefined && names.has(other) ? other : undefined);
      else bind(blows.splice(Math.max(0, blows.findIndex(free)), 1)[0], entry);
    } else if (other !== undefined && names.has(other) && !walks[name.endsWith('_fwd') ? 'right' : 'left']) {
      const side = name.endsWith('_fwd') ? 'right' : 'left';
      walks[side] = true;
      bind(ARROWS[side], entry, other);
    } else bind(held.shift(), entry);
  }
  return bindings;
}

/** What a key does for a fighter whose opponent is to its right, or not. */
export function actionOf(binding: Binding, facesRight: boolean): string {
  return facesRight ? binding.action : (binding.mirrored ?? binding.action);
}
