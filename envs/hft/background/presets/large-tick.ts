import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const largeTick: PresetSettings = smallTick;
