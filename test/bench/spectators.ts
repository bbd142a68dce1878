/**
 * Spectators: the same wall-clock matches with nobody looking on and with 500 spectators on the page's server, in turn, all on the same cores. From
 * an order leaving its agent to its receipt, and how late the match's ticks were. The page's server gives way to the match, as `run` and `sweep`
 * start it, and so do the processes of the agents and of the spectators.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPage } from '../../harness/cli/page.js';
import { intoBackground } from '../../harness/host/pinning.js';
import { spreadOf } from '../../harness/host/measuring.js';
import { playMatch } from '../../harness/match/match.js';
import { MatchServer } from '../../harness/protocol/server.js';
import type { BenchRow } from './main.js';
import type { WatchersAsk, WatchersSay } from './watchers.js';
import type { WireAgentAsk, WireAgentSays } from './wire-agent.js';

const AGENTS = 8;
const PER_SECOND = 30;
const SPECTATORS = 500;
const ROUNDS = 3;
/** Real seconds of each match. */
const SECONDS = { warmUp: 3, measured: Number(process.env['TICKBENCH_SPECTATORS_SECONDS'] ?? 10) };

interface Samples {
  wireUs: number[];
  lateUs: number[];
  scenes: number;
}

/** Measures; about a minute and a half. */
export async function bench(): Promise<BenchRow[]> {
  const server = await MatchServer.listen();
  const page = await startPage({ match: `${server.url}/watch`, port: 0, givesWay: true });
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-spectators-'));
  const tokens = Array.from({ length: AGENTS }, (_, i) => `wire${i}`);
  for (const token of tokens) server.admit(token, token);
  // The floor of these agents is not asked for: they need no address of one.
  const agents = child('./wire-agent.js', [server.url, 'none', 'wire', String(AGENTS), String(PER_SECOND)]);
  await once(agents, 'message');
  const watchers = child('./watchers.js', []);
  const gives = [agents, watchers].map(({ pid }) => intoBackground(pid!)).every(Boolean);
  for (const token of tokens) await server.line(token).connected(10_000);
  const live = new URL('live', page.url.replace('http', 'ws')).href;

  const all = { none: samples(), many: samples() };
  for (let round = -1; round < ROUNDS; round++)
    for (const [who, count] of [
      ['none', 0],
      ['many', SPECTATORS],
    ] as const) {
      // prettier-ignore
      const seconds = round < 0 ? SECONDS.warmUp : SECONDS.measured;
      await ask<WatchersAsk, WatchersSay>(watchers, { what: 'open', url: live, count });
      const answering = ask<WireAgentAsk, WireAgentSays>(agents, { what: 'match', task: 'hft' });
      const trace = await playMatch(server, {
        id: `spectators-${who}-${round}`,
        task: 'hft',
        options: { seats: AGENTS, durationUs: seconds * 1_000_000 },
        seed: round + 2,
        clock: 'wall',
        speed: 1,
        timeoutUs: 1_000_000,
        seats: tokens.map((token) => ({ token, record: { name: token, kind: 'bot', addedUs: 0 } })),
        tracePath: join(folder, `${who}${round}.jsonl.gz`),
      });
      const answered = await answering;
      const seen = await ask<WatchersAsk, WatchersSay>(watchers, { what: 'close' });
      if (round < 0 || answered.what !== 'done' || seen.what !== 'closed') continue;
      all[who].wireUs.push(...answered.samplesUs);
      all[who].lateUs.push(trace.footer!.lateness.p99Us);
      all[who].scenes += seen.scenes;
    }
  for (const each of [agents, watchers]) each.disconnect();
  page.stop();
  await server.close();
  rmSync(folder, { recursive: true });

  const [few, many] = [spreadOf(all.none.wireUs), spreadOf(all.many.wireUs)];
  const each = (all.many.scenes / SPECTATORS / ROUNDS / SECONDS.measured).toFixed(1);
  const about =
    `${AGENTS} agents of ${PER_SECOND} orders/s in the market; peer: the same without a spectator, in turn; ${ROUNDS} matches of ${SECONDS.measured} s each; ` +
    `each spectator got ${each} scenes/s; ${gives ? 'whoever looks on or answers gives way to the match' : 'no class to give way in here'}`;
  return [
    row(`${SPECTATORS} spectators: order to receipt, p50`, many.p50Us, few.p50Us, about),
    row(`${SPECTATORS} spectators: order to receipt, p99`, many.p99Us, few.p99Us, `${many.samples} orders, ${few.samples} without spectators`),
    row(`${SPECTATORS} spectators: tick lateness, 10 ms grid, p99`, Math.max(...all.many.lateUs), Math.max(...all.none.lateUs), `worst of ${ROUNDS} matches`),
  ]; // prettier-ignore
}

const samples = (): Samples => ({ wireUs: [], lateUs: [], scenes: 0 });

function child(file: string, args: string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

async function ask<Ask extends object, Says>(of: ChildProcess, what: Ask): Promise<Says> {
  const said = once(of, 'message') as Promise<[Says]>;
  of.send(what);
  return (await said)[0];
}

function row(name: string, ours: number, peer: number, note: string): BenchRow {
  return { case: name, unit: 'us', ours, peer, ...(peer > 0 ? { ratio: Number((ours / peer).toFixed(3)) } : {}), note };
}
