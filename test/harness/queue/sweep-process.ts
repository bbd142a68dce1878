/**
 * A sweep over a queue in a process of its own, as `tickbench sweep PLAN --queue` has it but without the report, whose pictures cost more than
 * tiny matches. Writes results/small/cells.json in the folder that it is started in.
 *
 *     node dist/test/harness/queue/sweep-process.js PLAN QUEUE
 */
import { resolve } from 'node:path';
import { monotonicUs } from '../../../harness/host/clock.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { QueueDatabase, queueAddress } from '../../../harness/queue/connection.js';
import { Coordinator } from '../../../harness/queue/coordinator.js';
import { lockFolder } from '../../../harness/sweep/lock.js';
import { loadPlan } from '../../../harness/sweep/plan.js';
import { cellRecord } from '../../../harness/sweep/report.js';
import { Sweep } from '../../../harness/sweep/run.js';
import { SweepStore } from '../../../harness/sweep/store.js';

const [path, where] = process.argv.slice(2);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const plan = loadPlan(path!);
const store = new SweepStore(resolve('results/small'));
lockFolder(store.folder, say);
const server = await MatchServer.listen({});
const { signal } = new AbortController();
let queue: QueueDatabase | undefined;
let coordinator: Coordinator | undefined;
if (where !== undefined) {
  queue = await QueueDatabase.open(queueAddress(where, undefined), say);
  coordinator = await Coordinator.open(queue, { plan, store, mostAttempts: 20, signal });
}
const output = { stream: process.stderr, announce: (): void => undefined, now: (): number => monotonicUs() / 1000 };
const settings = { plan, store, server, output, budget: {}, workers: 1, signal, ...(coordinator ? { elsewhere: coordinator } : {}) };
const reports = await (await Sweep.prepare(settings)).run();
await coordinator?.close();
await queue?.close();
store.write('cells.json', JSON.stringify({ cells: reports.flatMap(({ cells }) => cells.map(cellRecord)) }));
process.exit(0);
