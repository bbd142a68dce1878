/**
 * Compiles fpx/kernels/assembly to dist/fpx/kernels/, twice from the same sources: kernels.wasm in plain SIMD, kernels-relaxed.wasm in relaxed
 * SIMD. Does nothing when both are newer than every source.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'assembly');
const folder = join(here, '..', '..', 'dist', 'fpx', 'kernels');
const targets = [
  { path: join(folder, 'kernels.wasm'), features: ['simd'] },
  { path: join(folder, 'kernels-relaxed.wasm'), features: ['simd', 'relaxed-simd'] },
];

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** AssemblyScript decorates plain functions, which TypeScript's tools cannot parse: sources write `// @inline` instead. */
function readFile(name, base) {
  try {
    return readFileSync(join(base, name), 'utf8').replaceAll(/^\/\/ @inline$/gm, '@inline');
  } catch {
    return null;
  }
}

async function compile({ path, features }) {
  const options = [
    ...['--baseDir', sources, '--outFile', 'kernels.wasm', '--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert'],
    ...[...features.flatMap((feature) => ['--enable', feature]), '--importMemory', '--initialMemory', '1', '--use', 'abort='],
  ];
  let binary;
  const writeFile = (_name, contents) => void (binary = contents);
  const { error, stderr } = await asc.main(['index.ts', ...options], { readFile, writeFile, listFiles: () => null });
  if (error) throw new Error(`kernels: ${error.message}\n${stderr.toString()}`);
  mkdirSync(folder, { recursive: true });
  // In one step, so that a process starting meanwhile never reads half a module.
  writeFileSync(`${path}.${process.pid}`, binary);
  renameSync(`${path}.${process.pid}`, path);
}

const inputs = [fileURLToPath(import.meta.url), ...readdirSync(sources).map((name) => join(sources, name))];
const newest = Math.max(...inputs.map(changedAt));
for (const target of targets) if (changedAt(target.path) <= newest) await compile(target);
