/** Patient play of the fighting game: how late everybody is, and who stands at the ends of the scale. */
import type { PatientSpec } from '../environment.js';
import type { Options } from './options.js';
import { frameTime } from './world.js';

/**
 * Eight frames, the reaction time of a quick human hand: strikes of eight frames and more can be answered. Much sooner a throw that nobody
 * else could escape decides the match, so that being early would be measured again.
 */
const LATENCY_FRAMES = 8;

export const patient: PatientSpec<Options> = { latencyUs: frameTime(LATENCY_FRAMES), random: 'random', best: () => 'search' };
