/**
 * Reading and writing checkpoints in the safetensors format: 8 bytes of header length, a JSON header, the tensors' bytes.
 * Source: https://github.com/huggingface/safetensors#format
 */

import { openSync, readSync, closeSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { decodeFp16, encodeBf16 } from '../formats/codes.js';
import { beginningOf, CheckpointError, impostor } from './files.js';
import { weightFiles } from './shards.js';

const BYTES = { F32: 4, F16: 2, BF16: 2 } as const;
/** Types of weights that are read; others may be in a file but not be asked for. */
export type WeightType = keyof typeof BYTES;
/** Bytes an element, of quantised codes as well. */
const SIZES: Readonly<Record<string, number>> = { ...BYTES, F8_E4M3: 1, U8: 1 };

const HEADER_LIMIT = 100_000_000;
const OPENING_BRACE = 0x7b;
/** Bytes of a tensor that are compared or copied at a time. */
const PIECE = 1 << 22;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());

/** A tensor as f32, row-major. */
export interface Tensor {
  shape: readonly number[];
  values: Float32Array;
}

interface Entry {
  file: string;
  dtype: string;
  shape: number[];
  begin: number;
  end: number;
}

/** The tensors of a checkpoint: one file, or the shards of an index. Values are read when asked for. */
export class Checkpoint {
  private constructor(
    /** The file, or the index of shards. */
    readonly where: string,
    private readonly entries: Map<string, Entry>,
    /** What lies beside it and is not read. */
    readonly notes: readonly string[] = [],
  ) {}

  /** Opens `model.safetensors` of a folder, or the shards that its index names. Throws CheckpointError. */
  static open(folder: string): Checkpoint {
    const { index, files, placed, notes } = weightFiles(folder);
    const checkpoint = Checkpoint.openFiles(index ?? files[0]!, files, notes);
    for (const [name, file] of placed) {
      const entry = checkpoint.entries.get(name);
      if (entry?.file !== file) throw new CheckpointError(`${index} says that ${file} holds tensor "${name}", and it does not`);
    }
    return checkpoint;
  }

  /** Opens one file by its path. Throws CheckpointError. */
  static openFile(file: string): Checkpoint {
    return Checkpoint.openFiles(file, [file]);
  }

  private static openFiles(where: string, files: string[], notes: readonly string[] = []): Checkpoint {
    const entries = new Map<string, Entry>();
    for (const file of files) readHeader(file, entries);
    return new Checkpoint(where, entries, notes);
  }

  get names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Whether two tensors are the same to the bit: type, shape and bytes, compared in pieces. Both must be there. */
  same(one: string, other: string): boolean {
    const [a, b] = [this.entries.get(one)!, this.entries.get(other)!];
    const length = a.end - a.begin;
    if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join() || b.end - b.begin !== length) return false;
    for (let at = 0; at < length; at += PIECE) {
      const count = Math.min(PIECE, length - at);
      if (Buffer.compare(readRange(a.file, a.begin + at, count), readRange(b.file, b.begin + at, count)) !== 0) return false;
    }
    return true;
  }

  /** Shape of a tensor; undefined when it is not there. */
  shapeOf(name: string): readonly number[] | undefined {
    return this.entries.get(name)?.shape;
  }

  /** Type, shape and size in bytes of a tensor. Throws CheckpointError when it is missing. */
  describe(name: string): { dtype: string; shape: readonly number[]; size: number } {
    const { dtype, shape, begin, end } = this.entry(name);
    return { dtype, shape, size: end - begin };
  }

  /** A tensor's bytes as they are, a few megabytes at a time. Throws CheckpointError. */
  *pieces(name: string): Generator<Uint8Array> {
    const { file, begin, end } = this.entry(name);
    for (let at = begin; at < end; at += PIECE) yield readRange(file, at, Math.min(PIECE, end - at));
  }

  /** A tensor of codes, byte by byte. Throws CheckpointError when it is missing, or has another shape or type. */
  readBytes(name: string, dtype: 'U8' | 'F8_E4M3', shape: readonly number[]): Uint8Array {
    const entry = this.shaped(name, shape);
    if (entry.dtype !== dtype) throw new CheckpointError(`${entry.file}: tensor "${name}" is ${entry.dtype}; accepted is ${dtype}`);
    return readRange(entry.file, entry.begin, entry.end - entry.begin);
  }

  /** A tensor as f32. Throws CheckpointError when it is missing, has another shape than `shape`, another type, or a NaN or infinity. */
  read(name: string, shape: readonly number[]): Tensor {
    const entry = this.shaped(name, shape);
    const fail = (what: string) => new CheckpointError(`${entry.file}: tensor "${name}" ${what}`);
    if (!isWeightType(entry.dtype)) throw fail(`is ${entry.dtype}; accepted are ${Object.keys(BYTES).join(', ')}`);
    const values = decodeAll(entry.dtype, readRange(entry.file, entry.begin, entry.end - entry.begin));
    const bad = values.findIndex((v) => !Number.isFinite(v));
    if (bad >= 0) throw fail(`holds ${values[bad]} at index ${bad}`);
    return { shape: entry.shape, values };
  }

  private entry(name: string): Entry {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new CheckpointError(`${this.where}: no tensor "${name}"`);
    return entry;
  }

  private shaped(name: string, shape: readonly number[]): Entry {
    const entry = this.entry(name);
    if (entry.shape.length !== shape.length || entry.shape.some((n, i) => n !== shape[i])) {
      throw new CheckpointError(`${entry.file}: tensor "${name}" has shape [${entry.shape}], config.json implies [${shape}]`);
    }
    return entry;
  }
}

