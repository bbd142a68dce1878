/** One match in figures: what a single match can tell, with no interval, because a match is one sample. */
import type { AnyTask } from '../../envs/environment.js';
import { teamLines, teamReport, type TeamReport } from './choices.js';
import { reactionReport, reactionsOf, type ReactionReport } from './reactions.js';
import { absenceOf, type Absence } from '../../scoring/trace/absence.js';
import { decisionsOf, endOf, isPlay, type Decision } from '../../scoring/trace/decisions.js';
import { nearestRank } from '../match/lateness.js';
import { patientText } from '../match/patient.js';
import { divisionOf, type Division } from '../../scoring/figures/standings.js';
import { seatRates, type SeatRates } from '../../scoring/figures/rates.js';
import { energyOf, type MatchEnergy } from '../../scoring/trace/energy.js';
import { tripsOf, type Trips } from '../../scoring/trace/trips.js';
import { waitsOf } from '../../scoring/trace/waits.js';
import { injectedText } from '../../scoring/trace/injected.js';
import { recoveryOf, type MatchRecovery } from '../../scoring/figures/recovery.js';
import { outageText } from '../../scoring/trace/outage.js';
import type { Trace, Verdict } from '../../scoring/trace/trace.js';
import { workloadOf, type MatchWorkload } from '../../scoring/figures/workload.js';
import { tableText, wrapped } from './text.js';

/** A seat's line. Latencies in microseconds; null when that many were never answered. */
export interface SeatReport {
  name: string;
  kind: string;
  reward: number;
  decisions: number;
  /** Latency models the seat was given, in words; absent when none. */
  injected?: string;
  worldP50Us: number | null;
  worldP90Us: number | null;
  realP50Us: number | null;
  landed: number;
  rejected: number;
  missed: number;
  /** Shares of this one match, with what they are shares of: see `SeatRates`. Null: not counted by this task, or a human's seat. */
  rates: SeatRates;
  figures: Record<string, number>;
  /** How long processes of ours waited for a processor while its decisions were open; absent where that was not measured. */
  waited?: { decisions: number; disturbed: number; harnessP50Us: number; harnessP90Us: number; endpointP90Us?: number };
  /** The way to its agent: round trips, and how far its clock is from the match's; absent where nothing was measured. */
  trips?: Trips;
  /** How long its agent was away; absent when it never was. */
  absence?: Absence;
  /** What an outage cost that was injected into the match; `null` figures where it ended before. Absent: none was planned. */
  recovery?: { injected: string; came: MatchRecovery | null };
  /** What it asked of its model's server; absent where no tokens were counted. */
  workload?: MatchWorkload;
  /** A human's: reaction times in real microseconds, from the first frame of the opponent's move to the next key's landing. */
  reaction?: ReactionReport;
  /** Of a team: whom it asked in which situation, or what its planner came to. */
  team?: TeamReport;
}

type Waited = NonNullable<SeatReport['waited']>;

/** A match's figures, JSON-able. */
export interface MatchReport {
  id: string;
  task: string;
  /** `human`: a human had a seat, so the match stands beside no agents' matches. */
  division: Division;
  clock: string;
  speed: number;
  /** Patient play, and who was charged what: its rewards stand beside no measured ones. Absent: latency was measured. */
  patient?: string;
  seed: number;
  trace: string;
  digest: string;
  verdict: Verdict;
  lateness: { ticks: number; p99Us: number; maxUs: number };
  endedAtUs: number;
  errors: number;
  /** Energy of the host's processors, all that ran there, or why it is not known. */
  energy: MatchEnergy | { missing: string };
  seats: SeatReport[];
}

/** The figures of a finished match. */
export function reportMatch(task: AnyTask, trace: Trace, tracePath: string): MatchReport {
  const { header, footer, events } = trace;
  if (!footer) throw new Error('the match has no end'); // playMatch always gives one
  const seats = header.seats.map((seat, index) => {
    const decisions = decisionsOf(trace, index);
    // A human answers a stream, not observations: how long one was open says nothing about the human.
    const asked = seat.kind === 'human' ? [] : decisions.filter(isPlay);
    const count = (outcome: Decision['outcome']): number => decisions.filter((decision) => decision.outcome === outcome).length;
    return {
      name: seat.name,
      kind: seat.kind,
      reward: footer.results.reward[index]!,
      ...(seat.kind === 'human' ? { reaction: reactionReport(reactionsOf(trace, index)) } : {}),
      decisions: decisions.length,
      ...(seat.latency ? { injected: injectedText(seat.latency) } : {}),
      worldP50Us: rank(asked, 0.5, (decision) => decision.latencyUs),
      worldP90Us: rank(asked, 0.9, (decision) => decision.latencyUs),
      realP50Us: rank(asked, 0.5, (decision) => decision.realUs ?? Infinity),
      landed: count('act'),
      rejected: count('reject'),
      missed: count('miss'),
      rates: seatRates({ trace, seat: index }),
      figures: footer.results.seats[index]!,
      ...waitedOf(trace, index),
      ...tripsIn(trace, index),
      ...absenceIn(trace, index),
      ...(seat.outage ? { recovery: { injected: outageText(seat.outage), came: recoveryOf(trace, index) } } : {}),
      ...teamOf(trace, index),
      ...workloadIn(trace, index),
    };
  });
  const { id, clock, speed, seed } = header;
  const { ticks, p99Us, maxUs } = footer.lateness;
  return {
    id,
    task: task.name,
    division: divisionOf(header),
    clock,
    speed,
    ...(header.patient ? { patient: patientText(header) } : {}),
    seed,
    trace: tracePath,
    digest: footer.digest,
    verdict: footer.verdict,
    lateness: { ticks, p99Us, maxUs },
    endedAtUs: footer.results.endedAt,
    errors: events.filter((event) => event.kind === 'error').length,
    energy: energyOf(events) ?? { missing: energyMissing(header) },
    seats,
  };
}

