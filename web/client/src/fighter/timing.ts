/** Above each fighter: the move's name, its startup, active and recovery frames to scale, and the frame it is at. */
import { DOWN } from '../../../../envs/fighter/moves.js';
import type { FighterScene, FighterSceneState } from '../../../../envs/fighter/scene.js';
import { FONT, type View } from './scenery.js';

/** Frames for which one who is knocked down is still falling. */
const FALLING = 10;

/** One fighter's label and where it stands, CSS pixels. */
interface Label {
  fighter: FighterScene;
  text: string;
  /** Centre, half of the width that it takes, and the line that the text stands on. */
  middle: number;
  half: number;
  line: number;
  /** Length of a frame on the move's bar; 0 without a bar. */
  unit: number;
  numbers: boolean;
}

/** Draws it for both fighters. @param frameData with the numbers written out */
export function drawTimings(view: View, scene: FighterSceneState, frameData: boolean): void {
  const { context, scale, theme } = view;
  const size = Math.max(11, Math.min(15, 12.5 * scale));
  context.textAlign = 'center';
  context.lineWidth = 3;
  context.strokeStyle = theme.stageTop;
  context.lineJoin = 'round';
  const [a, b] = scene.fighters.map((fighter, seat) => labelOf(view, fighter, scene.fighters[1 - seat]!, size, frameData)) as [
    Label,
    Label,
  ];
  // Where the two would lie on one another, the second goes a line higher.
  const step = size * (frameData ? 3.4 : 2.4);
  if (Math.abs(a.middle - b.middle) < a.half + b.half + 8 && Math.abs(a.line - b.line) < step) {
    b.line = Math.max(size + 4, a.line - step);
    if (a.line - b.line < step) a.line = b.line + step;
  }
  for (const label of [a, b]) drawLabel(view, label, size);
}

const stunned = ({ phase }: FighterScene['pose']): boolean => phase === 'hit' || phase === 'block' || phase === 'down' || phase === 'held';

/** How high above its feet a fighter's label stands: over what it holds up. */
function heightOf({ pose, stun }: FighterScene): number {
  if (pose.phase === 'down') return stun > DOWN - FALLING ? 104 : 46;
  if (pose.move === 'uppercut' && (pose.phase === 'active' || pose.phase === 'recovery')) return 150;
  if (pose.phase === 'startup' && (pose.move === 'crush' || pose.move === 'overhead')) return 130;
  return pose.crouching ? 84 : 114;
}

function labelOf(
  { context, scale, width, x, y }: View,
  fighter: FighterScene,
  other: FighterScene,
  size: number,
  frameData: boolean,
): Label {
  const { pose, stun } = fighter;
  const text = stunned(pose) ? `${pose.phase} ${stun}` : pose.move.replaceAll('_', ' ');
  context.font = `600 ${size}px ${FONT}`;
  const frames = pose.startup + pose.active + pose.recovery;
  const unit = stunned(pose) || pose.frame < 1 || frames < 1 ? 0 : Math.min(1.7 * scale, (110 * scale) / frames);
  const half = Math.max(context.measureText(text).width, frames * unit, frameData && unit > 0 ? size * 9 : 0) / 2;
  // One under a jumper is named below its feet.
  const under = Math.abs(other.x - fighter.x) < 60 && other.y - fighter.y >= 40;
  const above = Math.max(size + 4, y(fighter.y + heightOf(fighter)) - (frameData ? size : 0));
  const middle = Math.min(width - half - 6, Math.max(half + 6, x(fighter.x)));
  return { fighter, text, middle, half, line: under ? y(0) + 19 * scale : above, unit, numbers: frameData && !under };
}

function drawLabel({ context, theme, scale }: View, { fighter: { pose }, text, middle, line, unit, numbers }: Label, size: number): void {
  context.font = `600 ${size}px ${FONT}`;
  context.strokeText(text, middle, line);
  context.fillStyle = stunned(pose) || pose.phase === 'idle' ? theme.muted : theme.text;
  context.fillText(text, middle, line);
  if (unit === 0) return;
  const frames = pose.startup + pose.active + pose.recovery;
  const bar = Math.max(4, 5 * scale);
  let at = middle - (frames * unit) / 2;
  const cursor = at + (pose.frame - 0.5) * unit;
  for (const [length, color] of [[pose.startup, theme.startup], [pose.active, theme.active], [pose.recovery, theme.recovery]] as const) {
    context.fillStyle = color;
    context.fillRect(at, line + 5, length * unit, bar);
    at += length * unit;
  } // prettier-ignore
  context.fillStyle = theme.text;
  context.fillRect(cursor - 1, line + 3, 2, bar + 4);
  if (!numbers) return;
  const words = `${pose.frame} of ${frames}: ${pose.startup} + ${pose.active} + ${pose.recovery}`;
  context.font = `500 ${size * 0.82}px ${FONT}`;
  context.strokeText(words, middle, line + bar + 6 + size * 0.8);
  context.fillStyle = theme.muted;
  context.fillText(words, middle, line + bar + 6 + size * 0.8);
}