function isWeightType(dtype: string): dtype is WeightType {
  return Object.hasOwn(BYTES, dtype);
}

function readRange(file: string, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const descriptor = openSync(file, 'r');
  try {
    let done = 0;
    while (done < length) {
      const got = readSync(descriptor, bytes, done, Math.min(length - done, 1 << 30), position + done);
      if (got === 0) throw new CheckpointError(`${file}: ends after ${position + done} bytes, ${position + length} were expected`);
      done += got;
    }
  } finally {
    closeSync(descriptor);
  }
  return bytes;
}

function readHeader(file: string, entries: Map<string, Entry>): void {
  const { size, head } = beginningOf(file);
  // A header's length, the first eight bytes, may look like any other format's beginning; what follows it does not.
  const other = head[8] === OPENING_BRACE ? undefined : impostor(head);
  if (other !== undefined) throw new CheckpointError(`${file} ${other}`);
  if (size < 8) throw new CheckpointError(`${file}: truncated: ${size} bytes are too few for a safetensors header`);
  const length = Number(new DataView(head.buffer).getBigUint64(0, true));
  if (length > HEADER_LIMIT && isPlainText(head)) {
    const start = JSON.stringify(Buffer.from(head.subarray(0, 60)).toString('latin1'));
    throw new CheckpointError(`${file} is text, not the file: it begins with ${start}; was its download refused?`);
  }
  if (length > HEADER_LIMIT) throw new CheckpointError(`${file}: a header of ${length} bytes; not a safetensors file?`);
  if (8 + length > size) throw new CheckpointError(`${file}: truncated: the header ends at byte ${8 + length}, the file at ${size}`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(readRange(file, 8, length)));
  } catch (cause) {
    throw new CheckpointError(`${file}: the header is not JSON: ${(cause as Error).message}; not a safetensors file?`, { cause });
  }
  const header = headerSchema.safeParse(json);
  if (!header.success) throw new CheckpointError(`${file}: the header is no JSON object`);
  const own: [name: string, begin: number, end: number][] = [];
  for (const [name, value] of Object.entries(header.data)) {
    if (name === '__metadata__') continue;
    const entry = entrySchema.safeParse(value);
    if (!entry.success) throw new CheckpointError(`${file}: tensor "${name}": ${z.prettifyError(entry.error)}`);
    const { dtype, shape, data_offsets: offsets } = entry.data;
    const count = shape.reduce((product, n) => product * n, 1);
    const needed = Object.hasOwn(SIZES, dtype) ? count * SIZES[dtype]! : undefined;
    if (needed !== undefined && offsets[1] - offsets[0] !== needed) {
      throw new CheckpointError(
        `${file}: tensor "${name}" [${shape}] ${dtype} needs ${needed} bytes, its offsets give ${offsets[1] - offsets[0]}`,
      );
    }
    const [begin, end] = [8 + length + offsets[0], 8 + length + offsets[1]];
    if (end < begin || end > size)
      throw new CheckpointError(`${file}: truncated: tensor "${name}" ends at byte ${end}, the file at ${size}`);
    if (entries.has(name)) throw new CheckpointError(`${file}: tensor "${name}" is in another shard too`);
    entries.set(name, { file, dtype, shape, begin, end });
    own.push([name, begin, end]);
  }
  checkCover(file, own, 8 + length, size);
}

/** Every byte after the header belongs to one tensor, as the format asks: else a tensor is another's bytes, or some are nobody's. */
function checkCover(file: string, tensors: [name: string, begin: number, end: number][], start: number, size: number): void {
  if (tensors.length === 0) return;
  let covered = start;
  for (const [name, begin, end] of tensors.sort(([, a, to], [, b, until]) => a - b || to - until)) {
    if (begin < covered) throw new CheckpointError(`${file}: tensor "${name}" lies over the bytes of another one`);
    if (begin > covered) throw new CheckpointError(`${file}: ${begin - covered} bytes before tensor "${name}" belong to no tensor`);
    covered = end;
  }
  if (covered !== size) throw new CheckpointError(`${file}: ${size - covered} bytes after the last tensor`);
}

function isPlainText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

function decodeAll(dtype: WeightType, bytes: Uint8Array): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer);
  const halves = new Uint16Array(bytes.buffer);
  const values = new Float32Array(halves.length);
  if (dtype === 'BF16') {
    // BF16 is the upper half of f32.
    const words = new Uint32Array(values.buffer);
    for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  } else {
    for (let i = 0; i < halves.length; i++) values[i] = decodeFp16(halves[i]!);
  }
  return values;
}

/** What `writeSafetensors` takes: values are rounded to `dtype` (nearest, ties to even). */
export interface TensorToWrite extends Tensor {
  dtype: 'F32' | 'BF16';
}

/** Writes a safetensors file, tensors in the order given. */
export function writeSafetensors(file: string, tensors: ReadonlyMap<string, TensorToWrite>): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, values }] of tensors) {
    const data = dtype === 'F32' ? Float32Array.from(values) : Uint16Array.from(values, encodeBf16);
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    parts.push(new Uint8Array(data.buffer));
    offset += data.byteLength;
  }
  const json = JSON.stringify(header);
  // Padded with spaces so that the tensors start on 8 bytes, as the format asks.
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  writeFileSync(file, Buffer.concat([length, text, ...parts]));
}