/** Why a match has no energy. */
function energyMissing({ host }: Trace['header']): string {
  const told = typeof host === 'object' && host !== null && !Array.isArray(host) ? host['energy'] : undefined;
  if (typeof told !== 'string') return 'nothing was measured of them';
  return told === 'measured' ? 'not all of the match was measured' : told;
}

function waitedOf({ header, events }: Trace, seat: number): Pick<SeatReport, 'waited'> {
  const { measured, disturbed, harness, endpoint } = waitsOf(events, header.speed, seat);
  if (measured === 0) return {};
  return {
    waited: {
      decisions: measured,
      disturbed,
      harnessP50Us: nearestRank(harness.us, 0.5),
      harnessP90Us: nearestRank(harness.us, 0.9),
      ...(endpoint.us.length === 0 ? {} : { endpointP90Us: nearestRank(endpoint.us, 0.9) }),
    },
  };
}

function tripsIn({ events }: Trace, seat: number): Pick<SeatReport, 'trips'> {
  const trips = tripsOf(events, seat);
  return trips ? { trips } : {};
}

function absenceIn(trace: Trace, seat: number): Pick<SeatReport, 'absence'> {
  const absence = absenceOf(trace.events, seat, endOf(trace));
  return absence ? { absence } : {};
}

function workloadIn(trace: Trace, seat: number): Pick<SeatReport, 'workload'> {
  const workload = workloadOf(trace, seat);
  return workload ? { workload } : {};
}

function teamOf(trace: Trace, seat: number): Pick<SeatReport, 'team'> {
  const team = teamReport(trace, seat);
  return Object.keys(team).length > 0 ? { team } : {};
}

/** A percentile over all decisions, one without an action counting as never answered; null when it falls among those. */
function rank(decisions: readonly Decision[], share: number, of: (decision: Decision) => number): number | null {
  const sorted = decisions.map((decision) => (decision.outcome === 'act' ? of(decision) : Infinity)).sort((a, b) => a - b);
  const value = nearestRank(sorted, share);
  return sorted.length === 0 || value === Infinity ? null : value;
}

/** The figures as a table and a few lines. @param columns how wide the terminal is @param market what was read from files, in one line */
export function renderMatch(task: AnyTask, report: MatchReport, columns: number, market?: string): string {
  const head = ['seat', 'reward', 'latency p50', 'p90', 'real p50', 'landed', 'invalid', 'failed', 'missed', 'stale', 'idle'];
  const rows = report.seats.map((seat) => {
    const shown = `${round(seat.reward / task.reward.scale, 4)} ${task.reward.unit}`;
    return [seat.name, shown, ms(seat.worldP50Us), ms(seat.worldP90Us), ms(seat.realP50Us), seat.landed, ...lostPlay(seat)];
  });
  const lines = [
    `${task.title}, seed ${report.seed}, ${report.clock} clock, speed ${report.speed}, ${round(report.endedAtUs / 1_000_000, 2)} s of world time`,
    '',
    tableText(head, rows, columns),
    '',
    ...(report.patient === undefined ? [] : [report.patient]),
    ...report.seats.map(
      (seat) =>
        `${seat.name}: ${Object.entries(seat.figures)
          .map(([key, value]) => `${key} ${value}`)
          .join(', ')}`,
    ),
  ];
  for (const { name, kind, reaction } of report.seats)
    if (kind === 'human') lines.push(`${name}: human division, sees a continuous stream; ${reacted(reaction)}`);
  for (const { name, team } of report.seats) if (team) lines.push(...teamLines(task, name, team, columns));
  if (market !== undefined) lines.push(`market: ${market}`);
  if (report.clock === 'wall')
    lines.push(
      `ticks late: p99 ${round(report.lateness.p99Us / 1000, 2)} ms, at most ${round(report.lateness.maxUs / 1000, 2)} ms, of ${report.lateness.ticks}`,
    );
  for (const seat of report.seats) if (seat.waited) lines.push(waitedText(seat.name, seat.waited));
  for (const { name, trips } of report.seats) if (trips) lines.push(tripsText(name, trips));
  for (const { name, recovery } of report.seats) if (recovery) lines.push(recoveryText(name, recovery));
  for (const { name, workload } of report.seats) if (workload) lines.push(workloadText(name, workload));
  lines.push(powerText(report));
  if (report.errors > 0) lines.push(`refused frames: ${report.errors}`);
  const { counts, unfinished, reasons, notes = [] } = report.verdict;
  lines.push(counts ? 'verdict: counts' : `verdict: ${unfinished ? 'unfinished, void' : 'void'}. ${reasons.join(' ')}`, ...notes);
  lines.push(`digest ${report.digest}; trace ${report.trace}`);
  return wrapped(lines.join('\n'), columns);
}

