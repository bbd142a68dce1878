/** One sweep at a time in a results folder; a lock whose process has ended hinders nobody. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { lockFolder } from '../../../harness/sweep/lock.js';
import { StoreError } from '../../../harness/sweep/store.js';

describe('the lock of a results folder', () => {
  let folder: string;
  let said: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-lock-'));
    said = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lock = (): (() => void) => lockFolder(folder, (line) => said.push(line));
  const path = (): string => join(folder, 'lock');
  const write = (holder: object): void =>
    writeFileSync(path(), JSON.stringify({ host: hostname(), startedAt: '2020-01-01', born: null, ...holder }));

  it('refuses a second sweep in words, and is given back', () => {
    const giveBack = lock();
    expect(() => lock()).to.throw(StoreError, new RegExp(`process ${process.pid} on .*--out`));
    giveBack();
    expect(existsSync(path())).to.equal(false);
    lock()();
    expect(said).to.deep.equal([]);
  });

  it('is taken over from a process that has ended, whoever has its number now, or when it is damaged', async () => {
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    write({ pid: ended.pid });
    lock()();
    expect(said).to.have.length(1);
    expect(said[0]).to.include(`process ${ended.pid}, which has ended`);
    write({ pid: process.pid, born: '1' }); // the number is ours, the process was another
    lock()();
    writeFileSync(path(), '{"pid": 1');
    lock()();
    expect(said).to.have.length(3);
    expect(existsSync(path())).to.equal(false);
  });

  it('is taken over from a process that has ended and that its parent has not noticed yet', async () => {
    // The shell's child ends soon, and what the shell has become by then never asks for it.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 30']);
    const pid = Number((await once(parent.stdout, 'data'))[0]);
    const isZombie = (): boolean => /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    for (let i = 0; i < 500 && !isZombie(); i++) await sleep(10);
    expect(isZombie()).to.equal(true);
    const born = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
    write({ pid, born });
    lock()();
    expect(said[0]).to.include(`process ${pid}, which has ended`);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('of another host counts as held, with the file to delete', () => {
    write({ pid: 1, host: 'elsewhere' });
    expect(() => lock()).to.throw(StoreError, /elsewhere.*delete .*lock/);
    expect(readFileSync(path(), 'utf8')).to.include('elsewhere');
  });
});
