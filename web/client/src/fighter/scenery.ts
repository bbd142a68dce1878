/** The camera and what stands still: sky, ridges, floor with a mark every hundred pixels, walls. */
import type { FighterSceneState } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';

/** World pixels shown beyond the walls, above the floor and below it. */
const MARGIN = 36;
const ABOVE = 212;
const BELOW = 34;
/** World pixels kept free beside a fighter, so that what it does is not at the edge. */
const BESIDE = 130;
/** Height of the picture as a share of its width, on screens and on telephones held upright. */
const SHAPE = { wide: 0.36, narrow: 0.62, narrowBelow: 600 };
export const FONT = 'ui-sans-serif, system-ui, sans-serif';

const shape = (width: number): number => (width < SHAPE.narrowBelow ? SHAPE.narrow : SHAPE.wide);

/** Height of the stage for its width. */
export function stageHeight(width: number): number {
  return Math.round(width * shape(width));
}

/** How the world lies on the canvas, and the pen. */
export interface View {
  context: CanvasRenderingContext2D;
  theme: Theme;
  /** CSS pixels a world pixel. */
  scale: number;
  width: number;
  height: number;
  /** World pixel at the left edge. */
  left: number;
  x(world: number): number;
  y(world: number): number;
}

/** What of the stage is shown: always as high as a jump, wide enough for both fighters. */
export function camera(
  context: CanvasRenderingContext2D,
  theme: Theme,
  width: number,
  height: number,
  { fighters: [a, b], stage }: FighterSceneState,
): View {
  const whole = stage + 2 * MARGIN;
  const least = (ABOVE + BELOW) / shape(width);
  const wide = Math.min(whole, Math.max(least, Math.abs(a.x - b.x) + 2 * BESIDE));
  const left = Math.max(-MARGIN, Math.min(stage + MARGIN - wide, (a.x + b.x - wide) / 2));
  const scale = width / wide;
  const floor = height - BELOW * scale;
  return { context, theme, scale, width, height, left, x: (world) => (world - left) * scale, y: (world) => floor - world * scale };
}

/** Heights of a far and a near ridge, world pixels, a point each `RIDGE_STEP`. */
const RIDGES = [
  { heights: [92, 128, 104, 150, 118, 96, 140, 112, 86, 124, 102, 132], slow: 0.2, alpha: 0.45 },
  { heights: [44, 62, 38, 70, 52, 84, 46, 58, 40, 74, 50, 66], slow: 0.45, alpha: 0.8 },
] as const;
const RIDGE_STEP = 90;

export function drawBackground({ context, theme, width, height, x, y, scale, left }: View, { stage }: FighterSceneState): void {
  const floor = y(0);
  const sky = context.createLinearGradient(0, 0, 0, floor);
  sky.addColorStop(0, theme.stageTop);
  sky.addColorStop(1, theme.stageBottom);
  context.fillStyle = sky;
  context.fillRect(0, 0, width, floor);
  context.fillStyle = theme.line;
  context.globalAlpha = 0.55;
  context.beginPath();
  context.arc(width * 0.5 - (left - 64) * 0.1 * scale, floor - 128 * scale, 52 * scale, 0, 2 * Math.PI);
  context.fill();
  for (const { heights, slow, alpha } of RIDGES) {
    context.globalAlpha = alpha;
    context.beginPath();
    context.moveTo(-10, floor);
    // The further away, the less it moves with the camera.
    const from = -RIDGE_STEP - left * slow - 60;
    heights.forEach((high, i) => context.lineTo((from + i * RIDGE_STEP * 1.2) * scale, floor - high * scale));
    context.lineTo(width + 10, floor);
    context.fill();
  }
  context.globalAlpha = 1;
  context.fillStyle = theme.floor;
  context.fillRect(0, floor, width, height - floor);
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 0; at <= stage; at += 100) {
    // Marks every hundred pixels, fanned out from the middle as a floor would be.
    const top = x(at);
    const middle = x(stage / 2);
    context.moveTo(top, floor);
    context.lineTo(top + (top - middle) * 0.12, height);
  }
  context.stroke();
  context.strokeStyle = theme.muted;
  context.lineWidth = 1.5;
  context.beginPath();
  context.moveTo(0, floor);
  context.lineTo(width, floor);
  context.stroke();
  for (const wall of [0, stage]) {
    const outer = wall === 0 ? x(-MARGIN) : x(wall) + 18 * scale;
    const wide = (MARGIN - 18) * scale;
    context.globalAlpha = 0.9;
    context.fillStyle = theme.floor;
    context.fillRect(outer, 0, wide, floor);
    context.globalAlpha = 0.7;
    context.fillStyle = theme.muted;
    context.fillRect(wall === 0 ? outer + wide - 2 : outer, 0, 2, floor);
  }
  context.globalAlpha = 1;
}

/** How far apart the fighters are, on the floor between them. */
export function drawDistance({ context, theme, scale, x, y }: View, scene: FighterSceneState): void {
  const [a, b] = scene.fighters.map((fighter) => x(fighter.x)).sort((left, right) => left - right) as [number, number];
  const level = y(0) + 22 * scale;
  const words = `${Math.abs(scene.fighters[0].x - scene.fighters[1].x)} px`;
  context.font = `500 ${Math.max(10, Math.min(15, 11 * scale))}px ${FONT}`;
  const gap = context.measureText(words).width / 2 + 6;
  if (b - a <= 2 * gap) return;
  const middle = (a + b) / 2;
  context.strokeStyle = context.fillStyle = theme.muted;
  context.globalAlpha = 0.8;
  context.lineWidth = 1;
  context.textAlign = 'center';
  context.beginPath();
  for (const [end, inner] of [
    [a, middle - gap],
    [b, middle + gap],
  ] as const) {
    context.moveTo(end, level - 4);
    context.lineTo(end, level + 4);
    context.moveTo(end, level);
    context.lineTo(inner, level);
  }
  context.stroke();
  context.fillText(words, middle, level + 4);
  context.globalAlpha = 1;
}
