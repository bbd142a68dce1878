/** Boxes kept by where they are in a picture, so that who asks what is near a place does not look at all of them. */

/** Pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels of a square of the grid, about the size of a label. */
const SQUARE = 32;

/** Boxes in the order in which they were added. */
export class BoxGrid {
  private readonly boxes: Box[] = [];
  private readonly squares = new Map<number, number[]>();
  /** The last search that found each box, and how many there were. */
  private readonly visited: number[] = [];
  private visit = 0;
  private readonly columns: number;
  private readonly rows: number;

  /** @param area most boxes are in it; what is outside is found all the same */
  constructor(
    private readonly area: Box,
    boxes: readonly Box[] = [],
  ) {
    this.columns = Math.max(1, Math.ceil(area.width / SQUARE));
    this.rows = Math.max(1, Math.ceil(area.height / SQUARE));
    for (const box of boxes) this.add(box);
  }

  add(box: Box): void {
    const place = this.boxes.push(box) - 1;
    this.visited.push(0);
    this.each(box, (square) => {
      const there = this.squares.get(square);
      if (there) there.push(place);
      else this.squares.set(square, [place]);
    });
  }

  /** All that may overlap a box or touch it, and some that do not; once each, in the order in which they were added. */
  near(box: Box): Box[] {
    const places: number[] = [];
    this.visit++;
    this.each(box, (square) => {
      for (const place of this.squares.get(square) ?? []) {
        if (this.visited[place] === this.visit) continue;
        this.visited[place] = this.visit;
        places.push(place);
      }
    });
    return places.sort((a, b) => a - b).map((place) => this.boxes[place]!);
  }

  /** The squares that a box touches: those at the edge hold what lies beyond it. */
  private each({ x, y, width, height }: Box, visit: (square: number) => void): void {
    const along = (at: number, from: number, count: number): number => Math.min(count - 1, Math.max(0, Math.floor((at - from) / SQUARE)));
    const [left, right] = [along(x, this.area.x, this.columns), along(x + width, this.area.x, this.columns)];
    const [top, bottom] = [along(y, this.area.y, this.rows), along(y + height, this.area.y, this.rows)];
    for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) visit(row * this.columns + column);
  }
}
