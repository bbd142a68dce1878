/** What became of a seat's model calls in one match: whether its endpoint failed, so that the match says nothing about the model. */
import { askingsOf } from '../../scoring/trace/askings.js';
import { decisionsOf, isAnswered, isPlay } from '../../scoring/trace/decisions.js';
import { isExcused, outageOf } from '../../scoring/trace/outage.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { keptTime } from '../match/lateness.js';
import { DEAD_CALLS } from '../seating/endpoint-watch.js';

export interface CallAccount {
  decisions: number;
  failed: number;
  /** The endpoint is dead: every call failed, a long row of them at the end did, or no call was answered with any text at all, and not since this host was held up. */
  dead: boolean;
  /** No call was answered with any text in the whole match, though some were made. */
  silent: boolean;
  /** The budget for calls was spent. */
  spent: boolean;
  /** What the last failed call said. */
  reason?: string;
}

/** A seat's account of a match: of all its calls, or of those to the one of a team's endpoints of which a larger share failed. */
export function callsOf(trace: Trace, seat: number): CallAccount {
  const whole = wholeOf(trace, seat);
  if (trace.header.seats?.[seat]?.kind !== 'model') return whole;
  const [, ...parts] = askingsOf(trace.events, seat);
  const accounts = parts.map(({ who, calls, failures, row, reason }): CallAccount => {
    const dead = row >= DEAD_CALLS || (failures.length > 0 && failures.length === calls);
    const spent = failures.includes('budget');
    return {
      decisions: calls,
      failed: failures.length,
      dead,
      silent: false,
      spent,
      ...(reason === undefined ? {} : { reason: `${who}: ${reason}` }),
    };
  });
  const share = ({ failed, decisions, dead }: CallAccount): number => (dead ? 1 : 0) + failed / Math.max(1, decisions);
  return [whole, ...accounts].reduce((worst, each) => (share(each) > share(worst) ? each : worst));
}

function wholeOf(trace: Trace, seat: number): CallAccount {
  const all = decisionsOf(trace, seat);
  const span = outageOf(trace.events, trace.header.seats?.[seat], seat);
  // What an outage that was asked for cost is no failure of the endpoint's.
  const decisions = all.filter((decision) => !isExcused(decision, span));
  const failed = decisions.filter((decision) => !isPlay(decision));
  const row = decisions.length - 1 - decisions.findLastIndex(isPlay);
  const asked = trace.events.some((event) => event.kind === 'observe' && event.seat === seat);
  const silent = trace.header.seats?.[seat]?.kind === 'model' && asked && !all.some(isAnswered);
  const { header, footer } = trace;
  const heldUp = footer !== undefined && !keptTime(footer.lateness, header.tickUs / header.speed);
  const last = trace.events.findLast(
    (event) => event.kind === 'reject' && event.seat === seat && failed.some(({ seq }) => seq === event.seq),
  );
  return {
    decisions: decisions.length,
    failed: failed.length,
    dead: row >= DEAD_CALLS || (failed.length > 0 && failed.length === decisions.length) || (silent && !heldUp),
    silent,
    spent: failed.some(({ failure }) => failure === 'budget'),
    ...(last?.kind === 'reject' ? { reason: last.reason } : {}),
  };
}
