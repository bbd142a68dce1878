/** What all verbs of `tickbench fpx` have in common. */
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fpxHere } from './here.js';

describe('tickbench fpx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-fpx-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('takes no blank word for a file, as a script gives whose variable is empty, and leaves nothing', async () => {
    const cases: [named: string, args: string[]][] = [
      ['--to', ['quantize', 'tb-1m', '--map', 'fp8', '--to', '']],
      ['--map', ['quantize', 'tb-1m', '--map', ' ', '--to', 'out']],
      ['--to', ['export', '--for', 'vllm', '--model', 'tb-1m', '--map', 'fp8', '--to', '']],
      ['--out', ['calibrate', 'tb-1m', '--task', 'hft', '--out', '']],
      ['<maps>', ['measure', 'tb-1m', 'fp8', '', '--task', 'hft']],
      ['<configuration>', ['lint', '']],
    ];
    for (const [named, args] of cases) {
      const { code, out, err } = await fpxHere(args, folder);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
      expect(err).to.include(`${named} is blank; accepted: a name (`);
    }
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
