/**
 * Files of a model folder, read with a name for what they really are: what stands where weights or JSON should be is very often a Git LFS
 * pointer, a web page that a download was answered with, a file of another format, or the first part of one.
 */

import { closeSync, existsSync, fstatSync, lstatSync, openSync, readFileSync, readSync } from 'node:fs';

/** A file of a model folder that is not what it should be: names the file and what is wrong. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Bytes at a file's beginning that are enough to tell what it is. */
const HEAD_BYTES = 512;

/** Beginnings of what is found in the place of a model's files. */
const IMPOSTORS: [beginning: RegExp | string, what: string][] = [
  [
    /^version https:\/\/git-lfs\.github\.com\/spec\//,
    'is a Git LFS pointer, not the file itself: fetch it (`git lfs pull`), or download the file from where the checkpoint is published',
  ],
  [/^# xet version/, 'is a Xet pointer, not the file itself: download the file from where the checkpoint is published'],
  [/^[./]*(\.git)?\/?annex\/objects\//, 'is a git-annex pointer, not the file itself: fetch it (`git annex get`)'],
  [/^\s*<(!doctype|html|\?xml)/i, 'is a web page, not the file: its download was refused or redirected'],
  ['GGUF', 'is a GGUF file: accepted are checkpoints in the safetensors format'],
  ['PK\x03\x04', 'is a zip archive (a PyTorch checkpoint?): accepted are checkpoints in the safetensors format'],
  ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'].map((protocol): [string, string] => [
    protocol,
    'is a pickled PyTorch checkpoint: accepted are checkpoints in the safetensors format',
  ]),
  ['\x1f\x8b', 'is compressed with gzip: unpack it'],
  [/^(\xff\xfe|\xfe\xff)/, 'is text in UTF-16: save it as UTF-8'],
  ['\x00'.repeat(64), 'begins with zeros: its download has not finished'],
];

/** What a file is when it is clearly something else than a model's file; undefined when its beginning does not say. */
export function impostor(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'is empty';
  const text = Buffer.from(head.subarray(0, HEAD_BYTES)).toString('latin1');
  return IMPOSTORS.find(([beginning]) => (typeof beginning === 'string' ? text.startsWith(beginning) : beginning.test(text)))?.[1];
}

/** The text of a JSON or Jinja file. @throws CheckpointError when it cannot be read or is clearly something else */
export function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new CheckpointError(`${file} ${troubleOf(cause)}`, { cause });
  }
  const other = impostor(bytes);
  if (other !== undefined) throw new CheckpointError(`${file} ${other}`);
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** The same, undefined where there is no such file. */
export function readTextIfThere(file: string): string | undefined {
  try {
    return readText(file);
  } catch (error) {
    if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A JSON file's value. @throws CheckpointError */
export function readJson(file: string): unknown {
  return parseJson(file, readText(file));
}

/** The same, undefined where there is no such file. */
export function readJsonIfThere(file: string): unknown {
  const text = readTextIfThere(file);
  return text === undefined ? undefined : parseJson(file, text);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(`${file} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Size and first bytes of a file. @throws CheckpointError when it cannot be read */
export function beginningOf(file: string): { size: number; head: Uint8Array } {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    const head = new Uint8Array(Math.min(size, HEAD_BYTES));
    return { size, head: head.subarray(0, readSync(descriptor, head, 0, head.length, 0)) };
  } catch (cause) {
    throw new CheckpointError(`${file} ${troubleOf(cause)}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** What is wrong with a link to nothing: caches of downloads hold their files by links. */
export const BROKEN_LINK =
  'is a link to a file that is not there: download it again, or copy the folder with the files that its links name';

/** Whether something is a symbolic link whose file is not there. */
export function isBrokenLink(file: string | undefined): boolean {
  return file !== undefined && !existsSync(file) && lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function troubleOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === 'ENOENT') return isBrokenLink((cause as NodeJS.ErrnoException).path) ? BROKEN_LINK : 'is missing';
  if (code === 'EISDIR') return 'is a folder';
  return `cannot be read: ${message}`;
}
