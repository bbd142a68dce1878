/** A short match of the market as its trace would be: one model, three decisions. */
import { hft } from '../../../envs/hft/task.js';
import type { MeasuredMatch } from '../../../scoring/reward/measures.js';
import type { Telemetry, Trace } from '../../../scoring/trace/trace.js';

/** @param reward in millionths of the starting cash @param telemetry of each of its answers */
export function recordedMatch(
  seed: number,
  reward: number,
  telemetry: Telemetry | undefined,
  more: Partial<MeasuredMatch> = {},
): MeasuredMatch {
  const told = telemetry ? { telemetry } : {};
  const events: Trace['events'] = [1, 2, 3].flatMap((seq): Trace['events'] => {
    const [at, latencyUs] = [seq * 1_000_000, seq * 10_000];
    const common = { seat: 0, seq, latencyUs, realUs: 5000, ...told };
    const landed = { kind: 'act' as const, action: { plan: [] }, landing: { at: at + latencyUs, accepted: true } };
    return [
      { kind: 'observe', seat: 0, seq, at, lateUs: 0 },
      { ...common, ...landed, at: at + latencyUs },
    ];
  });
  const trace = {
    header: { id: `match-${seed}`, task: 'hft', seed, speed: 2, options: {}, seats: [{ name: 'm', kind: 'model', addedUs: 0 }] },
    events,
    footer: { results: { over: true, endedAt: 7_200_000, reward: [reward], seats: [{}] }, verdict: { counts: true, reasons: [] } },
  } as unknown as Trace;
  return { task: hft, trace, seat: 0, ...more };
}
