/** One arena in a folder at a time. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFolder } from '../../../web/server/arena/claim.js';

describe('the folder of an arena', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-claim-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is one arena’s until that gives it back', () => {
    const release = claimFolder(folder);
    expect(readFileSync(join(folder, 'pid'), 'utf8')).to.equal(String(process.pid));
    release();
    expect(existsSync(join(folder, 'pid'))).to.equal(false);
    claimFolder(folder)();
  });

  it('is refused while the other one is alive, and taken over from one that was killed', () => {
    writeFileSync(join(folder, 'pid'), String(process.ppid));
    expect(() => claimFolder(folder)).to.throw(/another arena \(process \d+\) plays in this folder; delete .*pid if that is not so/);
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    writeFileSync(join(folder, 'pid'), String(pid));
    claimFolder(folder)();
    writeFileSync(join(folder, 'pid'), 'half written');
    claimFolder(folder)();
  });
});
