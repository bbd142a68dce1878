/** Values of a sweep's decisions: by how many futures, and that those of other futures are not taken for them. */
import { expect } from 'chai';
import type { Action, Json } from '../../../envs/environment.js';
import { keyOf } from '../../../envs/random.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import type { CellResult } from '../../../harness/sweep/play.js';
import type { SweepStore } from '../../../harness/sweep/store.js';
import { valuedMatches } from '../../../harness/sweep/valuing.js';
import type { ValuedMatch } from '../../../scoring/figures/summary.js';
import { valueDecisions } from '../../../scoring/oracle/oracle.js';
import { playOn, scripted } from '../../../scoring/oracle/rollout.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

const DELAY_US = 300_000;
const task = taskNamed('hft');

/** A second of a market with one decision in it, as a match would record it. */
function oneDecision(): Trace {
  const world = task.create(task.parseOptions({}), 7);
  const events: TraceEvent[] = [];
  let observedAt = 0;
  playOn(world, [scripted(task, 0, { bot: 'expert', delayUs: DELAY_US, errorPermille: 0 }, keyOf(7, 0), 500_000)], 1_000_000, {
    observed(seat, at) {
      if (events.length > 0) return;
      observedAt = at;
      events.push({ kind: 'observe', seat, seq: 0, at, lateUs: 0 });
    },
    landed(seat, at, action: Action<Json>) {
      const latencyUs = at - observedAt;
      events.push({ kind: 'act', seat, seq: 0, at, latencyUs, realUs: latencyUs, action, landing: { at, accepted: true } });
    },
  });
  const footer = { digest: world.digest(), verdict: { counts: true, reasons: [] } };
  return { header: { id: 'one', task: 'hft', rules: task.rules, options: {}, seed: 7 }, events, footer } as unknown as Trace;
}

describe("sweep: values of its matches' decisions", () => {
  const trace = oneDecision();
  const kept = new Map<string, ValuedMatch>();
  const store = {
    cached: (_kind: string, _id: string, key: string) => kept.get(key),
    keep: (_kind: string, _id: string, key: string, value: ValuedMatch) => void kept.set(key, value),
  } as unknown as SweepStore;
  const valued = async (oracleFutures?: number): Promise<ValuedMatch[]> => {
    const taskPlan = { oracleDecisions: 1, ...(oracleFutures === undefined ? {} : { oracleFutures }) };
    const cell = { id: 'cell', entrant: { kind: 'configuration' }, purpose: 'measure', task, taskPlan, seat: 0 };
    return valuedMatches([{ cell, trace } as unknown as CellResult], store, () => undefined, { workers: 1 });
  };

  it("are the oracle's by as many futures as the plan says, by the task's own number where it says none, and are read again", async () => {
    const decisions = decisionsOf(trace, 0);
    expect(decisions).to.have.length(1);
    for (const futures of [2, 4, undefined]) {
      const [match] = await valued(futures);
      expect(match!.decisions).to.deep.equal(valueDecisions(task, trace, decisions, { futures }));
    }
    expect(kept.size).to.equal(3);
    const [match] = await valued(task.oracle.futures);
    expect(match).to.equal([...kept.values()][2]);
  });
});
