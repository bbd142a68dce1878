/**
 * What is used of mathjs, from its one-file build: its module entry is some nine hundred files, which take over a second to load on a
 * slow machine. Even so only what fits something to figures, or reads a formula, loads it: means and variances are of a smaller library.
 */
import mathjs from 'mathjs/lib/browser/math.js';

export type { MathNode } from 'mathjs';
export const { lusolve, parse } = mathjs;
