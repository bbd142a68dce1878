/** A configuration as the header of one of its matches recorded it. Only the first line is read; the rest of the match is not asked for. */
import { z } from 'zod';
import { redactJson } from '../../../../harness/host/secrets.js';
import { traceUrl } from '../source.js';

/** Longest header that is looked at, in characters. */
const MOST_HEADER = 4 << 20;

const configurationForm = z.looseObject({
  endpoint: z
    .looseObject({
      kind: z.string().optional(),
      model: z.string().optional(),
      url: z.string().optional(),
      precision: z
        .union([z.string(), z.looseObject({ default: z.string(), units: z.record(z.string(), z.string()).default({}) })])
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  prompt: z.string().optional().catch(undefined),
});

const headerForm = z.object({
  header: z.object({
    seats: z.array(z.object({ name: z.string(), configuration: z.json().optional() })),
    host: z.record(z.string(), z.unknown()).catch({}),
    startedAt: z.string(),
  }),
});

/** What was recorded of whoever took a seat. */
export interface Recorded {
  configuration: z.infer<typeof configurationForm>;
  host: Record<string, unknown>;
  startedAt: string;
}

/**
 * What a match recorded of a player.
 * @param path of the trace, below the results folder
 * @throws Error in words when the trace is not there, is damaged before its first line ends, or records nothing of this player
 */
export async function recordedOf(path: string, player: string): Promise<Recorded> {
  const response = await fetch(traceUrl(path)).catch(() => undefined);
  if (!response?.ok || !response.body) throw new Error(`${path} is not there`);
  const line = await firstLine(path.endsWith('.gz') ? response.body.pipeThrough(new DecompressionStream('gzip')) : response.body);
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    throw new Error(`${path}: its header is not JSON`);
  }
  const { header } = headerForm.safeParse(raw).data ?? {};
  const seat = header?.seats.find(({ name }) => name === player);
  if (!header || seat?.configuration === undefined) throw new Error(`${path}: its header records nothing of ${player}`);
  // Traces hold no keys; should a foreign one hold any, they are not shown.
  const read = configurationForm.safeParse(redactJson(seat.configuration));
  if (!read.success) throw new Error(`${path}: what its header records of ${player} cannot be read`);
  return { configuration: read.data, host: header.host, startedAt: header.startedAt };
}

async function firstLine(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const reader = bytes.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  try {
    while (!text.includes('\n') && text.length < MOST_HEADER) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
  } catch {
    // A damaged end is no matter when the first line was there.
  }
  void reader.cancel().catch(() => undefined);
  return text.split('\n', 1)[0]!;
}
