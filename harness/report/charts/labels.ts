/** Places labels beside their points without overlap: each label tries spots around its point, nearest first. */

import { BoxGrid, type Box } from './box-grid.js';

export type { Box } from './box-grid.js';

/** A label to place. `x`, `y`: the point's pixel; `clear`: pixels to keep from its centre. */
export interface LabelRequest {
  x: number;
  y: number;
  width: number;
  height: number;
  clear: number;
}

/** Where a label went; `far`: so far from its point, or so near to another, that a leader line is needed. */
export interface PlacedLabel extends Box {
  far: boolean;
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

function outside(box: Box, area: Box): number {
  return box.width * box.height - overlap(box, area);
}

/** How far a point is from a box; 0 inside. */
function distance(box: Box, x: number, y: number): number {
  return Math.hypot(Math.max(box.x - x, 0, x - box.x - box.width), Math.max(box.y - y, 0, y - box.y - box.height));
}

/** Whether a label put there would be read as another mark's: one is about as near as its own point. */
function ambiguous(box: Box, own: LabelRequest, marks: BoxGrid): boolean {
  const reach = distance(box, own.x, own.y) + NEARER;
  const around = { x: box.x - reach, y: box.y - reach, width: box.width + 2 * reach, height: box.height + 2 * reach };
  return marks.near(around).some((mark) => {
    const [x, y] = [mark.x + mark.width / 2, mark.y + mark.height / 2];
    return Math.hypot(x - own.x, y - own.y) > 0.5 && distance(box, x, y) < reach;
  });
}

/** Directions from the point, the best to read first: right, left, above, below, then the corners. */
const DIRECTIONS = [
  [1, -1],
  [1, 1],
  [-1, -1],
  [-1, 1],
  [0, -1],
  [0, 1],
  [1, 0],
  [-1, 0],
] as const;

const RINGS = [0, 8, 18, 30, 44, 60, 78];

/** Costs of a spot, per pixel of overlap: other labels and the border are worse than marks, marks worse than lines. */
const OVER_LABEL = 100;
const OVER_MARK = 20;
const OVER_LINE = 2;
/** Cost of a spot that seems to belong to another mark: a leader line is better. */
const AMBIGUOUS = 70;
/** An overlap with what lies just inside of a border may come out below 0 by less. */
const ROUNDING = 1e-6;
/** Pixels by which a label must be nearer to its own point than to any other. */
const NEARER = 3;

/**
 * Places the labels in order. Marks are symbols, lines are interval bars and the frontier; both may be crossed when nothing
 * better is free, other labels and the border of `area` practically never.
 */
export function placeLabels(requests: readonly LabelRequest[], area: Box, marks: readonly Box[], lines: readonly Box[]): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  const [labelGrid, markGrid, lineGrid] = [new BoxGrid(area), new BoxGrid(area, marks), new BoxGrid(area, lines)];
  const over = (box: Box, grid: BoxGrid, cost: number): number =>
    grid.near(box).reduce((sum, other) => sum + overlap(box, other) * cost, 0);
  for (const request of requests) {
    let best: PlacedLabel | undefined;
    let bestCost = Infinity;
    RINGS.forEach((ring, ringIndex) => {
      DIRECTIONS.forEach(([dx, dy], direction) => {
        const least = ring * 3 + direction;
        if (least - ROUNDING >= bestCost) return; // no other cost makes up for that
        const away = request.clear + ring;
        const x = request.x + (dx > 0 ? away : dx < 0 ? -away - request.width : -request.width / 2);
        const rise = dx === 0 ? away : dy === 0 ? 0 : ring === 0 ? 5 : ring;
        const y = request.y + (dy > 0 ? rise : dy < 0 ? -rise - request.height : -request.height / 2);
        const box = { x, y, width: request.width, height: request.height };
        // What is cheap to know comes first: most spots are too dear by it already.
        const isTooDear = (cost: number): boolean => cost + least - ROUNDING >= bestCost;
        let cost = over(box, labelGrid, OVER_LABEL) + outside(box, area) * OVER_LABEL;
        if (isTooDear(cost)) return;
        cost = cost + over(box, markGrid, OVER_MARK) + over(box, lineGrid, OVER_LINE);
        if (isTooDear(cost)) return;
        const mistaken = ambiguous(box, request, markGrid);
        cost = cost + (mistaken ? AMBIGUOUS : 0) + ring * 3 + direction;
        if (cost < bestCost) {
          bestCost = cost;
          best = { ...box, far: ringIndex > 1 || mistaken };
        }
      });
    });
    placed.push(best!);
    labelGrid.add(best!);
  }
  return placed;
}
