/**
 * Steps a second of worlds for learning: batches on as many threads as there are cores, beside one world at a time over the same interface. Every
 * learner answers the same, at once, so that what is measured is the worlds and the frames.
 */
import { availableParallelism } from 'node:os';
import { Session } from '../../harness/rollout/session.js';
import type { BenchRow } from './main.js';

const MEASURED_MS = 4000;

interface Case {
  name: string;
  worlds: number;
  create: object;
  action: object;
}

const FIGHT = { task: 'fighter', options: { rounds: 1, roundSeconds: 30 }, seats: ['learner', 'bot:rush@200ms'], latencyTicks: 9 };
const MARKET = { task: 'hft', options: { durationUs: 60_000_000, gridUs: 100_000 }, latencyTicks: 1 };
const CASES: Case[] = [
  { name: 'fight, text, 1024 worlds', worlds: 1024, create: { ...FIGHT, observe: 'text' }, action: { plan: [{ action: 'jab' }] } },
  { name: 'market, text, 256 worlds', worlds: 256, create: { ...MARKET, observe: 'text' }, action: { plan: [{ do: 'buy', size: 1 }] } },
  { name: 'market, text and state, 1024 worlds', worlds: 1024, create: MARKET, action: { plan: [{ do: 'sell', size: 1 }] } },
];

type Told = { worlds: { world: number; terminated?: boolean; error?: unknown }[] };

/** Steps a second, worlds that end being begun anew. */
async function stepsPerSecond({ create, action }: Case, worlds: number, threads: number): Promise<number> {
  const session = new Session(threads);
  try {
    const ask = async (frame: object): Promise<Told> => JSON.parse(await session.answer(JSON.stringify({ id: 0, ...frame }))) as Told;
    await ask({ do: 'create', worlds, ...create });
    let live = (await ask({ do: 'reset', seed: 1 })).worlds;
    let steps = 0;
    let sinceMs = Infinity;
    const warmMs = performance.now() + MEASURED_MS / 4;
    for (;;) {
      const nowMs = performance.now();
      if (sinceMs === Infinity && nowMs >= warmMs) [sinceMs, steps] = [nowMs, 0];
      if (nowMs - sinceMs >= MEASURED_MS) return (steps * 1000) / (nowMs - sinceMs);
      const over = live.filter(({ terminated }) => terminated).map(({ world }) => world);
      if (over.length > 0) await ask({ do: 'reset', worlds: over, seed: steps });
      live = (await ask({ do: 'step', steps: Array.from({ length: worlds }, (_, world) => ({ world, actions: [action] })) })).worlds;
      const wrong = live.find(({ error }) => error !== undefined);
      if (wrong) throw new Error(JSON.stringify(wrong));
      steps += worlds;
    }
  } finally {
    await session.stop();
  }
}

/** Steps a second, ours in batches over threads, the peer one world at a time. */
export async function bench(): Promise<BenchRow[]> {
  const threads = availableParallelism();
  const rows: BenchRow[] = [];
  for (const each of CASES) {
    const peer = await stepsPerSecond(each, 1, 0);
    const alone = await stepsPerSecond(each, each.worlds, 0);
    const ours = await stepsPerSecond(each, each.worlds, threads);
    const note = `peer: one world at a time, no other thread`;
    rows.push({ case: `${each.name}, ${threads} threads`, unit: 'steps/s', ours, peer, ratio: ours / peer, note });
    rows.push({ case: `${each.name}, no other thread`, unit: 'steps/s', ours: alone, peer, ratio: alone / peer, note });
  }
  return rows;
}
