/**
 * The curve of choices: every assignment that no other beats on both what it takes and what it costs. It answers any budget at once,
 * exactly: a multiple-choice knapsack, solved by adding one unit after the other and dropping what is dominated (Nemhauser and Ullmann,
 * Discrete dynamic programming and capital allocation, 1969). Units that take the same are added one after the other, since their sums
 * coincide most and the curve stays short.
 */
import type { Format } from '../formats/precision.js';
import { AssignmentError, type Option } from './options.js';

/** Points on the way to a curve, over which there is no memory for it. */
const MOST_POINTS = 40_000_000;

/** What one unit added: for each point, the point before it and the option taken. */
interface Stage {
  unit: number;
  parent: Int32Array;
  option: Uint8Array;
}

/** Points from the one that takes least and costs most to the one that takes most and costs least; both strictly monotone. */
export class Front {
  constructor(
    /** What each takes of the budget, rising. */
    readonly takes: Float64Array,
    /** What each costs, falling. */
    readonly costs: Float64Array,
    private readonly stages: readonly Stage[],
    private readonly units: readonly (readonly Option[])[],
  ) {}

  get length(): number {
    return this.takes.length;
  }

  /** The format of every unit at a point, in the order of the units. */
  formatsAt(point: number): Format[] {
    const formats = new Array<Format>(this.units.length);
    let at = point;
    for (let i = this.stages.length - 1; i >= 0; i--) {
      const { unit, parent, option } = this.stages[i]!;
      formats[unit] = this.units[unit]![option[at]!]!.format;
      at = parent[at]!;
    }
    return formats;
  }

  /** The point that costs least of those within a budget; undefined when even the first takes more. */
  within(budget: number): number | undefined {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.takes[middle]! <= budget) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : low - 1;
  }
}

/** The curve over units that each have at least one option. @throws AssignmentError when it has too many points */
export function frontOf(units: readonly (readonly Option[])[]): Front {
  const alike = units.map((options, unit) => ({ unit, key: options.map(({ takes }) => takes).join() }));
  alike.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.unit - b.unit));
  let takes: Float64Array<ArrayBuffer> = new Float64Array(1);
  let costs: Float64Array<ArrayBuffer> = new Float64Array(1);
  const stages: Stage[] = [];
  let points = 0;
  for (const { unit } of alike) {
    const next = added(takes, costs, units[unit]!);
    ({ takes, costs } = next);
    stages.push({ unit, parent: next.parent, option: next.option });
    points += takes.length;
    if (points > MOST_POINTS)
      throw new AssignmentError(`too many choices that no other beats (over ${MOST_POINTS}); accepted: fewer formats`);
  }
  return new Front(takes, costs, stages, units);
}

/** Every point with every option, in the order of what they take, without those that are dominated. */
function added(takes: Float64Array, costs: Float64Array, options: readonly Option[]) {
  const room = takes.length * options.length;
  const nextTakes = new Float64Array(room);
  const nextCosts = new Float64Array(room);
  const parent = new Int32Array(room);
  const option = new Uint8Array(room);
  /** For each option, the next point it is to be added to: both lists are sorted, so this merges them. */
  const at = new Int32Array(options.length);
  let length = 0;
  let leastCost = Infinity;
  for (;;) {
    let [best, bestTakes, bestCost] = [-1, Infinity, Infinity];
    for (let o = 0; o < options.length; o++) {
      const i = at[o]!;
      if (i >= takes.length) continue;
      const taken = takes[i]! + options[o]!.takes;
      const cost = costs[i]! + options[o]!.cost;
      if (taken < bestTakes || (taken === bestTakes && cost < bestCost)) [best, bestTakes, bestCost] = [o, taken, cost];
    }
    if (best < 0) break;
    const i = at[best]!++;
    if (bestCost >= leastCost) continue;
    leastCost = bestCost;
    nextTakes[length] = bestTakes;
    nextCosts[length] = bestCost;
    parent[length] = i;
    option[length++] = best;
  }
  return {
    takes: nextTakes.slice(0, length),
    costs: nextCosts.slice(0, length),
    parent: parent.slice(0, length),
    option: option.slice(0, length),
  };
}
