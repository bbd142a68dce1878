/**
 * The lab's bench: how far a match's latencies are from what an endpoint of known times took, in every task, on both clocks. Within 1 ms at
 * p50 and 2 ms at p99 on a quiet host. Whether it was one, the floor tells, measured just before: what three processes of this host add that only
 * pass bytes on. Where that alone takes half of what is allowed, the host is not quiet, and what is told is how much is ours: what comes over the floor.
 * A core that sleeps takes its time to wake up, which is the host's and none of ours; so it is measured with cores kept awake, too.
 */
import { overheadOf, playCalibration } from '../../harness/agents/calibration.js';
import { nearestRank } from '../../harness/match/lateness.js';
import { valuedTaskNames } from '../../harness/match/tasks.js';
import { waitsOf } from '../../scoring/trace/waits.js';
import { keepAwake } from './awake.js';
import { floorUs } from './lab-floor.js';
import type { BenchRow } from './main.js';

const DECISIONS = 200;
/** Until the match, like one in the middle of a sweep, is played by compiled code: after 150 V8 still compiles a good deal of it. */
const UNSCORED = 1000;
const ALLOWED_MS = { p50: 1, p99: 2 };
/** What part of that the floor of a quiet host takes at most. */
const QUIET_SHARE = 0.5;

/** An answer's times by its script, in real microseconds, and whether the host's cores are kept from sleeping meanwhile. */
const SETTINGS = [
  { firstUs: 20_000, pieceUs: 4_000, awake: false },
  { firstUs: 20_000, pieceUs: 4_000, awake: true },
  { firstUs: 80_000, pieceUs: 10_000, awake: true },
];

/** Ours: the latency recorded less the script's. Peer: what is allowed. Some seven minutes. */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const task of valuedTaskNames())
    for (const clock of ['virtual', 'wall'] as const)
      for (const { awake, ...times } of SETTINGS) {
        const sleepAgain = awake ? await keepAwake() : undefined;
        try {
          if (sleepAgain !== null) rows.push(...(await measured(task, clock, times, awake)));
        } finally {
          sleepAgain?.();
        }
      }
  return rows;
}

async function measured(
  task: string,
  clock: 'virtual' | 'wall',
  times: { firstUs: number; pieceUs: number },
  awake: boolean,
): Promise<BenchRow[]> {
  const floor = await floorUs(times, DECISIONS);
  const calibration = await playCalibration({ task, clock, ...times, unscored: UNSCORED, decisions: DECISIONS });
  const overhead = overheadOf(calibration);
  const { harness, disturbed, measured: count } = waitsOf(calibration.trace.events, 1, 0);
  const waited =
    count === 0 ? 'waits not measured' : `waited ${ms(nearestRank(harness.us, 0.5))} ms at p50, ${disturbed} of ${count} disturbed`;
  const floors = { p50: nearestRank(floor, 0.5) / 1000, p99: nearestRank(floor, 0.99) / 1000 };
  const isQuiet = floors.p50 <= QUIET_SHARE * ALLOWED_MS.p50 && floors.p99 <= QUIET_SHARE * ALLOWED_MS.p99;
  return (['p50', 'p99'] as const).map((quantile) => {
    const ours = overhead[`${quantile}Us`] / 1000;
    const peer = ALLOWED_MS[quantile];
    const holds = ours <= peer ? 'holds' : isQuiet ? 'does not hold' : 'not told: the host is not quiet';
    const over = `floor ${floors[quantile].toFixed(2)}, over it ${(ours - floors[quantile]).toFixed(2)}`;
    return {
      case: `${task}, ${clock}, ${overhead.scriptedUs / 1000} ms${awake ? ', cores kept awake' : ''}, ${quantile}`,
      unit: 'ms',
      ours,
      peer,
      ratio: ours / peer,
      note: `${holds}; ${over}; ${waited}`,
    };
  });
}

function ms(us: number): string {
  return (us / 1000).toFixed(2);
}
