/**
 * The agents of the wire benchmark, many in one process: each answers the observation it holds at its own moments, 30 times a second,
 * and takes the time from each order to its receipt; in a match, or at the floor, from a server that only sends frames like a match's.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { monotonicUs } from '../../harness/host/clock.js';
import type { ServerFrame } from '../../harness/protocol/frames.js';

/** What its parent asks: play the next match, or the floor for so many seconds. */
export type WireAgentAsk = { what: 'match'; task: string } | { what: 'floor'; task: string; seconds: number };

/** What it tells its parent. */
export type WireAgentSays = { what: 'ready' } | { what: 'done'; samplesUs: number[]; observations: number; bytes: number; skipped: number };

interface WireAgent {
  socket: WebSocket;
  seq: number | null;
  sentUs: number;
}

const [url, floorUrl, prefix, count, perSecond] = process.argv.slice(2) as [string, string, string, string, string];
const agents: WireAgent[] = [];
let task = 'toy';
let samplesUs: number[] = [];
let observations = 0;
let bytes = 0;
let skipped = 0;
let ended = 0;
let stopSending: (() => void) | null = null;

/** An order of the task, small: in the market one that rests behind the best price, or takes it away again. */
function order(seq: number): string {
  if (task === 'toy') return JSON.stringify({ type: 'action', seq, plan: { steps: seq % 7 }, standing: 'stay' });
  const plan = seq % 2 === 0 ? [{ do: 'cancel' }] : [{ do: seq % 4 === 1 ? 'bid' : 'ask', size: 1, at: seq % 4 === 1 ? -2 : 2 }];
  return JSON.stringify({ type: 'action', seq, plan });
}

/** Calls `send` for each agent in turn, each `perSecond` times a second, evenly spread. The timer wakes it about every millisecond. */
function keepSending(all: readonly WireAgent[], send: (agent: WireAgent) => void): () => void {
  const everyUs = 1_000_000 / Number(perSecond) / all.length;
  const startUs = monotonicUs();
  let slot = 0;
  let timer: NodeJS.Timeout;
  const wake = (): void => {
    for (; startUs + slot * everyUs <= monotonicUs(); slot++) send(all[slot % all.length]!);
    timer = setTimeout(wake, 0);
  };
  wake();
  return () => clearTimeout(timer);
}

function hear(agent: WireAgent, data: Buffer): void {
  const arrivedUs = monotonicUs();
  const frame = JSON.parse(data.toString('utf8')) as ServerFrame;
  if (frame.type === 'observation') {
    agent.seq = frame.seq;
    observations++;
    bytes += data.length;
  } else if (frame.type === 'receipt') {
    samplesUs.push(arrivedUs - agent.sentUs);
  } else if (frame.type === 'end' && ++ended === agents.length) {
    stopSending?.();
    done();
  }
}

function done(): void {
  process.send!({ what: 'done', samplesUs, observations, bytes, skipped } satisfies WireAgentSays);
}

/** Answers what an agent holds, whenever it is its turn. */
function answer(agent: WireAgent): void {
  if (agent.seq === null) return void skipped++;
  const text = order(agent.seq);
  agent.seq = null;
  agent.sentUs = monotonicUs();
  agent.socket.send(text);
}

async function floor(seconds: number): Promise<void> {
  const plain: WireAgent[] = await Promise.all(
    agents.map(async () => {
      const peer: WireAgent = { socket: new WebSocket(floorUrl, { perMessageDeflate: false }), seq: null, sentUs: 0 };
      peer.socket.on('message', (data: Buffer) => hear(peer, data));
      await once(peer.socket, 'open');
      return peer;
    }),
  );
  const stop = keepSending(plain, answer);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const { socket } of plain) socket.terminate();
  done();
}

process.on('message', (ask: WireAgentAsk) => {
  samplesUs = [];
  observations = bytes = skipped = ended = 0;
  task = ask.task;
  if (ask.what === 'floor') return void floor(ask.seconds);
  for (const agent of agents) agent.seq = null;
  stopSending = keepSending(agents, answer);
});
process.on('disconnect', () => process.exit(0));

for (let i = 0; i < Number(count); i++) {
  const socket = new WebSocket(`${url}/agent`, { perMessageDeflate: false });
  const agent: WireAgent = { socket, seq: null, sentUs: 0 };
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => hear(agent, data));
  socket.send(JSON.stringify({ type: 'hello', protocol: 'tickbench.v1', token: `${prefix}${i}`, name: 'wire' }));
  agents.push(agent);
}
process.send!({ what: 'ready' } satisfies WireAgentSays);
