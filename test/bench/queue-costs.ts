/**
 * What a match costs where workers play it, by task, kind of entrant and purpose, from a sweep's folder: seconds of a machine (a worker plays
 * one at a time), bytes of its trace, and processor seconds of the sweep that plays it again on arrival. `TICKBENCH_RESULTS` names the folder (results/quick).
 */
import { statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { taskNamed } from '../../harness/match/tasks.js';
import { readResults } from '../../harness/evidence/folder.js';
import { verifyTrace } from '../../harness/traces/bots.js';
import type { BenchRow } from './main.js';

const FOLDER = process.env['TICKBENCH_RESULTS'] ?? 'results/quick';
/** Matches of a kind that are played again. */
const REPLAYED = 10;

export async function bench(): Promise<BenchRow[]> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  const before = process.memoryUsage().heapUsed;
  const { cells } = await readResults(FOLDER, ['measure', 'patient', 'confirm']);
  collect();
  const held = (process.memoryUsage().heapUsed - before) / cells.length;
  const kinds = new Map<string, typeof cells>();
  for (const cell of cells) {
    const key = `${cell.task}, ${cell.kind}, ${cell.purpose}`;
    kinds.set(key, [...(kinds.get(key) ?? []), cell]);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
  const rows = [...kinds].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([key, own]): BenchRow[] => {
    const seconds = own.map(({ trace }) => (Date.parse(trace.footer.endedAt) - Date.parse(trace.header.startedAt)) / 1000);
    const bytes = own.map(({ path }) => statSync(path).size);
    const again = own.slice(0, REPLAYED).map(({ trace }) => {
      const from = process.cpuUsage();
      verifyTrace(trace, taskNamed(trace.header.task));
      const { user, system } = process.cpuUsage(from);
      return (user + system) / 1e6;
    });
    const note = `${own.length} matches`;
    return [
      { case: `${key}: a match on a machine`, unit: 's', ours: mean(seconds), note },
      { case: `${key}: its trace`, unit: 'bytes', ours: mean(bytes), note: `${note}, at most ${Math.max(...bytes)}` },
      { case: `${key}: played again on arrival`, unit: 'processor s', ours: mean(again), note: `${again.length} matches` },
    ];
  }); // prettier-ignore
  return [
    ...rows,
    { case: 'memory of a trace that a sweep holds until its report', unit: 'bytes', ours: held, note: `${cells.length} matches` },
  ];
}
