/** The default market: a spread of a few ticks, a public index that leads the quotes. */
import type { MakerSettings } from '../market-maker.js';
import type { PresetSettings } from '../settings.js';

/** By ticks between index and view, in 10,000ths per look: the more, the sooner it is believed. */
const NOTICE = [0, 60, 60, 25, 20, 15, 10, 10, 10, 10, 15, 20, 25, 30, 40, 50, 65] as const;

/** The best quotes are its: one level, close to its view. */
const LEADER: MakerSettings = {
  meanWaitUs: 20_000,
  lagSteps: 0,
  collarTicks: 2,
  noticePer10k: NOTICE,
  alarmPermille: 700,
  alarmTicks: 2,
  filledPermille: 10,
  halfSpread2: 2,
  dither2: 1,
  step: 1,
  sizes: [18],
  refillPermille: 75,
  hedgePermille: 30,
  leanShares: 4,
  maxLean: 1,
  widerPermille: 250,
  maxWider2: 4,
};

/** By ticks of edge, in permille per look: a tick or two, what noise leaves behind, is picked up soon; more has to be believed here too. */
const INFORMED = [0, 120, 90, 6, 3, 3, 3, 3, 4, 4, 5, 6, 7, 8, 10, 12, 15] as const;

export const smallTick: PresetSettings = {
  value: {
    walkPermille: 150,
    jumpPer100k: 1200,
    jumpLeast1024: 5 * 1024,
    jumpMost: 40,
    switches: [
      { meanSteps: 60, high: 1600 },
      { meanSteps: 400, high: 1550 },
      { meanSteps: 3000, high: 1650 },
      { meanSteps: 12000, high: 1650 },
    ],
  },
  makers: [
    LEADER,
    { ...LEADER, meanWaitUs: 25_000, halfSpread2: 4, sizes: [18, 16] },
    { ...LEADER, meanWaitUs: 30_000, halfSpread2: 7, step: 2, sizes: [18, 30, 50] },
    { ...LEADER, meanWaitUs: 80_000, halfSpread2: 16, step: 4, sizes: [80, 120, 160], refillPermille: 50 },
  ],
  noise: [
    {
      meanWaitUs: 50_000,
      limitPermille: 495,
      cancelPermille: 490,
      improvePermille: 20,
      distanceLeast1024: 2048,
      distanceMost: 1000,
      sizeLeast1024: 1024,
      sizeMost: 16,
      resting: 3,
    },
    {
      meanWaitUs: 10_000,
      limitPermille: 500,
      cancelPermille: 500,
      improvePermille: 0,
      distanceLeast1024: 5120,
      distanceMost: 2000,
      sizeLeast1024: 2048,
      sizeMost: 30,
      resting: 10,
    },
  ],
  hawkes: [
    {
      base: 390_000,
      kernels: [
        { halfLifeUs: 100_000, jump: 1_500_000 },
        { halfLifeUs: 1_000_000, jump: 150_000 },
        { halfLifeUs: 10_000_000, jump: 15_000 },
      ],
      perTick: 15_000,
      sizeLeast1024: 6656,
      sizeMost: 1000,
      reach: 20,
      runLeast1024: 1024,
      runMost: 500,
    },
  ],
  informed: [
    { lagSteps: 0, lookUs: 100, orderUs: 150, noticePermille: INFORMED, sizeLeast1024: 16 * 1024, sizeMost: 18 },
    { lagSteps: 0, lookUs: 100, orderUs: 150, noticePermille: INFORMED, sizeLeast1024: 16 * 1024, sizeMost: 18 },
  ],
  momentum: [{ meanWaitUs: 500_000, lookBackSteps: 20, fromTicks: 6, actPermille: 300, sizeMost: 8, reach: 1 }],
  metaorders: [
    {
      arrivalUs: 2_500_000,
      childUs: 1_000_000,
      places: 8,
      sizeLeast1024: 1024,
      sizeMost: 3000,
      informed: { fromTicks: 4, shares1024: 450 },
      childMost: 4,
      reach: 1,
    },
  ],
};
