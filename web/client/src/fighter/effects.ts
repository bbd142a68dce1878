/** What lights up around a fighter: guard, dash, wind-up of the slow blows, the way of a blow, dizziness, and the super. */
import type { FighterScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import type { Look } from './looks.js';
import { joints, strikingLimbs, windupOf, type Surroundings } from './poses.js';
import type { View } from './scenery.js';

/** Frames of startup from which a blow gathers visibly. */
const SLOW = 24;
/** Frames for which the way of a blow stays after its active ones. */
const SMEAR = 5;

const superNow = ({ pose }: FighterScene): boolean => pose.move === 'super' && (pose.phase === 'startup' || pose.phase === 'active');

/** While a super begins the stage goes dark but for rays from the one who does it. */
export function drawSuperDark({ context, width, height, x, y, scale }: View, fighter: FighterScene, color: string): void {
  if (!superNow(fighter)) return;
  const { frame, startup, active } = fighter.pose;
  const deep = Math.min(1, frame / 2, (startup + active - frame + 1) / 4);
  context.globalAlpha = 0.78 * deep;
  context.fillStyle = '#05070b';
  context.fillRect(0, 0, width, height);
  const cx = x(fighter.x);
  const cy = y(fighter.y + 50);
  context.globalAlpha = 0.5 * deep;
  context.fillStyle = color;
  context.beginPath();
  const far = Math.max(width, height);
  for (let i = 0; i < 12; i++) {
    const angle = (i * Math.PI) / 6 + frame * 0.035;
    context.moveTo(cx + Math.cos(angle) * 30 * scale, cy + Math.sin(angle) * 30 * scale);
    context.lineTo(cx + Math.cos(angle - 0.06) * far, cy + Math.sin(angle - 0.06) * far);
    context.lineTo(cx + Math.cos(angle + 0.06) * far, cy + Math.sin(angle + 0.06) * far);
  }
  context.fill();
  if (frame <= 3) {
    context.globalAlpha = 0.7 - frame * 0.18;
    context.fillStyle = '#ffffff';
    context.fillRect(0, 0, width, height);
  }
  context.globalAlpha = 1;
}

/** The effects drawn before the figure or after it, in its own coordinates: x forwards, y upwards from its feet. */
export function drawAround(
  context: CanvasRenderingContext2D,
  fighter: FighterScene,
  look: Look,
  color: string,
  theme: Theme,
  around: Surroundings,
  layer: 'behind' | 'before',
): void {
  const { pose } = fighter;
  context.save();
  if (layer === 'behind') {
    const rushes = pose.move === 'lunge' && (pose.phase === 'active' || (pose.phase === 'startup' && pose.frame * 2 > pose.startup));
    if (rushes || (pose.move.startsWith('dash') && pose.phase !== 'idle')) rushLines(context, fighter, color);
    if (pose.phase === 'startup' && pose.startup >= SLOW && pose.move !== 'jump_kick') gathering(context, fighter, look, theme, around);
    if (superNow(fighter)) aura(context, fighter, color);
  } else {
    if (pose.phase === 'active' || (pose.phase === 'recovery' && pose.frame - pose.startup - pose.active <= SMEAR))
      smear(context, fighter, look, around, theme);
    if (pose.move === 'super') wave(context, fighter, color);
    if (pose.guard !== 'none' && (pose.phase === 'idle' || pose.phase === 'block')) guard(context, fighter, theme);
    if (pose.phase === 'hit') dizzy(context, fighter, look, theme, around);
    if (pose.phase === 'held') held(context, theme, around.frame);
  }
  context.restore();
}

/** Air that is left behind. */
function rushLines(context: CanvasRenderingContext2D, { pose }: FighterScene, color: string): void {
  const back = pose.move === 'dash_back' ? 1 : -1;
  const all = Math.max(1, pose.startup + pose.active + pose.recovery);
  const fade = Math.max(0, 1 - pose.frame / all);
  context.globalAlpha = 0.25 + 0.6 * fade;
  context.strokeStyle = color;
  context.lineCap = 'round';
  for (const [i, level] of [14, 30, 47, 64, 78].entries()) {
    const from = (18 + ((pose.frame * 7 + i * 13) % 16)) * back;
    context.lineWidth = i % 2 === 0 ? 3 : 1.8;
    context.beginPath();
    context.moveTo(from, level);
    context.lineTo(from + (24 + (i % 3) * 12) * back, level);
    context.stroke();
  }
}

/** Rings that close in on the limbs of a slow blow, the tighter the nearer it is. */
function gathering(context: CanvasRenderingContext2D, fighter: FighterScene, look: Look, theme: Theme, around: Surroundings): void {
  const { pose } = fighter;
  const limb = strikingLimbs(fighter)[0];
  if (!limb) return;
  const [x, y] = joints(fighter, look, around)[limb];
  const near = pose.frame / (pose.startup + 1);
  context.strokeStyle = theme.startup;
  for (let i = 0; i < 2; i++) {
    const turn = (near * 4 + i / 2) % 1;
    context.globalAlpha = 0.25 + 0.6 * turn * near;
    context.lineWidth = 1.5 + 2.5 * near;
    context.beginPath();
    context.arc(x, y, 8 + (1 - turn) * 24, 0, 2 * Math.PI);
    context.stroke();
  }
}

function aura(context: CanvasRenderingContext2D, { pose }: FighterScene, color: string): void {
  const light = context.createRadialGradient(0, 48, 6, 0, 48, 74);
  light.addColorStop(0, '#ffffff');
  light.addColorStop(0.35, color);
  light.addColorStop(1, 'transparent');
  context.globalAlpha = pose.phase === 'startup' ? 0.9 : 0.6;
  context.fillStyle = light;
  context.beginPath();
  context.arc(0, 48, 74, 0, 2 * Math.PI);
  context.fill();
}

/** The light of a super, from the hands to as far as it hits. */
function wave(context: CanvasRenderingContext2D, { pose, hit, x }: FighterScene, color: string): void {
  const since = pose.frame - pose.startup;
  const after = since - pose.active;
  if (since <= 0 || after > 10) return;
  const box = hit[0];
  const reach = box ? Math.max(Math.abs(box.x - x), Math.abs(box.x + box.w - x)) : 134;
  const fade = after > 0 ? 1 - after / 10 : 1;
  const from = 48;
  for (const [tone, share] of [
    [color, 1],
    ['#ffffff', 0.52],
  ] as const) {
    context.globalAlpha = fade * (tone === color ? 0.85 : 0.95);
    context.fillStyle = tone;
    // A drop that flies: its point at the hands, its round head where it still hits.
    const high = 50 * share;
    const round = reach - high * 0.72;
    context.beginPath();
    context.moveTo(from - 6, 56);
    context.quadraticCurveTo(from + (round - from) * 0.6, 56 + high * 0.35, round, 56 + high);
    context.bezierCurveTo(reach, 56 + high, reach, 56 - high, round, 56 - high);
    context.quadraticCurveTo(from + (round - from) * 0.6, 56 - high * 0.35, from - 6, 56);
    context.fill();
  }
}

/** The way a limb came, from its wind-up to where it is. */
function smear(context: CanvasRenderingContext2D, fighter: FighterScene, look: Look, around: Surroundings, theme: Theme): void {
  const { pose } = fighter;
  const limb = strikingLimbs(fighter)[0];
  const from = limb && windupOf(fighter)[limb];
  if (!limb || !from || pose.move === 'super' || pose.move === 'throw' || pose.move === 'fireball') return;
  const to = joints(fighter, look, around)[limb];
  const late = pose.frame - pose.startup - pose.active;
  context.globalAlpha = late > 0 ? 0.4 * (1 - late / (SMEAR + 1)) : 0.5;
  context.fillStyle = theme.active;
  const [mx, my] = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  // Blows that come down or rise bulge forwards, straight ones a little upwards.
  const rise = to[1] - from[1];
  const [bx, by] = Math.abs(rise) > 40 ? [26, rise < 0 ? 22 : -14] : [0, 9];
  context.beginPath();
  context.moveTo(from[0], from[1]);
  context.quadraticCurveTo(mx + bx, my + by, to[0], to[1] + 6);
  context.lineTo(to[0], to[1] - 6);
  context.quadraticCurveTo(mx + bx * 0.4, my + by * 0.2, from[0], from[1]);
  context.fill();
}

/** A shield before a guarding fighter: high or low as it guards, bright while it takes a blow. */
function guard(context: CanvasRenderingContext2D, { pose }: FighterScene, theme: Theme): void {
  const struck = pose.phase === 'block';
  const low = pose.guard === 'low' || pose.crouching;
  const middle = low ? 28 : 58;
  context.strokeStyle = theme.hurt;
  context.lineCap = 'round';
  for (const [radius, alpha, width] of [
    [34, struck ? 1 : 0.55, struck ? 4.5 : 2.2],
    [40, struck ? 0.6 : 0.2, struck ? 2.5 : 1.2],
  ] as const) {
    context.globalAlpha = alpha;
    context.lineWidth = width;
    context.beginPath();
    context.ellipse(-8, middle, radius, low ? radius * 0.85 : radius, 0, -0.85, 0.85);
    context.stroke();
  }
}

/** Sparks that circle above the head of one in hit stun. */
function dizzy(context: CanvasRenderingContext2D, fighter: FighterScene, look: Look, theme: Theme, around: Surroundings): void {
  const { head } = joints(fighter, look, around);
  context.fillStyle = theme.startup;
  for (let i = 0; i < 3; i++) {
    const angle = around.frame / 6 + (i * 2 * Math.PI) / 3;
    context.globalAlpha = 0.55 + 0.45 * Math.sin(angle);
    star(context, head[0] + Math.cos(angle) * 15, head[1] + 14 + Math.sin(angle) * 4, 4.2);
  }
}

/** Drops that fly off one who is held and may still break free. */
function held(context: CanvasRenderingContext2D, theme: Theme, worldFrame: number): void {
  context.strokeStyle = theme.startup;
  context.lineWidth = 2.4;
  context.lineCap = 'round';
  for (let i = 0; i < 5; i++) {
    const angle = Math.PI * (0.1 + i * 0.2);
    const out = 50 + ((worldFrame * 3 + i * 7) % 12);
    context.beginPath();
    context.moveTo(Math.cos(angle) * out - 4, 54 + Math.sin(angle) * out);
    context.lineTo(Math.cos(angle) * (out + 8) - 4, 54 + Math.sin(angle) * (out + 8));
    context.stroke();
  }
}

function star(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  for (let i = 0; i < 10; i++) {
    const r = i % 2 === 0 ? radius : radius * 0.45;
    const angle = (i * Math.PI) / 5 + Math.PI / 2;
    context.lineTo(x + Math.cos(angle) * r, y + Math.sin(angle) * r);
  }
  context.fill();
}
