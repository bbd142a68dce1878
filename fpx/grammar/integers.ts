/** Whole numbers between two bounds, as JSON writes them: no sign but a minus, no leading zeros, no -0. */
import { EmptyLanguageError, type Expression, type Expressions } from './expression.js';

/** The largest whole number that is written, and the least with a minus: 15 digits, which every reader holds exactly. */
export const LARGEST_INTEGER = 999_999_999_999_999;

/** The decimal texts of the whole numbers from `least` to `most`. @throws EmptyLanguageError when there are none */
export function integers(make: Expressions, least: number, most: number): Expression {
  const low = Math.max(Math.ceil(least), -LARGEST_INTEGER);
  const high = Math.min(Math.floor(most), LARGEST_INTEGER);
  if (!(low <= high)) throw new EmptyLanguageError(`no whole number from ${least} to ${most}`);
  const options: Expression[] = [];
  if (low < 0) options.push(make.sequence([make.text('-'), positives(make, Math.max(1, -high), -low)]));
  if (low <= 0 && high >= 0) options.push(make.text('0'));
  if (high > 0) options.push(positives(make, Math.max(1, low), high));
  return make.choice(options);
}

/** From one positive number to another, by their lengths. */
function positives(make: Expressions, low: number, high: number): Expression {
  const options: Expression[] = [];
  for (let from = low; from <= high;) {
    const digits = String(from);
    const to = Math.min(high, Number('9'.repeat(digits.length)));
    options.push(between(make, digits, String(to)));
    from = to + 1;
  }
  return make.choice(options);
}

/** The strings of digits from one to another of the same length. */
function between(make: Expressions, low: string, high: string): Expression {
  const [l, h] = [low.charCodeAt(0), high.charCodeAt(0)];
  if (low.length === 1) return make.range(l, h);
  const [lowRest, highRest] = [low.slice(1), high.slice(1)];
  const after = (from: number, to: number, least: string, most: string): Expression =>
    make.sequence([make.range(from, to), between(make, least, most)]);
  const [zeros, nines] = ['0'.repeat(lowRest.length), '9'.repeat(lowRest.length)];
  if (lowRest === zeros && highRest === nines) {
    return make.sequence([make.range(l, h), make.repeat(make.range(0x30, 0x39), lowRest.length, lowRest.length)]);
  }
  if (l === h) return after(l, l, lowRest, highRest);
  return make.choice([
    after(l, l, lowRest, nines),
    ...(l + 1 < h ? [after(l + 1, h - 1, zeros, nines)] : []),
    after(h, h, zeros, highRest),
  ]);
}
