/** Random matches in Node and in Chromium: whether all digests are the same, and how fast both play. 10,000 fights of 600 frames between all characters; 200 markets of 4 s. */
import { startBrowser } from '../web/chromium.js';
import { browserDigests } from '../web/random-browser.js';
import { digestsOf, EVERY_PAIR, type RandomPlay } from '../web/random-play.js';
import type { BenchRow } from './main.js';

const PLAYS: RandomPlay[] = [
  { task: 'fighter', options: EVERY_PAIR, ticks: 600, from: 0, to: 10_000 },
  { task: 'hft', options: [{ durationUs: 4_000_000, seats: 2 }], ticks: 400, from: 0, to: 200 },
];

export async function bench(): Promise<BenchRow[]> {
  const browser = await startBrowser('the benchmark in a browser');
  if (!browser) return [];
  const { digests, ms } = await browserDigests(browser, PLAYS);
  await browser.close();
  return PLAYS.map((play, i) => {
    const started = performance.now();
    const here = digestsOf(play);
    const hereS = (performance.now() - started) / 1000;
    const same = here.filter((digest, match) => digest === digests[i]![match]).length;
    const matches = play.to - play.from;
    return {
      case: `${play.task}, ${matches} random matches of ${play.ticks} ticks (ours: Node, peer: Chromium)`,
      unit: 'ticks/s',
      ours: (matches * play.ticks) / hereS,
      peer: (matches * play.ticks) / (ms[i]! / 1000),
      ratio: ms[i]! / 1000 / hereS,
      note: `${same} of ${matches} digests the same; ${hereS.toFixed(1)} s in Node, ${(ms[i]! / 1000).toFixed(1)} s in Chromium`,
    };
  });
}
