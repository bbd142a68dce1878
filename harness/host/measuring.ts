/** Measuring the host itself: how late its timers wake, how long a frame takes over loopback, how much of a processor a thread gets. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { WebSocket, WebSocketServer } from 'ws';
import { monotonicUs, sleepUntil } from './clock.js';
import { describeHost, type Host } from './description.js';
import { nearestRank } from '../match/lateness.js';

/** A distribution of real microseconds. */
export interface Spread {
  samples: number;
  p50Us: number;
  p99Us: number;
  maxUs: number;
}

/** What a host was measured to be. */
export interface HostMeasurement {
  host: Host;
  rows: ({ what: string } & Spread)[];
  /** Processor time over wall time of one busy thread, in permille; and of each, with one on every core. */
  cpuPermille: number;
  parallelPermille: number;
}

/** Measures this host: about three seconds. */
export async function measureHost(): Promise<HostMeasurement> {
  const host = describeHost();
  const rows = [
    { what: 'tick lateness, 1 ms grid', ...(await tickLateness(1000, 800)) },
    { what: 'tick lateness, 60 Hz', ...(await tickLateness(16_667, 48)) },
    { what: 'frame round trip, loopback', ...(await roundTrips(500)) },
  ];
  const [alone] = await busyThreads(1);
  const parallel = await busyThreads(availableParallelism());
  return { host, rows, cpuPermille: alone!, parallelPermille: Math.min(...parallel) };
}

/** Lateness of waking at `count` absolute deadlines `everyUs` apart. */
export async function tickLateness(everyUs: number, count: number): Promise<Spread> {
  const late: number[] = [];
  const startUs = monotonicUs() + everyUs;
  for (let i = 0; i < count; i++) {
    const deadlineUs = startUs + i * everyUs;
    await sleepUntil(deadlineUs);
    late.push(monotonicUs() - deadlineUs);
  }
  return spreadOf(late);
}

/** Round trips of one JSON frame of a typical observation's size through a WebSocket on loopback, one after another. */
export async function roundTrips(count: number): Promise<Spread> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  server.on('connection', (socket) => socket.on('message', (data: Buffer) => socket.send(data.toString('utf8'))));
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { perMessageDeflate: false });
  await once(client, 'open');
  const text = JSON.stringify({ type: 'observation', state: 'x'.repeat(1500) });
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const sentUs = monotonicUs();
    const back = once(client, 'message');
    client.send(text);
    await back;
    took.push(monotonicUs() - sentUs);
  }
  client.terminate();
  server.close();
  return spreadOf(took);
}

/** Sorts samples into a spread. */
export function spreadOf(samples: readonly number[]): Spread {
  const sorted = Float64Array.from(samples).sort();
  return {
    samples: sorted.length,
    p50Us: Math.round(nearestRank(sorted, 0.5)),
    p99Us: Math.round(nearestRank(sorted, 0.99)),
    maxUs: Math.round(sorted.at(-1) ?? 0),
  };
}

/** A thread that spins for 300 ms and tells what share of it its process was on a processor for, by its own thread's clock. */
const SPIN = `
  const { parentPort } = require('node:worker_threads');
  const { readFileSync } = require('node:fs');
  const before = process.cpuUsage();
  const start = performance.now();
  const stat = () => { try { return readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ').map(Number); } catch { return null; } };
  const first = stat();
  let x = 0;
  while (performance.now() - start < 300) for (let i = 0; i < 10000; i++) x += Math.sqrt(i);
  const last = stat();
  const wallUs = (performance.now() - start) * 1000;
  const cpu = process.cpuUsage(before);
  const usedUs = first && last ? (last[0] - first[0]) / 1000 : cpu.user + cpu.system;
  parentPort.postMessage({ usedUs, wallUs, own: Boolean(first && last), x });
`;

/** Processor share of each of so many busy threads at once, in permille. */
async function busyThreads(threads: number): Promise<number[]> {
  const results = await Promise.all(
    Array.from({ length: threads }, async () => {
      const worker = new Worker(SPIN, { eval: true });
      const [told] = (await once(worker, 'message')) as [{ usedUs: number; wallUs: number; own: boolean }];
      // Without a clock of the thread's own, the process's is shared out.
      return ((told.own ? told.usedUs : told.usedUs / threads) / told.wallUs) * 1000;
    }),
  );
  return results.map((permille) => Math.min(1000, Math.round(permille)));
}
