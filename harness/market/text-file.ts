/** Opens files of market data as text: unpacks gzip, reads UTF-8 and UTF-16, and refuses by name what holds no text. */
import { readFileSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import * as zlib from 'node:zlib';
import { fileFault } from '../host/fault.js';
import { MarketError } from './errors.js';

/** Bytes read at once. */
const CHUNK = 1 << 20;

/** Bytes at the beginning that tell what a file is: a zip archive names its first member within them. */
const HEAD_BYTES = 64;
/** What a spreadsheet's workbook, a zip archive, begins with. */
const WORKBOOK = /^PK.{28}(\[Content_Types\]\.xml|_rels\/|docProps\/|xl\/|mimetype)/s;

/** Files that are no text, by their first bytes. */
const KNOWN: readonly [name: string, unpacks: string | undefined, bytes: readonly number[]][] = [
  ['packed with zstd', 'zstd -d', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a zip archive', 'unzip', [0x50, 0x4b, 0x03, 0x04]],
  ['packed with xz', 'xz -d', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['packed with bzip2', 'bzip2 -d', [0x42, 0x5a, 0x68]],
  ['a 7-Zip archive', '7z x', [0x37, 0x7a, 0xbc, 0xaf]],
  ["Databento's binary DBN", 'dbn FILE --csv', [0x44, 0x42, 0x4e]],
  ['a Parquet table', undefined, [0x50, 0x41, 0x52, 0x31]],
  ['an Arrow table', undefined, [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
  ['a Feather table', undefined, [0x46, 0x45, 0x41, 0x31]],
  ['an HDF5 file', undefined, [0x89, 0x48, 0x44, 0x46]],
  ['a pickle of Python', undefined, [0x80, 0x04, 0x95]],
  ['a pickle of Python', undefined, [0x80, 0x05, 0x95]],
  ["a spreadsheet's workbook", undefined, [0xd0, 0xcf, 0x11, 0xe0]],
];

/** What unpacks zstd, in the versions of Node that have it. */
const { createZstdDecompress: unzstd, zstdDecompressSync: unzstdSync } = zlib as {
  createZstdDecompress?: () => NodeJS.ReadWriteStream & Readable;
  zstdDecompressSync?: (bytes: Buffer, limits: { maxOutputLength: number }) => Buffer;
};

/**
 * The text of a file, piece by piece, so that a file of any length takes little memory.
 * Gzip is unpacked (zstd too, where this version of Node can), whatever the file is called.
 * @param accepted the kinds of file the caller can use, for the refusal
 * @throws MarketError when the file cannot be read, or holds no text
 */
export async function* textOf(path: string, accepted: string): AsyncGenerator<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    if ((await file.stat()).isDirectory()) throw new MarketError(`${path}: is a folder; accepted: a file of ${accepted}`);
    let bytes: AsyncIterable<Buffer> = bytesOf(file);
    const packing = packingOf(path, await firstBytes(file), accepted);
    if (packing !== undefined) bytes = unpacked(path, bytes, packing === 'gzip' ? zlib.createGunzip() : unzstd!());
    yield* decoded(path, bytes, accepted);
  } catch (error) {
    if (error instanceof MarketError) throw error;
    throw new MarketError(`${path}: ${fileFault(error)}`);
  } finally {
    await file?.close();
  }
}

/** The first bytes, without moving on; none where a file cannot be read at a place (a pipe). */
async function firstBytes(file: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(HEAD_BYTES);
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return head.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESPIPE') return Buffer.alloc(0);
    throw error;
  }
}

/** How a file that begins so is packed; undefined where it is not. @throws MarketError when it is no text, or this version cannot unpack it */
function packingOf(path: string, head: Buffer, accepted: string): 'gzip' | 'zstd' | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  if (WORKBOOK.test(head.subarray(0, HEAD_BYTES).toString('latin1')))
    throw new MarketError(`${path}: is a spreadsheet's workbook; accepted: ${accepted} (save the sheet as CSV)`);
  const known = KNOWN.find(([, , bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (known === undefined) return undefined;
  const [name, unpacks] = known;
  if (unpacks === 'zstd -d' && unzstd !== undefined) return 'zstd';
  const how = unpacks === undefined ? ' (save it as CSV with the program that wrote it)' : ` (\`${unpacks}\` makes text of it)`;
  throw new MarketError(`${path}: is ${name}${how}; accepted: ${accepted}, as it is or packed with gzip`);
}

/** An error of unpacking in words; undefined when it is another. */
function packedFault(error: unknown): string | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith('Z_') || code?.startsWith('ZSTD_')
    ? `its packing is cut off or damaged (${message}); accepted: a whole file`
    : undefined;
}

/** By the mark at the start of a text: UTF-16 as some programs save it, else UTF-8. */
function decoderOf(bytes: Buffer): TextDecoder {
  const mark = bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8');
}

async function* bytesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unpacked(path: string, bytes: AsyncIterable<Buffer>, unpacker: NodeJS.ReadWriteStream & Readable): AsyncGenerator<Buffer> {
  const feed = async (): Promise<void> => {
    for await (const chunk of bytes) if (!unpacker.write(chunk)) await new Promise((go) => unpacker.once('drain', go).once('close', go));
    unpacker.end();
  };
  const fed = feed().catch((error: Error) => void unpacker.destroy(error));
  try {
    for await (const chunk of unpacker as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    const told = packedFault(error);
    throw told === undefined ? error : new MarketError(`${path}: ${told}`);
  } finally {
    unpacker.destroy();
    await fed;
  }
}

async function* decoded(path: string, bytes: AsyncIterable<Buffer>, accepted: string): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of bytes) {
    decoder ??= decoderOf(chunk);
    const text = decoder.decode(chunk, { stream: true });
    if (text.includes('\0')) throw new MarketError(`${path}: holds bytes that are no text; accepted: ${accepted}, as text`);
    yield text;
  }
  if (decoder !== undefined) yield decoder.decode();
}

/** Longest file that is read whole, in bytes, packed or not. */
const MOST = 50_000_000;

/** A whole file's text. @throws MarketError when it cannot be read, holds no text, or is longer than any day of bars */
export function wholeText(path: string, accepted: string): string {
  const tooLong = new MarketError(`${path}: is over ${MOST / 1_000_000} MB; accepted: ${accepted}, a file of fewer days`);
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) throw new MarketError(`${path}: is a folder; accepted: a file of ${accepted}`);
    if (stat.isCharacterDevice() || stat.isBlockDevice()) throw new MarketError(`${path}: is a device; accepted: a file of ${accepted}`);
    if (stat.size > MOST) throw tooLong;
    let bytes: Buffer = readFileSync(path);
    const unpacks = packingOf(path, bytes, accepted);
    if (unpacks !== undefined) bytes = (unpacks === 'gzip' ? zlib.gunzipSync : unzstdSync!)(bytes, { maxOutputLength: MOST });
    const decoder = decoderOf(bytes);
    const text = decoder.decode(bytes);
    if (text.includes('\0')) throw new MarketError(`${path}: holds bytes that are no text; accepted: ${accepted}, as text`);
    return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLong;
    throw error instanceof MarketError ? error : new MarketError(`${path}: ${packedFault(error) ?? fileFault(error)}`);
  }
}
