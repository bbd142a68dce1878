/** Labels beside the points of a chart: where each goes, held against looking at everything for each. */
import { expect } from 'chai';
import fc from 'fast-check';
import { placeLabels, type Box, type LabelRequest, type PlacedLabel } from '../../../../harness/report/charts/labels.js';

const AREA = { x: 60, y: 30, width: 500, height: 300 };
const RINGS = [0, 8, 18, 30, 44, 60, 78];
const DIRECTIONS = [[1, -1], [1, 1], [-1, -1], [-1, 1], [0, -1], [0, 1], [1, 0], [-1, 0]] as const; // prettier-ignore

const overlap = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
};
const distance = (box: Box, x: number, y: number): number =>
  Math.hypot(Math.max(box.x - x, 0, x - box.x - box.width), Math.max(box.y - y, 0, y - box.y - box.height));

/** The same, every box looked at for every spot. */
function placedSlowly(requests: readonly LabelRequest[], area: Box, marks: readonly Box[], lines: readonly Box[]): PlacedLabel[] {
  const placed: PlacedLabel[] = [];
  const over = (box: Box, boxes: readonly Box[], cost: number): number => boxes.reduce((sum, each) => sum + overlap(box, each) * cost, 0);
  for (const { x: px, y: py, width, height, clear } of requests) {
    const spots = RINGS.flatMap((ring, ringIndex) =>
      DIRECTIONS.map(([dx, dy], direction) => {
        const away = clear + ring;
        const x = px + (dx > 0 ? away : dx < 0 ? -away - width : -width / 2);
        const rise = dx === 0 ? away : dy === 0 ? 0 : ring === 0 ? 5 : ring;
        const y = py + (dy > 0 ? rise : dy < 0 ? -rise - height : -height / 2);
        const box = { x, y, width, height };
        const mistaken = marks.some((mark) => {
          const [cx, cy] = [mark.x + mark.width / 2, mark.y + mark.height / 2];
          return Math.hypot(cx - px, cy - py) > 0.5 && distance(box, cx, cy) < distance(box, px, py) + 3;
        });
        const outside = (width * height - overlap(box, area)) * 100;
        const cost = over(box, placed, 100) + outside + over(box, marks, 20) + over(box, lines, 2) + (mistaken ? 70 : 0) + ring * 3 + direction; // prettier-ignore
        return { cost, label: { ...box, far: ringIndex > 1 || mistaken } };
      }),
    );
    placed.push(spots.reduce((best, each) => (each.cost < best.cost ? each : best)).label);
  }
  return placed;
}

describe('labels of a chart', () => {
  it('go where looking at every box for every spot puts them, also outside of the area and in a crowd', () => {
    const coordinate = (from: number, to: number) => fc.double({ min: from, max: to, noNaN: true });
    const point = fc.record({ x: coordinate(20, 620), y: coordinate(0, 360), width: coordinate(1, 120), height: coordinate(8, 30), clear: coordinate(3, 9) }); // prettier-ignore
    const line = fc.record({ x: coordinate(-200, 700), y: coordinate(-200, 500), width: coordinate(0, 900), height: coordinate(0, 400) });
    fc.assert(
      fc.property(fc.array(point, { maxLength: 40 }), fc.array(line, { maxLength: 30 }), (requests, lines) => {
        const marks = requests.map(({ x, y, clear }) => ({ x: x - clear / 2, y: y - clear / 2, width: clear, height: clear }));
        expect(placeLabels(requests, AREA, marks, lines)).to.deep.equal(placedSlowly(requests, AREA, marks, lines));
      }),
      { numRuns: 60 },
    );
  });
});
