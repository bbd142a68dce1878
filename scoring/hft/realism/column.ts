/** A growing column of numbers: what a recorder writes into, event by event. */
export class Column {
  length = 0;
  private cells = new Float64Array(1024);

  push(value: number): void {
    if (this.length === this.cells.length) {
      const wider = new Float64Array(this.length * 2);
      wider.set(this.cells);
      this.cells = wider;
    }
    this.cells[this.length++] = value;
  }

  /** What was written so far. */
  values(): Float64Array {
    return this.cells.slice(0, this.length);
  }
}
