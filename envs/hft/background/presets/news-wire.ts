/** A market that has to be read: an item of news every few seconds, and an index with less of a lead than elsewhere. */
import type { WireSettings } from '../../news/wire.js';
import type { NewsReaderSettings } from '../news-reader.js';
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const newsWire: PresetSettings = {
  ...smallTick,
  value: { ...smallTick.value, walkPermille: 120, jumpPer100k: 300, jumpMost: 20 },
};

/** The wire of any market that has one. */
export const WIRE: WireSettings = {
  per100k: 1250,
  quietSteps: 30,
  stagePermille: 290,
  wordsStage: 3,
  meaningStage: 18,
  indexStage: 20,
  wordsTicks: 8,
};

/** Who trades on it in the crowd. */
export const READERS: readonly NewsReaderSettings[] = [
  { by: 'words', meanWaitUs: 120_000, edgeTicks: 2, sizeMost: 20, reach: 3 },
  { by: 'meaning', meanWaitUs: 120_000, edgeTicks: 2, sizeMost: 30, reach: 3 },
];
