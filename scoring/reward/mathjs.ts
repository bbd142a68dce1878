/**
 * What is used of mathjs, from its one-file build: its module entry is some nine hundred files, which take over a second to load on a
 * slow machine, and every command would wait for them.
 */
import mathjs from 'mathjs/lib/browser/math.js';

export const { corr, erf, lusolve, mean, std, variance } = mathjs;
