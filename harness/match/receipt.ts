/** What an agent is told of a decision that is settled. */
import type { TraceEvent } from '../../scoring/trace/trace.js';
import type { ReceiptFrame } from '../protocol/frames.js';

/** The receipt of a settled decision, as its event tells it. */
export function receiptOf(match: string, event: Extract<TraceEvent, { kind: 'act' | 'reject' | 'miss' }>): ReceiptFrame {
  const { kind: outcome, seq, at, latencyUs } = event;
  const accepted = event.kind === 'act' && event.landing.accepted;
  const reason =
    event.kind === 'act' ? event.landing.reason : event.kind === 'reject' ? event.reason : 'no answer in time; the standing order goes on';
  return { type: 'receipt', match, seq, outcome, at, latencyUs, accepted, ...(reason === undefined ? {} : { reason }) };
}
