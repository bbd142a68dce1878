/**
 * A market whose tick is large: four basis points, so that the spread is one tick nearly always and queues are long. Prices move when a whole
 * level goes, by ticks; its maker overshoots what it believes and comes back.
 */
import type { MakerSettings } from '../market-maker.js';
import type { PresetSettings } from '../settings.js';

const NOTICE = [0, 400, 600, 9500, 9500, 9500] as const;

const MAKER: MakerSettings = {
  meanWaitUs: 30_000,
  lagSteps: 0,
  collarTicks: 0,
  noticePer10k: NOTICE,
  alarmPermille: 0,
  alarmTicks: 1,
  filledPermille: 0,
  halfSpread2: 1,
  dither2: 0,
  offset2: 1,
  passive: true,
  overshoot: { fromTicks: 3, permille: 500 },
  step: 1,
  sizes: [60, 60, 60],
  refillPermille: 900,
  hedgePermille: 50,
  hedgeChance: 30,
  leanShares: 60,
  maxLean: 6,
  widerPermille: 0,
  maxWider2: 0,
};

export const largeTick: PresetSettings = {
  startTicks: 2_500,
  exactIndex: true,
  value: {
    walkPermille: 62,
    jumpPer100k: 28,
    jumpLeast1024: 4 * 1024,
    jumpMost: 30,
    switches: [
      { meanSteps: 200, high: 1550 },
      { meanSteps: 2600, high: 1660 },
      { meanSteps: 5000, high: 1460 },
      { meanSteps: 16000, high: 1180 },
    ],
  },
  makers: [MAKER, { ...MAKER, meanWaitUs: 100_000, halfSpread2: 9, overshoot: undefined }],
  noise: [
    {
      meanWaitUs: 20_500,
      limitPermille: 497,
      cancelPermille: 498,
      improvePermille: 0,
      distanceLeast1024: 8192,
      distanceMost: 400,
      sizeLeast1024: 4096,
      sizeMost: 100,
      resting: 10,
    },
    {
      meanWaitUs: 20_500,
      limitPermille: 497,
      cancelPermille: 498,
      improvePermille: 0,
      distanceLeast1024: 8192,
      distanceMost: 400,
      sizeLeast1024: 4096,
      sizeMost: 100,
      resting: 10,
    },
  ],
  hawkes: [
    {
      base: 30_000,
      kernels: [
        { halfLifeUs: 100_000, jump: 1_500_000 },
        { halfLifeUs: 1_000_000, jump: 150_000 },
        { halfLifeUs: 10_000_000, jump: 15_000 },
      ],
      perTick: 260_000,
      sizeLeast1024: 1024,
      sizeMost: 1000,
      reach: 0,
      runLeast1024: 1536,
      runMost: 100,
    },
  ],
  informed: [
    {
      lagSteps: 0,
      lookUs: 100,
      orderUs: 1,
      everyUs: 50_000,
      noticePermille: [0, 0, 0, 0, 0, 0, 0, 0, 900],
      sizeLeast1024: 12288,
      sizeMost: 1000,
    },
    {
      lagSteps: 0,
      lookUs: 100,
      orderUs: 1,
      everyUs: 100_000,
      noticePermille: [0, 0, 0, 0, 0, 0, 0, 0, 900],
      sizeLeast1024: 12288,
      sizeMost: 1000,
    },
  ],
  momentum: [],
  metaorders: [{ arrivalUs: 60_000_000, childUs: 100_000, places: 8, sizeLeast1024: 80 * 1024, sizeMost: 2000, childMost: 8, reach: 1 }],
};
