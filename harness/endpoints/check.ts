/**
 * What an endpoint can do, tried out: each feature that this project's measurements depend on either works, does not, or
 * could not be told, with what it costs in milliseconds. The number of calls is bounded and known beforehand.
 */
import { CallBudget, type BudgetSpent } from './budget.js';
import { streamChat, type ChatTarget } from './call.js';
import { requestSettings, type RequestSettings } from '../configuration/endpoint.js';
import { burst, cancellation } from './load-probes.js';
import { ANSWER_PROBES } from './probes.js';
import type { CheckRow, Probe, ProbeContext } from './probing.js';

export type { CheckRow } from './probing.js';

/** All probes, in the order in which they run. */
const PROBES: readonly Probe[] = [...ANSWER_PROBES, cancellation, burst];

/** The most calls that one check makes. */
export const MAX_CHECK_CALLS = 35;

export interface CheckReport {
  url: string;
  model: string;
  rows: CheckRow[];
  spent: BudgetSpent;
}

export interface CheckOptions {
  /** For each call, in milliseconds. */
  timeoutMs?: number;
  /** Which vendors accept only `max_completion_tokens`. */
  tokenLimitField?: RequestSettings['tokenLimitField'];
  /** Told before each probe, and each row as soon as it is known. */
  onProbe?: (feature: string) => void;
  onRow?: (row: CheckRow) => void;
}

/** Tries everything out, one probe after another. Errors of calls are outcomes, never thrown. At most MAX_CHECK_CALLS calls. */
export async function checkEndpoint(target: ChatTarget, options: CheckOptions = {}): Promise<CheckReport> {
  const budget = new CallBudget({ maxCalls: MAX_CHECK_CALLS });
  const context: ProbeContext = {
    target,
    ask: (messages, settings = {}, extra = {}, { signal, onPiece } = {}) =>
      streamChat(
        Object.keys(extra).length === 0 ? target : { ...target, extra: { ...target.extra, ...extra } },
        typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages,
        requestSettings.parse({
          maxTokens: 32,
          timeoutMs: options.timeoutMs ?? 60_000,
          tokenLimitField: options.tokenLimitField ?? 'max_tokens',
          ...settings,
        }),
        (text) => onPiece?.(text),
        { signal, budget, lingerMs: 1000 },
      ),
  };
  const rows: CheckRow[] = [];
  for (const probe of PROBES) {
    options.onProbe?.(probe.feature);
    for (const row of [await probe.run(context)].flat()) {
      rows.push(row);
      options.onRow?.(row);
    }
  }
  return { url: target.url, model: target.model, rows, spent: budget.spent };
}
