/**
 * The process that writes traces, so that no disk ever delays a tick. Its parent sends it what to write over IPC; it says what is on
 * disk, or why it is not. It lives as long as its parent and writes any number of traces, several at once.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { chained, partialPath } from './format.js';

/**
 * What the parent asks. `body` is a JSON object as text; to `open` it may be several lines of a trace that goes on, and to `checkpoint` it is what
 * stands after the lines so far in a file of its own.
 */
export type WriterAsk =
  | { ask: 'open'; id: number; path: string; body: string }
  | { ask: 'checkpoint'; id: number; path: string; body: string }
  | { ask: 'part'; id: number; body: string }
  | { ask: 'block'; id: number; second: number }
  | { ask: 'sync'; id: number }
  | { ask: 'finish'; id: number; body: string }
  | { ask: 'abandon'; id: number };

/** What the writer says: everything so far is on disk, the trace is finished, or it cannot be written. */
export type WriterSay =
  | { say: 'synced' | 'finished'; id: number }
  | { say: 'checkpointed'; id: number; fault: string | null }
  | { say: 'fault'; id: number; detail: string };

/** The first thing it says: that it has started. */
export interface WriterUp {
  say: 'up';
}

interface OpenTrace {
  path: string;
  file: number;
  lastLine: string;
  /** Events of the block that is not ended, as JSON apart by commas. */
  parts: string[];
}

const open = new Map<number, OpenTrace>();

function append(trace: OpenTrace, line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  let written = 0;
  while (written < bytes.length) written += writeSync(trace.file, bytes, written);
  trace.lastLine = line;
}

/** Writes the lines so far, and one more that belongs to no trace, as a compressed file for its owner alone. What was there under its name stays until it is whole. */
function checkpoint(trace: OpenTrace, path: string, body: string): void {
  makeFolder(dirname(path));
  fsyncSync(trace.file);
  const part = `${path}.part`;
  const file = openSync(part, 'w', 0o600);
  try {
    const lines = Buffer.concat([readFileSync(partialPath(trace.path)), Buffer.from(`${chained(trace.lastLine, body)}\n`)]);
    writeFileSync(file, gzipSync(lines));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
  syncFolder(path);
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** Compresses the finished file beside it and puts it in its place in one step. */
function finish(trace: OpenTrace): void {
  fsyncSync(trace.file);
  closeSync(trace.file);
  const plain = partialPath(trace.path);
  if (trace.path.endsWith('.gz')) {
    const part = `${trace.path}.part`;
    const file = openSync(part, 'w');
    try {
      writeFileSync(file, gzipSync(readFileSync(plain)));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, trace.path);
    rmSync(plain);
  } else {
    renameSync(plain, trace.path);
  }
  syncFolder(trace.path);
}

function handle(message: WriterAsk): WriterSay | null {
  const { ask, id } = message;
  if (ask === 'open') {
    makeFolder(dirname(message.path));
    const trace = { path: message.path, file: openSync(partialPath(message.path), 'w'), lastLine: '', parts: [] };
    open.set(id, trace);
    append(trace, message.body);
    trace.lastLine = message.body.slice(message.body.lastIndexOf('\n') + 1);
    return null;
  }
  const trace = open.get(id);
  if (!trace) return null; // its fault was told already
  if (ask === 'part') {
    trace.parts.push(message.body);
    return null;
  }
  if (ask === 'block') {
    append(trace, chained(trace.lastLine, `{"second":${message.second},"events":[${trace.parts.join(',')}]}`));
    trace.parts = [];
    return null;
  }
  if (ask === 'checkpoint') {
    // Whatever is wrong with that file, the trace itself goes on.
    try {
      checkpoint(trace, message.path, message.body);
      return { say: 'checkpointed', id, fault: null };
    } catch (error) {
      return { say: 'checkpointed', id, fault: `${message.path}: ${fileFault(error)}` };
    }
  }
  if (ask === 'sync') {
    fsyncSync(trace.file);
    return { say: 'synced', id };
  }
  open.delete(id);
  if (ask === 'abandon') {
    closeSync(trace.file);
    return { say: 'finished', id };
  }
  append(trace, chained(trace.lastLine, message.body));
  finish(trace);
  return { say: 'finished', id };
}

process.on('message', (message: WriterAsk) => {
  let said: WriterSay | null;
  try {
    said = handle(message);
  } catch (error) {
    const path = open.get(message.id)?.path ?? ('path' in message ? message.path : '');
    open.delete(message.id);
    const left = existsSync(partialPath(path)) ? `; what was written of it is in ${partialPath(path)}` : '';
    said = { say: 'fault', id: message.id, detail: `${path}: ${fileFault(error)}${left}` };
  }
  if (said) process.send?.(said);
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides when writing is over.
process.on('SIGINT', () => undefined);
process.send?.({ say: 'up' } satisfies WriterUp);
