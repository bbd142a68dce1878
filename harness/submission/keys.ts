/** A submitter's key pair (ed25519): what a bundle is signed with. The private one stays in a file that its owner alone may read, and is never shown. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileFault } from '../host/fault.js';
import { makeFolder } from '../host/folder.js';
import { SubmissionError } from './errors.js';

/** A key pair for signing; `publicText` is what others know it by. */
export interface Keys {
  publicText: string;
  privateKey: KeyObject;
}

/** How a public key is written: `ed25519:` and its 32 bytes in base64url. */
export const PUBLIC_KEY = /^ed25519:[A-Za-z0-9_-]{43}$/;
/** How a signature is written: 64 bytes in base64url. */
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/;

/** What every signature is made over first, so that one made for something else says nothing here. */
const DOMAIN = Buffer.from('tickbench bundle.v1\n');

/** Where a key is looked for: TICKBENCH_KEY, else in the user's own folder. */
export function usualKeyFile(): string {
  return process.env.TICKBENCH_KEY ?? join(homedir(), '.config', 'tickbench', 'key.pem');
}

/** Keys of this process alone, for a bundle that nobody is sent. */
export function passingKeys(): Keys {
  return keysOf(generateKeyPairSync('ed25519').privateKey);
}

/** Makes a key pair and writes it, readable by its owner alone. @throws SubmissionError when a file is there already, or cannot be written */
export function makeKeys(path: string): Keys {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    makeFolder(dirname(path));
    const file = openSync(path, 'wx', 0o600);
    try {
      writeSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new SubmissionError(`${path}: a key is there already, and is kept: what it signed belongs to it; --key FILE makes another`);
    throw new SubmissionError(`${path}: ${fileFault(error)}`);
  }
  return keysOf(privateKey);
}

/** Reads a key pair. @throws SubmissionError when there is none, others may read it, or it is no ed25519 key */
export function readKeys(path: string): Keys {
  let text: string;
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0)
      throw new SubmissionError(
        `${path}: others than its owner may read this private key (mode ${(mode & 0o777).toString(8)}); run: chmod 600 ${path}`,
      );
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof SubmissionError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SubmissionError(missing ? `${path}: no key there; tickbench keys makes one` : `${path}: ${fileFault(error)}`);
  }
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'ed25519') return keysOf(key);
  } catch {
    // told below; what is in the file is not
  }
  throw new SubmissionError(`${path}: no ed25519 private key as PEM; tickbench keys makes one`);
}

function keysOf(privateKey: KeyObject): Keys {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return { publicText: `ed25519:${x}`, privateKey };
}

/** Signs bytes. */
export function signature({ privateKey }: Keys, bytes: Uint8Array): string {
  return sign(null, Buffer.concat([DOMAIN, bytes]), privateKey).toString('base64url');
}

/** Whether the owner of a public key signed these bytes. @param publicText as PUBLIC_KEY has it */
export function isSigned(publicText: string, bytes: Uint8Array, signed: string): boolean {
  if (!PUBLIC_KEY.test(publicText) || !SIGNATURE.test(signed)) return false;
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicText.slice('ed25519:'.length) }, format: 'jwk' });
    return verify(null, Buffer.concat([DOMAIN, bytes]), key, Buffer.from(signed, 'base64url'));
  } catch {
    return false; // no point on the curve
  }
}

/** First digits of a public key's hash, for people to compare. */
export function fingerprint(publicText: string): string {
  return createHash('sha256').update(publicText).digest('hex').slice(0, 16);
}
