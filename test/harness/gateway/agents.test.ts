/** Tickbench's own agents behind a gateway: a seat in a match is a program, with deadlines, and it ends with the match. */
import { expect } from 'chai';
import { setTimeout as sleep } from 'node:timers/promises';
import { modelPlayer } from '../../../harness/agents/model.js';
import { agentConfiguration } from '../../../harness/configuration/agent.js';
import { startGateway, type RunningGateway } from '../../../harness/gateway/server.js';
import { parseGatewaySettings } from '../../../harness/gateway/settings.js';
import { taskNamed, taskNames } from '../../../harness/match/tasks.js';
import type { EndFrame, WelcomeFrame } from '../../../harness/protocol/frames.js';
import { EmulatedBackend } from './emulated-backend.js';

describe('an agent behind a gateway', () => {
  let backend: EmulatedBackend;
  let running: RunningGateway;
  before(async () => {
    backend = await new EmulatedBackend({ name: 'a', capacityTokens: 65_536, prefillMs: 0, decodeMs: 0 }).start();
    running = await startGateway(parseGatewaySettings({ listen: { port: 0 }, backends: [{ name: 'a', url: backend.url }] }, 'test'));
  });
  after(async () => {
    await running.stop();
    await backend.kill();
  });

  /** Asks about two observations of a match, as a seat does, and ends it. */
  async function play(gateway: boolean | undefined, welcome: Partial<WelcomeFrame>): Promise<string[]> {
    const [task] = taskNames();
    const lines: string[] = [];
    const raw = { name: 'my model', target: { url: running.url, model: 'emulated' }, request: { maxTokens: 4 }, gateway };
    const player = modelPlayer(agentConfiguration.parse(raw), (line) => lines.push(line));
    const base = { match: 'm1', seat: 1, task: task!, timeoutUs: 30_000_000, speed: 2, seed: 1 };
    const seat = player.seat({ ...base, ...welcome } as WelcomeFrame);
    const env = taskNamed(task!).create(taskNamed(task!).parseOptions({}), 1);
    for (const seq of [1, 2])
      await seat.decide({ type: 'observation', match: 'm1', seq, at: 0, state: null, text: taskNamed(task!).text(env.observe(0)) }, new AbortController().signal); // prettier-ignore
    seat.ended?.({ type: 'end', match: 'm1' } as EndFrame);
    return lines;
  }

  it('names its seat and its match, says until when an answer is of use, and ends the program with the match', async () => {
    backend.headers.length = 0;
    const lines = await play(true, {});
    for (let i = 0; i < 300 && running.gateway.programs().length > 0; i++) await sleep(10);
    expect(lines).to.deep.equal([]);
    expect(backend.headers.map((headers) => headers['x-session-id'])).to.deep.equal(['m1.1.my-model', 'm1.1.my-model']);
    // 30 s of the match at twice the speed, less what the call waited in the gateway.
    for (const headers of backend.headers) expect(Number(headers['x-deadline-ms'])).to.be.within(1, 15_000);
    expect(running.gateway.programs()).to.deep.equal([]);
    expect(running.gateway.program('default', 'm1.1.my-model')).to.include({ ended: 'released' });
  });

  it('names no deadline where the clock waits', async () => {
    backend.headers.length = 0;
    await play(true, { match: 'm2', patient: true });
    expect(backend.headers.map((headers) => headers['x-deadline-ms'])).to.deep.equal([undefined, undefined]);
  });

  it('says nothing of it to an endpoint that is none', async () => {
    backend.headers.length = 0;
    await play(undefined, { match: 'm3' });
    expect(backend.headers.length).to.equal(2);
    for (const headers of backend.headers) expect(headers).to.not.have.any.keys('x-session-id', 'x-deadline-ms');
  });
});
