/** Whether a match counts. A match that was not measured honestly is void, never corrected. */
import type { Micros } from '../../envs/environment.js';
import { absenceOf } from '../../scoring/trace/absence.js';
import { askingsOf } from '../../scoring/trace/askings.js';
import { decisionsOf, isAnswered, isPlay, type Decision } from '../../scoring/trace/decisions.js';
import { isExcused, outageOf } from '../../scoring/trace/outage.js';
import {
  FAILURE_KINDS,
  type FailureKind,
  type Lateness,
  type TraceEvent,
  type TraceHeader,
  type Verdict,
} from '../../scoring/trace/trace.js';
import { DISTURBED_SHARE, ENDPOINT_LIMITS, HARNESS_LIMITS, isBusy, waitsOf } from '../../scoring/trace/waits.js';
import { LEAST_TRIPS, tripsOf } from '../../scoring/trace/trips.js';
import { besideOutage, outageNotes } from './excused.js';
import { LATE_SHARE, nearestRank } from './lateness.js';

/** A match in which more than this share of a model's calls failed is void. The model's own time limit is no failure, it is slowness. */
export const FAILED_SHARE = 0.1;
/** A match for more than this share of which an agent of ours was away is void. */
export const AWAY_SHARE = 0.1;

const FAILURE_WORDS: Record<FailureKind, string> = {
  refused: 'refused',
  timeout: 'over their time limit',
  http: 'answered with an error status',
  failed: 'ended by an error in the stream',
  dropped: 'broken off',
  nonsense: 'answered with what is not the API',
  cancelled: 'cancelled',
  budget: 'not made, because the budget was spent',
};

/** What a verdict is made from. */
export interface Evidence {
  lateness: Lateness;
  /** One tick in real microseconds. */
  tickRealUs: number;
  /** Who sat where, and how fast the world ran. */
  header: Pick<TraceHeader, 'seats' | 'speed' | 'patient' | 'jitterUs'>;
  events: readonly TraceEvent[];
  /** World time at which the match ended. */
  endedAt: Micros;
  /** By how much the clocks moved against each other, in milliseconds, each time they did. */
  clockJumpsMs: readonly number[];
  /** Why the trace on disk is not whole; absent when it is. */
  traceFault?: string;
  /** Why the match was stopped before its end; absent when it was not. */
  stopped?: string;
}

/**
 * Void when the ticks were late (p99 over half a tick, or any over two), a clock jumped, a busy host took much of a tenth of the
 * decisions or a little of most, over a tenth of a model's calls failed, none of them was answered with any text, an agent of ours was away for over a tenth of the match, or the
 * trace is incomplete, or it was moved while a measured decision was open on the wall clock. Calls that failed because of an outage that the match was
 * asked to have are left out of these rules; others are not.
 * Nothing that an agent says about itself is evidence; only a match that was given a budget of jitter is void, too, where the way to an agent
 * was unsteadier, which that agent can bring about.
 */
