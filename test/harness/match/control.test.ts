/** A running match is asked through a socket of its owner's; what it is asked is checked, and what it says comes back. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askMatch, ControlError, listenForControl, type ControlAsk } from '../../../harness/match/control.js';

describe('asking a running match', () => {
  let folder: string;
  let trace: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-control-'));
    trace = join(folder, 'm.jsonl.gz');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const refusal = async (asked: unknown): Promise<string> => {
    const error = await askMatch(trace, asked as ControlAsk).then(
      () => new Error('it was done'),
      (thrown: Error) => thrown,
    );
    expect(error).to.be.instanceOf(ControlError);
    return error.message;
  };

  it('finds it by its trace while it is played, and says when there is none', async () => {
    const asked: unknown[] = [];
    const stop = await listenForControl(trace, {
      checkpoint(path, stops) {
        asked.push([path, stops]);
        return path === 'bad'
          ? Promise.reject(new Error('the disk is full'))
          : Promise.resolve({ path, at: 5, digest: '0123456789abcdef' });
      },
    });
    const said = await askMatch(trace, { do: 'checkpoint', path: '/there', stop: true });
    expect(said).to.deep.equal({ path: '/there', at: 5, digest: '0123456789abcdef' });
    expect(await refusal({ do: 'checkpoint', path: 'bad', stop: false })).to.equal('the disk is full');
    expect(asked).to.deep.equal([['/there', true], ['bad', false]]); // prettier-ignore
    expect(await refusal({ do: 'dance' })).to.match(/do: |path: /);
    expect(await refusal({ do: 'checkpoint', path: 'x'.repeat(20_000), stop: true })).to.match(/without an end of line|path: /);
    expect(asked.length).to.equal(2);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await refusal({ do: 'checkpoint', path: '/there', stop: false })).to.match(
      /no match is being played here that writes .*m\.jsonl\.gz/,
    );
  });
});
