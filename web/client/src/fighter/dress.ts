/** What each character wears, and its head: drawn behind, over and above the body. */
import type { Figure } from './figure.js';
import type { Point } from './poses.js';
import { along, band, disc, line, paint, polygon, rounded } from './shapes.js';

/** The layer of a dress behind the body, or the one over the trunk. */
export function drawDress(figure: Figure, layer: 'behind' | 'body'): void {
  const { dress } = figure.look;
  if (layer === 'behind') {
    if (dress === 'ribbons') ribbons(figure);
    if (dress === 'jacket') bandTails(figure);
    return;
  }
  if (dress === 'jacket') jacket(figure);
  else if (dress === 'harness') harness(figure);
  else vest(figure);
}

/** How far cloth blows backwards, 0 hanging to 1 level, and how it waves at this frame. */
function wind({ fighter, frame }: Figure): { level: number; wave: number } {
  const { pose } = fighter;
  const running = pose.move.startsWith('dash') && pose.phase !== 'idle';
  const walking = pose.phase === 'idle' && pose.move.startsWith('walk');
  const struck = pose.phase === 'hit' || pose.phase === 'down';
  const level = running || pose.phase === 'active' ? 0.95 : pose.airborne ? 0.8 : walking ? 0.55 : struck ? 0.15 : 0.35;
  return { level, wave: frame / 7 };
}

/** A strip of cloth from `at`, backwards and down. @returns its points, the loose end last */
function strip(figure: Figure, at: Point, length: number, lag: number): Point[] {
  const { level, wave } = wind(figure);
  const points: Point[] = [at];
  const steps = 6;
  for (let i = 1; i <= steps; i++) {
    const sway = Math.sin(wave - i * 0.8 + lag) * 0.22 * (i / steps);
    const angle = Math.PI + (1 - level) * 1.15 * Math.min(1, 0.35 + i / steps) + sway;
    const [x, y] = points[i - 1]!;
    points.push([x + (Math.cos(angle) * length) / steps, Math.max(1.5, y + (Math.sin(angle) * length) / steps)]);
  }
  return points;
}

function ribbons(figure: Figure): void {
  const { context, body, seat, shade, outline } = figure;
  const from = along(body.neck, body.hip, 0.1);
  for (const [color, length, lag] of [
    [shade, 46, 1.3],
    [seat, 54, 0],
  ] as const) {
    const points = strip(figure, [from[0] - 4, from[1]], length, lag);
    line(context, points, outline, 6.4);
    line(context, points, color, 4);
    // A kite's tail: a lozenge at its end.
    const end = points.at(-1)!;
    const before = points.at(-2)!;
    const lozenge = polygon([along(before, end, 1.9), along(before, end, 1, 6), along(before, end, -0.2), along(before, end, 1, -6)]);
    paint(context, [{ path: lozenge, color }], outline, 1.1);
  }
}

function bandTails(figure: Figure): void {
  const { context, body, seat, shade, outline } = figure;
  const knot: Point = [body.head[0] - 8, body.head[1] + 3];
  for (const [color, length, lag] of [
    [shade, 15, 1],
    [seat, 20, 0],
  ] as const) {
    const points = strip(figure, knot, length, lag);
    line(context, points, outline, 5);
    line(context, points, color, 3);
  }
}

function belt({ context, body, shoulder, look, seat, outline }: Figure, wide: number, high: number): void {
  const at = (t: number, half: number): Point => along(body.hip, shoulder, t, half);
  const half = look.waist + 0.8;
  paint(
    context,
    [{ path: polygon([at(high, half), at(high + wide, half), at(high + wide, -half), at(high, -half)]), color: seat }],
    outline,
    1,
  );
}

function jacket(figure: Figure): void {
  const { context, body, shoulder, look, palette, tone, seat, shade, outline } = figure;
  const at = (t: number, half: number): Point => along(body.hip, shoulder, t, half);
  // Skirts of the jacket under the belt, the crossed collar above it.
  const skirt = rounded([at(0.3, look.waist), at(-0.34, look.hips + 3), at(-0.3, -look.hips - 3), at(0.3, -look.waist)]);
  paint(context, [{ path: skirt, color: tone(palette.top) }], outline);
  paint(context, [{ path: polygon([at(1.08, -3), at(0.62, -5.5), at(1.02, -9)]), color: tone(palette.skin) }], tone(palette.trim), 1);
  line(context, [at(1.05, 2), at(0.3, -6)], tone(palette.trim), 2.6);
  belt(figure, 0.17, 0.12);
  const knot = at(0.2, -look.waist + 2);
  line(context, [knot, [knot[0] - 2, knot[1] - 13]], outline, 5);
  line(context, [knot, [knot[0] - 2, knot[1] - 13]], shade, 3);
  line(context, [knot, [knot[0] + 4, knot[1] - 11]], outline, 5);
  line(context, [knot, [knot[0] + 4, knot[1] - 11]], seat, 3);
}

