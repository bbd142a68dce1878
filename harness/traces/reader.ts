/** Reads traces back: plain or compressed, checked line by line. One that was cut off is read up to its last whole line, and says so. */
import { readFile } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { z } from 'zod';
import type { Trace, TraceEvent, TraceFooter, TraceHeader } from '../../scoring/trace.js';
import { explain } from '../protocol.js';
import { blockLine, footerLine, headerLine, lineHash } from './format.js';

/** A trace file that cannot be read, or was altered. */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** A trace as read. `fault` says why it is not whole; then it has no footer and is void. */
export interface TraceReading {
  trace: Trace;
  fault?: string;
}

/** The trace in a file; without a footer when it was cut off. @throws TraceError as `readTraceFile` */
export async function readTrace(path: string): Promise<Trace> {
  return (await readTraceFile(path)).trace;
}

/** Reads a trace file. @throws TraceError when there is none, it is no trace, or a line in its middle is damaged or does not follow the one before */
export async function readTraceFile(path: string): Promise<TraceReading> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new TraceError(`${path}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`);
  }
  return parseTrace(decompressed(bytes, path), path);
}

/** Reads a trace from its text; `name` is for messages. @throws TraceError as `readTraceFile` */
export function parseTrace(text: string, name = 'trace'): TraceReading {
  const lines = text.split('\n');
  const rest = lines.pop();
  if (lines.length === 0) throw new TraceError(`${name}: no whole line in it`);
  const header = parseLine(lines[0]!, headerLine, `${name}, line 1`).header as TraceHeader;
  const events: TraceEvent[] = [];
  let footer: TraceFooter | undefined;
  for (let i = 1; i < lines.length; i++) {
    const where = `${name}, line ${i + 1}`;
    if (footer) throw new TraceError(`${where}: nothing is expected after the footer`);
    const line = lines[i]!;
    if (line.startsWith('{"previous":') && line.includes('"footer":') && !line.includes('"events":')) {
      const last = parseLine(line, footerLine, where);
      follows(last.previous, lines[i - 1]!, where);
      footer = last.footer as TraceFooter;
    } else {
      const block = parseLine(line, blockLine, where);
      follows(block.previous, lines[i - 1]!, where);
      events.push(...(block.events as TraceEvent[]));
    }
  }
  const trace: Trace = footer ? { header, events, footer } : { header, events };
  if (rest) return { trace: { header, events }, fault: `it was cut off in line ${lines.length + 1}; read up to line ${lines.length}` };
  if (!footer) return { trace, fault: `it has no footer: the match was cut off after ${lines.length - 1} blocks` };
  return { trace };
}

function follows(previous: string, line: string, where: string): void {
  if (previous !== lineHash(line)) throw new TraceError(`${where}: does not follow the line before it; the file was altered or damaged`);
}

function parseLine<T extends z.ZodType>(line: string, schema: T, where: string): z.infer<T> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (error) {
    throw new TraceError(`${where}: not JSON (${(error as Error).message})`);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) throw new TraceError(`${where}: ${explain(parsed.error)}`);
  return parsed.data;
}

function decompressed(bytes: Buffer, path: string): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    // A file cut off in the middle still gives what came before the cut.
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString('utf8');
  } catch (error) {
    throw new TraceError(`${path}: damaged gzip data (${(error as Error).message})`);
  }
}
