/** Matches that are played at the same time: nobody begins before all are ready, and what they changed is undone when all are over. */
import { expect } from 'chai';
import { setImmediate as turn } from 'node:timers/promises';
import { Party } from '../../../harness/seating/party.js';

describe('matches that begin together', () => {
  it('wait for the last of them', async () => {
    const party = new Party(3);
    const begun: number[] = [];
    const waiting = [0, 1].map(async (i) => (await party.ready(), begun.push(i)));
    await turn();
    expect(begun).to.deep.equal([]);
    await party.ready();
    await Promise.all(waiting);
    expect(begun).to.deep.equal([0, 1]);
  });

  it('hear why another one cannot be played, those that come later among them', async () => {
    const party = new Party(3);
    const first = party.ready().catch((error: Error) => error.message);
    party.fail(new Error('no agent'));
    expect(await first).to.equal('no agent');
    expect(await party.ready().catch((error: Error) => error.message)).to.equal('no agent');
  });

  it('undo what they changed once, at the end', () => {
    const party = new Party(2);
    const undone: string[] = [];
    party.afterwards(() => undone.push('first'));
    party.afterwards(() => undone.push('second'));
    expect(undone).to.deep.equal([]);
    party.end();
    party.end();
    expect(undone).to.deep.equal(['first', 'second']);
  });
});
