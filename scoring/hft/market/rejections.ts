/** What did not happen as asked, and why: answers that were no action, observations never answered, orders refused or cut. */
import type { Json } from '../../../envs/environment.js';
import type { Trace, TraceEvent } from '../../trace/trace.js';

/** `refused`: nothing of the order was carried out. `cut`: a part was. `unread`: the answer was no action. */
export type RejectionKind = 'refused' | 'cut' | 'unread';

export interface Rejection {
  kind: RejectionKind;
  /** The reason in general words, without the numbers of the case. */
  reason: string;
  count: number;
}

/** What a seat's answers came to. */
export interface OrderCounts {
  /** Answers that landed as a plan; those of them of which nothing was carried out. */
  plans: number;
  refusedPlans: number;
  /** Orders in those plans, by what they do (`buy`, `bid`, `cancel`...). */
  orders: Record<string, number>;
  /** Answers that were no action, and observations that nobody answered in time. */
  unread: number;
  missed: number;
  /** Frames that were refused, by code. */
  frames: Record<string, number>;
  rejections: Rejection[];
}

/** Known reasons by what they say; the first that fits names it. */
const REASONS: readonly [RegExp, string][] = [
  [/position limit/, 'position limit'],
  [/notional/, 'notional limit'],
  [/margin/, 'margin'],
  [/one order's limit/, "one order's limit"],
  [/rest(ing)? already|resting orders?.* limit/, 'limit of resting orders'],
  [/would take|would cross|crosses/, 'post-only order would take'],
  [/an order of (its|your) own/, 'an own order in the way'],
  [/\bof \d+ (filled|dropped)|no more within|nothing within|nothing to (take|trade)/, 'not enough within reach of the best price'],
  [/has closed|is closed/, 'market closed'],
  [/whole multiples of/, 'not a multiple of the lot size'],
  [/under one tick|price .* (below|under)/, 'price under one tick'],
  [/no (such )?(order|symbol)\b|unknown (order|symbol)/, 'no such order or symbol'],
];

/** A reason as it is counted: a known one's name, else its own words without numbers, quotations and what would be accepted. */
export function normalised(reason: string): string {
  for (const [pattern, name] of REASONS) if (pattern.test(reason)) return name;
  const words = reason
    .replace(/; accepted: .*$/s, '')
    .replace(/"[^"]*"|'[^']*'|`[^`]*`/g, '"..."')
    .replace(/[+-]?\d+(\.\d+)?/g, 'N');
  // A schema tells every place that is wrong; the same thing twice is one reason.
  return [...new Set(words.split('; '))].join('; ').slice(0, 120);
}

/** A landing's reason taken apart by order: each starts with what the order does and a colon. */
export function partsOf(reason: string): string[] {
  return reason.split(/; (?=(?:buy|sell|bid|ask|stop|oco|move|modify|cancel|flat)(?: [^:;]{1,24})?: )/);
}

/** Counts of one seat. */
export function orderCounts(trace: Trace, seat: number): OrderCounts {
  const counts: OrderCounts = { plans: 0, refusedPlans: 0, orders: {}, unread: 0, missed: 0, frames: {}, rejections: [] };
  const rejections = new Map<string, Rejection>();
  const reject = (kind: RejectionKind, text: string): void => {
    const reason = normalised(text);
    const key = `${kind} ${reason}`;
    const entry = rejections.get(key) ?? { kind, reason, count: 0 };
    entry.count++;
    rejections.set(key, entry);
  };
  for (const event of trace.events) {
    if (event.seat !== seat) continue;
    if (event.kind === 'act') landed(event, counts, reject);
    else if (event.kind === 'reject') {
      counts.unread++;
      reject('unread', event.reason);
    } else if (event.kind === 'miss') counts.missed++;
    else if (event.kind === 'error') counts.frames[event.code] = (counts.frames[event.code] ?? 0) + 1;
  }
  counts.rejections = [...rejections.values()].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));
  return counts;
}

function landed(
  { action, landing }: Extract<TraceEvent, { kind: 'act' }>,
  counts: OrderCounts,
  reject: (kind: RejectionKind, text: string) => void,
): void {
  counts.plans++;
  if (!landing.accepted) counts.refusedPlans++;
  for (const order of ordersOf(action.plan)) counts.orders[order] = (counts.orders[order] ?? 0) + 1;
  if (landing.reason === undefined) return;
  for (const part of partsOf(landing.reason)) {
    const text = part.replace(/^[a-z-]+(?: [^:;]{1,24})?: /, '');
    const filled = /^(\d+) of \d+ filled/.exec(text);
    reject(/^cut to/.test(text) || (filled !== null && filled[1] !== '0') ? 'cut' : 'refused', text);
  }
}

/** What each order of a plan does. */
function ordersOf(plan: Json): string[] {
  if (!Array.isArray(plan)) return [];
  return plan.map((order) =>
    typeof order === 'object' && order !== null && !Array.isArray(order) && typeof order.do === 'string' ? order.do : '?',
  );
}
