/**
 * A bundle: one plain tar file, so that anybody can look into it.
 *
 *     bundle.json              what it says of itself (manifest.ts)
 *     signature                ed25519 over the bytes of bundle.json, in base64url
 *     traces/<sha-256>.gz      each trace's file, named by the hash of its bytes; bundle.json lists them, so the signature covers them
 *
 * A bundle comes from a stranger: its names are compared with those that are expected and never joined to a path as they come, and how much
 * it holds is bounded before it is read.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { explain } from '../configuration/configuration.js';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { printable } from '../protocol/printable.js';
import { SubmissionError } from './errors.js';
import { isSigned, signature, type Keys } from './keys.js';
import { manifestSchema, type Manifest } from './manifest.js';

/** Bytes of a bundle, of what it says of itself, and of one packed trace. */
export const MOST_BUNDLE = 256 * 1024 * 1024;
const MOST_MANIFEST = 8 * 1024 * 1024;
export const MOST_TRACE = 16 * 1024 * 1024;

const MANIFEST = 'bundle.json';
const SIGNED = 'signature';
const TRACE = /^traces\/([0-9a-f]{64})\.gz$/;

/** A bundle that was opened: what it says, as the bytes that were signed. Its traces lie in the folder that was given. */
export interface OpenedBundle {
  manifest: Manifest;
  manifestText: string;
  signature: string;
}

/** SHA-256 of bytes, in hexadecimal. */
export function bytesHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Where a trace lies in a folder of traces. @param hash of its file */
export function tracePlace(folder: string, hash: string): string {
  return join(folder, hash.slice(0, 2), `${hash}.gz`);
}

/**
 * Writes a bundle. @param pathOf where a trace lies, by the hash of its file
 * @throws SubmissionError when a file is not what the manifest says, or cannot be read or written
 */
