/** Round trips: by pings that only their own answers end, which cost an agent none of its frames. */
import { expect } from 'chai';
import type { AgentLine } from '../../../harness/protocol/line.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { RoundTrips } from '../../../harness/protocol/round-trips.js';
import { rawAgent, until } from '../match/players.js';

/** A line that keeps its pings, at a time that tests set. */
function dryLine() {
  const pings: Buffer[] = [];
  const line = { onPong: null as ((data: Buffer) => boolean) | null, ping: (data: Buffer) => pings.push(data) > 0 };
  const clock = { nowUs: 0 };
  const trips = new RoundTrips(line as unknown as AgentLine, 1e6, () => clock.nowUs);
  return { line, pings, clock, trips };
}

describe('round trips', () => {
  it('run from a ping to its own pong, in whatever order they come; anything else is none', () => {
    const { line, pings, clock, trips } = dryLine();
    trips.ping();
    clock.nowUs = 10;
    trips.ping();
    clock.nowUs = 25;
    expect(line.onPong!(pings[1]!)).to.equal(true);
    clock.nowUs = 70;
    expect(line.onPong!(pings[0]!)).to.equal(true);
    for (const wrong of [pings[0]!, Buffer.from('guess'), Buffer.alloc(0)]) expect(line.onPong!(wrong)).to.equal(false);
    expect(trips.takenUs).to.deep.equal([15, 70]);
    expect(new Set(pings.map((data) => data.toString('hex'))).size).to.equal(2);
    trips.stop();
    expect(line.onPong).to.equal(null);
  });

  it('are asked for no further while none comes back, and again after a while; the silence is told', () => {
    const { line, pings, clock, trips } = dryLine();
    for (let i = 0; i < 10; i++) trips.ping();
    expect(pings).to.have.length(4);
    expect(trips.lost, 'those not sent').to.equal(6);
    clock.nowUs = 20_000_000;
    expect(trips.overdue).to.equal(4);
    expect(trips.silentUs).to.equal(20_000_000);
    trips.ping();
    expect(pings).to.have.length(5);
    expect(line.onPong!(pings[0]!), 'it was given up').to.equal(false);
    expect(line.onPong!(pings[4]!)).to.equal(true);
    expect(trips.silentUs).to.equal(0);
    expect([trips.lost, trips.overdue], 'and those given up').to.deep.equal([10, 0]);
    trips.ping();
    clock.nowUs = 30_000_000;
    trips.forget();
    expect(trips.lost).to.equal(11);
    expect(trips.silentUs).to.equal(0);
    trips.stop();
  });

  it('are measured on a real socket, and no answer of a library counts as a frame of its agent', async () => {
    const server = await MatchServer.listen();
    const agent = await rawAgent(server, 'pinged');
    const trips = new RoundTrips(server.line('pinged'), 5);
    // More than an agent may send at once.
    await until(() => trips.takenUs.length > 150, 20_000);
    expect(agent.errors('too-frequent')).to.equal(0);
    expect(Math.min(...trips.takenUs)).to.be.greaterThan(0);
    trips.stop();
    agent.socket.terminate();
    await server.close();
  });
});
