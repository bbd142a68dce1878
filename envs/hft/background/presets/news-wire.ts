/**
 * A market that has to be read: news in clusters, seven or so items a minute, and an index with a third of the lead that it has elsewhere. A tick is
 * under a basis point, since prices move more ticks than in `small-tick`; what others make of such moves is scaled down to match.
 */
import type { WireSettings } from '../../news/wire.js';
import type { NewsReaderSettings } from '../news-reader.js';
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const newsWire: PresetSettings = {
  ...smallTick,
  startTicks: 16_000,
  value: { ...smallTick.value, walkPermille: 140, jumpPer100k: 350 },
  noise: smallTick.noise.map((one, i) => (i === 1 ? { ...one, meanWaitUs: 8_000 } : one)),
  hawkes: smallTick.hawkes.map((one) => ({ ...one, base: 300_000, perTick: 6_000, runLeast1024: 3 * 1024 })),
  metaorders: smallTick.metaorders.map((one) => ({ ...one, informed: { fromTicks: 6, shares1024: 100 } })),
};

/** The wire of any market that has one. */
export const WIRE: WireSettings = {
  per100k: 1300,
  quietSteps: 20,
  clusteredPermille: 800,
  stagePermille: 290,
  wordsStage: 3,
  meaningStage: 18,
  indexStage: 20,
  wordsTicks: 8,
};

/** Who trades on it in the crowd. */
export const READERS: readonly NewsReaderSettings[] = [
  { by: 'words', meanWaitUs: 120_000, edgeTicks: 2, sizeLeast1024: 5 * 1024, sizeMost: 500, reach: 3 },
  { by: 'meaning', meanWaitUs: 120_000, edgeTicks: 2, sizeLeast1024: 5 * 1024, sizeMost: 500, reach: 3 },
];
