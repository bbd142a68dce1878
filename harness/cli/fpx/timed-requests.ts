/** Timed requests that a latency model is fitted to: rows of a CSV file, or the calls of a sweep's matches. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Papa from 'papaparse';
import { z } from 'zod';
import { parsePrecisionMap, PrecisionMapError, type PrecisionMap } from '../../../fpx/formats/precision.js';
import type { TimedRequest } from '../../../fpx/sensitivity/measured-latency.js';
import { explain } from '../../configuration/configuration.js';
import { fileFault } from '../../host/fault.js';
import type { TraceEvent, TraceHeader } from '../../../scoring/trace/trace.js';
import { readTrace, TraceError } from '../../traces/reader.js';
import { UsageError } from '../values.js';
import { readMap } from './map-file.js';

const COLUMNS = ['map', 'prompt_tokens', 'answer_tokens', 'ms'] as const;

const tokens = z.coerce.number('a whole number of tokens').int('a whole number of tokens').positive('a whole number of tokens above 0');
const csvRow = z.strictObject({
  map: z.string().min(1, 'a format, or a file with a precision map'),
  prompt_tokens: tokens,
  answer_tokens: tokens,
  ms: z.coerce.number('milliseconds').positive('milliseconds above 0'),
});

/** What is read of a results folder beside its traces. */
export interface ServedMaps {
  /** The calibrated model's name, as embedded configurations have it. */
  model: string;
  /** The maps of configurations that are served elsewhere, by their names. */
  served: ReadonlyMap<string, PrecisionMap>;
}

/** A call of a sweep's match. */
export interface SweptRequest {
  map: PrecisionMap;
  /** All tokens of the prompt, those among them that were cached, and tokens of the answer. */
  promptTokens: number;
  cachedTokens: number;
  answerTokens: number;
  /** From the request to the first token, where that was told, and to the last. */
  firstMs?: number;
  lastMs: number;
}

/** The requests of a CSV file, or of a sweep's results folder. @throws UsageError naming the file and the line or what it lacks */
export async function timedRequests(path: string, maps: ServedMaps): Promise<TimedRequest[]> {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw new UsageError(`--measured ${path}: ${fileFault(error)}; accepted: a CSV file with columns ${COLUMNS.join(',')}, or the results folder of a sweep`); // prettier-ignore
  }
  if (!isFolder) return csvRequests(path);
  const swept = await sweptRequests(path, maps, '--measured');
  return swept.map(({ map, promptTokens, cachedTokens, answerTokens, lastMs }) => ({ map, promptTokens: promptTokens - cachedTokens, answerTokens, ms: lastMs })); // prettier-ignore
}

/** `NAME=MAP` of each configuration. @throws UsageError */
export function servedMaps(texts: readonly string[]): Map<string, PrecisionMap> {
  return new Map(
    texts.map((text) => {
      const at = text.lastIndexOf('=');
      if (at <= 0) throw new UsageError(`--served ${text}: accepted: a configuration's name, "=", and a format or a file with its map`);
      return [text.slice(0, at), readMap(text.slice(at + 1), `--served ${text.slice(0, at)}:`)];
    }),
  );
}

function csvRequests(path: string): TimedRequest[] {
  const { data, errors, meta } = Papa.parse<Record<string, string>>(readFileSync(path, 'utf8'), { header: true, skipEmptyLines: true });
  const accepted = `accepted: the columns ${COLUMNS.join(',')}`;
  if (COLUMNS.some((column) => !meta.fields?.includes(column)))
    throw new UsageError(
      `--measured ${path}: its first line is "${(meta.fields ?? []).join(',').split('\n')[0]!.slice(0, 80)}"; ${accepted}`,
    );
  const broken = errors[0];
  if (broken) throw new UsageError(`--measured ${path} line ${(broken.row ?? 0) + 2}: ${broken.message}; ${accepted}`);
  const known = new Map<string, PrecisionMap>();
  return data.map((raw, i) => {
    const where = `--measured ${path} line ${i + 2}`;
    const parsed = csvRow.safeParse(raw);
    if (!parsed.success) throw new UsageError(`${where}: ${explain(parsed.error).trim()}`);
    const { map, prompt_tokens: promptTokens, answer_tokens: answerTokens, ms } = parsed.data;
    if (!known.has(map)) known.set(map, readMap(map, `${where}:`, [dirname(path)]));
    return { map: known.get(map)!, promptTokens, answerTokens, ms };
  });
}

