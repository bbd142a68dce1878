import { expect } from 'chai';
import fc from 'fast-check';
import { sideBySide } from '../../../harness/sweep/lanes.js';

const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('jobs side by side', () => {
  it('does each job once, never more at a time than there are lanes, one a lane', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 4 }), async (count, lanes) => {
        const jobs = Array.from({ length: count }, (_, i) => i);
        const done: number[] = [];
        const busy = new Set<number>();
        let most = 0;
        await sideBySide(jobs, lanes, async (job, lane) => {
          expect(busy.has(lane), `lane ${lane}`).to.equal(false);
          busy.add(lane);
          most = Math.max(most, busy.size);
          for (let i = job % 3; i >= 0; i--) await pause();
          busy.delete(lane);
          done.push(job);
        });
        expect(done.sort((a, b) => a - b)).to.deep.equal(jobs);
        expect(most).to.equal(Math.min(lanes, count));
      }),
    );
  });

  it('begins nothing after a failure, and throws it once the others have ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const run = sideBySide([0, 1, 2, 3], 2, async (job) => {
      begun.push(job);
      await pause();
      if (job === 0) throw new Error('the first failed');
      await pause();
      ended.push(job);
    });
    const error = await run.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.message).to.equal('the first failed');
    expect(begun).to.deep.equal([0, 1]);
    expect(ended).to.deep.equal([1]);
  });
});
