/**
 * Reads a trace's lines: checks each by its schema and against the hash of the line before it. Pure, the hash is passed in, so the same
 * reader runs in Node and in the browser.
 */
import type { z } from 'zod';
import type { Trace, TraceEvent, TraceFooter, TraceHeader } from '../../scoring/trace/trace.js';
import { explain } from '../protocol/frames.js';
import { blockLine, footerLine, headerLine } from './schema.js';

/** Longest text that is read, in characters: some hundred times a long match of many seats. */
export const MOST_CHARACTERS = 256 * 1024 * 1024;

/** A trace file that cannot be read, or was altered. */
export class TraceError extends Error {
  override name = 'TraceError';
}

/** A trace as read. `fault` says why it is not whole; then it has no footer and is void. */
export interface TraceReading {
  trace: Trace;
  fault?: string;
}

/** What could be read. `damage` is set when the fault is more than a missing end: a line that is no trace line, or does not follow. */
export interface Salvage extends TraceReading {
  damage?: boolean;
}

/**
 * Reads a trace from its text, up to the first line that is damaged. @param hash SHA-256 of a line in hexadecimal
 * @param name for messages @throws TraceError when not even its first line can be read
 */
export function salvageTrace(text: string, name: string, hash: (line: string) => string): Salvage {
  if (text.length > MOST_CHARACTERS) throw new TraceError(`${name}: ${text.length} characters; at most ${MOST_CHARACTERS} are read`);
  let end = text.indexOf('\n');
  if (end < 0) throw new TraceError(`${name}: no whole line in it`);
  let before = text.slice(0, end);
  const header = parseLine(before, headerLine, `${name}, line 1`).header as TraceHeader;
  const events: TraceEvent[] = [];
  let footer: TraceFooter | undefined;
  let count = 1;
  // A line at a time: a file of nothing but newlines ends at the second.
  for (let start = end + 1; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
    count++;
    const where = `${name}, line ${count}`;
    try {
      if (footer) throw new TraceError(`${where}: nothing is expected after the footer`);
      const line = text.slice(start, end);
      if (line.startsWith('{"previous":') && line.includes('"footer":') && !line.includes('"events":')) {
        const last = parseLine(line, footerLine, where);
        follows(last.previous, hash(before), where);
        footer = last.footer as TraceFooter;
      } else {
        const block = parseLine(line, blockLine, where);
        follows(block.previous, hash(before), where);
        for (const event of block.events) events.push(event as TraceEvent);
      }
      before = line;
    } catch (error) {
      if (error instanceof TraceError) return { trace: { header, events }, fault: error.message, damage: true };
      throw error;
    }
  }
  const trace: Trace = footer ? { header, events, footer } : { header, events };
  if (!text.endsWith('\n')) return { trace: { header, events }, fault: `it was cut off in line ${count + 1}; read up to line ${count}` };
  if (!footer) return { trace, fault: `it has no footer: the match was cut off after ${count - 1} blocks` };
  return { trace };
}

function follows(previous: string, expected: string, where: string): void {
  if (previous !== expected) throw new TraceError(`${where}: does not follow the line before it; the file was altered or damaged`);
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
