/**
 * The lab: an endpoint of known times, on both clocks and in every task. What the match records must be what the endpoint took and the
 * little that the harness adds; on a host too busy for that the match must be void. The bench of the same name holds it to milliseconds.
 */
import { expect } from 'chai';
import { overheadOf, playCalibration } from '../../../harness/agents/calibration.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';

/** More than the harness adds on a host that lets it run, in real microseconds. */
const LOOSE_US = 8_000;
/** Less than any clock of ours is wrong by. */
const EXACT_US = 200;

describe('a scripted endpoint’s latency', () => {
  for (const task of ['hft', 'fighter'])
    for (const clock of ['wall', 'virtual'] as const)
      it(`is what a match records, or the match is void (${task}, ${clock})`, async () => {
        const settings = { task, clock, firstUs: 20_000, pieceUs: 4_000, decisions: 16 };
        const calibration = await playCalibration(settings);
        const { decisions, scriptedUs, p50Us } = overheadOf(calibration);
        expect([decisions, scriptedUs]).to.deep.equal([16, 32_000]);
        for (const us of calibration.measuredUs)
          expect(us, 'no answer is there before it was written').to.be.at.least(scriptedUs - EXACT_US);
        const { footer } = calibration.trace;
        const busy = footer!.verdict.reasons.filter((reason) => !/^The match was stopped/.test(reason));
        if (busy.length === 0) expect(p50Us).to.be.at.most(LOOSE_US);
        expect(replayTrace(calibration.trace, taskNamed(task)).faults).to.deep.equal([]);
      });
});
