/** Outages of real endpoints: an engine that is killed by SIGKILL in a match and comes again, and a server that is cut off by a relay. */
import { expect } from 'chai';
import { configurationSchema, type Configuration } from '../../../harness/configuration/configuration.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { Seating, type SeatedMatch } from '../../../harness/seating/seating.js';
import { modelPlayer } from '../../../harness/seating/seats.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { recoveryOf } from '../../../scoring/figures/recovery.js';
import { decisionsOf, isAnswered } from '../../../scoring/trace/decisions.js';
import { outageOf, type Outage } from '../../../scoring/trace/outage.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { scriptedEndpoint } from '../sweep/scripted-endpoint.js';

const parsed = (endpoint: object): Configuration =>
  configurationSchema.omit({ latency: true }).parse({ name: 'm', endpoint, request: {}, prompt: 'reference' }) as Configuration;

describe('an outage of a real endpoint', function () {
  this.timeout(120_000);
  let server: MatchServer;
  let seating: Seating;
  beforeEach(async () => {
    server = await MatchServer.listen();
    seating = new Seating(server, () => undefined);
  });
  afterEach(async () => {
    await seating.stop();
    await server.close();
  });

  /** A match that is stopped as soon as the first answer after the outage has landed: however long a busy host takes to bring the endpoint back. */
  async function played(configuration: Configuration, outage: Outage, match: Pick<SeatedMatch, 'clock' | 'speed'>): Promise<Trace> {
    const enough = new AbortController();
    let isBack = false;
    const trace = await seating.play({
      ...{ id: 'outage', task: 'hft', options: { durationUs: 200_000_000, gridUs: 100_000 }, seed: 3, timeoutUs: 20_000_000, ...match },
      players: [modelPlayer(configuration, { addedUs: 0, outage })],
      signal: enough.signal,
      onEvent(event) {
        if (event.kind === 'outage' && event.state === 'up') isBack = true;
        else if (event.kind === 'act' && isBack) enough.abort('it was answered again');
      },
    });
    const span = outageOf(trace.events, trace.header.seats[0], 0)!;
    expect(span.downAt).to.be.at.least(outage.atUs);
    const recovery = recoveryOf(trace, 0)!;
    expect(recovery.isCensored).to.equal(false);
    expect(recovery.recoveryUs).to.be.above(0);
    const decisions = decisionsOf(trace, 0);
    expect(decisions.some((each) => isAnswered(each) && each.landedAt < span.downAt)).to.equal(true);
    // What failed did so in the outage: nothing else was wrong with the endpoint, and nothing of it voids the match.
    const failed = decisions.filter(({ failure }) => failure !== undefined);
    expect(failed.length).to.be.above(0);
    for (const { landedAt, observedAt } of failed) {
      expect(landedAt).to.be.at.least(span.downAt);
      expect(observedAt).to.be.at.most(span.upAt!);
    }
    const reasons = trace.footer!.verdict.reasons.join(' ');
    expect(reasons)
      .to.include('it was answered again')
      .and.not.match(/failed|server of seat/);
    expect(replayTrace(trace)).to.deep.include({ same: true, faults: [] });
    return trace;
  }

  it('kills an engine of ours in the middle of a match, and it answers again on its port by another process', async () => {
    const configuration = parsed({ kind: 'embedded', model: 'models/tb-1m', precision: 'fp4' });
    const before = await seating.processes.endpoint(configuration);
    const trace = await played(configuration, { atUs: 1_000_000 }, { clock: 'virtual', speed: 4 });
    expect(before.ended()).to.equal('was ended by SIGKILL');
    const after = await seating.processes.endpoint(configuration);
    expect([after.url, after.ended()]).to.deep.equal([before.url, undefined]);
    expect(after.pid).to.not.equal(before.pid);
    expect(trace.header.seats[0]!.name).to.equal('m, injected endpoint killed at 1 s');
  });

  it('cuts a server off that is not ours, which runs on', async () => {
    const endpoint = await scriptedEndpoint();
    try {
      const configuration = parsed({ kind: 'openai', url: endpoint.url, model: 'steady' });
      const trace = await played(configuration, { atUs: 500_000, forUs: 400_000 }, { clock: 'wall', speed: 1 });
      const { downRealUs } = recoveryOf(trace, 0)!;
      expect(downRealUs).to.be.at.least(390_000); // a timer may go off a little before its time
      expect(trace.header.seats[0]!.name).to.equal('m, injected calls cut off for 0.4 s at 0.5 s');
    } finally {
      endpoint.close();
    }
  });
});
