/**
 * The wire: from an order leaving an agent (a process of its own, on loopback) to its receipt, in a wall-clock match on a 1 ms grid,
 * beside a plain WebSocket echo of the same frames; and how late that match's ticks were, beside a plain timer.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { monotonicUs } from '../../harness/clock.js';
import { playMatch } from '../../harness/match.js';
import { spreadOf, type Spread } from '../../harness/measure.js';
import { MatchServer } from '../../harness/server.js';
import { registerTask } from '../../harness/tasks.js';
import { toy } from '../harness/toy-task.js';
import type { BenchRow } from './main.js';
import type { WireAgentSays } from './wire-agent.js';

registerTask(toy);

/** World seconds of each match; at ten times life they take a tenth, and the 10 ms grid is 1 ms of real time. */
const WORLD_S = 40;
const SPEED = 10;
const ROUNDS = 2;

/** Measures; about 20 s. Peers take turns with ours, so that both see the same machine. */
export async function bench(): Promise<BenchRow[]> {
  const server = await MatchServer.listen();
  const echo = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(echo, 'listening');
  echo.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data.toString('utf8'))));
  const echoUrl = `ws://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const line = server.admit('wire', 'wire');
  const agent = fork(new URL('./wire-agent.js', import.meta.url), [server.url, 'wire', echoUrl], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await line.connected(10_000);

  const ours: number[] = [];
  const peer: number[] = [];
  const late: Spread[] = [];
  const timerLate: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    const echoed = await ask(agent, 'echo');
    const timed = await plainTimer(1000);
    const answering = ask(agent, 'match');
    const trace = await playMatch(server, {
      id: `wire-${round}`,
      task: 'toy',
      options: { durationUs: WORLD_S * 1_000_000, seats: 1 },
      seed: round + 1,
      clock: 'wall',
      speed: SPEED,
      timeoutUs: 10_000_000,
      seats: [{ token: 'wire', record: { name: 'wire', kind: 'bot', addedUs: 0 } }],
    });
    const received = await answering;
    if (round < 0) continue; // the first is for the compiler
    ours.push(...received);
    peer.push(...echoed);
    timerLate.push(...timed);
    const { ticks, p50Us, p99Us, maxUs } = trace.footer!.lateness;
    late.push({ samples: ticks, p50Us, p99Us, maxUs });
  }
  agent.disconnect();
  echo.close();
  await server.close();

  const wire = spreadOf(ours);
  const plain = spreadOf(peer);
  const timer = spreadOf(timerLate);
  const worst = Math.max(...late.map((spread) => spread.p99Us));
  const samples = `${wire.samples} orders, ${plain.samples} echoes`;
  return [
    row('order to receipt, p50', wire.p50Us, plain.p50Us, `peer: plain ws echo; ${samples}`),
    row('order to receipt, p99', wire.p99Us, plain.p99Us, `peer: plain ws echo; ${samples}`),
    row(
      'tick lateness, 1 ms grid, p99',
      worst,
      timer.p99Us,
      `peer: setTimeout to absolute deadlines; worst of ${late.length} matches of ${late[0]!.samples} ticks`,
    ),
  ];
}

function row(name: string, ours: number, peer: number, note: string): BenchRow {
  return { case: name, unit: 'us', ours, peer, ...(peer > 0 ? { ratio: Number((ours / peer).toFixed(3)) } : {}), note };
}

/** Has the agent do its part; resolves with its samples in microseconds. */
async function ask(agent: ReturnType<typeof fork>, what: 'echo' | 'match'): Promise<number[]> {
  const said = once(agent, 'message') as Promise<[WireAgentSays]>;
  agent.send(what);
  return (await said)[0].samplesUs;
}

/** Lateness of a plain timer aimed at absolute deadlines a millisecond apart. Firing early counts as being on time. */
async function plainTimer(count: number): Promise<number[]> {
  const late: number[] = [];
  const startUs = monotonicUs() + 1000;
  for (let i = 0; i < count; i++) {
    const deadlineUs = startUs + i * 1000;
    const waitMs = (deadlineUs - monotonicUs()) / 1000;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    late.push(Math.max(0, monotonicUs() - deadlineUs));
  }
  return late;
}
