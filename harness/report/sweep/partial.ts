/** The summary of a sweep that was broken off before it wrote one: what its matches so far tell by themselves, without quality or verdict. */
import { summarise } from '../../../scoring/figures/summary.js';
import type { Json } from '../../../envs/environment.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { taskNamed } from '../../match/tasks.js';
import { figuresOf } from '../../sweep/report.js';
import type { MatchRecord } from './matches.js';
import type { SummaryRow, SweepSummary } from '../../evidence/summary.js';

/** @param traces the sweep's matches with their records, those that are set aside among them */
export function summaryOfTraces(name: string, traces: readonly { record: MatchRecord; trace: Trace }[]): SweepSummary {
  const tasks: SweepSummary['tasks'] = {};
  for (const taskName of [...new Set(traces.map(({ record }) => record.task))].sort()) {
    const task = taskNamed(taskName);
    const own = traces.filter(({ record }) => record.task === taskName && record.purpose === 'measure' && record.standing !== 'other');
    const names = [...new Set(own.map(({ record }) => record.configuration))];
    const rows = names.map((each): SummaryRow => {
      const mine = own.filter(({ record }) => record.configuration === each);
      const played = mine.filter(({ record }) => record.standing !== 'set aside');
      const summary = summarise(task, each, played.map(({ record, trace }) => ({ trace, seat: record.seat }))); // prettier-ignore
      const { kind, clock, speed, seat, injected } = mine[0]!.record;
      const engine = engineOf(mine[0]!.trace.header.seats[seat]?.configuration);
      return {
        name: each,
        kind,
        status: kind === 'bot' ? 'anchor' : 'unmeasured',
        by: [],
        clock,
        speed,
        ...(injected === '' ? {} : { injectedLatency: injected }),
        ...(engine ? { engine } : {}),
        matches: summary.matches,
        void: summary.voided,
        playedAgain: mine.length - played.length,
        decisions: summary.decisions,
        probeQualityBySituation: [],
        figures: figuresOf(summary),
      };
    });
    tasks[taskName] = { rewardUnit: task.reward.unit, rewardAbout: task.reward.about, unfinished: [], rows };
  }
  const newest = traces.map(({ trace }) => trace.header).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
  const host = Object.entries((newest?.host ?? {}) as { [key: string]: Json }).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return { tickbench: 'summary.v1', sweep: name, finished: false, verdicts: [], host: Object.fromEntries(host), tasks };
}

/** What an embedded engine said of itself. */
function engineOf(configuration: Json | undefined): SummaryRow['engine'] {
  const { engine } = (configuration ?? {}) as { engine?: { activations?: Json; bitsPerWeight?: Json } };
  if (!engine) return undefined;
  const { activations, bitsPerWeight } = engine;
  return {
    ...(typeof activations === 'string' ? { activations } : {}),
    ...(typeof bitsPerWeight === 'number' ? { bitsPerWeight } : {}),
  };
}
