/** A match on the wall clock that goes on from a checkpoint: the clock stood still meanwhile, and nobody may seem faster for it. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MatchServer } from '../../../harness/protocol/server.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { parseCheckpoint, readCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import { goOn, playBots, rewritten, type SeatedBot } from './moved-match.js';

describe('a checkpoint of a match on the wall clock', () => {
  let folder: string;
  let server: MatchServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-checkpoint-'));
    server = await MatchServer.listen();
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('on the wall clock gives up what was measured and open, and the match is void and says why', async () => {
    const path = join(folder, 'wall.checkpoint.gz');
    const bots: SeatedBot[] = [{ bot: 'expert', errorPermille: 0, givenUs: 100_000 }];
    await playBots(
      server,
      { task: 'hft', options: { durationUs: 1_000_000 }, bots, seed: 4, clock: 'wall', tracePath: join(folder, 'wall.jsonl.gz') },
      (match, events) => {
        if (events === 5) match.checkpoint(path).catch(() => undefined);
      },
    );
    const from = await readCheckpoint(path);
    const trace = await goOn(server, from, bots);
    const [moved] = trace.events.filter((event) => event.kind === 'moved');
    expect(moved!.missed, 'a given latency is charged whatever it takes').to.deep.equal([]);
    expect(verifyTrace(trace).faults).to.deep.equal([]);
    expect(trace.footer!.verdict.notes!.join(' ')).to.include('The match was moved');
    const forged = { ...trace, events: trace.events.map((event) => (event.kind === 'moved' ? { ...event, missed: [0] } : event)) };
    expect(verifyTrace(forged).faults.join(' ')).to.include('seat 0 had no decision open whose latency a standing clock could change');
    // The same checkpoint, of a seat whose latency is measured.
    const measured = rewritten(path, (lines) => {
      const header = JSON.parse(lines[0]!) as { header: { seats: { givenUs?: number }[] } };
      delete header.header.seats[0]!.givenUs;
      lines[0] = JSON.stringify(header);
      const last = JSON.parse(lines.at(-1)!) as { checkpoint: { seats: { sent: boolean; answer: unknown; expired: boolean }[] } };
      expect(last.checkpoint.seats[0], 'its agent was asked').to.include({ sent: true });
      Object.assign(last.checkpoint.seats[0]!, { answer: null });
      // A record of measured latencies: what each answer took.
      for (let i = 1; i < lines.length - 1; i++)
        lines[i] = lines[i]!.replace(/"latencyUs":(\d+),"realUs":[\d.]+/g, '"latencyUs":$1,"realUs":$1');
      lines[lines.length - 1] = JSON.stringify(last);
    });
    const given = parseCheckpoint(measured);
    expect(given.events.findLast((event) => event.kind === 'observe' || event.kind === 'act')!.kind).to.equal('observe');
    const void_ = await goOn(server, given, bots);
    const gone = void_.events.find((event) => event.kind === 'moved')!;
    expect(gone).to.deep.include({ missed: [0] });
    const open = given.events.findLast((event) => event.kind === 'observe')!;
    const settled = void_.events.find((event) => 'seq' in event && event.kind !== 'observe' && event.seq === (open as { seq: number }).seq);
    expect(settled, 'the match may end before the limit').to.satisfy(
      (event?: { kind: string }) => event === undefined || event.kind === 'miss',
    );
    expect(void_.footer!.verdict.counts).to.equal(false);
    expect(void_.footer!.verdict.reasons.join(' ')).to.match(/wall clock stood still .* given up and counts as missed/);
    expect(verifyTrace(void_).faults).to.deep.equal([]);
  });
});
