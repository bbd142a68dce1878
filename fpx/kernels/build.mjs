/**
 * Compiles fpx/kernels/assembly to dist/fpx/kernels/, twice from the same sources: kernels.wasm in plain SIMD, kernels-relaxed.wasm in relaxed
 * SIMD. Beside each a -shared.wasm, which differs in one bit: its memory may be shared by several threads. Does nothing when all are newer
 * than every source.
 */

import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'assembly');
const folder = join(here, '..', '..', 'dist', 'fpx', 'kernels');
const targets = [
  { name: 'kernels', features: ['simd'] },
  { name: 'kernels-relaxed', features: ['simd', 'relaxed-simd'] },
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

/** How the module says that it takes its memory from outside: `env`, `memory`, the kind, then flags: a largest size (1), shared (2). */
const MEMORY_IMPORT = Buffer.from('\x03env\x06memory\x02\x03', 'latin1');

/** The same module for a memory that is one thread's alone: such memory is given back sooner, and nothing in the code depends on it. */
function unshared(binary) {
  const copy = Buffer.from(binary);
  const at = copy.indexOf(MEMORY_IMPORT);
  if (at < 0) throw new Error('kernels: the module imports no shared memory');
  copy[at + MEMORY_IMPORT.length - 1] = 1;
  return copy;
}

/** In one step, so that a process starting meanwhile never reads half a module. */
function write(path, binary) {
  writeFileSync(`${path}.${process.pid}`, binary);
  renameSync(`${path}.${process.pid}`, path);
}

async function compile({ name, features }) {
  const options = [
    ...['--baseDir', sources, '--outFile', 'kernels.wasm', '--runtime', 'stub', '--optimizeLevel', '3', '--converge', '--noAssert'],
    ...[...features.flatMap((feature) => ['--enable', feature]), '--importMemory', '--initialMemory', '1', '--use', 'abort='],
    // A shared memory needs a largest size: 4 GiB.
    ...['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'],
  ];
  let binary;
  const writeFile = (_name, contents) => void (binary = contents);
  const { error, stderr } = await asc.main(['index.ts', ...options], { readFile, writeFile, listFiles: () => null });
  if (error) throw new Error(`kernels: ${error.message}\n${stderr.toString()}`);
  mkdirSync(folder, { recursive: true });
  write(join(folder, `${name}-shared.wasm`), binary);
  write(join(folder, `${name}.wasm`), unshared(binary));
}

const inputs = [fileURLToPath(import.meta.url), ...readdirSync(sources).map((name) => join(sources, name))];
const newest = Math.max(...inputs.map(changedAt));
const upToDate = ({ name }) => ['', '-shared'].every((kind) => changedAt(join(folder, `${name}${kind}.wasm`)) > newest);
for (const target of targets) if (!upToDate(target)) await compile(target);
