/** The stage on its canvas: floor, fighters, projectiles, sparks, each move's place in time, and the boxes that decide. */
import type { Box, FighterScene, FighterSceneState, HitScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import { drawFigure } from './figure.js';

/** World pixels shown beyond the walls, above the floor and below it. */
const MARGIN = 36;
const ABOVE = 208;
const BELOW = 34;
/** Height of the picture as a share of its width. */
const SHAPE = 0.36;
/** World pixels kept free beside a fighter, so that what it does is not at the edge. */
const BESIDE = 130;
/** Frames for which a contact's spark stays. */
const SPARK_FRAMES = 14;
const FONT = 'ui-sans-serif, system-ui, sans-serif';

/** Height of the stage for its width. */
export function stageHeight(width: number): number {
  return Math.round(width * SHAPE);
}

/** What of the stage is shown: always as high as a jump, wide enough for both fighters, from `left` on. World pixels. */
function camera({ fighters: [a, b], stage }: FighterSceneState): { left: number; wide: number } {
  const whole = stage + 2 * MARGIN;
  const least = (ABOVE + BELOW) / SHAPE;
  const wide = Math.min(whole, Math.max(least, Math.abs(a.x - b.x) + 2 * BESIDE));
  const left = Math.max(-MARGIN, Math.min(stage + MARGIN - wide, (a.x + b.x - wide) / 2));
  return { left, wide };
}

interface View {
  context: CanvasRenderingContext2D;
  theme: Theme;
  scale: number;
  width: number;
  height: number;
  x(world: number): number;
  y(world: number): number;
}

/** Draws one scene on a canvas of `width` x `height` CSS pixels. */
export function drawStage(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  scene: FighterSceneState,
  theme: Theme,
  boxes: boolean,
  frameData: boolean,
): void {
  const context = canvas.getContext('2d');
  if (!context || width < 1) return;
  const ratio = window.devicePixelRatio || 1;
  const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
  if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) [canvas.width, canvas.height] = pixels;
  context.reset(); // nothing of the last picture's pen is left
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { left, wide } = camera(scene);
  const scale = width / wide;
  const floor = height - BELOW * scale;
  const view: View = { context, theme, scale, width, height, x: (world) => (world - left) * scale, y: (world) => floor - world * scale };

  drawBackground(view, scene);
  drawDistance(view, scene);
  const order = scene.fighters[0].pose.phase === 'active' ? [1, 0] : [0, 1];
  for (const seat of order) drawShadow(view, scene.fighters[seat]!);
  for (const seat of order) {
    const fighter = scene.fighters[seat]!;
    context.save();
    context.translate(view.x(fighter.x), view.y(fighter.y));
    context.scale(scale * fighter.facing, -scale);
    if (fighter.hurt.length === 0 && fighter.pose.phase !== 'down') context.globalAlpha = 0.72; // invincible
    drawFigure(context, fighter, seat, theme, scene.over && scene.winner === seat);
    context.restore();
  }
  for (const ball of scene.projectiles) drawBall(view, ball.x, ball.y, ball.box.h / 2, ball.direction, theme.seats[ball.seat % 2]!);
  if (boxes) {
    for (const fighter of scene.fighters) {
      for (const box of fighter.hurt) drawBox(view, box, theme.hurt);
      for (const box of fighter.hit) drawBox(view, box, theme.active);
    }
    for (const ball of scene.projectiles) drawBox(view, ball.box, theme.active);
  }
  for (const hit of scene.hits) drawSpark(view, hit, scene.frame - hit.frame);
  if (!scene.over) scene.fighters.forEach((fighter, seat) => drawTiming(view, fighter, seat, scene, frameData));
}