export async function writeBundle(path: string, manifest: Manifest, keys: Keys, pathOf: (hash: string) => string): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`);
  const tar = pack();
  const fixed = { mtime: new Date(0), mode: 0o644 };
  const written = pipeline(tar, createWriteStream(path, { mode: 0o644 }));
  const fill = async (): Promise<void> => {
    tar.entry({ ...fixed, name: MANIFEST }, text);
    tar.entry({ ...fixed, name: SIGNED }, signature(keys, text));
    for (const { hash } of manifest.entries.flatMap(({ traces }) => traces)) {
      const bytes = readFileSync(pathOf(hash));
      if (bytesHash(bytes) !== hash) throw new SubmissionError(`${pathOf(hash)}: changed while the bundle was made`);
      tar.entry({ ...fixed, name: `traces/${hash}.gz` }, bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    tar.finalize();
  };
  try {
    await Promise.all([written, fill().catch((error: Error) => (tar.destroy(error), Promise.reject(error)))]);
  } catch (error) {
    throw error instanceof SubmissionError ? error : new SubmissionError(`${path}: the bundle cannot be written: ${fileFault(error)}`);
  }
}

/**
 * Opens a bundle: checks its form and its signature, and lays its traces into a folder, each under its own hash (see `tracePlace`), on the disk
 * before this returns. What traces say is not looked at.
 * @throws SubmissionError saying what is wrong with it, where, and what is accepted @throws Error where this machine cannot read or write a
 * file, which says nothing of the bundle
 */
export async function openBundle(path: string, into: string): Promise<OpenedBundle> {
  const reader = new BundleReader(into);
  try {
    const tar = extract();
    const source = createReadStream(path);
    source.on('error', (error) => tar.destroy(error)).pipe(tar);
    for await (const entry of tar) {
      const { name, type = 'file', size = 0 } = entry.header;
      const most = reader.expect(name, type ?? 'file', size);
      const parts: Buffer[] = [];
      let bytes = 0;
      for await (const part of entry as AsyncIterable<Buffer>) {
        bytes += part.length;
        if (bytes > most) throw new SubmissionError(`${shown(name)}: over ${most} bytes`);
        parts.push(part);
      }
      reader.take(name, Buffer.concat(parts));
    }
    return reader.end();
  } catch (error) {
    if (error instanceof SubmissionError) throw error;
    const { syscall, path: at = path } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw new Error(`${at}: ${fileFault(error)}`, { cause: error });
    throw new SubmissionError(`the bundle cannot be read: ${fileFault(error)}; a tar file as tickbench submit makes it is expected`);
  }
}

/** A name of a stranger's, fit to be shown. */
function shown(name: string): string {
  return printable(JSON.stringify(name.slice(0, 120)));
}

/** Takes the parts of a bundle in their order. */
class BundleReader {
  private manifest: { value: Manifest; bytes: Buffer } | undefined;
  private signed: string | undefined;
  private readonly missing = new Set<string>();

  constructor(private readonly into: string) {}

  /** Checks a part by its name, before anything of it is read. @returns the bytes that it may have */
  expect(name: string, type: string, size: number): number {
    const most = name === MANIFEST ? MOST_MANIFEST : name === SIGNED ? 200 : MOST_TRACE;
    const expected = !this.manifest ? MANIFEST : this.signed === undefined ? SIGNED : undefined;
    if (type !== 'file') throw new SubmissionError(`${shown(name)} is a ${type}; accepted: plain files`);
    if (expected !== undefined && name !== expected) throw new SubmissionError(`${shown(name)}: ${expected} is expected there`);
    if (expected === undefined) {
      const hash = TRACE.exec(name)?.[1];
      if (hash === undefined) throw new SubmissionError(`${shown(name)}: accepted: traces/ and the SHA-256 of the file, ending in .gz`);
      if (!this.missing.has(hash)) throw new SubmissionError(`${shown(name)}: bundle.json does not list it, or it came before`);
    }
    if (size > most) throw new SubmissionError(`${shown(name)}: ${size} bytes; at most ${most} are taken`);
    return most;
  }

  take(name: string, bytes: Buffer): void {
    if (name === MANIFEST) {
      const value = parseManifest(bytes);
      this.manifest = { value, bytes };
      for (const { hash } of value.entries.flatMap(({ traces }) => traces)) this.missing.add(hash);
    } else if (name === SIGNED) {
      const { value, bytes: signedBytes } = this.manifest!;
      const text = bytes.toString('latin1').trim();
      if (!isSigned(value.key, signedBytes, text))
        throw new SubmissionError(
          `signature: it is not that of ${value.key} over bundle.json; the bundle was altered, or signed by another key`,
        );
      this.signed = text;
    } else {
      const hash = TRACE.exec(name)![1]!;
      if (bytesHash(bytes) !== hash)
        throw new SubmissionError(`${name}: its bytes have another SHA-256 than its name; the trace was altered`);
      keep(this.into, hash, bytes);
      this.missing.delete(hash);
    }
  }

  end(): OpenedBundle {
    if (!this.manifest || this.signed === undefined) throw new SubmissionError('it ends before its signature; a whole bundle is expected');
    if (this.missing.size > 0)
      throw new SubmissionError(`it ends before ${this.missing.size} of the traces that bundle.json lists; a whole bundle is expected`);
    return { manifest: this.manifest.value, manifestText: this.manifest.bytes.toString('utf8'), signature: this.signed };
  }
}

/** Reads what a bundle says of itself. @throws SubmissionError with each thing that is wrong and where */
export function parseManifest(bytes: Buffer): Manifest {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SubmissionError(`bundle.json: not JSON (${printable((error as Error).message)})`);
  }
  const parsed = manifestSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const lines = printable(explain(parsed.error))
    .split('\n')
    .map((line) => line.trim());
  throw new SubmissionError(`bundle.json: ${lines.slice(0, 5).join('; ')}${lines.length > 5 ? `; and ${lines.length - 5} more` : ''}`);
}

/** Lays a trace into a folder of traces, whole or not at all; one that is there already is the same. */
function keep(folder: string, hash: string, bytes: Buffer): void {
  const place = tracePlace(folder, hash);
  if (existsSync(place)) return;
  makeFolder(join(folder, hash.slice(0, 2)));
  const partial = `${place}.${randomUUID()}.part`;
  const file = openSync(partial, 'wx', 0o644);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } catch (error) {
    rmSync(partial, { force: true });
    throw Object.assign(error as NodeJS.ErrnoException, { path: partial });
  } finally {
    closeSync(file);
  }
  renameSync(partial, place);
  syncFolder(join(folder, hash.slice(0, 2)));
}

/** What was renamed into a folder is there after a power cut, too. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  fsyncSync(folder);
  closeSync(folder);
}