/** What of a seat's record says which model computed, and how. */
const servedSeat = z.looseObject({
  endpoint: z.looseObject({ kind: z.string(), model: z.string(), precision: z.unknown().optional(), threads: z.number().optional() }),
});

/** Matches whose calls were measured have traces under these names; void ones and those of other cells have a word more. */
const COUNTED = /^[^.]+\.jsonl\.gz$/;

/** The calls of a sweep's counted matches. @param flag that named the folder, for messages @throws UsageError saying what it lacks */
export async function sweptRequests(folder: string, maps: ServedMaps, flag: string): Promise<SweptRequest[]> {
  const traces = join(folder, 'traces');
  let names: string[];
  try {
    names = readdirSync(traces).filter((name) => COUNTED.test(name)).sort(); // prettier-ignore
  } catch (error) {
    throw new UsageError(`${flag} ${folder}: no results of a sweep: traces: ${fileFault(error)}`);
  }
  const found: SweptRequest[] = [];
  const threads = new Set<number>();
  const others = new Set<string>();
  const seen = new Set<string>();
  for (const name of names) {
    const trace = await readTrace(join(traces, name)).catch((error: unknown) => {
      if (error instanceof TraceError) throw new UsageError(`${flag} ${error.message}`);
      throw error;
    });
    if (!trace.footer?.verdict.counts || trace.header.patient) continue;
    for (const [seat, record] of trace.header.seats.entries()) {
      if (record.kind !== 'model') continue;
      seen.add(record.name);
      const map = mapOf(record, maps);
      if (map === undefined) {
        others.add(record.name);
        continue;
      }
      if (map.threads !== undefined) threads.add(map.threads);
      for (const event of trace.events) found.push(...requestOf(event, seat, map.precision));
    }
  }
  if (threads.size > 1)
    throw new UsageError(`${flag} ${folder}: ${maps.model} ran on ${[...threads].join(' and on ')} threads; accepted: results of one number of threads`); // prettier-ignore
  const unknown = [...maps.served.keys()].find((name) => !seen.has(name));
  if (unknown !== undefined) throw new UsageError(`--served ${unknown}: ${folder} has no such configuration; there are ${[...seen].join(', ')}`); // prettier-ignore
  if (found.length === 0) {
    const there = others.size > 0 ? `, but of ${[...others].join(', ')}` : '';
    throw new UsageError(`${flag} ${folder}: no call of ${maps.model} with its tokens and times${there}; accepted: results in which it was played${flag === '--measured' ? ', or --served NAME=MAP for configurations that a server has' : ' by the embedded engine'}`); // prettier-ignore
  }
  return found;
}

/** The map that a seat's model computed under; undefined when it is another model. */
function mapOf({ name, configuration }: TraceHeader['seats'][number], { model, served }: ServedMaps): { precision: PrecisionMap; threads?: number } | undefined {
  const own = served.get(name);
  if (own) return { precision: own };
  const parsed = servedSeat.safeParse(configuration);
  if (!parsed.success || parsed.data.endpoint.kind !== 'embedded' || parsed.data.endpoint.model !== model) return undefined;
  try {
    return { precision: parsePrecisionMap(parsed.data.endpoint.precision), threads: parsed.data.endpoint.threads };
  } catch (error) {
    if (error instanceof PrecisionMapError) return undefined; // as-saved: what that is only the checkpoint says
    throw error;
  }
} // prettier-ignore

/** The call behind a settled decision, when it was read to its end and its tokens were told. */
function requestOf(event: TraceEvent, seat: number, map: PrecisionMap): SweptRequest[] {
  if ((event.kind !== 'act' && event.kind !== 'reject') || event.seat !== seat) return [];
  if (event.kind === 'reject' && event.failure !== undefined) return [];
  const { requestUs, firstTokenUs, lastTokenUs, promptTokens, cachedTokens = 0, completionTokens, error } = event.telemetry ?? {};
  if (requestUs === undefined || lastTokenUs === undefined || error !== undefined) return [];
  if (promptTokens === undefined || !completionTokens || promptTokens <= cachedTokens || lastTokenUs <= requestUs) return [];
  const first = firstTokenUs === undefined || firstTokenUs <= requestUs ? {} : { firstMs: (firstTokenUs - requestUs) / 1000 };
  return [{ map, promptTokens, cachedTokens, answerTokens: completionTokens, ...first, lastMs: (lastTokenUs - requestUs) / 1000 }];
}