function drawBackground({ context, theme, width, height, x, y, scale }: View, scene: FighterSceneState): void {
  const floor = y(0);
  const sky = context.createLinearGradient(0, 0, 0, floor);
  sky.addColorStop(0, theme.stageTop);
  sky.addColorStop(1, theme.stageBottom);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, floor);
  context.fillStyle = theme.floor;
  context.fillRect(0, floor, width, height - floor);
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 0; at <= scene.stage; at += 100) {
    // Marks every hundred pixels, fanned out from the middle as a floor would be.
    const top = x(at);
    const middle = x(scene.stage / 2);
    context.moveTo(top, floor);
    context.lineTo(top + (top - middle) * 0.12, height);
  }
  context.stroke();
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(0, floor);
  context.lineTo(width, floor);
  context.stroke();
  context.globalAlpha = 0.5;
  for (const wall of [0, scene.stage]) {
    context.fillStyle = theme.line;
    const outer = wall === 0 ? x(-MARGIN) : x(wall) + 18 * scale;
    context.fillRect(outer, 0, MARGIN * scale - 18 * scale, floor);
  }
  context.globalAlpha = 1;
}

/** How far apart the fighters are, on the floor between them. */
function drawDistance({ context, theme, scale, x, y }: View, scene: FighterSceneState): void {
  const [a, b] = scene.fighters.map((fighter) => x(fighter.x)).sort((left, right) => left - right) as [number, number];
  const level = y(0) + 22 * scale;
  context.strokeStyle = context.fillStyle = theme.muted;
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.beginPath();
  for (const end of [a, b]) {
    context.moveTo(end, level - 4);
    context.lineTo(end, level + 4);
  }
  const words = `${Math.abs(scene.fighters[0].x - scene.fighters[1].x)} px`;
  context.font = `500 ${Math.max(10, 11 * scale)}px ${FONT}`;
  const gap = context.measureText(words).width / 2 + 6;
  const middle = (a + b) / 2;
  if (b - a > 2 * gap) {
    context.moveTo(a, level);
    context.lineTo(middle - gap, level);
    context.moveTo(middle + gap, level);
    context.lineTo(b, level);
    context.textAlign = 'center';
    context.fillText(words, middle, level + 4);
  }
  context.stroke();
  context.globalAlpha = 1;
}

