/** Latency without matches: everybody is asked the same in turns, what was measured is kept, and a failed call is no latency. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { fighter } from '../../../envs/fighter/task.js';
import { ModelAsker } from '../../../harness/agents/asker.js';
import { configurationSchema } from '../../../harness/configuration/configuration.js';
import { LatencyFailed, measureLatency, speeds, type AskedEndpoint, type LatencySample, type LatencyWork } from '../../../harness/paper/latency.js'; // prettier-ignore
import { scriptedEndpoint, type ScriptedEndpoint } from '../sweep/scripted-endpoint.js';

describe('latency in turns', () => {
  let folder: string;
  let servers: ScriptedEndpoint[];
  const work = (): LatencyWork => ({ task: fighter, states: ['guard_low one', 'guard_low two'], rounds: 2, warmUp: 1, path: join(folder, 'l.jsonl'), key: 'k' }); // prettier-ignore
  const asked = (server: ScriptedEndpoint, name: string): AskedEndpoint => {
    const { request } = configurationSchema.omit({ latency: true }).parse({ name, endpoint: { kind: 'openai', url: server.url, model: 'steady' }, request: {} }); // prettier-ignore
    return { name, identity: name, asker: new ModelAsker({ target: { url: server.url, model: 'steady' }, request, prompt: 'plain' }) };
  };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-latency-'));
    servers = [await scriptedEndpoint(), await scriptedEndpoint()];
  });
  afterEach(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  it('asks everybody every state as often, the first one changing', async () => {
    const endpoints = servers.map((server, i) => asked(server, `e${i}`));
    const samples = await measureLatency(endpoints, work());
    expect(samples.map(({ entrant, state, round }) => `${entrant} ${state} ${round}`)).to.deep.equal([
      ...['e0 0 0', 'e1 0 0', 'e1 1 0', 'e0 1 0'],
      ...['e1 0 1', 'e0 0 1', 'e0 1 1', 'e1 1 1'],
    ]);
    for (const sample of samples) expect(sample).to.include({ invalid: false }).and.have.property('us').that.is.greaterThan(0);
    // A request that this host disturbed is asked again, at most twice.
    for (const server of servers) expect(server.calls(), 'four samples and a warm-up').to.be.within(5, 1 + 3 * 4);
  });

  it('asks nothing again that an earlier run measured, but what was cut off, or of another key', async () => {
    const endpoints = servers.map((server, i) => asked(server, `e${i}`));
    const first = await measureLatency(endpoints, work());
    const before = servers.map((server) => server.calls());
    expect(await measureLatency(endpoints, work())).to.deep.equal(first);
    expect(servers.map((server) => server.calls())).to.deep.equal(before);
    writeFileSync(work().path, readFileSync(work().path, 'utf8').trimEnd().slice(0, -10));
    const again = await measureLatency(endpoints, work());
    expect(again.slice(0, -1)).to.deep.equal(first.slice(0, -1));
    expect(servers[1]!.calls()).to.be.greaterThan(before[1]!);
    const other = servers[0]!.calls();
    await measureLatency(endpoints, { ...work(), key: 'another' });
    expect(servers[0]!.calls()).to.be.greaterThan(other);
  });

  it('ends at a call that fails, what was measured being kept', async () => {
    const endpoints = servers.map((server, i) => asked(server, `e${i}`));
    servers[1]!.statusOf = (call) => (call > 2 ? 500 : 200);
    const error = await measureLatency(endpoints, work()).catch((each: unknown) => each);
    expect(error).to.be.instanceOf(LatencyFailed).and.have.property('message').that.includes('e1: ');
    expect(readFileSync(work().path, 'utf8').trim().split('\n').length).to.be.greaterThan(0);
  });

  it('tells of each state the median of what no busy host disturbed', () => {
    const sample = (state: number, us: number, contended = false): LatencySample => ({ entrant: 'e', state, round: 0, us, invalid: false, contended }); // prettier-ignore
    const values = speeds(
      [sample(0, 1), sample(0, 9), sample(0, 5), sample(0, 500, true), sample(1, 2), sample(1, 4), sample(2, 7, true)],
      'e',
    );
    expect([...values.keys()]).to.deep.equal([0, 1]);
    expect(values.get(0)).to.be.closeTo(-Math.log(5), 1e-12);
    expect(values.get(1)).to.be.closeTo(-Math.log(3), 1e-12);
    // An answer without an action is none that came fast.
    const without: LatencySample = { ...sample(0, 1), invalid: true };
    expect([...speeds([sample(0, 8), without], 'e')]).to.deep.equal([[0, -Math.log(8)]]);
    expect([...speeds([without], 'e')]).to.deep.equal([]);
  });
});
