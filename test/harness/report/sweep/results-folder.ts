/** A small results folder as a sweep leaves it: real matches of bots, and a summary whose names come from somebody who means harm. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnAgent, type AgentHandle } from '../../../../harness/agents/spawn.js';
import { playMatch } from '../../../../harness/match/match.js';
import { MatchServer } from '../../../../harness/protocol/server.js';
import type { Trace } from '../../../../scoring/trace/trace.js';

/** A configuration's name that would run if it were not escaped. */
export const HOSTILE = `<img src=x onerror=alert(1)>"'&`;

const OPTIONS = { fighter: { rounds: 1, roundSeconds: 3 }, hft: { durationUs: 3_000_000, gridUs: 50_000 } } as const;

export interface ResultsFolder {
  folder: string;
  traces: Trace[];
}

/** Plays two matches a task, in process time alone. @param isWhole with the files of a sweep that came to its end */
export async function resultsFolder(isWhole: boolean): Promise<ResultsFolder> {
  const folder = join(mkdtempSync(join(tmpdir(), 'tickbench-results-')), 'made up');
  mkdirSync(join(folder, 'traces'), { recursive: true });
  const server = await MatchServer.listen();
  const agents: AgentHandle[] = [];
  const traces: Trace[] = [];
  try {
    for (const bot of ['expert', 'random'])
      agents.push(await spawnAgent(server, { kind: 'bot', bot, ...(bot === 'random' ? { errorPermille: 1000 } : {}) }));
    for (const task of ['fighter', 'hft'] as const)
      for (const seed of [10, 12]) {
        const id = `${task}-quick-one-${seed}-virtual-0123456789`;
        const seats = agents.slice(0, task === 'fighter' ? 2 : 1).map((agent, i) => ({
          token: agent.token,
          record: { name: i === 0 ? HOSTILE : 'other', kind: 'bot' as const, addedUs: 0, givenUs: 100_000 + 50_000 * i },
        }));
        const tracePath = join(folder, 'traces', `${id}.jsonl.gz`);
        traces.push(await playMatch(server, { id, task, options: OPTIONS[task], seed, clock: 'virtual', speed: 20, timeoutUs: 1_000_000, tracePath, seats })); // prettier-ignore
      }
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.close();
  }
  if (isWhole) writeWhole(folder, traces);
  return { folder, traces };
}

function writeWhole(folder: string, traces: readonly Trace[]): void {
  const estimate = (value: number, half: number) => ({ value, low: value - half, high: value + half, n: 6 });
  const row = (name: string, kind: string, ms: number, quality: number, more: object) => ({
    name, kind, clock: 'virtual', speed: 20, matches: 2, void: 1, playedAgain: 0, decisions: 40,
    figures: {
      latencyMeanMs: estimate(ms, 9), latencyP50Ms: estimate(ms, 9), realLatencyP50Ms: estimate(ms / 20, 1), patientPlay: estimate(quality, 0.125),
      probeQuality: estimate(quality, 0.1), reward: estimate(quality / 2, 0.25), invalid: estimate(0.25, 0.05), stale: estimate(0.5, 0.05),
    },
    ...more,
  }); // prettier-ignore
  const rows = [
    row(HOSTILE, 'embedded', 150, 0.625, { group: '1M', status: 'frontier', identity: 'abc', engine: { activations: 'w4a7', bitsPerWeight: 4.5, notes: ['its arithmetic is emulated'] } }),
    row('big', 'embedded', 500, 0.75, { group: '4M', status: 'tied', by: [HOSTILE], probeQualityBySituation: [{ situation: 'numbers', asked: 17, quality: estimate(0.4375, 0.03125) }, { situation: HOSTILE, asked: 2, quality: { value: 0.5, low: null, high: null, n: 2 } }] }),
    row('expert @200 ms', 'bot', 200, 0.9, { group: 'expert', status: 'anchor', injectedDelayMs: 200 }),
  ]; // prettier-ignore
  const task = { rewardUnit: 'points', rewardAbout: 'what is paid.', axis: 'patient play', speed: 20, unfinished: [{ entrant: HOSTILE, unplayed: 1, void: 1, reasons: [`the server said ${HOSTILE}`] }], rows }; // prettier-ignore
  const verdicts = ['fighter', 'hft'].map((name) => ({ task: name, answer: `${name}: take ${HOSTILE}.`, details: ['Tied: big.'] }));
  const summary = { tickbench: 'summary.v1', sweep: HOSTILE, finished: false, verdicts, host: { cpu: HOSTILE, cores: 2 }, command: `tickbench sweep '${HOSTILE}'`, version: '0.0.1', tasks: { fighter: task, hft: task } }; // prettier-ignore
  writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
  writeFileSync(join(folder, 'cells.json'), JSON.stringify(cellsOf(traces)));
}

/** A sweep's list of these matches: the first seat of each is the one that was measured. */
export function cellsOf(traces: readonly Trace[]): { tickbench: string; cells: Record<string, string | number>[] } {
  const cells = traces.map(({ header: { id, task, seed } }) => ({
    ...{ id, task, configuration: HOSTILE, identity: 'abc', kind: 'bot', purpose: 'measure', seed, seat: 0 },
    trace: `traces/${id}.jsonl.gz`,
  }));
  return { tickbench: 'cells.v1', cells };
}