function drawShadow({ context, theme, scale, x, y }: View, fighter: FighterScene): void {
  const { phase } = fighter.pose;
  const color = phase === 'startup' || phase === 'active' || phase === 'recovery' ? theme[phase] : theme.outline;
  context.globalAlpha = phase === 'active' ? 0.75 : phase === 'startup' || phase === 'recovery' ? 0.55 : 0.28;
  context.fillStyle = color;
  context.beginPath();
  const narrow = 1 - Math.min(0.5, fighter.y / 220);
  context.ellipse(
    x(fighter.x),
    y(0) + 7 * scale,
    (fighter.pose.phase === 'down' ? 46 : 30) * scale * narrow,
    6 * scale * narrow,
    0,
    0,
    2 * Math.PI,
  );
  context.fill();
  context.globalAlpha = 1;
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

function drawBall(
  { context, theme, scale, x, y }: View,
  worldX: number,
  worldY: number,
  half: number,
  direction: number,
  color: string,
): void {
  const cx = x(worldX);
  const cy = y(worldY);
  const radius = half * scale;
  const trail = context.createLinearGradient(cx - direction * radius * 4.5, 0, cx, 0);
  trail.addColorStop(0, 'transparent');
  trail.addColorStop(1, color);
  context.globalAlpha = 0.55;
  context.fillStyle = trail;
  context.beginPath();
  context.moveTo(cx, cy - radius);
  context.lineTo(cx - direction * radius * 4.5, cy);
  context.lineTo(cx, cy + radius);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = color;
  context.beginPath();
  context.arc(cx, cy, radius, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = theme.stageTop;
  context.beginPath();
  context.arc(cx + direction * radius * 0.15, cy, radius * 0.45, 0, 2 * Math.PI);
  context.fill();
}

const SPARKS = {
  hit: 'active',
  throw: 'active',
  armour: 'startup',
  block: 'hurt',
  tech: 'recovery',
  clash: 'startup',
  counter: 'active',
} as const;

/** A star that opens and fades with the frames since the contact; its size follows the damage. */
function drawSpark({ context, theme, scale, x, y }: View, hit: HitScene, age: number): void {
  if (age < 0 || age >= SPARK_FRAMES) return;
  const open = (age + 3) / (SPARK_FRAMES + 3);
  const fade = 1 - age / SPARK_FRAMES;
  const cx = x(hit.x);
  const cy = y(hit.y);
  const reach = (hit.kind === 'block' ? 20 : 20 + Math.min(26, hit.damage / 5)) * scale;
  context.globalAlpha = fade;
  context.strokeStyle = theme[SPARKS[hit.kind]];
  context.lineCap = 'round';
  context.lineWidth = 3.2 * scale * fade + 0.6;
  context.beginPath();
  if (hit.kind === 'block') {
    context.arc(cx, cy, reach * (0.5 + 0.5 * open), 0, 2 * Math.PI);
  } else {
    for (let i = 0; i < 8; i++) {
      const angle = (i * Math.PI) / 4 + hit.id; // the id turns each star a little
      const long = i % 2 === 0 ? 1 : 0.6;
      context.moveTo(cx + Math.cos(angle) * reach * open * 0.45, cy + Math.sin(angle) * reach * open * 0.45);
      context.lineTo(cx + Math.cos(angle) * reach * open * long, cy + Math.sin(angle) * reach * open * long);
    }
  }
  context.stroke();
  if (hit.damage > 0) {
    context.fillStyle = theme[SPARKS[hit.kind]];
    context.font = `700 ${Math.max(11, 15 * scale)}px ${FONT}`;
    context.textAlign = 'center';
    // Beside the spark: above it stands what the fighter does.
    const place = [cx + (reach + 14 * scale), cy - (4 + age * 1.2) * scale] as const;
    context.strokeStyle = theme.stageTop;
    context.lineWidth = 3;
    context.strokeText(`${hit.damage}`, ...place);
    context.fillText(`${hit.damage}`, ...place);
  }
  context.globalAlpha = 1;
}

/** Above each fighter: the move's name, its startup, active and recovery frames to scale, and the frame it is at. */
function drawTiming(
  { context, theme, x, y, scale, width }: View,
  fighter: FighterScene,
  seat: number,
  scene: FighterSceneState,
  frameData: boolean,
): void {
  const { pose, stun } = fighter;
  const size = Math.max(10.5, 12.5 * scale);
  const other = scene.fighters[1 - seat]!;
  // Close together the two labels would lie on one another: the second goes a line higher.
  const near = Math.abs(other.x - fighter.x) < 130 && Math.abs(other.y - fighter.y) < 40 && seat === 1;
  const top = Math.max(size + 4, y(fighter.y + (pose.phase === 'down' ? 44 : pose.crouching ? 84 : 112)) - (near ? size * 2.6 : 0));
  const middle = Math.min(width - 46, Math.max(46, x(fighter.x)));
  const stunned = pose.phase === 'hit' || pose.phase === 'block' || pose.phase === 'down';
  const label = stunned ? `${pose.phase} ${stun}` : pose.move.replaceAll('_', ' ');
  context.font = `600 ${size}px ${FONT}`;
  context.textAlign = 'center';
  context.lineWidth = 3;
  context.strokeStyle = theme.stageTop;
  context.lineJoin = 'round';
  context.strokeText(label, middle, top);
  context.fillStyle = stunned ? theme.muted : pose.phase === 'idle' ? theme.muted : theme.text;
  context.fillText(label, middle, top);
  const frames = pose.startup + pose.active + pose.recovery;
  if (stunned || pose.frame < 1 || frames < 1) return;
  const unit = Math.min(1.7 * scale, (110 * scale) / frames);
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
  if (!frameData) return;
  const words = `${pose.frame} of ${frames}: ${pose.startup} + ${pose.active} + ${pose.recovery}`;
  context.font = `500 ${size * 0.82}px ${FONT}`;
  context.strokeText(words, middle, top + bar + 6 + size * 0.8);
  context.fillStyle = theme.muted;
  context.fillText(words, middle, top + bar + 6 + size * 0.8);
}
