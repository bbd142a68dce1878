/** The stage on its canvas, layer by layer: scenery, fighters with what lights up around them, projectiles, sparks, timings, calls. */
import type { Box, FighterScene, FighterSceneState, ProjectileScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import { drawCalls } from './calls.js';
import type { Combo } from './combos.js';
import { drawAround, drawSuperDark } from './effects.js';
import { drawFigure } from './figure.js';
import type { Surroundings } from './poses.js';
import { lookOf } from './looks.js';
import { camera, drawBackground, drawDistance, type View } from './scenery.js';
import { drawSpark } from './sparks.js';
import { drawTimings } from './timing.js';

/** What is drawn beside the scene itself. */
export interface StageOptions {
  boxes: boolean;
  frameData: boolean;
  /** The combo each seat suffers, as is to be shown now. */
  combos: readonly (Combo | null)[];
  /** Frames of a whole round. */
  roundFrames: number;
  /** Nothing shakes or flashes. */
  calm: boolean;
}

/** World pixels by which hitstop shakes the one who was struck. */
const SHAKE = 2.6;

/** Draws one scene on a canvas of `width` x `height` CSS pixels. */
export function drawStage(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  scene: FighterSceneState,
  theme: Theme,
  options: StageOptions,
): void {
  const context = canvas.getContext('2d');
  if (!context || width < 1) return;
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  context.reset(); // nothing of the last picture's pen is left
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const view = camera(context, theme, width, height, scene);

  drawBackground(view, scene);
  drawDistance(view, scene);
  if (!scene.over) scene.fighters.forEach((fighter, seat) => drawSuperDark(view, fighter, theme.seats[seat]!));
  // Who strikes stands before who is struck.
  const order = scene.fighters[0].pose.phase === 'active' || scene.fighters[1].pose.phase === 'held' ? [1, 0] : [0, 1];
  for (const seat of order) drawShadow(view, scene.fighters[seat]!, theme.seats[seat]!, scene.over);
  for (const seat of order) drawFighter(view, scene, seat, options.calm);
  for (const ball of scene.projectiles) drawBall(view, ball, theme.seats[ball.seat % 2]!, scene.frame);
  if (options.boxes) drawBoxes(view, scene);
  // A world that has stopped would show its last spark for ever.
  if (!scene.over) for (const hit of scene.hits) drawSpark(view, hit, scene.frame - hit.frame);
  if (!scene.over && scene.pause === 0) drawTimings(view, scene, options.frameData);
  drawCalls(view, scene, options.combos, options.roundFrames);
}

function drawFighter({ context, theme, scale, x, y }: View, scene: FighterSceneState, seat: number, calm: boolean): void {
  const fighter = scene.fighters[seat]!;
  const look = lookOf(fighter.character);
  const mirror = scene.fighters[0].character === scene.fighters[1].character;
  const around: Surroundings = {
    frame: scene.frame,
    won: scene.over ? scene.winner === seat : null,
    room: roomBefore(fighter, scene.fighters[1 - seat]!),
  };
  const struck =
    !scene.over && fighter.stop > 0 && (fighter.pose.phase === 'hit' || fighter.pose.phase === 'block' || fighter.pose.phase === 'down');
  const shaken = struck && !calm ? (fighter.stop % 2 === 0 ? SHAKE : -SHAKE) : 0;
  const color = theme.seats[seat]!;
  context.save();
  context.translate(x(fighter.x + shaken), y(fighter.y));
  context.scale(scale * fighter.facing, -scale);
  if (!scene.over) drawAround(context, fighter, look, color, theme, around, 'behind');
  const untouchable = fighter.hurt.length === 0 && fighter.pose.phase !== 'down' && fighter.pose.phase !== 'held';
  if (untouchable) context.globalAlpha = 0.72;
  drawFigure(context, fighter, {
    look,
    palette: look.palettes[mirror ? seat % 2 : 0]!,
    seat: color,
    shade: theme.seatShades[seat % 2]!,
    ...around,
    pale: struck && !calm && fighter.pose.phase !== 'block' && fighter.stop % 4 >= 2,
    theme,
  });
  context.globalAlpha = 1;
  if (!scene.over) drawAround(context, fighter, look, color, theme, around, 'before');
  context.restore();
}

/** Pixels from a fighter to the other's centre; none to one that is above or below it, or behind. */
function roomBefore(fighter: FighterScene, other: FighterScene): number {
  const ahead = (other.x - fighter.x) * fighter.facing;
  return ahead < 0 || Math.abs(other.y - fighter.y) > 60 ? Infinity : ahead;
}

/** A shadow in the colour of the move's phase, in a ring of the seat's colour. */
function drawShadow({ context, theme, scale, x, y }: View, fighter: FighterScene, seatColor: string, over: boolean): void {
  const phase = over ? 'idle' : fighter.pose.phase;
  const color = phase === 'startup' || phase === 'active' || phase === 'recovery' ? theme[phase] : theme.outline;
  context.globalAlpha = phase === 'active' ? 0.75 : phase === 'startup' || phase === 'recovery' ? 0.55 : 0.28;
  context.fillStyle = color;
  const narrow = 1 - Math.min(0.5, fighter.y / 220);
  const wide = (phase === 'down' ? 46 : 30) * scale * narrow;
  context.beginPath();
  context.ellipse(x(fighter.x), y(0) + 7 * scale, wide, 6 * scale * narrow, 0, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = 0.9;
  context.strokeStyle = seatColor;
  context.lineWidth = Math.max(1.2, 1.8 * scale);
  context.stroke();
  context.globalAlpha = 1;
}

function drawBoxes(view: View, scene: FighterSceneState): void {
  for (const fighter of scene.fighters) {
    for (const box of fighter.hurt) drawBox(view, box, view.theme.hurt);
    for (const box of fighter.hit) drawBox(view, box, view.theme.active);
  }
  for (const ball of scene.projectiles) drawBox(view, ball.box, view.theme.active);
}

function drawBox({ context, x, y, scale }: View, box: Box, color: string): void {
  const left = x(box.x);
  const top = y(box.y + box.h);
  context.globalAlpha = 0.16;
  context.fillStyle = color;
  context.fillRect(left, top, box.w * scale, box.h * scale);
  context.globalAlpha = 0.95;
  context.strokeStyle = color;
  context.lineWidth = 1.25;
  context.strokeRect(left, top, box.w * scale, box.h * scale);
  context.globalAlpha = 1;
}

function drawBall({ context, scale, x, y }: View, ball: ProjectileScene, color: string, frame: number): void {
  const cx = x(ball.x);
  const cy = y(ball.y);
  const radius = (ball.box.h / 2) * scale;
  const back = cx - ball.direction * radius * 4.5;
  const trail = context.createLinearGradient(back, 0, cx, 0);
  trail.addColorStop(0, 'transparent');
  trail.addColorStop(1, color);
  context.globalAlpha = 0.55;
  context.fillStyle = trail;
  context.beginPath();
  context.moveTo(cx, cy - radius);
  context.lineTo(back, cy + Math.sin(frame / 3) * radius * 0.3);
  context.lineTo(cx, cy + radius);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = '#ffffff';
  context.globalAlpha = 0.9;
  context.beginPath();
  context.arc(cx + ball.direction * radius * 0.2, cy, radius * (0.45 + 0.06 * Math.sin(frame / 2)), 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = 1;
}
