/**
 * The worlds in a browser are the worlds in Node: random matches played in both give the same digests. TICKBENCH_FULL=1 plays all 10,000
 * (`npm run bench -- chromium` does too, and says how long both take).
 */
import { expect } from 'chai';
import { startBrowser } from './chromium.js';
import { browserDigests } from './random-browser.js';
import { digestsOf, EVERY_PAIR, type RandomPlay } from './random-play.js';

const full = process.env.TICKBENCH_FULL === '1';

describe('the same digest in Node and in a browser', function () {
  this.timeout(full ? 1_200_000 : 60_000);

  it(`of ${full ? 10_000 : 500} random fights of 600 frames between all characters, and of markets`, async function () {
    const browser = await startBrowser('the digest in a browser');
    if (!browser) return this.skip();
    const plays: RandomPlay[] = [
      { task: 'fighter', options: EVERY_PAIR, ticks: 600, from: 0, to: full ? 10_000 : 500 },
      { task: 'hft', options: [{ durationUs: 4_000_000, seats: 2 }], ticks: 400, from: 0, to: full ? 100 : 4 },
    ];
    try {
      const { digests } = await browserDigests(browser, plays);
      for (const [i, play] of plays.entries()) {
        const here = digestsOf(play);
        expect(new Set(here).size, `${play.task}: every match is another`).to.equal(play.to - play.from);
        const other = here.findIndex((digest, match) => digest !== digests[i]![match]);
        expect(other === -1 ? 'all the same' : `${play.task} seed ${other} is not`).to.equal('all the same');
      }
    } finally {
      await browser.close();
    }
  });
});
