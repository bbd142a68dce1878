/**
 * Latency of a decision by size and format, without matches: the same states are put to every endpoint, one request at a time in turns, so
 * that whatever this host does meanwhile meets them all alike.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import { isPlay } from '../../scoring/trace/decisions.js';
import { ENDPOINT_LIMITS, HARNESS_LIMITS } from '../../scoring/trace/waits.js';
import type { ModelAsker } from '../agents/asker.js';
import { monotonicUs } from '../host/clock.js';
import { ownWaits, SeatWaits } from '../match/waits.js';
import { fileFault } from '../host/fault.js';
import { StoreError } from '../sweep/store.js';

/** One request. `invalid`: its answer holds no action that is legal; `contended`: it waited for a processor of this host for too long to be a latency of the endpoint's. */
export interface LatencySample {
  entrant: string;
  state: number;
  round: number;
  us: number;
  invalid: boolean;
  contended: boolean;
}

/** Whom to ask. `identity`: what its samples are known by; `pid`: its process, where it computes on this host. */
export interface AskedEndpoint {
  name: string;
  identity: string;
  asker: ModelAsker;
  pid?: number;
}

/** What is asked, and where samples are kept. */
export interface LatencyWork {
  task: AnyTask;
  states: readonly string[];
  rounds: number;
  /** Unscored requests to each before the first. */
  warmUp: number;
  path: string;
  /** What samples depend on besides who answers: samples of an earlier run under another key are not taken up. */
  key: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** A request that got no answer to time. */
export class LatencyFailed extends Error {
  override name = 'LatencyFailed';
}

/** How often a contended request is asked again. */
const ATTEMPTS = 3;

const line = z.strictObject({
  key: z.string(),
  identity: z.string(),
  state: z.int(),
  round: z.int(),
  us: z.number(),
  invalid: z.boolean(),
  contended: z.boolean(),
});

/** Asks everything that an earlier run has not. @throws LatencyFailed when a call fails, or it is stopped: what was measured is kept; StoreError */
export async function measureLatency(endpoints: readonly AskedEndpoint[], work: LatencyWork): Promise<LatencySample[]> {
  const { task, states, rounds, signal, onProgress } = work;
  const known = earlier(work);
  const total = endpoints.length * states.length * rounds;
  const samples: LatencySample[] = [];
  const warm = new Set<AskedEndpoint>();
  for (let round = 0; round < rounds; round++)
    for (const [state, text] of states.entries())
      for (let turn = 0; turn < endpoints.length; turn++) {
        // Who comes first changes with the state: whoever is asked after another finds the caches as that one left them.
        const endpoint = endpoints[(turn + state + round) % endpoints.length]!;
        const name = `${endpoint.identity} ${state} ${round}`;
        let sample = known.get(name);
        if (!sample) {
          if (signal?.aborted) throw new LatencyFailed('stopped; what was measured is kept, and the same command goes on from here');
          if (!warm.has(endpoint)) for (let i = 0; i < work.warmUp; i++) await endpoint.asker.ask(task, text, signal);
          warm.add(endpoint);
          sample = await timed(endpoint, task, text, signal);
          const kept = { key: work.key, identity: endpoint.identity, state, round, ...sample } satisfies z.infer<typeof line>;
          try {
            appendFileSync(work.path, `${JSON.stringify(kept)}\n`);
          } catch (error) {
            throw new StoreError(`${work.path}: ${fileFault(error)}`);
          }
        }
        samples.push({ entrant: endpoint.name, state, round, ...sample });
        onProgress?.(samples.length, total);
      }
  return samples;
}

type Timed = Pick<LatencySample, 'us' | 'invalid' | 'contended'>;

/** One request, asked again when this host took its processor away; the last attempt stands, marked. */
async function timed({ name, asker, pid }: AskedEndpoint, task: AnyTask, text: string, signal?: AbortSignal): Promise<Timed> {
  for (let attempt = 1; ; attempt++) {
    const own = ownWaits();
    const waits = own && new SeatWaits(own, pid === undefined ? {} : { endpoints: [pid] });
    try {
      waits?.begin();
      const startedUs = monotonicUs();
      const { rejected, failure } = await asker.ask(task, text, signal);
      const us = Math.round(monotonicUs() - startedUs);
      if (!isPlay({ failure })) throw new LatencyFailed(`${name}: ${rejected}`);
      const { harnessUs = 0, endpointUs = 0 } = waits?.waited() ?? {};
      const contended = over(harnessUs, us, HARNESS_LIMITS) || over(endpointUs, us, ENDPOINT_LIMITS);
      if (!contended || attempt === ATTEMPTS) return { us, invalid: rejected !== undefined, contended };
    } finally {
      waits?.close();
      own?.close();
    }
  }
}

function over(waitedUs: number, us: number, { share, leastUs }: typeof HARNESS_LIMITS): boolean {
  return waitedUs > Math.max(leastUs, us * share);
}

/** Samples of an earlier run under the same key, by who, state and round; a line that was cut off is measured again. */
function earlier({ path, key }: LatencyWork): Map<string, Timed> {
  const found = new Map<string, Timed>();
  if (!existsSync(path)) return found;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    try {
      const { key: of, identity, state, round, us, invalid, contended } = line.parse(JSON.parse(text));
      if (of === key) found.set(`${identity} ${state} ${round}`, { us, invalid, contended });
    } catch {
      continue;
    }
  }
  return found;
}

/**
 * Of each state the median over its rounds, minus its natural logarithm: more is faster, and differences are ratios. Left out are requests that
 * were contended, and answers without an action: to give up early is not to be fast.
 */
export function speeds(samples: readonly LatencySample[], entrant: string): Map<number, number> {
  const byState = new Map<number, number[]>();
  for (const sample of samples)
    if (sample.entrant === entrant && !sample.contended && !sample.invalid)
      byState.set(sample.state, [...(byState.get(sample.state) ?? []), sample.us]);
  return new Map([...byState].map(([state, all]) => [state, -Math.log(middle(all))]));
}

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
