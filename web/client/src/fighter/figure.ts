/** Draws one fighter: limbs as rounded strokes with an outline, the striking limb in the colour of the move's phase. */
import type { FighterScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import { bend, joints, strikingLimbs, type Joints, type Limb, type Point } from './poses.js';

const ARM = 17.5;
const LEG = 22;

function path(context: CanvasRenderingContext2D, points: Point[]): void {
  context.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
}

function stroke(context: CanvasRenderingContext2D, points: Point[], width: number, color: string, outline: string): void {
  path(context, points);
  context.lineWidth = width + 3;
  context.strokeStyle = outline;
  context.stroke();
  context.lineWidth = width;
  context.strokeStyle = color;
  context.stroke();
}

function disc(context: CanvasRenderingContext2D, [x, y]: Point, radius: number, color: string, outline: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = outline;
  context.stroke();
}

function limb(context: CanvasRenderingContext2D, body: Joints, which: Limb, color: string, outline: string): void {
  const end = body[which];
  if (which === 'frontHand' || which === 'backHand') {
    const shoulder: Point = [body.neck[0] + (which === 'frontHand' ? 1 : -2), body.neck[1] - 3];
    stroke(context, [shoulder, bend(shoulder, end, ARM, -1), end], 8, color, outline);
    disc(context, end, 5.6, color, outline);
  } else {
    const hip: Point = [body.hip[0] + (which === 'frontFoot' ? 2 : -2), body.hip[1]];
    const knee = bend(hip, end, LEG, 1);
    stroke(context, [hip, knee, end], 10, color, outline);
    const dx = end[0] - knee[0];
    const dy = end[1] - knee[1];
    const length = Math.max(1, Math.sqrt(dx * dx + dy * dy));
    // A foot stands at a right angle to the shin.
    stroke(context, [end, [end[0] - (dy / length) * 7, end[1] + (dx / length) * 7]], 7, color, outline);
  }
}

/** Draws a fighter with the context's origin at the centre of its feet, x forwards and y upwards, a unit one pixel of the world. */
export function drawFigure(context: CanvasRenderingContext2D, fighter: FighterScene, seat: number, theme: Theme, won: boolean): void {
  const body = joints(fighter, won);
  const hot = strikingLimbs(fighter);
  const { phase } = fighter.pose;
  const phaseColor = phase === 'startup' ? theme.startup : phase === 'active' ? theme.active : theme.recovery;
  const color = theme.seats[seat % 2]!;
  const shade = theme.seatShades[seat % 2]!;
  const { outline } = theme;
  const paint = (which: Limb): void =>
    limb(context, body, which, hot.includes(which) ? phaseColor : which.startsWith('front') ? color : shade, outline);

  context.lineCap = 'round';
  context.lineJoin = 'round';
  paint('backHand');
  paint('backFoot');
  if (!hot.includes('frontFoot')) paint('frontFoot');
  const shoulder: Point = [body.neck[0] - 1, body.neck[1] - 4];
  stroke(context, [body.hip, shoulder], 17, color, outline);
  // Belt and headband: they show which way the body leans.
  const across = (a: Point, b: Point, t: number, half: number): [Point, Point] => {
    const length = Math.max(1, Math.hypot(b[0] - a[0], b[1] - a[1]));
    const nx = -(b[1] - a[1]) / length;
    const ny = (b[0] - a[0]) / length;
    const x = a[0] + (b[0] - a[0]) * t;
    const y = a[1] + (b[1] - a[1]) * t;
    return [
      [x - nx * half, y - ny * half],
      [x + nx * half, y + ny * half],
    ];
  };
  path(context, across(body.hip, shoulder, 0.12, 8));
  context.lineCap = 'butt';
  context.lineWidth = 4;
  context.strokeStyle = shade;
  context.stroke();
  disc(context, body.head, 9.5, color, outline);
  const band = across(
    body.head,
    [body.head[0] + (body.head[0] - body.neck[0]) * 0.6, body.head[1] + (body.head[1] - body.neck[1]) * 0.6],
    0.45,
    9,
  );
  path(context, band);
  context.lineWidth = 3.5;
  context.strokeStyle = outline;
  context.stroke();
  context.lineCap = 'round';
  const knot = band[1];
  path(context, [knot, [knot[0] - 8, knot[1] - 3], [knot[0] - 13, knot[1] - 8]]);
  context.lineWidth = 2.5;
  context.stroke();
  if (hot.includes('frontFoot')) paint('frontFoot');
  paint('frontHand');
}
