/**
 * A model's identity: a hash of everything that decides what it answers. Two folders with the same identity give the same logits and the
 * same text for the same request; whatever changes a result (a shard, a template, a tokenizer file, the precision map, the engine)
 * changes it.
 * Names, places and what only changes the speed (threads, the prefix cache) are no part of it.
 */

import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { engineBuild } from '../build.js';
import { AS_SAVED, type PrecisionChoice } from '../formats/precision.js';
import { weightFiles } from './shards.js';

/** Files beside the weights that are read, when they are there. */
const SMALL_FILES = [
  ...['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'],
  'hf_quant_config.json',
];

/** What an identity was made of; every hash is a SHA-256 in hex. */
export interface ModelIdentity {
  /** Over all that follows. */
  hash: string;
  /** Each file's own hash (the one by which Git LFS knows it). A sharded checkpoint's index counts by the shards that it names. */
  files: Record<string, string>;
  /** Hash of the precision map, its keys sorted. */
  precision: string;
  /** Hash of the compiled engine, its kernels and the libraries that tokenise and fill in templates. */
  engine: string;
}

/** Hashes a model folder under a precision map. Reads each file once, in pieces. @throws CheckpointError when there are no weights */
export async function identify(folder: string, precision: PrecisionChoice): Promise<ModelIdentity> {
  const files = await hashedFiles(folder);
  const parts = { files, precision: hashOf(sorted(precision)), engine: engineBuild() };
  return { hash: hashOf(parts), ...parts };
}

/**
 * By which a model's files are known again, whatever formats they are rounded to and whichever build reads them: what a calibration names.
 * 16 hexadecimal digits. @throws CheckpointError when there are no weights
 */
export async function filesIdentity(folder: string): Promise<string> {
  return hashOf(await hashedFiles(folder)).slice(0, 16);
}

/** Each file that decides what a model answers, by name, with its own hash. */
async function hashedFiles(folder: string): Promise<Record<string, string>> {
  const small = SMALL_FILES.filter((name) => existsSync(join(folder, name))).map((name) => join(folder, name));
  const files: Record<string, string> = {};
  for (const file of [...weightFiles(folder).files, ...small].sort()) files[basename(file)] = await hashOfFile(file);
  return files;
}

/** What a checkpoint saved is in its files, which are hashed already. */
function sorted(precision: PrecisionChoice): unknown {
  if (precision === AS_SAVED) return AS_SAVED;
  return { default: precision.default, units: Object.entries(precision.units).sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

async function hashOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