export function judge(evidence: Evidence): Verdict {
  const failed = failedCalls(evidence);
  const absent = absences(evidence);
  const moved = moves(evidence);
  const outages = outageNotes(evidence);
  const reasons = [
    ...lateTicks(evidence),
    ...disturbance(evidence),
    ...unsteadyWays(evidence),
    ...failed.reasons,
    ...absent.reasons,
    ...moved.reasons,
    ...(evidence.traceFault === undefined ? [] : [`The trace is incomplete: ${evidence.traceFault}.`]),
    ...(evidence.stopped === undefined ? [] : [`The match was stopped before its end: ${evidence.stopped}.`]),
  ];
  const notes = [...absent.notes, ...moved.notes, ...outages];
  return {
    counts: reasons.length === 0,
    reasons,
    ...(failed.unfinished ? { unfinished: true as const } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function lateTicks({ lateness, tickRealUs, clockJumpsMs }: Evidence): string[] {
  const reasons: string[] = [];
  if (lateness.p99Us > LATE_SHARE * tickRealUs)
    reasons.push(`The ticks were late: p99 ${ms(lateness.p99Us)} ms, and at most half a tick (${ms(LATE_SHARE * tickRealUs)} ms) counts.`);
  if (lateness.over > 0) {
    const which = lateness.over === 1 ? '1 tick was' : `${lateness.over} ticks were`;
    reasons.push(`${which} over two ticks (${ms(2 * tickRealUs)} ms) late; the latest by ${ms(lateness.maxUs)} ms.`);
  }
  if (clockJumpsMs.length > 0) reasons.push(`The machine's clock jumped by ${clockJumpsMs.join(', ')} ms.`);
  return reasons;
}

function disturbance({ events, header }: Evidence): string[] {
  if (header.patient) return []; // whatever an answer took, the same is charged
  return header.seats.flatMap(({ name }, seat) => {
    const waits = waitsOf(besideOutage(events, header, seat), header.speed, seat);
    const parts = (
      [
        ['the harness', waits.harness, HARNESS_LIMITS],
        ['the endpoint', waits.endpoint, ENDPOINT_LIMITS],
      ] as const
    ).filter(([, part]) => isBusy(part));
    return parts.map(([who, { us, disturbed }, { leastUs, usualUs, share }]) => {
      const often = disturbed > DISTURBED_SHARE * us.length;
      const which = often
        ? `${of(disturbed, us.length, 'decision')} of ${name} (at most ${percent(DISTURBED_SHARE)} may be)`
        : `most of ${us.length} decisions of ${name}`;
      return (
        `This host was busy: ${which} found ${who} waiting for a processor for over ${ms(often ? leastUs : usualUs)} ms and ` +
        `${percent(share)} of its latency; it waited ${ms(nearestRank(us, 0.5))} ms at the median, ${ms(nearestRank(us, 0.9))} ms at p90.`
      );
    });
  });
}

/** Where the match has a budget of jitter: strangers' agents to whom the way was unsteadier, or to whom it is not known. */
function unsteadyWays({ events, header: { seats, jitterUs } }: Evidence): string[] {
  if (jitterUs === undefined) return [];
  return seats.flatMap(({ name, kind }, seat) => {
    if (kind !== 'stranger') return [];
    const trips = tripsOf(events, seat);
    const budget = `the budget of ${ms(jitterUs)} ms`;
    if (trips === null || trips.count < LEAST_TRIPS)
      return [
        `${of(trips?.count ?? 0, LEAST_TRIPS, 'round trip')} to ${name} came back that are needed to hold the way to it to ${budget}.`,
      ];
    const { jitterUs: varied, p90Us } = trips;
    if (varied === null || p90Us === null)
      return [
        `The way to ${name} was unsteady: ${of(trips.lost, trips.count + trips.lost, 'ping')} never came back, and ${budget} bears a tenth at most.`,
      ];
    if (varied <= jitterUs) return [];
    const least = `least ${ms(trips.leastUs)} ms, p90 ${ms(p90Us)} ms, of ${trips.count}`;
    return [`The way to ${name} was unsteady: its round trips varied by ${ms(varied)} ms (${least}), over ${budget}.`];
  });
}

function failedCalls({ events, header }: Evidence): { reasons: string[]; unfinished: boolean } {
  const reasons: string[] = [];
  let unfinished = false;
  header.seats.forEach(({ name }, seat) => {
    const all = decisionsOf({ events }, seat);
    const span = outageOf(events, header.seats[seat], seat);
    const decisions = all.filter((decision) => !isExcused(decision, span));
    const failures = decisions.filter((decision) => !isPlay(decision)).map(({ failure }) => failure!);
    if (failures.length <= FAILED_SHARE * decisions.length) {
      const parts = failedParts(events, header.seats[seat]!, seat);
      reasons.push(...parts.reasons);
      const silent = silence(events, header.seats[seat]!, seat, all) ?? plannerSilence(events, header.seats[seat]!, seat);
      if (silent !== null) reasons.push(silent);
      unfinished ||= parts.unfinished || silent !== null;
      return;
    }
    const told = tooMany(name, decisions.length, failures);
    unfinished ||= told.isUnpaid;
    reasons.push(told.reason);
  });
  return { reasons, unfinished };
}

/** Why so many failed calls void a match, and whether it is only that they were not paid for. */
function tooMany(whose: string, calls: number, failures: readonly FailureKind[]): { reason: string; isUnpaid: boolean } {
  const kinds = FAILURE_KINDS.flatMap((kind) => {
    const count = failures.filter((each) => each === kind).length;
    return count === 0 ? [] : [`${count} ${FAILURE_WORDS[kind]}`];
  });
  const unpaid = failures.filter((kind) => kind === 'budget').length;
  const reason =
    `${of(failures.length, calls, 'call')} of ${whose} failed (${percent(failures.length / calls)}; ` +
    `at most ${percent(FAILED_SHARE)} may): ${kinds.join(', ')}.`;
  return { reason, isUnpaid: failures.length - unpaid <= FAILED_SHARE * calls };
}

/**
 * A team plays with several endpoints. One that is dead may be asked seldom, and yet what was played is not the team: the share holds for the calls
 * of each. Only an agent of ours is believed about whom it asked.
 */
function failedParts(
  events: readonly TraceEvent[],
  { name, kind }: TraceHeader['seats'][number],
  seat: number,
): ReturnType<typeof failedCalls> {
  if (kind !== 'model') return { reasons: [], unfinished: false };
  const [, ...parts] = askingsOf(events, seat);
  const told = parts
    .filter(({ calls, failures }) => failures.length > FAILED_SHARE * calls)
    .map(({ who, calls, failures }) => tooMany(`${who} in ${name}`, calls, failures));
  return { reasons: told.map(({ reason }) => reason), unfinished: told.some(({ isUnpaid }) => isUnpaid) };
}

/** Why a match in which a planner said nothing at all, and no call of it came to an end, says nothing about the pair; null when it did. */
function plannerSilence(events: readonly TraceEvent[], { name, kind }: TraceHeader['seats'][number], seat: number): string | null {
  if (kind !== 'model') return null;
  const told = events.flatMap((event) =>
    event.seat === seat && 'telemetry' in event && event.telemetry?.planner ? [event.telemetry] : [],
  );
  if (told.length === 0 || told.some(({ planner, advice }) => planner!.ended > 0 || advice !== undefined)) return null;
  return (
    `The planner in ${name} said nothing in the whole match (${told.length === 1 ? '1 decision' : `${told.length} decisions`}): its endpoint hangs, or is too slow ` +
    `for this match; a match without its advice says nothing about the two.`
  );
}

/**
 * Why a match in which a model gave no single answer says nothing about the model; null when it gave one. A time limit that was passed is
 * slowness, but only beside answers: without any, nothing tells a slow model from a server that hangs.
 */
function silence(
  events: readonly TraceEvent[],
  { name, kind }: TraceHeader['seats'][number],
  seat: number,
  decisions: readonly Decision[],
): string | null {
  // Whoever is not ours may be silent when it likes, and must not be able to void a match that it is losing.
  if (kind !== 'model' || decisions.some(isAnswered)) return null;
  const asked = events.filter((event) => event.kind === 'observe' && event.seat === seat).length;
  if (asked === 0) return null;
  if (decisions.some(({ isEmpty }) => isEmpty))
    return (
      `No answer of ${name} had any text in the whole match (${asked === 1 ? '1 observation' : `${asked} observations`}): its endpoint is broken, or ` +
      `all of its tokens (maxTokens) are reasoning; a match without an answer says nothing about the model.`
    );
  return (
    `No call of ${name} was answered in the whole match (${asked === 1 ? '1 observation' : `${asked} observations`}): its endpoint hangs, or is ` +
    `too slow for every time limit; a match without an answer says nothing about the model.`
  );
}

function absences({ events, header, endedAt }: Evidence): { reasons: string[]; notes: string[] } {
  const reasons: string[] = [];
  const notes: string[] = [];
  header.seats.forEach(({ name, kind }, seat) => {
    const absence = absenceOf(events, seat, endedAt);
    if (!absence) return;
    const { times, awayUs, missed, gone } = absence;
    const often = times === 1 ? 'once' : `${times} times`;
    const sentence =
      `The agent of ${name} was away ${often}, for ${(awayUs / 1_000_000).toFixed(2)} s of ${(endedAt / 1_000_000).toFixed(2)} s` +
      `${gone ? ', and not back at the end' : ''}; ${missed} observation${missed === 1 ? '' : 's'} went unanswered meanwhile.`;
    // A stranger may go when it likes, and must not be able to void a match that it is losing.
    const isOurs = kind === 'model' || kind === 'bot';
    if (isOurs && awayUs > AWAY_SHARE * endedAt) reasons.push(sentence);
    else notes.push(sentence);
  });
  return { reasons, notes };
}

/**
 * A match that went on from a checkpoint. Where nobody was thinking nothing was measured otherwise than it is. Where somebody was, the decision is
 * given up and counts as missed, so that no latency looks better; but then the seat's reward is not what its own play earned.
 */
function moves({ events, header }: Evidence): { reasons: string[]; notes: string[] } {
  const reasons: string[] = [];
  const notes: string[] = [];
  for (const event of events) {
    if (event.kind !== 'moved') continue;
    const stood =
      event.pausedMs === null ? 'for a time that the dates of the two hosts do not tell' : `for ${(event.pausedMs / 1000).toFixed(2)} s`;
    const where = `at ${(event.at / 1_000_000).toFixed(2)} s`;
    if (event.missed.length === 0)
      notes.push(
        `The match was moved ${where}, where it stood still ${stood}: no measured decision was open then, so no latency is other than it was. ` +
          `Whoever has the checkpoint can play on from it more than once.`,
      );
    else
      reasons.push(
        `The match was moved ${where}, and its wall clock stood still ${stood} while ${event.missed.map((seat) => header.seats[seat]?.name ?? seat).join(', ')} ` +
          `had a measured decision open: it was given up and counts as missed at the limit, so the reward is not what was played for.`,
      );
  }
  return { reasons, notes };
}

function of(part: number, whole: number, what: string): string {
  return `${part} of ${whole} ${what}${whole === 1 ? '' : 's'}`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`;
}

function ms(us: number): string {
  return (us / 1000).toFixed(2);
}
