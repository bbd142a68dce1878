/**
 * The probes of an endpoint check that need several requests at a time: whether a cancelled one really ends at the
 * server, and how a burst is met.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { callUrl } from './address.js';
import type { ChatCall } from './call.js';
import { median, refusal, type CheckRow, type Probe, type ProbeContext } from './probing.js';

/** Requests sent at once to see whether a server limits their rate. */
const BURST = 8;

const LONG = 'Write the numbers from 1 to 400 in words, separated by commas, and nothing else.';
const SHORT = 'Say ok.';
const LONG_TOKENS = 256;

/** Servers' own gauges of requests under way, in Prometheus text at /metrics: vLLM and the embedded engine, SGLang, llama.cpp. */
const RUNNING_GAUGES =
  /^(?:vllm:num_requests_running|sglang:num_running_reqs|llamacpp:requests_processing)(?:\{[^}]*\})?\s+([0-9.e+]+)\s*$/gm;

const totalMs = (call: ChatCall): number => ((call.stamps.lastTokenUs ?? call.stamps.requestUs) - call.stamps.requestUs) / 1000;

/** Starts a long answer and resolves at its first piece, or when that should long have come (reasoning is no piece), or at its end. */
async function startLong(context: ProbeContext, extra: Record<string, unknown>): Promise<{ call: Promise<ChatCall>; abort: () => void }> {
  const stop = new AbortController();
  let begun: () => void = () => undefined;
  const first = new Promise<void>((resolve) => (begun = resolve));
  const call = context.ask(LONG, { maxTokens: LONG_TOKENS }, extra, { signal: stop.signal, onPiece: () => begun() });
  await Promise.race([first, call, sleep(2 * (context.plainFirstMs ?? 500) + 100)]);
  return { call, abort: () => stop.abort() };
}

/**
 * A server that computes one request at a time shows it by time: a short request sent right after a cancelled long one waits
 * only when the long one goes on. One that computes several together shows it, if at all, by its own gauge.
 */
export const cancellation: Probe = {
  feature: 'cancellation',
  async run(context) {
    const { feature } = this;
    const alone = await context.ask(SHORT, { maxTokens: 1 });
    if (alone.error) return refusal(feature, alone);
    let extra = {};
    let long = await startLong(context, extra);
    let behind = await context.ask(SHORT, { maxTokens: 1 });
    let whole = await long.call;
    if (whole.completionTokens < LONG_TOKENS / 2 && !whole.error) {
      extra = { ignore_eos: true };
      long = await startLong(context, extra);
      behind = await context.ask(SHORT, { maxTokens: 1 });
      whole = await long.call;
    }
    if (whole.error) return refusal(feature, whole);
    if (behind.error) return refusal(feature, behind);
    const lastingMs = totalMs(whole);
    const again = await startLong(context, extra);
    again.abort();
    const abortedAt = performance.now();
    const after = await context.ask(SHORT, { maxTokens: 1 });
    await again.call;
    if (after.error) return refusal(feature, after);
    const cost = {
      ms: median([totalMs(after)]),
      baselineMs: median([totalMs(behind)]),
      costOf: 'a short request after a cancelled long one, and behind one that goes on',
    };
    const waits = totalMs(behind) - totalMs(alone) > 0.5 * lastingMs && lastingMs > 20;
    if (waits) {
      const freed = totalMs(after) - totalMs(alone) < 0.25 * lastingMs;
      return freed
        ? { feature, outcome: 'works', detail: 'the next request does not wait for the cancelled one', ...cost }
        : { feature, outcome: 'not', detail: 'the next request waits as long as if nothing had been cancelled', ...cost };
    }
    const unknown = (why: string): CheckRow => ({
      feature,
      outcome: 'unknown',
      detail: `requests do not wait for each other here, so time does not show it; ${why}`,
      ...cost,
    });
    const running = await runningRequests(context, abortedAt + lastingMs / 2);
    if (running === undefined) return unknown('the server has no gauge of running requests at /metrics');
    if (running > 0)
      return {
        feature,
        outcome: 'not',
        detail: `long after the cancellation the server's gauge says ${running} running (or others use it)`,
        ...cost,
      };
    if (performance.now() - abortedAt > lastingMs / 2) return unknown('the long answer is over too soon for the gauge to show it');
    return { feature, outcome: 'works', detail: "the server's gauge of running requests fell to 0 at once", ...cost };
  },
};

/** The gauge's value, as soon as it is 0 or at the deadline; undefined when there is none. */
async function runningRequests(context: ProbeContext, deadlineMs: number): Promise<number | undefined> {
  for (;;) {
    let text: string;
    try {
      const response = await fetch(new URL('/metrics', callUrl(context.target.url, '')), { signal: AbortSignal.timeout(2000) });
      if (!response.ok) return undefined;
      text = await response.text();
    } catch {
      return undefined;
    }
    const values = [...text.matchAll(RUNNING_GAUGES)].map((match) => Number(match[1]));
    if (values.length === 0) return undefined;
    const running = values.reduce((sum, value) => sum + value, 0);
    if (running === 0 || performance.now() > deadlineMs) return running;
    await sleep(100);
  }
}

/** A few requests at once, of one token each. */
export const burst: Probe = {
  feature: `burst of ${BURST}`,
  async run(context) {
    const { feature } = this;
    const alone = await context.ask(SHORT, { maxTokens: 1 });
    if (alone.error) return refusal(feature, alone);
    // A refusal is what is looked for here: it is not waited out.
    const calls = await Promise.all(Array.from({ length: BURST }, () => context.ask(SHORT, { maxTokens: 1 }, {}, { impatient: true })));
    const limited = calls.filter((call) => call.error?.status === 429).length;
    const other = calls.find((call) => call.error && call.error.status !== 429);
    const cost = {
      ms: median(calls.filter((call) => !call.error).map(totalMs)),
      baselineMs: median([totalMs(alone)]),
      costOf: 'a request of one token, in the burst and alone',
    };
    if (limited > 0)
      return { feature, outcome: 'not', detail: `${limited} of ${BURST} requests at once were refused with 429 (rate limit)`, ...cost };
    if (other) return { ...refusal(feature, other), ...cost };
    return { feature, outcome: 'works', detail: `${BURST} requests at once, none refused`, ...cost };
  },
};
