/** What a preset consists of: the settings of its value and of each of its agents. */
import type { CascadeSettings } from './cascade.js';
import type { HawkesSettings } from './hawkes.js';
import type { InformedSettings } from './informed.js';
import type { MakerSettings } from './market-maker.js';
import type { MetaorderSettings } from './metaorder.js';
import type { MomentumSettings } from './momentum.js';
import type { ValueSettings } from './value.js';
import type { NoiseSettings } from './zero-intelligence.js';

/** Where prices start in ticks: a tick is a basis point. */
export const START_TICKS = 10_000;

/** One agent for each entry, in this order; at most 16 in all. */
export interface PresetSettings {
  /** Where the price starts unless told otherwise (absent: START_TICKS). */
  startTicks?: number;
  /** Whether the index is the value as it is: where a tick is worth several basis points, a noise of a tick would drown it. */
  exactIndex?: true;
  value: ValueSettings;
  makers: readonly MakerSettings[];
  noise: readonly NoiseSettings[];
  hawkes: readonly HawkesSettings[];
  informed: readonly InformedSettings[];
  momentum: readonly MomentumSettings[];
  metaorders: readonly MetaorderSettings[];
  cascades?: readonly CascadeSettings[];
}
