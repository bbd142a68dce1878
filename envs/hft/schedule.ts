/**
 * Who acts next: a time for each of a fixed number of places, in a tournament tree, so that the earliest is known at once and a
 * change costs the logarithm of their number. Ties go to the lowest place, always.
 */
export class Schedule {
  private readonly times: Float64Array;
  /** Node `i` holds the place that wins among its leaves; leaves are not stored. Node 1 is the root. */
  private readonly winners: Int32Array;
  private readonly leaves: number;

  constructor(readonly places: number) {
    let leaves = 1;
    while (leaves < places) leaves *= 2;
    this.leaves = leaves;
    this.times = new Float64Array(leaves).fill(Infinity);
    this.winners = new Int32Array(leaves * 2);
    this.rebuild();
  }

  /** The place whose time comes first. */
  get first(): number {
    return this.winners[1]!;
  }

  /** Its time; Infinity when nothing is due. */
  get at(): number {
    return this.times[this.winners[1]!]!;
  }

  timeOf(place: number): number {
    return this.times[place]!;
  }

  set(place: number, at: number): void {
    const { times, winners } = this;
    times[place] = at;
    let winner = place;
    let earliest = at;
    for (let node = place + this.leaves; node > 1; node >>= 1) {
      const rival = winners[node ^ 1]!;
      const its = times[rival]!;
      if (its < earliest || (its === earliest && rival < winner)) {
        winner = rival;
        earliest = its;
      }
      winners[node >> 1] = winner;
    }
  }

  /** Nothing is due any more. */
  clear(): void {
    this.times.fill(Infinity);
    this.rebuild();
  }

  snapshot(): Float64Array {
    return this.times.slice(0, this.places);
  }

  restore(times: Float64Array): void {
    this.times.set(times);
    this.rebuild();
  }

  private rebuild(): void {
    const { times, winners, leaves } = this;
    for (let i = 0; i < leaves; i++) winners[leaves + i] = i;
    for (let node = leaves - 1; node >= 1; node--) {
      const left = winners[2 * node]!;
      const right = winners[2 * node + 1]!;
      winners[node] = times[right]! < times[left]! ? right : left;
    }
  }
}
