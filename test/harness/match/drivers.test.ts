/** How long the virtual clock waits for an answer. */
import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { linkedAgent, seat, toyPlan, walk } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

describe('the virtual clock', () => {
  it('sleeps while it waits for an answer whose time limit is longer than any timer', async () => {
    const server = await MatchServer.listen();
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.name);
    process.on('warning', warned);
    try {
      await linkedAgent(server, 'slow', async (observation) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return walk(observation);
      });
      const trace = await playMatch(
        server,
        toyPlan({ seats: [seat('slow', { givenUs: 30_000 })], clock: 'virtual', durationUs: 100_000, timeoutUs: 1e13 }),
      );
      expect(trace.footer!.verdict.counts, trace.footer!.verdict.reasons.join(' ')).to.equal(true);
    } finally {
      await server.close();
      process.off('warning', warned);
    }
    expect(warnings).to.deep.equal([]);
  });
});
