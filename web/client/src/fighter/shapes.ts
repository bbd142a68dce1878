/** Filled shapes with a common outline: limbs as bands that grow thinner, bodies as rounded polygons. */
import type { Point } from './poses.js';

/** A part of a shape and its colour; the parts of one shape share an outline. */
export interface Part {
  path: Path2D;
  color: string;
}

/** A band from a disc of radius `ra` at `a` to one of `rb` at `b`. */
export function band(a: Point, ra: number, b: Point, rb: number): Path2D {
  const path = new Path2D();
  const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
  path.arc(a[0], a[1], ra, angle + Math.PI / 2, angle + 1.5 * Math.PI);
  path.arc(b[0], b[1], rb, angle - Math.PI / 2, angle + Math.PI / 2);
  path.closePath();
  return path;
}

export function disc([x, y]: Point, radius: number): Path2D {
  const path = new Path2D();
  path.arc(x, y, radius, 0, 2 * Math.PI);
  return path;
}

export function polygon(points: readonly Point[]): Path2D {
  const path = new Path2D();
  points.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  path.closePath();
  return path;
}

/** A closed curve through the middles of a polygon's sides: its corners rounded off. */
export function rounded(points: readonly Point[]): Path2D {
  const path = new Path2D();
  const middle = (i: number): Point => {
    const [a, b] = [points[i % points.length]!, points[(i + 1) % points.length]!];
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  };
  path.moveTo(...middle(points.length - 1));
  points.forEach(([x, y], i) => path.quadraticCurveTo(x, y, ...middle(i)));
  path.closePath();
  return path;
}

/** Draws parts in order over one outline of `width` on each side. */
export function paint(context: CanvasRenderingContext2D, parts: readonly Part[], outline: string, width = 1.4): void {
  context.lineJoin = 'round';
  context.strokeStyle = outline;
  context.lineWidth = 2 * width;
  for (const { path } of parts) context.stroke(path);
  for (const { path, color } of parts) {
    context.fillStyle = color;
    context.fill(path);
  }
}

/** A line through points. */
export function line(context: CanvasRenderingContext2D, points: readonly Point[], color: string, width: number): void {
  context.beginPath();
  points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

/** The point at `t` of the way from `a` to `b`, `aside` to the left of that way. */
export function along(a: Point, b: Point, t: number, aside = 0): Point {
  const length = Math.max(0.001, Math.hypot(b[0] - a[0], b[1] - a[1]));
  return [a[0] + (b[0] - a[0]) * t - ((b[1] - a[1]) / length) * aside, a[1] + (b[1] - a[1]) * t + ((b[0] - a[0]) / length) * aside];
}

/** A colour towards another: `#rrggbb` both, `t` from 0 to 1. */
export function blend(from: string, to: string, t: number): string {
  const channel = (color: string, at: number): number => parseInt(color.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(channel(from, at) + (channel(to, at) - channel(from, at)) * t));
  return `rgb(${mixed.join(' ')})`;
}
