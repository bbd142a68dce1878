/** Compiles fpx/kernels/assembly to dist/fpx/kernels/kernels.wasm; does nothing when that is newer than every source. */

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'assembly');
const target = join(here, '..', '..', 'dist', 'fpx', 'kernels', 'kernels.wasm');

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** AssemblyScript decorates plain functions, which TypeScript's tools cannot parse: sources write `// @inline` instead. */
function readFile(name, folder) {
  try {
    return readFileSync(join(folder, name), 'utf8').replaceAll(/^\/\/ @inline$/gm, '@inline');
  } catch {
    return null;
  }
}

async function compile() {
  const options = [
    ...['--baseDir', sources, '--outFile', 'kernels.wasm', '--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert'],
    ...['--enable', 'simd', '--importMemory', '--initialMemory', '1', '--use', 'abort='],
  ];
  let binary;
  const writeFile = (_name, contents) => void (binary = contents);
  const { error, stderr } = await asc.main(['index.ts', ...options], { readFile, writeFile, listFiles: () => null });
  if (error) throw new Error(`kernels: ${error.message}\n${stderr.toString()}`);
  mkdirSync(dirname(target), { recursive: true });
  // In one step, so that a process starting meanwhile never reads half a module.
  writeFileSync(`${target}.${process.pid}`, binary);
  renameSync(`${target}.${process.pid}`, target);
}

const inputs = [fileURLToPath(import.meta.url), ...readdirSync(sources).map((name) => join(sources, name))];
if (changedAt(target) <= Math.max(...inputs.map(changedAt))) await compile();
