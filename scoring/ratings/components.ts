/**
 * Who can be rated together. Strengths that fit games best are finite only within a strongly connected part of the graph of wins: from each
 * player to each other there is a way along "has beaten" (Zermelo 1929, Ford 1957). A draw is a way in both directions.
 */
import type { Tally } from './tally.js';

/** The strongly connected components, each with its players in ascending order; the largest first, equals by their first player. */
export function components(players: number, tallies: readonly Tally[]): number[][] {
  const beaten = Array.from({ length: players }, () => new Set<number>());
  for (const { first, second, won, drawn, lost } of tallies) {
    if (won + drawn > 0) beaten[first]!.add(second);
    if (lost + drawn > 0) beaten[second]!.add(first);
  }
  return tarjan(beaten.map((each) => [...each])).sort((a, b) => b.length - a.length || a[0]! - b[0]!);
}

/** Tarjan's algorithm (1972), without recursion: a chain of any length must not exhaust the stack. */
function tarjan(successors: readonly (readonly number[])[]): number[][] {
  const found: number[][] = [];
  const index = new Array<number>(successors.length).fill(-1);
  const low = new Array<number>(successors.length).fill(0);
  const open: number[] = [];
  const isOpen = new Array<boolean>(successors.length).fill(false);
  let count = 0;
  const enter = (node: number): { node: number; next: number } => {
    index[node] = low[node] = count++;
    open.push(node);
    isOpen[node] = true;
    return { node, next: 0 };
  };
  for (let root = 0; root < successors.length; root++) {
    if (index[root]! >= 0) continue;
    const path = [enter(root)];
    while (path.length > 0) {
      const at = path.at(-1)!;
      const to = successors[at.node]![at.next++];
      if (to === undefined) {
        path.pop();
        const above = path.at(-1);
        if (above) low[above.node] = Math.min(low[above.node]!, low[at.node]!);
        if (low[at.node] === index[at.node]) found.push(closed(at.node, open, isOpen));
      } else if (index[to]! < 0) path.push(enter(to));
      else if (isOpen[to]) low[at.node] = Math.min(low[at.node]!, index[to]!);
    }
  }
  return found;
}

/** Takes a component from the stack of open nodes, down to its root. */
function closed(root: number, open: number[], isOpen: boolean[]): number[] {
  const component: number[] = [];
  for (;;) {
    const node = open.pop()!;
    isOpen[node] = false;
    component.push(node);
    if (node === root) return component.sort((a, b) => a - b);
  }
}
