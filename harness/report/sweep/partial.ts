/**
 * The summary of a sweep that was broken off before it wrote one: what its matches so far tell by themselves, outages and contention among it, without
 * quality or verdict.
 */
import type { PlayedSeat } from '../../../scoring/figures/latency.js';
import { recovery, recoveryFigures } from '../../../scoring/figures/recovery.js';
import { summarise } from '../../../scoring/figures/summary.js';
import type { Json } from '../../../envs/environment.js';
import { outageText } from '../../../scoring/trace/outage.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { taskNamed } from '../../match/tasks.js';
import type { ConfigurationContention } from '../../sweep/contention/results.js';
import { figuresOf, recoveryAccount } from '../../sweep/report.js';
import type { MatchRecord } from './matches.js';
import type { SummaryRow, SweepSummary } from '../../evidence/summary.js';

/** A match of the sweep with its trace. */
interface Played {
  record: MatchRecord;
  trace: Trace;
}

/** @param traces the sweep's matches, those that are set aside among them @param contention of those that were played beside others, by task */
export function summaryOfTraces(
  name: string,
  traces: readonly Played[],
  contention: ReadonlyMap<string, ConfigurationContention[]>,
): SweepSummary {
  const tasks: SweepSummary['tasks'] = {};
  for (const taskName of [...new Set(traces.map(({ record }) => record.task))].sort()) {
    const task = taskNamed(taskName);
    const of = (purpose: MatchRecord['purpose']): typeof traces =>
      traces.filter(({ record }) => record.task === taskName && record.purpose === purpose && record.standing !== 'other');
    const [own, disturbed] = [of('measure'), of('recovery')];
    const names = [...new Set([...own, ...disturbed].map(({ record }) => record.configuration))];
    const rows = names.map((each): SummaryRow => {
      const mine = own.filter(({ record }) => record.configuration === each);
      const played = mine.filter(isPlayed);
      const summary = summarise(task, each, played.map(seatOf));
      const outages = disturbed.filter((match) => match.record.configuration === each && isPlayed(match));
      const found =
        outages[0] && recovery(task, outages.map(seatOf), played.filter(({ record }) => record.standing === 'counted').map(seatOf));
      const outage = outageText(outages[0]?.trace.header.seats[outages[0].record.seat]?.outage);
      const account = found && recoveryAccount({ recovery: { ...found, outage } });
      const first = mine[0] ?? disturbed.find(({ record }) => record.configuration === each)!;
      const { kind, clock, speed, seat } = first.record;
      // What was injected into the matches with an outage is told beside what that cost.
      const injected = mine[0]?.record.injected ?? '';
      const engine = engineOf(first.trace.header.seats[seat]?.configuration);
      return {
        name: each,
        kind,
        status: kind === 'bot' ? 'anchor' : 'unmeasured',
        by: [],
        clock,
        speed,
        ...(injected === '' ? {} : { injectedLatency: injected }),
        ...(engine ? { engine } : {}),
        ...(account ? { recovery: account } : {}),
        matches: summary.matches,
        void: summary.voided,
        playedAgain: mine.length - played.length,
        decisions: summary.decisions,
        probeQualityBySituation: [],
        figures: { ...figuresOf(summary), ...(found ? recoveryFigures(found) : {}) },
      };
    });
    const contended = contention.get(taskName) ?? [];
    const { unit, about } = task.reward;
    tasks[taskName] = {
      rewardUnit: unit,
      rewardAbout: about,
      unfinished: [],
      ...(contended.length > 0 ? { contention: contended } : {}),
      rows,
    };
  }
  const newest = traces.map(({ trace }) => trace.header).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
  const host = Object.entries((newest?.host ?? {}) as { [key: string]: Json }).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return { tickbench: 'summary.v1', sweep: name, finished: false, verdicts: [], host: Object.fromEntries(host), tasks };
}

const isPlayed = ({ record }: Played): boolean => record.standing !== 'set aside';

const seatOf = ({ record, trace }: Played): PlayedSeat => ({ trace, seat: record.seat });

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
