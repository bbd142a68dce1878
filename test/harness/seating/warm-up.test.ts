/** Unscored pieces of a match before the first that counts: as many as it takes until requests have their processor, and none too many. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { warmUpMatches } from '../../../harness/seating/warm-up.js';
import { linkedAgent, seat, toyPlan } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

describe('warming up', () => {
  let server: MatchServer;
  let folder: string;
  beforeEach(async () => {
    server = await MatchServer.listen();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-warm-'));
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** Plays pieces of which these shares are disturbed, the last share for ever. @returns pieces played, and matches that the agent saw */
  async function pieces(shares: readonly number[], signal?: AbortSignal): Promise<{ played: number; seen: string[] }> {
    const seen: string[] = [];
    await linkedAgent(server, 'a', ({ match }) => {
      if (seen.at(-1) !== match) seen.push(match);
      return { plan: { steps: 1 } };
    });
    const tracePath = join(folder, 'never.jsonl.gz');
    const plan = toyPlan({ id: 'scored', seats: [seat('a')], durationUs: 200_000, clock: 'virtual', tracePath, signal });
    const played = await warmUpMatches(server, plan, () => shares[Math.min(seen.length, shares.length) - 1]!);
    expect(existsSync(tracePath)).to.equal(false);
    return { played, seen };
  }

  it('goes on until a piece is calm', async () => {
    const { played, seen } = await pieces([0.5, 0.4, 0]);
    expect(played).to.equal(3);
    expect(seen).to.have.length(3);
    for (const id of seen) expect(id).to.match(/^warm-up-\d-scored$/);
  });

  it('ends a piece after some decisions, however long the match', async () => {
    let answers = 0;
    await linkedAgent(server, 'a', () => ({ plan: { steps: answers++ % 2 } }));
    const plan = toyPlan({ id: 'long', seats: [seat('a')], durationUs: 60_000_000, clock: 'virtual', tracePath: undefined });
    expect(await warmUpMatches(server, plan, () => 0)).to.equal(1);
    expect(answers).to.be.within(40, 44);
  });

  it('gives up when it does no good, after a few in any case, and stops when it is told to', async () => {
    const again = async (shares: readonly number[], signal?: AbortSignal): Promise<number> => {
      await server.close();
      server = await MatchServer.listen();
      return (await pieces(shares, signal)).played;
    };
    expect(await again([0.5, 0.3, 0.3])).to.equal(3);
    expect(await again([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3])).to.equal(6);
    expect(await again([0.5], AbortSignal.abort('interrupted'))).to.equal(1);
  });
});
