/** Takes a bundle off the wire: bounded, onto the disk, opened in another process, and into the store before it is acknowledged. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../../../harness/host/folder.js';
import { syncFolder, tracePlace } from '../../../harness/submission/bundle.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import type { Verifier } from '../../../harness/submission/verifier.js';
import { requireRoom } from '../store/admission.js';
import { newId } from '../store/insertion.js';
import { Refusal } from '../store/refusal.js';
import { UncertainError, type Store } from '../store/store.js';
import type { Caller } from '../store/tokens.js';
import type { Arrivals } from './arrivals.js';

/** Where things lie, and how much is taken. */
export interface ReceiveSettings {
  store: Store;
  /** Opens bundles. */
  verifier: Verifier;
  arrivals: Arrivals;
  /** Where bundles lie until they are opened. */
  incoming: string;
  /** The folder of all traces. */
  traces: string;
  mostBytes: number;
}

const TYPES = ['application/x-tar', 'application/octet-stream'];

/**
 * Receives the bundle in a request's body.
 * @returns the submission's id @throws Refusal saying what is wrong with it; then nothing of it is kept @throws UncertainError see `Store.receive`
 */
export async function receive(request: IncomingMessage, caller: Caller, settings: ReceiveSettings): Promise<string> {
  checkHeaders(request, settings.mostBytes);
  const id = newId();
  await settings.arrivals.during(caller.holder, id, async (coming) => {
    await requireRoom(settings.store.db, caller, coming);
    await take(request, id, caller, settings);
  });
  return id;
}

async function take(request: IncomingMessage, id: string, caller: Caller, settings: ReceiveSettings): Promise<void> {
  const { store, verifier, incoming, traces, mostBytes } = settings;
  const folder = join(incoming, randomUUID());
  makeFolder(folder);
  let isUncertain = false;
  try {
    const path = join(folder, 'bundle.tar');
    const bundle = await download(request, path, mostBytes);
    const { bundle: opened, fault } = await verifier.open(path, join(folder, 'traces')).catch((error: Error) => {
      throw error instanceof SubmissionError ? new Refusal(422, 'not_accepted', error.message) : error;
    });
    if (fault !== null) throw new Refusal(422, 'not_accepted', fault);
    const hashes = opened.manifest.entries.flatMap((entry) => entry.traces.map(({ hash }) => hash));
    await alone(() => keepAll(join(folder, 'traces'), traces, hashes, store, () => store.receive(id, opened, bundle, caller)));
  } catch (error) {
    isUncertain = error instanceof UncertainError;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
    // The folder of one that may be kept or not stays, so that the next start looks for what nothing names (see `tidy`).
    if (isUncertain) makeFolder(folder);
  }
}

/** The hash by which a trace's file is named. */
function hashOf(path: string): string {
  return basename(path, '.gz');
}

let last: Promise<unknown> = Promise.resolve();

/** One after another: what one puts into the folder of traces and takes away again, another may need. */
function alone<T>(work: () => Promise<T>): Promise<T> {
  const next = last.then(work);
  last = next.catch(() => undefined);
  return next;
}

/**
 * Moves traces to where they stay, then has them named by the store; when it does not, those that are new are taken away again: only those of
 * which the store itself says that it names none.
 */
export async function keepAll<T>(
  from: string,
  to: string,
  hashes: readonly string[],
  store: Pick<Store, 'namedAmong'>,
  name: () => Promise<T>,
): Promise<T> {
  const moved: string[] = [];
  try {
    for (const hash of hashes) {
      const place = tracePlace(to, hash);
      if (existsSync(place)) continue;
      makeFolder(dirname(place));
      await rename(tracePlace(from, hash), place);
      moved.push(place);
    }
    for (const folder of new Set(moved.map(dirname))) syncFolder(folder);
    return await name();
  } catch (error) {
    if (error instanceof UncertainError) throw error;
    const named = await store.namedAmong(moved.map(hashOf)).catch(() => undefined);
    if (named) for (const place of moved) if (!named.has(hashOf(place))) await rm(place, { force: true });
    throw error;
  }
}

/**
 * After a crash while something was received: takes away bundles half received, and traces that no submission names. Nobody was told that
 * these are kept.
 */
export async function tidy({ store, incoming, traces }: Pick<ReceiveSettings, 'store' | 'incoming' | 'traces'>): Promise<void> {
  const left = await readdir(incoming);
  if (left.length === 0) return;
  for (const part of await readdir(traces)) {
    const files = (await readdir(join(traces, part))).filter((file) => file.endsWith('.gz'));
    const named = await store.namedAmong(files.map(hashOf));
    for (const file of files) if (!named.has(hashOf(file))) await rm(join(traces, part, file), { force: true });
  }
  for (const name of left) await rm(join(incoming, name), { recursive: true, force: true });
}

function checkHeaders({ headers }: IncomingMessage, mostBytes: number): void {
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (!TYPES.includes(type))
    throw new Refusal(
      415,
      'not_a_bundle',
      `content-type ${JSON.stringify(type.slice(0, 60))}; accepted: a bundle as ${TYPES.join(' or ')}`,
    );
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') throw new Refusal(415, 'encoded', 'content-encoding: a bundle is taken as it is, its traces are packed already'); // prettier-ignore
  const length = Number(headers['content-length']);
  if (headers['content-length'] === undefined || !Number.isSafeInteger(length) || length < 0) throw new Refusal(411, 'no_length', 'content-length: the length of the bundle is expected'); // prettier-ignore
  if (length > mostBytes) throw tooLarge(length, mostBytes);
}

function tooLarge(bytes: number, most: number): Refusal {
  return new Refusal(413, 'too_large', `a bundle of ${bytes} bytes or more; at most ${most} are taken`);
}

async function download(request: IncomingMessage, path: string, mostBytes: number): Promise<{ hash: string; bytes: number }> {
  const hash = createHash('sha256');
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLarge(bytes, mostBytes);
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return { hash: hash.digest('hex'), bytes };
}
