/** What is called out over the stage: rounds, their ends, combos with their damage, counter-hits and the like. */
import type { FighterSceneState, HitScene } from '../../../../envs/fighter/scene.js';
import type { Combo } from './combos.js';
import { FONT, type View } from './scenery.js';
import { sparkColor } from './sparks.js';

/** Frames before a round in which its number is called; before that the last round's end is. */
export const READY = 20;
/** Frames for which "fight" and a contact's name stay. */
const FIGHT_FRAMES = 36;
const CALL_FRAMES = 48;

const NAMES: Partial<Record<HitScene['kind'], string>> = {
  counter: 'counter-hit',
  armour: 'armour',
  tech: 'throw broken',
  clash: 'clash',
  throw: 'throw',
};

/** Whose side a contact is called on: the attacker's, but armour is its wearer's. Null: neither's. */
function sideOf({ kind, seat }: HitScene): number | null {
  return kind === 'tech' || kind === 'clash' ? null : kind === 'armour' ? seat : 1 - seat;
}

interface Words {
  text: string;
  size: number;
  color: string;
  alpha?: number;
}

function write({ context, theme }: View, { text, size, color, alpha = 1 }: Words, x: number, y: number, align: CanvasTextAlign): void {
  context.font = `750 ${size}px ${FONT}`;
  context.textAlign = align;
  context.lineJoin = 'round';
  context.globalAlpha = alpha;
  context.strokeStyle = theme.stageTop;
  context.lineWidth = Math.max(3, size / 6);
  context.strokeText(text, x, y);
  context.fillStyle = color;
  context.fillText(text, x, y);
  context.globalAlpha = 1;
}

/** How the round before this pause ended. */
function roundEnd({ fighters: [a, b], timer }: FighterSceneState): string {
  if (a.health <= 0 && b.health <= 0) return 'Double K.O.';
  if (a.health <= 0 || b.health <= 0) return 'K.O.';
  return timer <= 0 ? (a.health === b.health ? 'Time: even' : 'Time') : '';
}

/** The match's last word is the page's ending, not this. */
function middleWords(scene: FighterSceneState, roundFrames: number): string {
  if (scene.over) return '';
  if (scene.pause > READY) return roundEnd(scene) || 'Ready';
  if (scene.pause > 0) return scene.rounds > 1 ? `Round ${scene.round}` : 'Ready';
  return roundFrames - scene.timer < FIGHT_FRAMES ? 'Fight!' : '';
}

/** @param combos the combo each seat suffers, as is to be shown now; @param roundFrames frames of a whole round */
export function drawCalls(view: View, scene: FighterSceneState, combos: readonly (Combo | null)[], roundFrames: number): void {
  const { theme, width, scale, height } = view;
  const small = Math.max(11.5, Math.min(16, 13 * scale));
  const middle = middleWords(scene, roundFrames);
  if (middle !== '') {
    const size = Math.max(22, Math.min(54, 34 * scale));
    const since = scene.pause === 0 && !scene.over ? roundFrames - scene.timer : 0;
    write(view, { text: middle, size, color: theme.text, alpha: Math.max(0, 1 - since / FIGHT_FRAMES) }, width / 2, height * 0.2, 'center');
  }
  const lines = [0, 0, 0];
  const edge = Math.max(10, 24 * scale);
  const place = (side: number | null, words: Words): void => {
    const column = side ?? 2;
    lines[column]! += words.size * 1.25;
    const x = side === 0 ? edge : side === 1 ? width - edge : width / 2;
    write(view, words, x, lines[column]! + 4, side === 0 ? 'left' : side === 1 ? 'right' : 'center');
  };
  combos.forEach((combo, suffering) => {
    if (!combo) return;
    const side = 1 - suffering;
    const color = theme.seats[side]!;
    place(side, { text: `${combo.hits} hits`, size: small * 1.75, color, alpha: combo.alpha });
    place(side, { text: `${combo.damage} damage`, size: small, color: theme.text, alpha: combo.alpha });
  });
  const shown = new Set<string>();
  for (const hit of scene.over ? [] : [...scene.hits].reverse()) {
    const age = scene.frame - hit.frame;
    const name = NAMES[hit.kind];
    const side = sideOf(hit);
    if (!name || age < 0 || age >= CALL_FRAMES || shown.has(`${side} ${name}`)) continue;
    shown.add(`${side} ${name}`);
    place(side, { text: name, size: small * 1.1, color: sparkColor(hit.kind, theme), alpha: Math.min(1, (CALL_FRAMES - age) / 14) });
  }
}
