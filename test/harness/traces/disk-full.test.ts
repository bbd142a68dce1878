/** A trace that cannot be written ends its match: what is not recorded cannot count, so nobody need be asked on. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { linkedAgent, seat, toyPlan } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

describe('a full disk', () => {
  let server: MatchServer;
  let folder: string;
  beforeEach(async () => {
    server = await MatchServer.listen();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-full-'));
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  (existsSync('/dev/full') ? it : it.skip)('ends a match at the first write that fails, and the verdict says why', async () => {
    let asked = 0;
    await linkedAgent(server, 'a', async () => {
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { plan: { steps: 1 } };
    });
    const tracePath = join(folder, 'match.jsonl.gz');
    symlinkSync('/dev/full', join(folder, 'match.jsonl'));
    const trace = await playMatch(
      server,
      toyPlan({ id: 'full', seats: [seat('a')], durationUs: 600_000_000, clock: 'virtual', tracePath }),
    );
    expect(trace.footer!.verdict.counts).to.equal(false);
    expect(trace.footer!.verdict.reasons.join(' ')).to.match(
      /incomplete: .*the disk is full.* stopped before its end: what is not recorded/,
    );
    expect(asked).to.be.lessThan(1000); // of some ten thousand
    expect(existsSync(tracePath)).to.equal(false);
  });
});
