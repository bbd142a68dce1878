/** The operator's program on a folder that holds no board yet. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../harness/host/root.js';

describe('the operator of a board', function () {
  this.timeout(120_000);

  it('is told when a token opens a board that was not there before, since a name may be mistyped', () => {
    const root = mkdtempSync(join(tmpdir(), 'tickbench-operator-'));
    const env = { ...process.env };
    delete env.DATABASE_URL;
    const add = (): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [join(packageRoot(), 'dist/web/server/operator.js'), 'token', 'add', 'Ann', '--board', 'brd'], { cwd: root, env, encoding: 'utf8' }); // prettier-ignore
    try {
      const [first, second] = [add(), add()];
      expect([first.status, second.status]).to.deep.equal([0, 0]);
      expect(first.stderr).to.match(/^brd: there was no board there; a new one was made\n/);
      expect(second.stderr).to.match(/^for Ann \(submit\)/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});
