/** Where the installed package is: weights and the compiled kernels are found from here. */

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

let found: string | undefined;

/** The folder whose package.json is named "tickbench", walking up from this file. Throws when there is none. */
export function packageRoot(): string {
  if (found !== undefined) return found;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest)) {
      const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
      if (name === 'tickbench') return (found = folder);
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no package.json named "tickbench" above ${fileURLToPath(import.meta.url)}`);
    folder = parent;
  }
}
