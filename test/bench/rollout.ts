/**
 * Steps a second of worlds for learning: batches on as many threads as there are cores, beside one world at a time over the same pipes. Every
 * learner answers the same, at once, so that what is measured is the worlds and the frames.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Session } from '../../harness/rollout/session.js';
import { packageRoot } from '../../harness/host/root.js';
import type { BenchRow } from './main.js';

/** Each is measured in so many slices of this length. */
const TURNS = 8;
const SLICE_MS = 700;
/** Steps of all worlds of which the frames' share is measured, and those before. */
const JSON_STEPS = { warm: 6, measured: 20 };

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
  { name: 'market, text and state, 512 worlds', worlds: 512, create: MARKET, action: { plan: [{ do: 'sell', size: 1 }] } },
];

type Told = { worlds: { world: number; terminated?: boolean; error?: unknown }[] };

/** Worlds in a process of its own, that are stepped over its pipes; those that end are begun anew. */
class Stepped {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterableIterator<string>;
  private live: Told['worlds'] = [];
  private steps = 0;
  private ms = 0;

  constructor(
    private readonly of: Case,
    private readonly worlds: number,
    threads: number,
  ) {
    const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');
    this.child = spawn(process.execPath, [main, 'rollout', '--threads', String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  async begin(): Promise<void> {
    await this.ask({ do: 'create', worlds: this.worlds, ...this.of.create });
    this.live = (await this.ask({ do: 'reset', seed: 1 })).worlds;
    await this.slice();
    [this.steps, this.ms] = [0, 0];
  }

  async slice(): Promise<void> {
    const sinceMs = performance.now();
    const { worlds } = this;
    while (performance.now() - sinceMs < SLICE_MS) {
      const over = this.live.filter(({ terminated }) => terminated).map(({ world }) => world);
      if (over.length > 0) await this.ask({ do: 'reset', worlds: over, seed: this.steps });
      const steps = Array.from({ length: worlds }, (_, world) => ({ world, actions: [this.of.action] }));
      this.live = (await this.ask({ do: 'step', steps })).worlds;
      const wrong = this.live.find(({ error }) => error !== undefined);
      if (wrong) throw new Error(JSON.stringify(wrong));
      this.steps += worlds;
    }
    this.ms += performance.now() - sinceMs;
  }

  get perSecond(): number {
    return (this.steps * 1000) / this.ms;
  }

  stop(): void {
    this.child.kill();
  }

  private async ask(frame: object): Promise<Told> {
    this.child.stdin.write(`${JSON.stringify({ id: 0, ...frame })}\n`);
    return JSON.parse((await this.lines.next()).value as string) as Told;
  }
}

/** What share of a batch's processor time its frames take as JSON: the most that another form of them could save. Disturbed by nothing else that runs. */
async function jsonShare({ create, action, worlds }: Case): Promise<{ percent: number; bytes: number }> {
  const cpuUs = (): number => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const session = new Session(0);
  const answered: { asked: string; answer: string }[] = [];
  let wholeUs = 0;
  const ask = async (frame: object): Promise<void> => {
    const fromUs = cpuUs();
    const asked = JSON.stringify({ id: 0, ...frame });
    answered.push({ asked, answer: await session.answer(asked) });
    wholeUs += cpuUs() - fromUs;
  };
  await ask({ do: 'create', worlds, ...create });
  await ask({ do: 'reset', seed: 1 });
  const step = { do: 'step', steps: Array.from({ length: worlds }, (_, world) => ({ world, actions: [action] })) };
  for (let i = 0; i < JSON_STEPS.warm; i++) await ask(step);
  answered.length = wholeUs = 0;
  for (let i = 0; i < JSON_STEPS.measured; i++) await ask(step);
  await session.stop();
  const frames = answered.map(({ asked, answer }) => ({ asked, told: JSON.parse(answer) as object }));
  const fromUs = cpuUs();
  for (const { asked, told } of frames) {
    JSON.parse(asked);
    JSON.stringify(told);
  }
  const bytes = answered.reduce((sum, { answer }) => sum + answer.length, 0) / (JSON_STEPS.measured * worlds);
  return { percent: (100 * (cpuUs() - fromUs)) / wholeUs, bytes };
}

/** Steps a second, ours in batches, the peer one world at a time; by turns, so that what else this host does disturbs all alike. */
export async function bench(): Promise<BenchRow[]> {
  const cores = availableParallelism();
  const rows: BenchRow[] = [];
  for (const each of CASES) {
    const peer = new Stepped(each, 1, 0);
    const ours = [0, cores].map((threads) => ({ threads, stepped: new Stepped(each, each.worlds, threads) }));
    const all = [peer, ...ours.map(({ stepped }) => stepped)];
    for (const one of all) await one.begin();
    for (let turn = 0; turn < TURNS; turn++) for (const one of all) await one.slice();
    for (const one of all) one.stop();
    for (const { threads, stepped } of ours) {
      const where = threads === 0 ? 'no thread of their own' : `${threads} threads`;
      const ratio = stepped.perSecond / peer.perSecond;
      const note = 'peer: one world at a time, over the same pipes';
      rows.push({ case: `${each.name}, ${where}`, unit: 'steps/s', ours: stepped.perSecond, peer: peer.perSecond, ratio, note });
    }
  }
  for (const each of CASES) {
    const { percent, bytes } = await jsonShare(each);
    const note = `reading steps and writing answers of ${Math.round(bytes)} bytes a step, of all processor time of the server`;
    rows.push({ case: `${each.name}, JSON`, unit: '%', ours: percent, note });
  }
  return rows;
}
