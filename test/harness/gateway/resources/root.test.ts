/** What a start reclaims of an earlier gateway, and what it leaves alone: strangers' processes, other folders, what it cannot read. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bornOf } from '../../../../harness/host/born.js';
import { hostIdentity } from '../../../../harness/host/identity.js';
import { folderOf } from '../../../../harness/gateway/resources/folders.js';
import { Journal } from '../../../../harness/gateway/resources/journal.js';
import { membersOf } from '../../../../harness/gateway/resources/process-table.js';
import { openRoot, reportLine, type ReclaimReport } from '../../../../harness/gateway/resources/root.js';
import { locatedResources, resourcesSection } from '../../../../harness/gateway/resources/settings.js';

describe('the folder of all worlds', function () {
  this.timeout(60_000);

  let root: string;
  let said: string[];
  const children: ChildProcess[] = [];
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tickbench-root-'));
    said = [];
    mkdirSync(join(root, 'worlds'));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(root, { recursive: true });
  });

  async function reclaim(): Promise<ReclaimReport> {
    const section = resourcesSection.parse({ folder: root, attempts: 1, kinds: { k: { folder: true } } });
    const opened = await openRoot(locatedResources(section, root), (line) => said.push(line));
    await opened.close();
    return opened.report;
  }

  function sleeper(variables: Record<string, string> = {}): number {
    const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore', env: { ...process.env, ...variables } });
    children.push(child);
    return child.pid!;
  }

  const isAlive = (pid: number): boolean => bornOf(pid) !== null;
  const write = (lines: readonly (object | string)[]): void =>
    writeFileSync(Journal.pathIn(root), lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
  const begun = (world: string): object => ({ begun: { world, kind: 'k', program: 'p', folder: true, runs: true, graceMs: 100 } });

  it('is reclaimed by number and time of start, by name, and by what lies in it', async () => {
    const [ours, named, unwritten] = [sleeper(), sleeper({ TICKBENCH_WORLD: 'aaaaaaaa-2' }), sleeper({ TICKBENCH_WORLD: 'aaaaaaaa-9' })];
    const process = { pid: ours, born: bornOf(ours), boot: hostIdentity() };
    write([{ start: 'aaaaaaaa' }, begun('aaaaaaaa-1'), { started: 'aaaaaaaa-1', process }, begun('aaaaaaaa-2')]);
    mkdirSync(join(root, 'worlds', 'aaaaaaaa-1', 'inner'), { recursive: true });
    mkdirSync(join(root, 'worlds', 'bbbbbbbb-7'));
    const report = await reclaim();
    expect(report).to.deep.equal({ worlds: 4, processes: 3, folders: 2, released: 0, left: [] });
    expect(reportLine(report)).to.equal('of an earlier gateway 4 worlds were left: ended 3 processes, removed 2 folders, ran 0 release commands'); // prettier-ignore
    expect([ours, named, unwritten].map(isAlive)).to.deep.equal([false, false, false]);
    expect(readdirSync(join(root, 'worlds'))).to.deep.equal([]);
    expect(await reclaim()).to.deep.equal({ worlds: 0, processes: 0, folders: 0, released: 0, left: [] });
  });

  it("leaves strangers' processes and other folders alone, whatever the journal says", async () => {
    const [stranger, other] = [sleeper(), sleeper({ TICKBENCH_WORLD: 'cccccccc-1' })];
    const born = bornOf(stranger)!;
    mkdirSync(join(root, 'mine'));
    mkdirSync(join(root, 'worlds', 'notes'));
    symlinkSync(join(root, 'mine'), join(root, 'worlds', 'aaaaaaaa-3'));
    write([
      { start: 'aaaaaaaa' },
      ...[begun('aaaaaaaa-1'), { started: 'aaaaaaaa-1', process: { pid: stranger, born: String(Number(born) + 1), boot: hostIdentity() } }],
      ...[begun('aaaaaaaa-2'), { started: 'aaaaaaaa-2', process: { pid: stranger, born, boot: 'before the machine was started again' } }],
      ...[begun('../../etc'), begun('.'), 'no JSON'],
    ]);
    const report = await reclaim();
    expect(report).to.deep.equal({ worlds: 3, processes: 0, folders: 1, released: 0, left: [] });
    expect([stranger, other].map(isAlive)).to.deep.equal([true, true]);
    expect(readdirSync(root).sort()).to.deep.equal(['journal', 'mine', 'worlds']);
    expect(readdirSync(join(root, 'worlds'))).to.deep.equal(['notes']);
    expect(said.map((line) => /journal:(\d): the line cannot be read/.exec(line)?.[1])).to.deep.equal(['6', '7', '8']);
    for (const name of ['../x', '', '.', 'aaaaaaaa-', 'aaaaaaaa-0', 'aaaaaaaa-1/..']) expect(() => folderOf(root, name)).to.throw('is no name of a world'); // prettier-ignore
    expect(existsSync(join(root, 'mine'))).to.equal(true);
  });

  it("takes a group for a world's while its leader lives or one of it names the world, and no longer", () => {
    const leader = { pid: 10, born: '5', boot: hostIdentity() };
    const of = (pid: number, group: number, born: string, world?: string) => ({ pid, group, born, ...(world === undefined ? {} : { world }) }); // prettier-ignore
    const numbers = (all: ReturnType<typeof of>[], isKnownOurs = false): number[] => membersOf(all, 'w', leader, isKnownOurs).map(({ pid }) => pid).sort(); // prettier-ignore
    expect(numbers([of(10, 10, '5'), of(11, 10, '6'), of(12, 12, '6')])).to.deep.equal([10, 11]);
    expect(numbers([of(11, 10, '6'), of(13, 10, '7', 'w'), of(14, 14, '8', 'w')])).to.deep.equal([11, 13, 14]);
    expect(numbers([of(10, 10, '9'), of(11, 10, '9')])).to.deep.equal([]);
    expect(numbers([of(11, 10, '9', 'other')])).to.deep.equal([]);
    expect(numbers([of(11, 10, '9')], true)).to.deep.equal([11]);
  });
});
