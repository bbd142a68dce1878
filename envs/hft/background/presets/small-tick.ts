/** The default market: a spread of a few ticks, a public index that leads the quotes. */
import type { MakerSettings } from '../market-maker.js';
import type { PresetSettings } from '../settings.js';

/** By ticks between index and view, in permille per look: the more, the sooner it is believed. */
const NOTICE = [0, 12, 12, 8, 6, 5, 4, 4, 4, 5, 6, 7, 9, 11, 14, 18, 24] as const;

const MAKER: MakerSettings = {
  meanWaitUs: 40_000,
  lagSteps: 0,
  collarTicks: 2,
  noticePermille: NOTICE,
  alarmPermille: 700,
  alarmTicks: 2,
  filledPermille: 20,
  halfSpread2: 2,
  dither2: 1,
  step: 1,
  sizes: [20],
  refillPermille: 150,
  hedgePermille: 60,
  leanShares: 4,
  maxLean: 2,
  widerPermille: 250,
  maxWider2: 4,
};

export const smallTick: PresetSettings = {
  value: {
    walkPermille: 150,
    jumpPer100k: 1000,
    jumpLeast1024: 5 * 1024,
    jumpMost: 40,
    switches: [
      { meanSteps: 60, high: 1450 },
      { meanSteps: 240, high: 1450 },
      { meanSteps: 1000, high: 1450 },
      { meanSteps: 4000, high: 1500 },
      { meanSteps: 16000, high: 1500 },
    ],
  },
  makers: [
    MAKER,
    { ...MAKER, halfSpread2: 3, sizes: [16, 12, 12] },
    { ...MAKER, meanWaitUs: 50_000, halfSpread2: 6, sizes: [16, 14, 12] },
    { ...MAKER, meanWaitUs: 60_000, halfSpread2: 9, step: 2, sizes: [20, 16, 16] },
  ],
  noise: [
    {
      meanWaitUs: 60_000,
      limitPermille: 495,
      cancelPermille: 490,
      improvePermille: 25,
      distanceLeast1024: 2048,
      distanceMost: 200,
      sizeLeast1024: 1024,
      sizeMost: 16,
      resting: 10,
    },
    {
      meanWaitUs: 80_000,
      limitPermille: 495,
      cancelPermille: 490,
      improvePermille: 10,
      distanceLeast1024: 4096,
      distanceMost: 400,
      sizeLeast1024: 2048,
      sizeMost: 16,
      resting: 10,
    },
  ],
  hawkes: [
    {
      base: 150_000,
      kernels: [
        { halfLifeUs: 100_000, jump: 1_500_000 },
        { halfLifeUs: 1_000_000, jump: 150_000 },
        { halfLifeUs: 10_000_000, jump: 15_000 },
      ],
      perTick: 15_000,
      sizeLeast1024: 2048,
      sizeMost: 100,
      reach: 2,
      runLeast1024: 1024,
      runMost: 500,
    },
  ],
  informed: [
    { meanWaitUs: 100_000, lagSteps: 1, noticePermille: [0, 0, 5, 5, 5, 8, 10, 15, 20, 30, 40], sizeLeast1024: 6144, sizeMost: 100 },
    { meanWaitUs: 150_000, lagSteps: 2, noticePermille: [0, 0, 5, 5, 5, 8, 10, 15, 20, 30, 40], sizeLeast1024: 6144, sizeMost: 100 },
  ],
  momentum: [{ meanWaitUs: 500_000, lookBackSteps: 20, fromTicks: 6, actPermille: 300, sizeMost: 8, reach: 1 }],
  metaorders: [{ arrivalUs: 12_000_000, childUs: 1_500_000, places: 8, sizeLeast1024: 10 * 1024, sizeMost: 2000, childMost: 8, reach: 1 }],
};
