/**
 * Compiles the TypeScript that Node runs, tests included, to dist/: file by file, one .js for each .ts, with a source map. What no source
 * stands behind any more is cleared away. Types are not looked at here (`npm run typecheck` does it): with them a build takes ten times as
 * long, and the first command of a fresh clone waits for it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, normalize, relative, resolve } from 'node:path';
import { build, transformWithOxc } from 'vite';

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

/**
 * The const enums that files export, as `FILE NAME` to their members. A compiler of single files makes objects of them, which the market's
 * innermost loop would read at every use.
 */
const constants = new Map();
for (const source of sources)
  for (const [, name, body] of readFileSync(join(root, source), 'utf8').matchAll(/^export const enum (\w+) \{([^}]*)\}/gm)) {
    const members = body.replace(/\/\*.*?\*\/|\/\/.*$/gms, '').split(',').map((each) => each.trim()).filter((each) => each !== ''); // prettier-ignore
    const numbers = members.map((each) => /^(\w+) = (-?\d+)$/.exec(each) ?? fail(`${source}: ${name}: "${each}"; accepted: NAME = NUMBER`));
    constants.set(`${source} ${name}`, new Map(numbers.map(([, member, number]) => [member, `(${number})`])));
  }

function fail(message) {
  throw new Error(message);
}

/** Puts the numbers of const enums that a file imports in their place. */
function withConstants(source, text, code) {
  for (const [, names, from] of text.matchAll(/^import \{([^}]*)\} from '(\.[^']*)\.js';/gm))
    for (const name of names.split(',').map((each) => each.trim())) {
      const members = constants.get(`${normalize(join(dirname(source), from))}.ts ${name}`);
      if (members)
        code = code.replace(new RegExp(`(?<![\\w.$])${name}\\.(\\w+)`, 'g'), (_, member) => members.get(member) ?? fail(`${source}: ${name}.${member} is not there`)); // prettier-ignore
    }
  return code;
}

/** Compiles one file. @throws with its name and place where it is no TypeScript, or could not be compiled by itself */
async function compile(source) {
  const target = join('dist', source).replace(/\.ts$/, '.js');
  const path = join(root, source);
  const text = readFileSync(path, 'utf8');
  const { code, map } = await transformWithOxc(text, path, { target: 'node20.11', sourcemap: true });
  mkdirSync(join(root, dirname(target)), { recursive: true });
  const { sourcesContent: _, ...shown } = map;
  shown.sources = [relative(dirname(target), source)];
  writeFileSync(join(root, `${target}.map`), JSON.stringify(shown));
  writeFileSync(join(root, target), `${withConstants(source, text, code)}\n//# sourceMappingURL=${basename(target)}.map\n`);
}

await Promise.all(sources.map(compile));

const kept = new Set(sources.map((name) => join('dist', name).replace(/\.ts$/, '')));
for (const room of ROOMS)
  for (const name of filesIn(join('dist', room), /\.(?:js(?:\.map)?|d\.ts)$/))
    if (name.endsWith('.d.ts') || !kept.has(name.replace(/\.js(?:\.map)?$/, ''))) rmSync(join(root, name));

/**
 * The program as people start it, in few files: dist/tickbench/main.js and the processes and threads it starts. Node takes a millisecond or two for
 * every file, and a command stands on hundreds: bundled it starts in half the time. The engine and the page's server stay as they are: processes of
 * their own, started by their paths.
 */
const BUNDLED = /^(?:envs|scoring|harness)\//;
const isBundled = (path) =>
  BUNDLED.test(relative(join(root, 'dist'), path)) || /^node_modules\/(?:zod|@stdlib)\//.test(relative(root, path));
const entries = new Map([['main', 'harness/cli/main.js']]);
for (const source of sources.filter((name) => BUNDLED.test(name)))
  for (const [, name] of readFileSync(join(root, source), 'utf8').matchAll(/new URL\('\.\/([\w-]+)\.js', import\.meta\.url\)/g)) {
    const file = join(dirname(source), `${name}.js`);
    if (entries.has(name))
      fail(`${source}: starts ${file}, and ${entries.get(name)} has that name too; accepted: names that no other started file has`);
    entries.set(name, file);
  }
await build({
  configFile: false,
  logLevel: 'warn',
  root,
  publicDir: false,
  build: {
    ssr: true,
    target: 'node20.11',
    outDir: join(root, 'dist/tickbench'),
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: Object.fromEntries([...entries].map(([name, file]) => [name, join(root, 'dist', file)])),
      // Libraries are found where they are installed, but for those that come in a hundred files.
      external: (id, from) =>
        /^[./]/.test(id) ? from !== undefined && !isBundled(resolve(dirname(from), id)) : !/^(?:zod|@stdlib)(?:\/|$)/.test(id),
      output: { entryFileNames: '[name].js', chunkFileNames: 'part-[name]-[hash].js' },
    },
  },
  ssr: { noExternal: true },
});
