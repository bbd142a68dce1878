/** Reads trace files back: plain or compressed, checked line by line. One that was cut off is read up to its last whole line, and says so. */
import { open } from 'node:fs/promises';
import { constants, gunzipSync } from 'node:zlib';
import type { Trace } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { lineHash } from './format.js';
import { MOST_CHARACTERS, salvageTrace, TraceError, type TraceReading } from './parse.js';

export { TraceError, type TraceReading } from './parse.js';

/** The trace in a file; without a footer when it was cut off. @throws TraceError as `readTraceFile` */
export async function readTrace(path: string): Promise<Trace> {
  return (await readTraceFile(path)).trace;
}

/** Reads a trace file. @throws TraceError when there is none, it is no trace, or a line in its middle is damaged or does not follow the one before */
export async function readTraceFile(path: string): Promise<TraceReading> {
  return parseTrace(await readText(path), path);
}

/** A file's text, unpacked when it is compressed. @throws TraceError when there is none, or it is larger than a trace can be */
export async function readText(path: string): Promise<string> {
  return decompressed(await bytesOf(path), path);
}

/** Reads a trace from its text; `name` is for messages. @throws TraceError as `readTraceFile` */
export function parseTrace(text: string, name = 'trace'): TraceReading {
  const { trace, fault, damage } = salvageTrace(text, name, lineHash);
  if (damage) throw new TraceError(fault!);
  return fault === undefined ? { trace } : { trace, fault };
}

/** Reads a trace from a file's bytes. @param name for messages @param most bytes that it may unpack to @throws TraceError as `readTraceFile` */
export function traceFromBytes(bytes: Buffer, name: string, most = MOST_CHARACTERS): TraceReading & { text: string } {
  const text = decompressed(bytes, name, most);
  return { ...parseTrace(text, name), text };
}

/** A regular file's bytes; one that cannot hold a trace is refused unread. */
async function bytesOf(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      const stat = await file.stat();
      if (!stat.isFile() && !stat.isDirectory())
        throw new TraceError(`${path}: no regular file; a trace, .jsonl.gz or .jsonl, is expected`);
      if (stat.size > MOST_CHARACTERS) throw new TraceError(`${path}: ${stat.size} bytes; at most ${MOST_CHARACTERS} are read`);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw new TraceError(`${path}: ${fileFault(error)}`);
  }
}

function decompressed(bytes: Buffer, path: string, most = MOST_CHARACTERS): string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) {
    if (bytes.length > most) throw new TraceError(`${path}: ${bytes.length} bytes; at most ${most} are read`);
    return bytes.toString('utf8');
  }
  try {
    // A file cut off in the middle still gives what came before the cut.
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most }).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new TraceError(`${path}: unpacks to over ${most} bytes, which is the most that is read`);
    throw new TraceError(`${path}: damaged gzip data (${(error as Error).message})`);
  }
}
