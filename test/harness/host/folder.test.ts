/** Folders made one by one, and refusals that end. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toldOf } from '../../../harness/host/fault.js';
import { makeFolder } from '../../../harness/host/folder.js';

/** What a refusal says to people. */
function told(path: string): string {
  try {
    makeFolder(path);
  } catch (error) {
    return toldOf(error);
  }
  return 'made';
}

describe('folders that are written into', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-folder-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('are made with those above them, and may be there', () => {
    const deep = join(folder, 'one', 'two', 'three');
    expect([told(deep), told(deep), existsSync(deep)]).to.deep.equal(['made', 'made', true]);
  });

  it('are refused in words where a file is in the way, or where there can be none', function () {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    expect(told(file)).to.equal(`${file}: a file is in the way`);
    expect(told(join(file, 'inside'))).to.match(/file: a file is in the way|is a file; a folder is expected/);
    if (!existsSync('/proc/self')) return this.skip();
    expect(told('/proc/none/inside')).to.equal('/proc/none: no folder can be made here');
  });
});
