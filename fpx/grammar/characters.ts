/** Sets of characters as expressions over the bytes of UTF-8. */
import type { Expression, Expressions } from './expression.js';

/** Characters from one code point to another, both included. Surrogates are no characters. */
export type CodeRange = readonly [first: number, last: number];

/** All characters there are. */
export const ALL_CHARACTERS: readonly CodeRange[] = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

/** Sorted, joined, and without surrogates. */
export function tidied(ranges: readonly CodeRange[]): CodeRange[] {
  const joined: [number, number][] = [];
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const previous = joined.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else joined.push([first, last]);
  }
  return common(joined, ALL_CHARACTERS);
}

/** What two tidied sets have in common. */
export function common(a: readonly CodeRange[], b: readonly CodeRange[]): CodeRange[] {
  return a.flatMap(([first, last]) =>
    b.flatMap(([from, to]): CodeRange[] => (from <= last && first <= to ? [[Math.max(first, from), Math.min(last, to)]] : [])),
  );
}

/** All characters but those of a tidied set. */
export function others(ranges: readonly CodeRange[]): CodeRange[] {
  const left: CodeRange[] = [];
  let next = 0;
  for (const [first, last] of ranges) {
    if (first > next) left.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= 0x10ffff) left.push([next, 0x10ffff]);
  return common(left, ALL_CHARACTERS);
}

/** Code points up to these take one byte, two, three and four. */
const LENGTH_ENDS = [0x7f, 0x7ff, 0xffff, 0x10ffff];

/** One character of a tidied set, in UTF-8. @throws EmptyLanguageError for the empty set */
export function character(make: Expressions, ranges: readonly CodeRange[]): Expression {
  const options: Expression[] = [];
  for (const [first, last] of ranges) {
    let from = first;
    for (const end of LENGTH_ENDS) {
      if (from > last || from > end) continue;
      const to = Math.min(last, end);
      options.push(...sameLength(make, encoded(from), encoded(to)));
      from = to + 1;
    }
  }
  return make.choice(options);
}

function encoded(codePoint: number): number[] {
  return [...Buffer.from(String.fromCodePoint(codePoint))];
}

/** The byte strings between two of one length, in the order of numbers; all but the first byte run from 0x80 to 0xbf. */
function sameLength(make: Expressions, low: readonly number[], high: readonly number[]): Expression[] {
  const [l, h] = [low[0]!, high[0]!];
  if (low.length === 1) return [make.range(l, h)];
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const [least, most] = [lowRest.map(() => 0x80), highRest.map(() => 0xbf)];
  const after = (from: number, to: number, rest: Expression[]): Expression => make.sequence([make.range(from, to), make.choice(rest)]);
  if (l === h) return [after(l, l, sameLength(make, lowRest, highRest))];
  // A first byte all of whose continuations are taken goes with those in the middle.
  const wholeLow = lowRest.every((byte) => byte === 0x80);
  const wholeHigh = highRest.every((byte) => byte === 0xbf);
  const [from, to] = [wholeLow ? l : l + 1, wholeHigh ? h : h - 1];
  return [
    ...(wholeLow ? [] : [after(l, l, sameLength(make, lowRest, most))]),
    ...(from <= to ? [after(from, to, sameLength(make, least, most))] : []),
    ...(wholeHigh ? [] : [after(h, h, sameLength(make, least, highRest))]),
  ];
}
