/** The acts of a noise trader that are kept between futures, against drawing each anew. */
import { expect } from 'chai';
import { BUY, SELL } from '../../../../envs/hft/exchange/order.js';
import { Act, NoiseActs } from '../../../../envs/hft/background/noise-acts.js';
import { powerLaw, THREE_HALVES } from '../../../../envs/hft/background/power-law.js';
import { PRESET_SETTINGS, PRESETS } from '../../../../envs/hft/background/presets.js';
import { waitUs } from '../../../../envs/hft/background/waiting.js';
import type { NoiseSettings } from '../../../../envs/hft/background/zero-intelligence.js';
import { keyOf, RememberingStream, Stream } from '../../../../envs/random.js';

/** What one act comes to, drawn from a plain stream. */
function drawn(stream: Stream, settings: NoiseSettings): number[] {
  const { limitPermille, cancelPermille, improvePermille, distanceLeast1024, distanceMost, sizeLeast1024, sizeMost, resting } = settings;
  const shares = (): number => Math.max(1, powerLaw(stream, THREE_HALVES, sizeLeast1024, sizeMost));
  const what = stream.below(1000);
  if (what < limitPermille) {
    const side = stream.below(2) === 0 ? BUY : SELL;
    const away = stream.below(1000) < improvePermille ? -1 : powerLaw(stream, THREE_HALVES, distanceLeast1024, distanceMost);
    return [Act.PLACE, side, away, shares()];
  }
  if (what < limitPermille + cancelPermille) return [Act.WITHDRAW, stream.below(resting)];
  return [Act.TAKE, stream.below(2) === 0 ? BUY : SELL, shares()];
}

function told(acts: NoiseActs): number[] {
  acts.next();
  const { what, side, away, size } = acts;
  return what === Act.PLACE ? [what, side, away, size] : what === Act.WITHDRAW ? [what, size] : [what, side, size];
}

describe('hft: acts of a noise trader', () => {
  for (const preset of PRESETS)
    it(`are those of drawing them anew, wherever the stream is set back to and whatever its key (${preset})`, () => {
      for (const settings of PRESET_SETTINGS[preset].noise) {
        const plain = new Stream(keyOf(1, 1), 3);
        const kept = new RememberingStream(keyOf(1, 1), 3);
        const acts = new NoiseActs(kept, settings);
        const moves = new Stream(keyOf(2, 1), 0);
        const marks = [0, 7, 2 ** 32 - 40];
        for (let i = 0; i < 60; i++) {
          // Set back to where it once stood, as a restore does, to before an act or to before a wait.
          plain.counter = kept.counter = marks[moves.below(marks.length)]!;
          if (moves.below(4) === 0) plain.key = kept.key = keyOf(moves.below(3), 1);
          for (let left = moves.below(i % 20 === 0 ? 6000 : 200); left > 0; left--) {
            if (moves.below(8) === 0) marks.push(kept.counter);
            if (moves.below(20) > 0) expect(told(acts)).to.deep.equal(drawn(plain, settings));
            if (moves.below(40) === 0) marks.push(kept.counter);
            if (moves.below(20) > 0) expect(acts.wait()).to.equal(waitUs(plain, settings.meanWaitUs));
            expect(kept.counter).to.equal(plain.counter);
          }
        }
      }
    });
});
