/**
 * The wire: 64 agents in one wall-clock match, each answering 30 observations a second over a WebSocket of its own on loopback, from a
 * process on the same cores. From an order leaving its agent to its receipt, and how late the match's ticks were; beside a plain
 * WebSocket echo of the same orders at the same moments, and a plain timer while it runs. The agents' process is in the idle class,
 * where the harness puts the agents it starts: it has the same cores, and gives way to the match.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { intoBackground } from '../../harness/host/pinning.js';
import { monotonicUs } from '../../harness/host/clock.js';
import { playMatch } from '../../harness/match/match.js';
import { spreadOf } from '../../harness/host/measuring.js';
import { MatchServer } from '../../harness/protocol/server.js';
import { registerTask } from '../../harness/match/tasks.js';
import { toy } from '../harness/match/toy-task.js';
import type { BenchRow } from './main.js';
import type { WireAgentAsk, WireAgentSays } from './wire-agent.js';

registerTask(toy);

const AGENTS = 64;
const PER_SECOND = 30;
const ROUNDS = 2;
/** Real seconds of each match and each echo. */
const SECONDS = { warmUp: 3, measured: 8 };

/** What is played: the market at life speed on its 10 ms grid, and the toy at ten times life, whose grid is then 1 ms of real time. */
const CASES = [
  { task: 'hft', what: 'the market', speed: 1, gridMs: 10, options: { seats: AGENTS } },
  { task: 'toy', what: 'toy world', speed: 10, gridMs: 1, options: { seats: AGENTS } },
] as const;

type Done = Extract<WireAgentSays, { what: 'done' }>;

interface Samples {
  ours: number[];
  peer: number[];
  observations: number;
  bytes: number;
  skipped: number;
  ticks: number;
  lateUs: number[];
  timerLate: number[];
}

/** Measures; about a minute. Peers take turns with ours, so that both see the same machine. */
export async function bench(): Promise<BenchRow[]> {
  const server = await MatchServer.listen();
  const echo = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(echo, 'listening');
  echo.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data.toString('utf8'))));
  const echoUrl = `ws://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-wire-'));
  const tokens = Array.from({ length: AGENTS }, (_, i) => `wire${i}`);
  for (const token of tokens) server.admit(token, token);
  const agents = fork(new URL('./wire-agent.js', import.meta.url), [server.url, echoUrl, 'wire', String(AGENTS), String(PER_SECOND)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(agents, 'message');
  const gives = intoBackground(agents.pid!);
  for (const token of tokens) await server.line(token).connected(10_000);

  const rows: BenchRow[] = [];
  for (const played of CASES) {
    const all: Samples = { ours: [], peer: [], observations: 0, bytes: 0, skipped: 0, ticks: 0, lateUs: [], timerLate: [] };
    for (let round = -1; round < ROUNDS; round++) {
      const seconds = round < 0 ? SECONDS.warmUp : SECONDS.measured; // the first is for the compiler
      const echoing = ask(agents, { what: 'echo', seconds });
      const timing = plainTimer(played.gridMs, (seconds * 1000) / played.gridMs - 20);
      const [echoed, timed] = await Promise.all([echoing, timing]);
      const answering = ask(agents, { what: 'match', task: played.task });
      const trace = await playMatch(server, {
        id: `wire-${played.task}-${round}`,
        task: played.task,
        options: { ...played.options, durationUs: seconds * played.speed * 1_000_000 },
        seed: round + 1,
        clock: 'wall',
        speed: played.speed,
        timeoutUs: 1_000_000 * played.speed,
        seats: tokens.map((token) => ({ token, record: { name: token, kind: 'bot', addedUs: 0 } })),
        tracePath: join(folder, `${played.task}${round}.jsonl.gz`),
      });
      const received = await answering;
      if (round < 0) continue;
      all.ours.push(...received.samplesUs);
      all.peer.push(...echoed.samplesUs);
      all.timerLate.push(...timed);
      all.observations += received.observations;
      all.bytes += received.bytes;
      all.skipped += received.skipped;
      all.ticks += trace.footer!.lateness.ticks;
      all.lateUs.push(trace.footer!.lateness.p99Us);
    }
    rows.push(...rowsOf(played.what, played.gridMs, gives, all));
  }
  agents.disconnect();
  echo.close();
  await server.close();
  rmSync(folder, { recursive: true });
  return rows;
}

function rowsOf(what: string, gridMs: number, gives: boolean, all: Samples): BenchRow[] {
  const wire = spreadOf(all.ours);
  const plain = spreadOf(all.peer);
  const timer = spreadOf(all.timerLate);
  const seconds = ROUNDS * SECONDS.measured;
  const rate = (samples: number): string => (samples / seconds / AGENTS).toFixed(1);
  const size = Math.round(all.bytes / Math.max(1, all.observations));
  const load =
    `${AGENTS} agents, ${rate(wire.samples)} orders/s each; ${all.observations} observations of ${size} bytes pushed, ${all.skipped} moments without one; ` +
    `their process ${gives ? 'in the idle class' : 'in the normal class (no chrt here)'}; peer: plain ws echo of the orders, ${rate(plain.samples)}/s each, nothing pushed`;
  return [
    row(`${what}: order to receipt, p50`, wire.p50Us, plain.p50Us, load),
    row(`${what}: order to receipt, p99`, wire.p99Us, plain.p99Us, `${wire.samples} orders, ${plain.samples} echoes`),
    row(
      `${what}: tick lateness, ${gridMs} ms grid, p99`,
      Math.max(...all.lateUs),
      timer.p99Us,
      `worst of ${ROUNDS} matches, ${all.ticks} ticks in all; peer: setTimeout to absolute deadlines while the echo runs`,
    ),
  ];
}

function row(name: string, ours: number, peer: number, note: string): BenchRow {
  return { case: name, unit: 'us', ours, peer, ...(peer > 0 ? { ratio: Number((ours / peer).toFixed(3)) } : {}), note };
}

/** Has the agents do their part; resolves with their samples in microseconds. */
async function ask(agents: ChildProcess, what: WireAgentAsk): Promise<Done> {
  const said = once(agents, 'message') as Promise<[Done]>;
  agents.send(what);
  return (await said)[0];
}

/** Lateness of a plain timer aimed at absolute deadlines. Firing early counts as being on time. */
async function plainTimer(everyMs: number, count: number): Promise<number[]> {
  const late: number[] = [];
  const startUs = monotonicUs() + 1000;
  for (let i = 0; i < count; i++) {
    const deadlineUs = startUs + i * everyMs * 1000;
    const waitMs = (deadlineUs - monotonicUs()) / 1000;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    late.push(Math.max(0, monotonicUs() - deadlineUs));
  }
  return late;
}
