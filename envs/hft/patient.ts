/** Patient play of the market: how late everybody is, and who stands at the ends of the scale. */
import type { PatientSpec } from '../environment.js';
import type { HftOptions } from './options.js';

/** A tenth of a second: the quotes take ten times as long to catch up with the index, so that who judges rightly is always in time. */
const LATENCY_US = 100_000;

/** Where a wire tells what the index does not know yet, the best known player reads it. */
const isWired = ({ symbols }: HftOptions): boolean =>
  symbols.some(({ market }) => market.kind === 'synthetic' && market.news !== undefined);

export const patient: PatientSpec<HftOptions> = {
  latencyUs: LATENCY_US,
  random: 'random',
  best: (options) => (isWired(options) ? 'reader' : 'expert'),
};
