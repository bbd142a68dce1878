/**
 * The wire: 64 agents in one wall-clock match, each answering 30 observations a second over a WebSocket of its own on loopback, from a
 * process on the same cores. From an order leaving its agent to its receipt, and how late the match's ticks were; beside this host's floor:
 * the same frames over plain WebSockets, with no world and no harness behind them, pushed by a plain timer at the same moments. The agents'
 * process is in the idle class, where the harness puts the agents it starts: it has the same cores, and gives way to the match.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { intoBackground } from '../../harness/host/pinning.js';
import { monotonicUs } from '../../harness/host/clock.js';
import { playMatch } from '../../harness/match/match.js';
import { spreadOf } from '../../harness/host/measuring.js';
import { MatchServer } from '../../harness/protocol/server.js';
import { registerTask, taskNamed } from '../../harness/match/tasks.js';
import { toy } from '../harness/match/toy-task.js';
import type { BenchRow } from './main.js';
import type { WireAgentAsk, WireAgentSays } from './wire-agent.js';

registerTask(toy);

const AGENTS = 64;
const PER_SECOND = 30;
const ROUNDS = 2;
/** Real seconds of each match, and of the floor beside it. */
const SECONDS = { warmUp: 3, measured: Number(process.env['TICKBENCH_WIRE_SECONDS'] ?? 8) };

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
  const floor = await Floor.listen();
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-wire-'));
  const tokens = Array.from({ length: AGENTS }, (_, i) => `wire${i}`);
  for (const token of tokens) server.admit(token, token);
  const agents = fork(new URL('./wire-agent.js', import.meta.url), [server.url, floor.url, 'wire', String(AGENTS), String(PER_SECOND)], {
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
      const plain = ask(agents, { what: 'floor', task: played.task, seconds });
      const timing = floor.play(played, (seconds * 1000) / played.gridMs - 20);
      const [bare, timed] = await Promise.all([plain, timing]);
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
      all.peer.push(...bare.samplesUs);
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
  floor.close();
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
    `their process ${gives ? 'in the idle class' : 'in the normal class (no chrt here)'}; peer, this host's floor: the same frames over plain ws, ${rate(plain.samples)} orders/s each`;
  return [
    row(`${what}: order to receipt, p50`, wire.p50Us, plain.p50Us, load),
    row(
      `${what}: order to receipt, p99`,
      wire.p99Us,
      plain.p99Us,
      `${wire.samples} orders, ${plain.samples} at the floor; wanted under 1000 us on a quiet host of two cores`,
    ),
    row(
      `${what}: tick lateness, ${gridMs} ms grid, p99`,
      Math.max(...all.lateUs),
      timer.p99Us,
      `worst of ${ROUNDS} matches, ${all.ticks} ticks in all; peer: setTimeout to absolute deadlines that sends the same frames; wanted under 300 us`,
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

/** What this host can do at best: a server that sends ready-made frames of the same sizes, and knows nothing of worlds. */
class Floor {
  private readonly ready = new Set<WebSocket>();
  private receipt = '';

  private constructor(
    private readonly sockets: WebSocketServer,
    readonly url: string,
  ) {
    sockets.on('connection', (socket) => {
      this.ready.add(socket);
      socket.on('close', () => this.ready.delete(socket));
      socket.on('message', (data: Buffer) => {
        JSON.parse(data.toString('utf8'));
        socket.send(this.receipt);
        this.ready.add(socket);
      });
    });
  }

  static async listen(): Promise<Floor> {
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
    await once(sockets, 'listening');
    return new Floor(sockets, `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`);
  }

  /** Pushes an observation of the task to everybody whose last one was answered, at each of so many moments. Lateness of the timer, in microseconds. */
  async play({ task: name, options, gridMs }: (typeof CASES)[number], moments: number): Promise<number[]> {
    const task = taskNamed(name);
    const world = task.create(task.parseOptions(options), 1);
    world.advance(500_000);
    const state: unknown = world.observe(0);
    const observation = JSON.stringify({
      type: 'observation',
      match: `wire-${name}-0`,
      seq: 100,
      at: 500_000,
      state,
      text: task.text(state),
    });
    this.receipt = JSON.stringify({
      type: 'receipt',
      match: `wire-${name}-0`,
      seq: 100,
      outcome: 'act',
      at: 512_345,
      latencyUs: 12_345,
      accepted: true,
    });
    const late: number[] = [];
    const startUs = monotonicUs() + 1000;
    for (let i = 0; i < moments; i++) {
      const deadlineUs = startUs + i * gridMs * 1000;
      const waitMs = (deadlineUs - monotonicUs()) / 1000;
      // A wait of nothing would be none: the sockets have to be served too.
      await new Promise((resolve) => (waitMs > 0 ? setTimeout(resolve, waitMs) : setImmediate(resolve)));
      late.push(Math.max(0, monotonicUs() - deadlineUs)); // firing early counts as being on time
      for (const socket of this.ready) socket.send(observation);
      this.ready.clear();
    }
    return late;
  }

  close(): void {
    this.sockets.close();
  }
}
