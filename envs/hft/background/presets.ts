/** The named markets: who trades in the background of each, and how its value moves. All of it belongs to the rules. */
import { calm } from './presets/calm.js';
import { flashCrash } from './presets/flash-crash.js';
import { largeTick } from './presets/large-tick.js';
import { newsShock } from './presets/news-shock.js';
import { newsWire } from './presets/news-wire.js';
import { smallTick } from './presets/small-tick.js';
import { stressed } from './presets/stressed.js';
import type { PresetSettings } from './settings.js';

/** Names of the presets, the default first. */
export const PRESETS = ['small-tick', 'large-tick', 'calm', 'stressed', 'news-shock', 'flash-crash', 'news-wire'] as const;
export type Preset = (typeof PRESETS)[number];

export const PRESET_SETTINGS: Record<Preset, PresetSettings> = {
  'small-tick': smallTick,
  'large-tick': largeTick,
  calm,
  stressed,
  'news-shock': newsShock,
  'flash-crash': flashCrash,
  'news-wire': newsWire,
};
