/** Draws one fighter: its character's body and dress over the joints of its pose, the striking limb lit in the colour of the move's phase. */
import type { FighterScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import { drawDress, drawHead } from './dress.js';
import type { Look, Palette } from './looks.js';
import { bend, joints, strikingLimbs, type Joints, type Limb, type Point, type Surroundings } from './poses.js';
import { along, band, blend, disc, paint, polygon, rounded, type Part } from './shapes.js';

/** What of the match decides how a fighter is drawn. */
export interface FigureState extends Surroundings {
  look: Look;
  palette: Palette;
  /** The seat's colour and its darker shade. */
  seat: string;
  shade: string;
  /** Struck just now: drawn paler for as long as the hitstop holds. */
  pale: boolean;
  theme: Theme;
}

/** Everything the parts of a figure are drawn with. */
export interface Figure extends FigureState {
  context: CanvasRenderingContext2D;
  fighter: FighterScene;
  body: Joints;
  shoulder: Point;
  outline: string;
  /** A colour as it is worn now: paler when struck, darker on the far side. */
  tone(color: string, far?: boolean): string;
}

/** Draws a fighter with the context's origin at the centre of its feet, x forwards and y upwards, a unit one pixel of the world. */
export function drawFigure(context: CanvasRenderingContext2D, fighter: FighterScene, state: FigureState): void {
  const { look, theme, pale } = state;
  const body = joints(fighter, look, state);
  const figure: Figure = {
    ...state,
    context,
    fighter,
    body,
    shoulder: along(body.neck, body.hip, 0.12),
    outline: theme.outline,
    tone: (color, far = false) => (pale ? blend(color, '#ffffff', 0.55) : far ? blend(color, '#10141c', 0.3) : color),
  };
  const hot = state.won === null ? strikingLimbs(fighter) : [];
  const lit = (limb: Limb): void => drawLimb(figure, limb, hot.includes(limb));
  context.lineCap = 'round';
  context.lineJoin = 'round';
  drawDress(figure, 'behind');
  lit('backHand');
  lit('backFoot');
  if (!hot.includes('frontFoot')) lit('frontFoot');
  drawTrunk(figure);
  drawDress(figure, 'body');
  if (hot.includes('frontFoot')) lit('frontFoot');
  drawHead(figure);
  lit('frontHand');
}

/** A trunk as wide as its character's shoulders, waist and hips, bent with the back. */
function drawTrunk({ context, body, look, palette, outline, tone, shoulder }: Figure): void {
  const { hip } = body;
  const at = (t: number, half: number): [Point, Point] => [along(hip, shoulder, t, half), along(hip, shoulder, t, -half)];
  const [top, breast, waist, low] = [at(1.12, look.shoulders * 0.72), at(0.86, look.shoulders), at(0.36, look.waist), at(-0.12, look.hips)];
  const bare = look.dress === 'harness';
  const trunk = rounded([top[0], breast[0], waist[0], low[0], low[1], waist[1], breast[1], top[1]]);
  paint(context, [{ path: trunk, color: tone(bare ? palette.skin : palette.top) }], outline);
}

function drawLimb(figure: Figure, limb: Limb, hot: boolean): void {
  const { context, body, look, palette, outline, theme, tone, shoulder, fighter } = figure;
  const far = limb.startsWith('back');
  const isArm = limb.endsWith('Hand');
  const end = body[limb];
  const { phase } = fighter.pose;
  const phaseColor = phase === 'startup' ? theme.startup : phase === 'active' ? theme.active : theme.recovery;
  const shape = isArm ? look.arm : look.leg;
  const root: Point = isArm
    ? along(shoulder, body.hip, 0.04, far ? -look.shoulders * 0.35 : look.shoulders * 0.3)
    : [body.hip[0] + (far ? -look.hips * 0.4 : look.hips * 0.35), body.hip[1]];
  const middle = bend(root, end, shape.bone, isArm ? -1 : 1);
  const upper = isArm ? (look.dress === 'ribbons' ? palette.top : palette.skin) : palette.legs;
  const lower = isArm
    ? look.dress === 'harness'
      ? palette.gloves
      : palette.skin
    : look.dress === 'ribbons'
      ? palette.boots
      : palette.legs;
  const parts: Part[] = [
    { path: band(root, shape.upper, middle, shape.joint), color: tone(upper, far) },
    { path: band(middle, shape.joint, end, shape.lower), color: tone(lower, far) },
    ...(isArm ? fist(figure, middle, end, far) : foot(figure, middle, end, far)),
  ];
  if (hot) {
    // Lit from the elbow or knee on: where the blow is.
    const glow = band(middle, shape.joint, end, isArm ? shape.end : shape.lower);
    context.globalAlpha = phase === 'active' ? 0.85 : 0.5;
    context.strokeStyle = phaseColor;
    context.lineWidth = phase === 'active' ? 9 : 6.5;
    context.stroke(glow);
    context.globalAlpha = 1;
  }
  paint(context, parts, outline);
  if (!hot) return;
  const tip = isArm ? disc(end, shape.end * 0.8) : band(along(middle, end, 0.72), shape.lower * 0.8, end, shape.lower * 0.9);
  context.fillStyle = phaseColor;
  context.fill(tip);
}

function fist({ look, palette, tone }: Figure, elbow: Point, end: Point, far: boolean): Part[] {
  const hand: Part = { path: disc(end, look.arm.end), color: tone(palette.gloves, far) };
  if (look.dress !== 'jacket') return [hand];
  // Wrapped forearms.
  return [{ path: band(along(elbow, end, 0.55), look.arm.lower + 0.6, end, look.arm.lower + 0.4), color: tone(palette.trim, far) }, hand];
}

function foot({ look, palette, tone }: Figure, knee: Point, end: Point, far: boolean): Part[] {
  const { dress, leg } = look;
  // A foot stands at a right angle to the shin.
  const toe = along(knee, end, 1, 0);
  const length = Math.max(1, Math.hypot(end[0] - knee[0], end[1] - knee[1]));
  const reach = dress === 'harness' ? 9 : 7.5;
  const tip: Point = [toe[0] - ((end[1] - knee[1]) / length) * reach, toe[1] + ((end[0] - knee[0]) / length) * reach];
  const boot = tone(palette.boots, far);
  const parts: Part[] = [{ path: band(end, leg.end, tip, leg.end * 0.75), color: boot }];
  if (dress === 'harness') parts.unshift({ path: band(along(knee, end, 0.45), leg.lower + 1, end, leg.lower + 0.6), color: boot });
  if (dress === 'ribbons') {
    // Knee guards, pointed upwards.
    const guard = [
      along(knee, end, -0.1, leg.joint + 1.6),
      along(knee, end, -0.28),
      along(knee, end, -0.1, -leg.joint - 0.6),
      along(knee, end, 0.25),
    ];
    parts.push({ path: polygon(guard), color: tone(palette.trim, far) });
  }
  return parts;
}
