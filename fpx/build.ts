/** Which build of the engine this is. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { packageRoot } from './root.js';

/** Libraries of other people that decide what tokens a request becomes. */
const LIBRARIES = ['@huggingface/jinja', '@huggingface/tokenizers'] as const;

/** Rooms that only measure and choose: the engine loads nothing of them. */
const TOOLS = /^(?:sensitivity|assignment|export)\//;

let known: string | undefined;

/**
 * SHA-256 over the engine as it is compiled: every script and the kernels below dist/fpx but those of its tools, by path and content, and
 * the versions of the libraries that tokenise and fill in templates. Computed once a process. Any change of the engine's code changes it, so that no result
 * of another build is taken for this one's.
 */
export function engineBuild(): string {
  if (known !== undefined) return known;
  const root = packageRoot();
  const folder = join(root, 'dist', 'fpx');
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(js|wasm)$/.test(name));
  const own = files.map((each) => each.split(sep).join('/')).filter((name) => !TOOLS.test(name));
  for (const name of own.sort()) {
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(folder, name)))
      .update('\0');
  }
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  for (const name of LIBRARIES) hash.update(`${name}@${dependencies[name]}\0`);
  return (known = hash.digest('hex'));
}
