/** Reads trace files back: plain or compressed, checked line by line. One that was cut off is read up to its last whole line, and says so. */
import { readFile } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { Trace } from '../../scoring/trace.js';
import { fileFault } from '../host/fault.js';
import { lineHash } from './format.js';
import { salvageTrace, TraceError, type TraceReading } from './parse.js';

export { TraceError, type TraceReading } from './parse.js';

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
    throw new TraceError(`${path}: ${fileFault(error)}`);
  }
  return parseTrace(decompressed(bytes, path), path);
}

/** Reads a trace from its text; `name` is for messages. @throws TraceError as `readTraceFile` */
export function parseTrace(text: string, name = 'trace'): TraceReading {
  const { trace, fault, damage } = salvageTrace(text, name, lineHash);
  if (damage) throw new TraceError(fault!);
  return fault === undefined ? { trace } : { trace, fault };
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
