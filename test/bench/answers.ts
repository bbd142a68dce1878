/**
 * Computing recorded answers again: how many a second, and how many come out the same when the model is asked at another precision than played.
 * Over patient matches of the small reference model in FP4, which come out the same on every host.
 */
import { rmSync } from 'node:fs';
import type { Json } from '../../envs/environment.js';
import { together, type AnswersAccount } from '../../harness/answers/account.js';
import { Recomputer } from '../../harness/answers/recompute.js';
import type { Configuration } from '../../harness/configuration/configuration.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { recordOf } from '../../harness/seating/record.js';
import { modelPlayer } from '../../harness/seating/seats.js';
import { measuredPart } from '../../harness/submission/measuring.js';
import { plannedOf } from '../../harness/sweep/planned.js';
import { answeredCells } from '../harness/answers/answered.js';
import { tinyPlans } from '../harness/submission/tiny.js';
import type { BenchRow } from './main.js';

const MATCHES = 24;
const OTHERS = ['fp4', 'fp8', 'bf16', 'fp4-tensor'];
const ALL = { decisions: Number.MAX_SAFE_INTEGER, seconds: 3600 };

export async function bench(): Promise<BenchRow[]> {
  const { root, published } = tinyPlans();
  const recomputer = new Recomputer();
  try {
    const { tasks, ...plan } = measuredPart(published.plan('answered')!);
    const [{ name, plan: own }] = tasks as [(typeof tasks)[number]];
    const longer = { ...own, seeds: { first: 100, count: MATCHES }, patient: { ...own.patient, matches: MATCHES } };
    const [planned] = await plannedOf({ ...plan, tasks: [{ name, plan: longer }] });
    const configuration = plan.configurations[0] as Configuration;
    const traces = await answeredCells(configuration, planned!.patient);
    const task = taskNamed(name);
    const rows: BenchRow[] = [];
    for (const precision of OTHERS) {
      const endpoint = { ...configuration.endpoint, precision } as Configuration['endpoint'];
      const record = await recordOf(task, modelPlayer({ ...configuration, endpoint }));
      const asked = traces.map(({ header, ...trace }) => {
        const seats = header.seats.map((seat) => ({ ...seat, configuration: { ...(seat.configuration as object), ...(record.configuration as object) } as Json })); // prettier-ignore
        return { ...trace, header: { ...header, seats } };
      });
      const accounts: AnswersAccount[] = [await recomputer.account(asked[0]!, 0, task, '', ALL)]; // its engine is started
      const since = performance.now();
      for (const each of asked.slice(1)) accounts.push(await recomputer.account(each, 0, task, '', ALL));
      const seconds = (performance.now() - since) / 1000;
      const { compared, equal } = together(accounts);
      const what = `answers given in FP4, asked in ${precision}`;
      rows.push({ case: what, unit: 'equal', ours: equal, peer: compared, ratio: equal / compared, note: 'peer: compared' });
      rows.push({
        case: what,
        unit: 'answers/s',
        ours: together(accounts.slice(1)).compared / seconds,
        note: 'matches played again among them',
      });
    }
    return rows;
  } finally {
    await recomputer.close();
    rmSync(root, { recursive: true, force: true });
  }
}
