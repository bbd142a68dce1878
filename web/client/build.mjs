/**
 * Builds the pages: dist/web/client, and what a report's page carries in itself, dist/web/report. Does nothing when both are newer than everything that
 * they may be made of: what is installed, started and tested one after the other is built once.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

const root = join(import.meta.dirname, '..', '..');
const SOURCES = ['web', 'envs', 'scoring', 'harness', 'package.json', 'package-lock.json'];
const TARGETS = ['dist/web/client/index.html', 'dist/web/report/report.js'];
const CONFIGS = ['vite.config.mjs', 'report.config.mjs'];

/** When a file, or a folder with anything in it, was changed last, in milliseconds since 1970; 0 where there is none. A folder changes when a file in it goes. */
function changedAt(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return 0;
  return found.isDirectory() ? Math.max(found.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name)))) : found.mtimeMs;
}

const built = Math.min(...TARGETS.map((path) => changedAt(join(root, path))));
if (SOURCES.some((path) => changedAt(join(root, path)) >= built))
  for (const name of CONFIGS) await build({ configFile: join(import.meta.dirname, name), logLevel: 'warn' });
