/**
 * Injected latency as users write it, in a seat on the command line, a configuration or a sweep plan. For each leg (feed, entry,
 * response): `2ms` constant, `1ms~3ms` a base and the median of a heavy-tailed jitter, `90us/250us/1ms` delays in order, or a file of
 * whole microseconds.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Micros } from '../../envs/environment.js';
import { LATENCY_LEGS, type LatencyModel, type SeatLatency } from '../../scoring/trace/injected.js';
import { LONGEST_US, MOST_RECORDED } from '../match/latency.js';

/** Latency that cannot be read: what was found and what is accepted. */
export class LatencyError extends Error {
  override name = 'LatencyError';
}

const ACCEPTED = '2ms (constant), 1ms~3ms (base and median jitter), 90us/250us/1ms (in order) or a file of whole microseconds';

/** In a YAML file: `latency: { feed: 2ms, entry: 1ms~3ms, response: delays.txt }`. Not yet read: see `readLatency`. */
export const latencyTexts = z.strictObject({
  feed: z.string().min(1).optional(),
  entry: z.string().min(1).optional(),
  response: z.string().min(1).optional(),
});

export type LatencyTexts = z.infer<typeof latencyTexts>;

/**
 * Reads the legs that were written. A constant of 0 is none.
 * @param find the path of a file named in a leg, or undefined when there is none @throws LatencyError
 */
export function readLatency(texts: LatencyTexts, find: (name: string) => string | undefined): SeatLatency | undefined {
  const latency: SeatLatency = {};
  for (const leg of LATENCY_LEGS) {
    const text = texts[leg];
    const model = text === undefined ? undefined : readModel(leg, text.trim(), find);
    if (model) latency[leg] = model;
  }
  return Object.keys(latency).length > 0 ? latency : undefined;
}

function readModel(leg: string, text: string, find: (name: string) => string | undefined): LatencyModel | undefined {
  const delays = text.split('/').map((part) => readDelay(leg, part));
  if (delays.every((us): us is Micros => us !== undefined)) {
    if (delays.length > 1) return { kind: 'recorded', us: delays };
    return delays[0] === 0 ? undefined : { kind: 'constant', us: delays[0]! };
  }
  const jittered = text.split('~');
  if (jittered.length === 2) {
    const [baseUs, jitterUs] = jittered.map((part) => readDelay(leg, part));
    if (baseUs !== undefined && jitterUs !== undefined) return { kind: 'jittered', baseUs, jitterUs };
  }
  const path = find(text);
  if (path === undefined) throw new LatencyError(`latency ${leg}: "${text}" is no delay, and there is no such file; accepted: ${ACCEPTED}`);
  return { kind: 'recorded', us: readRecorded(leg, path) };
}

function readDelay(leg: string, text: string): Micros | undefined {
  const match = /^(\d+(?:\.\d+)?)(us|ms|s)$/.exec(text);
  if (!match) return text === '0' ? 0 : undefined;
  const us = Math.round(Number(match[1]) * { us: 1, ms: 1000, s: 1_000_000 }[match[2] as 'us' | 'ms' | 's']);
  if (us > LONGEST_US) throw new LatencyError(`latency ${leg}: ${text} is too long; at most ${LONGEST_US / 1_000_000} s is accepted`);
  return us;
}

/** Whole microseconds, apart by spaces, commas or line ends (a JSON list or a CSV column without its name will do). */
function readRecorded(leg: string, path: string): Micros[] {
  const words = readFileSync(path, 'utf8')
    .split(/[\s,;[\]]+/)
    .filter((word) => word !== '');
  if (words.length === 0 || words.length > MOST_RECORDED)
    throw new LatencyError(`latency ${leg}: ${path} has ${words.length} delays; 1 to ${MOST_RECORDED} are accepted`);
  return words.map((word, i) => {
    const us = Number(word);
    if (!/^\d+$/.test(word) || us > LONGEST_US)
      throw new LatencyError(
        `latency ${leg}: ${path}: delay ${i + 1} is "${word}"; whole microseconds from 0 to ${LONGEST_US} are accepted`,
      );
    return us;
  });
}
