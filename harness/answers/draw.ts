/**
 * Which of a match's answers are computed again, where there are too many: drawn by what whoever made the trace cannot know beforehand. Were it the
 * trace alone that decides, a forger could alter a trace until its forged answers are among those left out.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';

/** The key of a draw: 256 random bits from the operating system, in hexadecimal. */
export function freshDraw(): string {
  return randomBytes(32).toString('hex');
}

/**
 * What one trace's answers are drawn by: an HMAC-SHA256 under the key, so that a trace's draw says nothing of another's, and is the same whenever it
 * is computed again. @param textHash of the trace's unpacked text
 */
export function traceDraw(key: string, textHash: string): string {
  return createHmac('sha256', key).update(textHash).digest('hex');
}

/** All of them in an order that a trace's draw decides. @param draw as `traceDraw` makes it */
export function drawn<T extends { seq: number }>(decisions: readonly T[], draw: string): T[] {
  const mark = ({ seq }: T): string => createHash('sha256').update(`${draw} ${seq}`).digest('hex');
  return decisions
    .map((each) => [mark(each), each] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, each]) => each);
}
