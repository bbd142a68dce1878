/** Contacts as they are seen: a mark of its own for each kind, that opens and fades with the frames since. Size follows the damage. */
import type { HitScene } from '../../../../envs/fighter/scene.js';
import type { Theme } from '../theme.js';
import { FONT, type View } from './scenery.js';

/** Frames for which a contact's mark stays. */
const FRAMES = 18;

type Kind = HitScene['kind'];

/** The colour of a contact's mark. */
export function sparkColor(kind: Kind, theme: Theme): string {
  switch (kind) {
    case 'block':
      return theme.hurt;
    case 'armour':
    case 'clash':
      return theme.startup;
    case 'counter':
      return theme.seats[3]!;
    case 'tech':
      return theme.bid;
    default:
      return theme.active;
  }
}

interface Mark {
  view: View;
  hit: HitScene;
  /** How far it has opened, 0 to 1. */
  open: number;
  cx: number;
  cy: number;
  /** Its size at its widest, CSS pixels. */
  reach: number;
}

const MARKS: Record<Kind, (mark: Mark) => void> = {
  hit: (mark) => rays(mark, 8),
  counter(mark) {
    rays(mark, 14);
    ring(mark, 0.75);
    ring(mark, 1.1);
  },
  block({ view: { context, scale }, cx, cy, reach, open }) {
    // Chevrons pushed back from a shield.
    for (let i = 0; i < 3; i++) {
      const r = reach * (0.35 + 0.3 * i + 0.35 * open);
      context.lineWidth = Math.max(0.8, (4 - i) * scale * (1 - open * 0.7));
      for (const side of [0, Math.PI]) {
        context.beginPath();
        context.arc(cx, cy, r, side - 0.6, side + 0.6);
        context.stroke();
      }
    }
  },
  armour(mark) {
    const { view, cx, cy, reach, open } = mark;
    const { context } = view;
    for (const share of [0.6, 1]) {
      context.beginPath();
      for (let i = 0; i <= 6; i++) {
        const angle = (i * Math.PI) / 3 + Math.PI / 6;
        context.lineTo(
          cx + Math.cos(angle) * reach * share * (0.7 + 0.4 * open),
          cy + Math.sin(angle) * reach * share * (0.7 + 0.4 * open),
        );
      }
      context.stroke();
    }
  },
  tech({ view: { context, scale }, cx, cy, reach, open }) {
    // Two that push each other off.
    for (const side of [-1, 1]) {
      for (const aside of [-0.5, 0, 0.5]) {
        context.beginPath();
        const from = side * reach * (0.3 + open * 0.8);
        context.moveTo(cx + from, cy + aside * reach);
        context.lineTo(cx + from + side * reach * 0.7, cy + aside * reach * 1.5);
        context.stroke();
      }
    }
    context.beginPath();
    context.arc(cx, cy, 9 * scale * (1 + open), 0, 2 * Math.PI);
    context.stroke();
  },
  clash(mark) {
    ring(mark, 0.8);
    ring(mark, 1.25);
    rays(mark, 6);
  },
  throw(mark) {
    // Dust along the floor.
    const { view, cx, reach, open } = mark;
    const { context, y, scale } = view;
    rays(mark, 5);
    for (let i = -2; i <= 2; i++) {
      context.beginPath();
      context.ellipse(cx + i * reach * (0.4 + open), y(4) - (2 - Math.abs(i)) * 3 * scale, (5 + 8 * open) * scale, (3 + 4 * open) * scale, 0, 0, 2 * Math.PI); // prettier-ignore
      context.globalAlpha *= 0.8;
      context.lineWidth = 1.6 * scale;
      context.stroke();
    }
  },
};

function rays({ view: { context }, hit, open, cx, cy, reach }: Mark, count: number): void {
  context.beginPath();
  for (let i = 0; i < count; i++) {
    const angle = (i * 2 * Math.PI) / count + hit.id; // the id turns each star a little
    const long = i % 2 === 0 ? 1 : 0.6;
    context.moveTo(cx + Math.cos(angle) * reach * open * 0.45, cy + Math.sin(angle) * reach * open * 0.45);
    context.lineTo(cx + Math.cos(angle) * reach * open * long, cy + Math.sin(angle) * reach * open * long);
  }
  context.stroke();
}

function ring({ view: { context }, open, cx, cy, reach }: Mark, share: number): void {
  context.beginPath();
  context.arc(cx, cy, reach * share * (0.3 + 0.7 * open), 0, 2 * Math.PI);
  context.stroke();
}

/** A contact's mark, `age` frames after it. */
export function drawSpark(view: View, hit: HitScene, age: number): void {
  if (age < 0 || age >= FRAMES) return;
  const { context, theme, scale, x, y } = view;
  const open = (age + 4) / (FRAMES + 4);
  const fade = 1 - age / FRAMES;
  const cx = x(hit.x);
  const cy = y(hit.y);
  const grown = hit.kind === 'block' ? 0 : Math.min(34, hit.damage / 4.5) + (hit.kind === 'counter' ? 12 : 0);
  const reach = (22 + grown) * scale;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  if (age < 3 && hit.kind !== 'block') {
    // The flash of the contact itself.
    context.globalAlpha = 0.85 - age * 0.2;
    context.fillStyle = '#ffffff';
    context.beginPath();
    context.arc(cx, cy, reach * 0.34, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = fade;
  context.strokeStyle = sparkColor(hit.kind, theme);
  context.lineWidth = 3.6 * scale * fade + 0.7;
  MARKS[hit.kind]?.({ view, hit, open, cx, cy, reach });
  if (hit.damage > 0) drawDamage(view, hit, age, cx, cy, reach);
  context.globalAlpha = 1;
}

function drawDamage({ context, theme, scale, width }: View, hit: HitScene, age: number, cx: number, cy: number, reach: number): void {
  const size = Math.max(12, 15 * scale);
  context.fillStyle = sparkColor(hit.kind, theme);
  context.font = `700 ${size}px ${FONT}`;
  context.textAlign = 'center';
  // Beside the spark: above it stands what the fighter does.
  const aside = Math.min(reach, 34 * scale) + 14 * scale;
  const place = [Math.min(width - 18, Math.max(18, cx + aside)), cy - (4 + age * 1.2) * scale] as const;
  context.strokeStyle = theme.stageTop;
  context.lineWidth = 3;
  context.strokeText(`${hit.damage}`, ...place);
  context.fillText(`${hit.damage}`, ...place);
}
