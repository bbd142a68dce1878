/** Tasks' names stand in their own rooms and in the files that list the tasks; everywhere else code asks the task. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../harness/host/root.js';
import { taskNamed, taskNames } from '../harness/match/tasks.js';

/** Rooms that belong to one task, and those of the published tables, which are of two. */
const TASK_ROOMS = [
  'scoring/hft/',
  'scoring/fighter/',
  'harness/market/',
  'harness/cli/market/',
  'harness/cli/fighter/',
  'harness/paper/',
  'harness/cli/paper/',
  'web/server/market/',
  'web/client/src/market/',
  'web/client/src/fighter/',
];
/** What lists the tasks: for the harness, for the program's verbs, for the page and for its server. */
const LISTS = ['harness/match/tasks.ts', 'harness/cli/verbs.ts', 'web/client/src/tasks.ts', 'web/server/pasts.ts'];

/** The first words of tasks' names and of the folders that they live in. */
const NAMES = new Set(taskNames().flatMap((name) => [name, taskNamed(name).folder ?? name]).map((name) => name.split(/[-/]/)[0]!)); // prettier-ignore

/** Whether a text has a task's name as one of its words, also inside an identifier (`isFighter`, `HftScene`). */
function names(text: string): boolean {
  const words = text.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g) ?? [];
  return words.some((word) => NAMES.has(word.toLowerCase().replace(/s$/, '')));
}

/** Source lines that name a task. Examples in help texts may: people type names. */
function named(path: string): string[] {
  return readFileSync(join(packageRoot(), path), 'utf8')
    .split('\n')
    .flatMap((line, i) => (names(line) && !line.includes('$ tickbench ') ? [`${path}:${i + 1}: ${line.trim()}`] : []));
}

const sources = ['harness', 'scoring', 'web']
  .flatMap((room) => readdirSync(join(packageRoot(), room), { recursive: true, encoding: 'utf8' }).map((path) => `${room}/${path}`))
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => path.endsWith('.ts'));

describe('the rooms', () => {
  it('of generic code name no task', () => {
    const generic = sources.filter((path) => !LISTS.includes(path) && !TASK_ROOMS.some((room) => path.startsWith(room)));
    expect(generic.length).to.be.greaterThan(150);
    expect(generic.flatMap(named)).to.deep.equal([]);
  });

  it('of tasks and the lists of them are where they are said to be, and do name them', () => {
    expect([...NAMES]).to.include.members(['hft', 'fighter']);
    for (const list of LISTS) expect(named(list), list).to.not.deep.equal([]);
    for (const text of ["=== 'hft'", 'HftScene', 'fighters?.[0]', 'hft-paper', "'../envs/fighter/x.js'", 'isFighter', 'HFT'])
      expect(names(text), text).to.equal(true);
    for (const text of ['shaft', 'firefighter', 'rights']) expect(names(text), text).to.equal(false);
  });
});
