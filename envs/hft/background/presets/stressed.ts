import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const stressed: PresetSettings = smallTick;