/** What a seat's latency has of this host in it: not the model's, and at most this much. */
function waitedText(name: string, { decisions, disturbed, harnessP50Us, harnessP90Us, endpointP90Us }: Waited): string {
  const endpoint = endpointP90Us === undefined ? '' : `, its endpoint p90 ${ms(endpointP90Us)}`;
  return (
    `${name}: the harness waited for a processor p50 ${ms(harnessP50Us)}, p90 ${ms(harnessP90Us)}${endpoint}; ` +
    `${disturbed} of ${decisions} decisions disturbed`
  );
}

/** What the match asked of a model's server. */
function workloadText(name: string, load: MatchWorkload): string {
  const { calls, promptTokens, cachedTokens, answerTokens, openUs, lengthUs } = load;
  const per = (sum: number, of: number): string => String(round(sum / of, 1));
  const first = load.timedCalls === 0 ? '' : `, first token after ${ms(load.firstTokenUs / load.timedCalls)}`;
  const changed = load.changedCalls === 0 ? '' : ` (${ms(load.changedFirstTokenUs / load.changedCalls)} in ${load.changedCalls} with less than half of it cached)`; // prettier-ignore
  const cached = promptTokens === 0 ? '' : `, ${per(100 * cachedTokens, promptTokens)} % of it cached`;
  return (
    `${name}: ${calls} calls of ${per(promptTokens, calls)} tokens${cached}, ${per(answerTokens, calls)} answered${first}${changed}; ` +
    `nothing was asked in ${per(100 * (lengthUs - openUs), lengthUs)} % of the match`
  );
}

/** What the match's host took. */
function powerText({ energy, seats }: MatchReport): string {
  if ('missing' in energy) return `power and energy: ${energy.missing}`;
  const { uj, realUs } = energy;
  const decisions = seats.reduce((sum, seat) => sum + seat.decisions, 0);
  const each = decisions === 0 ? '' : `, ${round(uj / 1e6 / decisions, 3)} J a decision of any seat`;
  return `energy of this host's processors, with all else that ran: ${round(uj / 1e6, 1)} J in ${round(realUs / 1e6, 1)} s, ${round(uj / realUs, 1)} W${each}`;
}

/** The way to an agent, which is a part of its latency. */
function tripsText(name: string, { count, lost, leastUs, p50Us, p90Us, jitterUs, clock }: Trips): string {
  const which = `${count === 1 ? '1 round trip' : `${count} round trips`}${lost > 0 ? ` and ${lost} that never came back` : ''}`;
  const date = clock
    ? `; its clock is ${ms(Math.abs(clock.aheadUs))} ${clock.aheadUs < 0 ? 'behind' : 'ahead of'} this one, within ${ms(clock.withinUs)}`
    : '';
  return `${name}: ${which} to its agent, in its latency: least ${ms(leastUs)}, p50 ${ms(p50Us)}, p90 ${ms(p90Us)}, so jitter ${ms(jitterUs)}${date}`;
}

/** What an injected outage cost in this one match. What it cost in reward takes the same seeds undisturbed: a sweep's `recovery` plays both. */
function recoveryText(name: string, { injected, came }: NonNullable<SeatReport['recovery']>): string {
  const said = `${name}: injected: ${injected}; `;
  if (!came) return `${said}the match ended before`;
  const { recoveryUs, isCensored, lost, downRealUs } = came;
  const away = downRealUs === null ? 'it could not be called again' : `it could be called again after ${ms(downRealUs)} of real time`;
  const first = isCensored
    ? `no decision was answered in the ${ms(recoveryUs)} that were left`
    : `the first answer came after ${ms(recoveryUs)}`;
  return `${said}${away}; ${first} (world time), ${lost} decision${lost === 1 ? '' : 's'} lost`;
}

/** The match's rates; a human's seat has none. */
function lostPlay({ rates: { invalid, failed, missed, stale, idle } }: SeatReport): string[] {
  return [invalid, failed, missed, stale, idle].map((part) =>
    part === null || part.of === 0 ? '-' : `${round((100 * part.count) / part.of, 1)} %`,
  );
}

function reacted(reaction: ReactionReport | undefined): string {
  if (!reaction || reaction.medianUs === null) return 'no reaction was measured';
  const guesses = reaction.guesses > 0 ? `; ${reaction.guesses} sooner than 100 ms are left out as guesses` : '';
  return `reacted in ${ms(reaction.medianUs)} (median of ${reaction.count}, fastest ${ms(reaction.fastestUs)}; first frame of the opponent's move to the next key, screen and wire included${guesses})`;
}

function ms(us: number | null): string {
  return us === null ? '-' : `${round(us / 1000, us < 10_000 ? 2 : 1)} ms`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
