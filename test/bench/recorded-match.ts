/** A match of bots as a match server would record it: what the oracle's benchmarks value decisions of. */
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import { keyOf } from '../../envs/random.js';
import { playOn, scripted, type SeatScript } from '../../scoring/oracle/rollout.js';
import type { Trace, TraceEvent } from '../../scoring/trace/trace.js';

/** The same bot in every seat. @param raw the match's options as a user writes them @param playedUs how long it is played, world time */
export function recordMatch(task: AnyTask, raw: Record<string, Json>, seed: number, script: SeatScript, playedUs: number): Trace {
  const options: unknown = task.parseOptions(raw);
  const world = task.create(options, seed);
  const events: TraceEvent[] = [];
  const seq: number[] = [];
  const observedAt: number[] = [];
  const players = Array.from({ length: task.seats(options) }, (_, seat) =>
    scripted(task, seat, script, keyOf(seed, seat), world.nextPublish(0)),
  );
  playOn(world, players, playedUs, {
    observed(seat, at) {
      seq[seat] = (seq[seat] ?? -1) + 1;
      observedAt[seat] = at;
      events.push({ kind: 'observe', seat, seq: seq[seat], at, lateUs: 0 });
    },
    landed(seat, at, action: Action<Json>) {
      const latencyUs = at - observedAt[seat]!;
      events.push({ kind: 'act', seat, seq: seq[seat]!, at, latencyUs, realUs: latencyUs, action, landing: { at, accepted: true } });
    },
  });
  const header = {
    tickbench: 'trace.v1',
    id: `${task.name}-${seed}`,
    task: task.name,
    rules: task.rules,
    options: raw,
    seed,
  } as unknown as Trace['header'];
  return { header, events };
}
