/** What a match's host took, from made counters to the report, also where the match went on elsewhere. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { taskNamed } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { renderMatch, reportMatch } from '../../../harness/report/run.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { readCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { isAsRecorded } from '../../../harness/traces/replay.js';
import { energyOf } from '../../../scoring/trace/energy.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { MadeCounters } from '../host/made-counters.js';
import { goOn, playBots, type Played } from './moved-match.js';

const PACKAGE = 'intel-rapl:0';
/** Of each counter; it begins again in the match. */
const RANGE_UJ = 5_000_000;

describe('the energy of a match', function () {
  this.timeout(60_000);
  const played: Played = {
    task: 'hft',
    options: { durationUs: 1_000_000, seats: 1 },
    seed: 4,
    clock: 'virtual',
    bots: [{ bot: 'momentum', errorPermille: 0, givenUs: 50_000 }],
  };
  let folder: string;
  let server: MatchServer;
  let counters: MadeCounters;
  /** Of the made host since the match began. */
  let takenUj = 0;
  /** Every event costs a tenth of a joule. */
  const spend = (): void => {
    takenUj += 100_000;
    counters.set(PACKAGE, (RANGE_UJ - 300_000 + takenUj) % RANGE_UJ);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-energy-'));
    server = await MatchServer.listen();
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    takenUj = 0;
    counters = new MadeCounters({ [PACKAGE]: { name: 'package-0', uj: RANGE_UJ - 300_000, rangeUj: RANGE_UJ } });
  });
  afterEach(() => counters.remove());

  const text = (trace: Trace): string => {
    const task = taskNamed('hft');
    return renderMatch(task, reportMatch(task, trace, 't'), 400);
  };

  it('is recorded, read again, played again and reported as all that its host took', async () => {
    const tracePath = join(folder, 'measured.jsonl.gz');
    const trace = await counters.during(() => playBots(server, { ...played, tracePath }, spend));
    expect(takenUj).to.be.greaterThan(400_000);
    const written = await readTrace(tracePath);
    expect(written.header.host).to.include({ energy: 'measured' });
    const { uj, realUs } = energyOf(written.events)!;
    expect(uj).to.equal(takenUj);
    expect(realUs).to.be.greaterThan(0);
    const replay = verifyTrace(written);
    expect(isAsRecorded(replay), replay.faults.join('; ')).to.equal(true);
    expect(text(trace)).to.include(`energy of this host's processors, with all else that ran: ${takenUj / 1e6} J in `);
  });

  it('is not told, with the reason, where the host does not show it', async () => {
    counters.lose(PACKAGE);
    const trace = await counters.during(() => playBots(server, played));
    expect(trace.events.some(({ kind }) => kind === 'energy')).to.equal(false);
    expect(text(trace)).to.include(`power and energy: this host does not let this user read it (${PACKAGE})`);
  });

  it('is that of both hosts where the match went on elsewhere, and not told where one of them does not show it', async () => {
    const path = join(folder, 'moved.checkpoint.gz');
    let taken: Promise<unknown> | undefined;
    await counters.during(() =>
      playBots(server, { ...played, tracePath: join(folder, 'first.jsonl.gz') }, (match, events) => {
        spend();
        if (events === 6) taken = match.checkpoint(path).finally(() => undefined);
      }),
    );
    await taken;
    const from = await readCheckpoint(path);
    const spentBefore = energyOf(from.events)!.uj;
    expect(spentBefore).to.be.within(600_000, takenUj);
    const spentMeanwhile = takenUj;
    const both = await counters.during(() => goOn(server, from, played.bots, join(folder, 'both.jsonl.gz'), spend));
    expect(takenUj).to.be.greaterThan(spentMeanwhile);
    expect(energyOf(both.events)!.uj).to.equal(spentBefore + takenUj - spentMeanwhile);
    counters.lose(PACKAGE);
    const half = await counters.during(() => goOn(server, from, played.bots, join(folder, 'half.jsonl.gz')));
    expect(energyOf(half.events)).to.equal(null);
    expect(text(half)).to.include('power and energy: not all of the match was measured');
  });
});