function harness(figure: Figure): void {
  const { context, body, shoulder, look, palette, tone, outline } = figure;
  const at = (t: number, half: number): Point => along(body.hip, shoulder, t, half);
  const trousers = rounded([
    at(0.24, look.waist + 0.6),
    at(-0.3, look.hips + 1.5),
    at(-0.3, -look.hips - 1.5),
    at(0.24, -look.waist - 0.6),
  ]);
  paint(context, [{ path: trousers, color: tone(palette.legs) }], outline);
  // Two straps across the chest, and its muscles under them.
  line(context, [at(0.62, -look.waist + 2), at(0.66, 1)], tone(palette.trim), 1.6);
  line(context, [at(1.08, look.shoulders * 0.5), at(0.22, -look.waist + 1)], tone(palette.trim), 5);
  line(context, [at(1.08, -look.shoulders * 0.5), at(0.22, look.waist - 1)], tone(palette.trim), 5);
  paint(context, [{ path: disc(at(0.66, 0), 4), color: tone(palette.gloves) }], outline, 1);
  belt(figure, 0.25, 0.05);
  const buckle = at(0.18, -look.waist * 0.55);
  paint(context, [{ path: disc(buckle, 4.2), color: tone(palette.gloves) }], outline, 1);
  // Shoulder plates.
  const [far, near] = [at(1.02, look.shoulders * 0.5), at(1.0, -look.shoulders * 0.35)];
  for (const [place, radius] of [
    [far, 8],
    [near, 9.5],
  ] as const)
    paint(context, [{ path: disc(place, radius), color: tone(palette.top) }], outline);
  line(context, [along(near, body.hip, 0.06, 6), along(near, body.hip, 0.06, -6)], tone(palette.gloves), 2);
}

function vest(figure: Figure): void {
  const { context, body, shoulder, look, palette, tone, outline } = figure;
  const at = (t: number, half: number): Point => along(body.hip, shoulder, t, half);
  const hips = rounded([at(0.3, look.waist), at(-0.3, look.hips + 1), at(-0.3, -look.hips - 1), at(0.3, -look.waist)]);
  paint(context, [{ path: hips, color: tone(palette.legs) }], outline);
  // The breast plate is a kite.
  const plate = polygon([at(1.1, -1), at(0.8, -look.shoulders - 0.5), at(0.34, -2), at(0.8, look.shoulders - 1.5)]);
  paint(context, [{ path: plate, color: tone(palette.trim) }], outline, 0.8);
  line(context, [at(1.05, -1), at(0.36, -2)], tone(palette.top), 1.2);
  belt(figure, 0.13, 0.16);
}

/** Which way up the head is: from the neck outwards. */
export function drawHead(figure: Figure): void {
  const { context, body, look, palette, tone, outline, seat, fighter, frame } = figure;
  const { head, neck } = body;
  const r = look.head;
  const angle = Math.atan2(head[1] - neck[1], head[0] - neck[0]) - Math.PI / 2;
  // The head keeps half of the neck's lean, so that eyes stay on the opponent; lying it takes all of it.
  const turn = fighter.pose.phase === 'down' ? angle : angle * 0.5;
  const at = (x: number, y: number): Point => [
    head[0] + (x * Math.cos(turn) - y * Math.sin(turn)) * r,
    head[1] + (x * Math.sin(turn) + y * Math.cos(turn)) * r,
  ];
  paint(context, [{ path: band(neck, r * 0.5, head, r * 0.5), color: tone(palette.skin, true) }], outline);
  if (look.dress === 'ribbons') {
    // A tail of hair, high on the back of the head.
    const tail = strip(figure, at(-0.7, 0.75), 26, 0.6);
    line(context, tail, outline, 8);
    line(context, tail, tone(palette.hair), 5.4);
  }
  paint(context, [{ path: disc(head, r), color: tone(palette.skin) }], outline);
  const hair = tone(palette.hair);
  if (look.dress === 'jacket') {
    const tuft = polygon([at(0.75, 0.35), at(1.05, 1.0), at(0.55, 0.95), at(0.5, 1.55), at(-0.05, 1.1), at(-0.45, 1.5), at(-0.6, 0.95), at(-1.2, 1.0), at(-1.0, 0.3), at(-1.05, -0.3), at(-0.6, 0.3)]); // prettier-ignore
    paint(context, [{ path: tuft, color: hair }], outline, 1);
    const front = polygon([at(-1.02, 0.16), at(-1.02, 0.5), at(0.96, 0.5), at(1.0, 0.16)]);
    paint(context, [{ path: front, color: seat }], outline, 0.9);
  } else if (look.dress === 'harness') {
    const beard = rounded([at(1.05, -0.1), at(1.25, -0.9), at(0.5, -1.7), at(-0.4, -1.1), at(-0.75, 0.1), at(-0.2, -0.25), at(0.55, -0.3)]);
    paint(context, [{ path: beard, color: hair }], outline, 0.9);
    const crest = polygon([at(0.35, 0.95), at(0.1, 1.55), at(-0.75, 1.2), at(-1.1, 0.2), at(-0.7, 0.55), at(-0.1, 0.98)]);
    paint(context, [{ path: crest, color: hair }], outline, 0.9);
    line(context, [at(-0.55, 0.62), at(0.95, 0.46)], seat, 2.2);
  } else {
    const cap = rounded([at(1.1, 0.5), at(0.6, 1.25), at(-0.6, 1.3), at(-1.25, 0.4), at(-0.9, -0.5), at(-0.45, 0.3), at(0.3, 0.55)]);
    paint(context, [{ path: cap, color: hair }], outline, 0.9);
    const mask = polygon([at(1.05, -0.1), at(0.95, -0.7), at(0.2, -1.02), at(-0.75, -0.55), at(-0.5, 0.0)]);
    paint(context, [{ path: mask, color: tone(palette.top) }], outline, 0.9);
  }
  eyes(figure, at, frame);
}

function eyes({ context, fighter, outline }: Figure, at: (x: number, y: number) => Point, frame: number): void {
  const { phase } = fighter.pose;
  const shut = phase === 'hit' || phase === 'down' || phase === 'held' || frame % 190 < 5;
  for (const x of [0.28, 0.74]) {
    if (shut) line(context, [at(x - 0.13, 0.06), at(x + 0.13, 0.06)], outline, 1.5);
    else line(context, [at(x, -0.05), at(x, 0.18)], outline, 2.2);
  }
  if (phase === 'startup' || phase === 'active') line(context, [at(0.12, 0.42), at(0.92, 0.28)], outline, 1.4);
}
