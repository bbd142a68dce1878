/**
 * How fast a board verifies: traces a second as its verifying process takes them (read, held against the plan, played again with the bots, times
 * looked at), beside reading and replaying the same files in this process. Over the sweep in results/quick where there is one (BOARD_RESULTS
 * names another), else over a tiny one that is played first.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Json } from '../../envs/environment.js';
import { openBundle, tracePlace, writeBundle } from '../../harness/submission/bundle.js';
import { collect } from '../../harness/submission/collect.js';
import { passingKeys } from '../../harness/submission/keys.js';
import { PublishedPlans } from '../../harness/submission/terms.js';
import { Verifier } from '../../harness/submission/verifier.js';
import { readTraceFile } from '../../harness/traces/reader.js';
import { replayTrace } from '../../harness/traces/replay.js';
import { tinySweep } from '../harness/submission/tiny.js';
import type { BenchRow } from './main.js';

/** Passes over a tiny sweep, which has few traces. */
const TINY_PASSES = 20;

export async function bench(): Promise<BenchRow[]> {
  const given = process.env.BOARD_RESULTS ?? join('results', 'quick');
  const tiny = existsSync(join(given, 'cells.json')) ? undefined : await tinySweep();
  const root = mkdtempSync(join(tmpdir(), 'tickbench-bench-'));
  const published = tiny?.published ?? new PublishedPlans();
  const keys = passingKeys();
  const verifier = new Verifier(undefined, tiny?.plans);
  try {
    const { manifest, paths } = await collect(tiny?.folder ?? given, { name: 'bench', key: keys.publicText, madeAt: new Date().toISOString() }, published); // prettier-ignore
    const [bundle, folder] = [join(root, 'bundle.tar'), join(root, 'traces')];
    await writeBundle(bundle, manifest, keys, (hash) => paths.get(hash)!);
    const since = performance.now();
    await openBundle(bundle, folder);
    const openS = (performance.now() - since) / 1000;
    const all = manifest.entries.flatMap(({ task, name, kind, configuration, traces }) => traces.map((trace) => ({ task, name, kind, configuration: configuration as Json, ...trace }))); // prettier-ignore
    const rows: BenchRow[] = [];
    for (const task of [...new Set(all.map((each) => each.task))]) {
      const own = all.filter((each) => each.task === task);
      const passes = tiny ? TINY_PASSES : 1;
      const verify = async (each: (typeof all)[number]): Promise<unknown> => verifier.trace(tracePlace(folder, each.hash), manifest.plan.name, each, Date.now()); // prettier-ignore
      const replay = async (each: (typeof all)[number]): Promise<unknown> => replayTrace((await readTraceFile(tracePlace(folder, each.hash))).trace); // prettier-ignore
      // Both warm, then in turn over the same files, so that what else this host does meets both alike.
      for (const each of own.slice(0, 10)) await Promise.all([verify(each), replay(each)]);
      let [ours, peer] = [0, 0];
      for (let pass = 0; pass < passes; pass++)
        for (const each of own) {
          const start = performance.now();
          await verify(each);
          const middle = performance.now();
          await replay(each);
          ours += middle - start;
          peer += performance.now() - middle;
        }
      const count = own.length * passes;
      rows.push({ case: `verify ${task}, ${own.length} traces`, unit: 'traces/s', ours: (count * 1000) / ours, peer: (count * 1000) / peer, ratio: peer / ours, note: 'peer: reading and replaying alone, in this process' }); // prettier-ignore
    }
    rows.push({ case: `open a bundle of ${all.length} traces`, unit: 'traces/s', ours: all.length / openS, note: 'signature, hashes, each file synced to the disk' }); // prettier-ignore
    return rows;
  } finally {
    await verifier.close();
    rmSync(root, { recursive: true, force: true });
    if (tiny) rmSync(dirname(tiny.folder), { recursive: true, force: true });
  }
}
