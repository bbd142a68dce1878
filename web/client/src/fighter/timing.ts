/** Above each fighter: the move's name, its startup, active and recovery frames to scale, and the frame it is at. */
import type { FighterScene, FighterSceneState } from '../../../../envs/fighter/scene.js';
import { DOWN } from '../../../../envs/fighter/moves.js';
import { FONT, type View } from './scenery.js';

/** Frames for which one who is knocked down is still falling. */
const FALLING = 10;

/** Draws it for both fighters. @param frameData with the numbers written out */
export function drawTimings(view: View, scene: FighterSceneState, frameData: boolean): void {
  scene.fighters.forEach((fighter, seat) => drawTiming(view, fighter, seat, scene, frameData));
}

/** How high above its feet a fighter's label stands: over what it holds up. */
function heightOf({ pose, stun }: FighterScene): number {
  if (pose.phase === 'down') return stun > DOWN - FALLING ? 104 : 46;
  if (pose.move === 'uppercut' && (pose.phase === 'active' || pose.phase === 'recovery')) return 150;
  if (pose.phase === 'startup' && (pose.move === 'crush' || pose.move === 'overhead')) return 130;
  return pose.crouching ? 84 : 114;
}

function drawTiming(
  { context, theme, x, y, scale, width }: View,
  fighter: FighterScene,
  seat: number,
  scene: FighterSceneState,
  frameData: boolean,
): void {
  const { pose, stun } = fighter;
  const size = Math.max(11, Math.min(15, 12.5 * scale));
  const other = scene.fighters[1 - seat]!;
  const apart = Math.abs(other.x - fighter.x);
  // Close together the two labels would lie on one another: the second goes a line higher. Under a jumper it goes below the feet.
  const near = apart * scale < 118 && Math.abs(other.y - fighter.y) < 40 && seat === 1;
  const under = apart < 60 && other.y - fighter.y >= 40;
  const line = size * (frameData ? 3.6 : 2.4);
  const above = Math.max(size + 4 + (near ? 0 : line), y(fighter.y + heightOf(fighter)) - (near ? line : 0) - (frameData ? size : 0));
  const top = under ? y(0) + 19 * scale : above;
  const frames = pose.startup + pose.active + pose.recovery;
  const unit = Math.min(1.7 * scale, (110 * scale) / Math.max(1, frames));
  const half = Math.max(46, (frames * unit) / 2 + 6);
  const middle = Math.min(width - half, Math.max(half, x(fighter.x)));
  const stunned = pose.phase === 'hit' || pose.phase === 'block' || pose.phase === 'down' || pose.phase === 'held';
  const label = stunned ? `${pose.phase} ${stun}` : pose.move.replaceAll('_', ' ');
  context.font = `600 ${size}px ${FONT}`;
  context.textAlign = 'center';
  context.lineWidth = 3;
  context.strokeStyle = theme.stageTop;
  context.lineJoin = 'round';
  context.strokeText(label, middle, top);
  context.fillStyle = stunned || pose.phase === 'idle' ? theme.muted : theme.text;
  context.fillText(label, middle, top);
  if (stunned || pose.frame < 1 || frames < 1) return;
  const bar = Math.max(4, 5 * scale);
  let at = middle - (frames * unit) / 2;
  const cursor = at + (pose.frame - 0.5) * unit;
  for (const [length, color] of [[pose.startup, theme.startup], [pose.active, theme.active], [pose.recovery, theme.recovery]] as const) {
    context.fillStyle = color;
    context.fillRect(at, top + 5, length * unit, bar);
    at += length * unit;
  } // prettier-ignore
  context.fillStyle = theme.text;
  context.fillRect(cursor - 1, top + 3, 2, bar + 4);
  if (!frameData || under) return;
  const words = `${pose.frame} of ${frames}: ${pose.startup} + ${pose.active} + ${pose.recovery}`;
  context.font = `500 ${size * 0.82}px ${FONT}`;
  context.strokeText(words, middle, top + bar + 6 + size * 0.8);
  context.fillStyle = theme.muted;
  context.fillText(words, middle, top + bar + 6 + size * 0.8);
}
