/** A running match is asked through a socket of its owner's; what it is asked is checked, and what it says comes back. */
import { expect } from 'chai';
import { once } from 'node:events';
import { askMatch, ControlError, listenForControl, type ControlAsk } from '../../../harness/match/control.js';

describe('asking a running match', () => {
  /** Other runs of these tests on this machine have ids of their own. */
  const id = `asked-${process.pid}`;
  const refusal = async (asked: unknown, waitMs?: number): Promise<string> => {
    const error = await askMatch(id, asked as ControlAsk, waitMs).then(
      () => new Error('it was done'),
      (thrown: Error) => thrown,
    );
    expect(error).to.be.instanceOf(ControlError);
    return error.message;
  };

  it('finds it by its id while it is played, and says when there is none', async () => {
    const asked: unknown[] = [];
    const match = {
      checkpoint(path: string, stops?: boolean) {
        asked.push([path, stops]);
        return path === 'bad'
          ? Promise.reject(new Error('the disk is full'))
          : Promise.resolve({ path, at: 5, digest: '0123456789abcdef' });
      },
    };
    const stop = await listenForControl(id, match, '/usual');
    const said = await askMatch(id, { do: 'checkpoint', path: '/there', stop: true });
    expect(said).to.deep.equal({ path: '/there', at: 5, digest: '0123456789abcdef' });
    expect(await askMatch(id, { do: 'checkpoint', stop: false })).to.have.property('path', '/usual');
    expect(await refusal({ do: 'checkpoint', path: 'bad', stop: false })).to.equal('the disk is full');
    expect(asked).to.deep.equal([['/there', true], ['/usual', false], ['bad', false]]); // prettier-ignore
    expect(await refusal({ do: 'dance' })).to.match(/do: |path: /);
    expect(await refusal({ do: 'checkpoint', path: 'x'.repeat(20_000), stop: true })).to.match(/without an end of line|path: /);
    expect(asked.length).to.equal(3);
    // A second match of this id (one that was taken up from a checkpoint while the first plays on) does not take its place.
    const second = await listenForControl(id, match, '/usual').catch((error: Error) => error);
    expect(second).to.be.instanceOf(ControlError);
    expect(await askMatch(id, { do: 'checkpoint', stop: false })).to.have.property('at', 5);
    stop();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await refusal({ do: 'checkpoint', path: '/there', stop: false })).to.match(new RegExp(`^no match ${id} is being played by you`));
  });

  it('takes back what somebody asked who does not wait any longer', async () => {
    let signal: AbortSignal | undefined;
    const match = {
      checkpoint: (_path: string, _stop?: boolean, given?: AbortSignal) => {
        signal = given;
        return new Promise<never>(() => undefined);
      },
    };
    const stop = await listenForControl(id, match, '/usual');
    expect(await refusal({ do: 'checkpoint', stop: true }, 50)).to.include('did not answer within 0.05 s');
    if (!signal!.aborted) await once(signal!, 'abort');
    stop();
  });
});
