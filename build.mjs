/**
 * Compiles the TypeScript that Node runs, tests included, to dist/: file by file, one .js for each .ts, with a source map. What no source
 * stands behind any more is cleared away. Types are not looked at here (`npm run typecheck` does it): with them a build takes ten times as
 * long, and the first command of a fresh clone waits for it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { transformWithOxc } from 'vite';

const ROOMS = ['envs', 'scoring', 'harness', 'fpx', 'models', 'web/server', 'test'];
/** AssemblyScript, which fpx/kernels/build.mjs compiles. */
const ASSEMBLY = join('fpx', 'kernels', 'assembly');

const root = import.meta.dirname;

/** Paths of the files below a room that end so, from the root. */
function filesIn(folder, ending) {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => ending.test(name))
      .map((name) => join(folder, name));
  } catch (error) {
    if (error.code === 'ENOENT') return []; // dist before its first build
    throw error;
  }
}

const sources = ROOMS.flatMap((room) => filesIn(room, /(?<!\.d)\.ts$/)).filter((name) => !name.startsWith(ASSEMBLY));

/** Compiles one file. @throws with its name and place where it is no TypeScript, or could not be compiled by itself */
async function compile(source) {
  const target = join('dist', source).replace(/\.ts$/, '.js');
  const path = join(root, source);
  const { code, map } = await transformWithOxc(readFileSync(path, 'utf8'), path, { target: 'node20.11', sourcemap: true });
  mkdirSync(join(root, dirname(target)), { recursive: true });
  const { sourcesContent: _, ...shown } = map;
  shown.sources = [relative(dirname(target), source)];
  writeFileSync(join(root, `${target}.map`), JSON.stringify(shown));
  writeFileSync(join(root, target), `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
}

await Promise.all(sources.map(compile));

const kept = new Set(sources.map((name) => join('dist', name).replace(/\.ts$/, '')));
for (const room of ROOMS)
  for (const name of filesIn(join('dist', room), /\.(?:js(?:\.map)?|d\.ts)$/))
    if (name.endsWith('.d.ts') || !kept.has(name.replace(/\.js(?:\.map)?$/, ''))) rmSync(join(root, name));
