/** Traces of a sweep with calls of any lengths and times: nothing is played. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chained } from '../../../../harness/traces/format.js';

/** What of it differs: its seat's record, the telemetry of its calls, and what it was. */
export interface MadeMatch {
  seat?: object;
  calls?: object[];
  counts?: boolean;
  patient?: boolean;
}

/** Writes a finished match of one model into a results folder, as the writer leaves it. */
export function madeTrace(folder: string, name: string, { seat = {}, calls = [{}], counts = true, patient = false }: MadeMatch = {}): void {
  const endpoint = { kind: 'embedded', model: 'tb-1m', precision: { default: 'fp8' }, threads: 1 };
  const header = {
    tickbench: 'trace.v1', id: name, task: 'hft', rules: 'hft.4', options: {}, seed: 1, clock: 'virtual', speed: 25, tickUs: 1000, timeoutUs: 1000,
    seats: [{ name: 'one', kind: 'model', addedUs: 0, configuration: { endpoint }, ...seat }], host: {}, startedAt: '', ...(patient ? { patient: true } : {}),
  };
  const events = calls.map((call, i) => ({
    kind: 'act', seat: 0, seq: i, at: i, latencyUs: 1, realUs: 1, action: { plan: [] }, landing: { at: i, accepted: true },
    telemetry: { requestUs: 100, lastTokenUs: 5100, promptTokens: 90, cachedTokens: 30, completionTokens: 7, ...call },
  }));
  const first = JSON.stringify({ header });
  const second = chained(first, JSON.stringify({ second: 0, events }));
  const footer = { results: { over: true, endedAt: 1, reward: [0], seats: [{}] }, digest: '', verdict: { counts, reasons: [] }, lateness: { ticks: 0, p50Us: 0, p99Us: 0, maxUs: 0, over: 0 }, endedAt: '' };
  mkdirSync(join(folder, 'traces'), { recursive: true });
  writeFileSync(join(folder, 'traces', `${name}.jsonl.gz`), gzipSync(`${[first, second, chained(second, JSON.stringify({ footer }))].join('\n')}\n`));
} // prettier-ignore
