import { expect } from 'chai';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { collect } from '../../../harness/submission/collect.js';
import { VerifierError, type Verifier } from '../../../harness/submission/verifier.js';
import type { Store, SubmissionRow } from '../../../web/server/store/store.js';
import { Queue } from '../../../web/server/submissions/queue.js';
import { tinySweep } from '../../harness/submission/tiny.js';

describe('the queue of a board', () => {
  it('refuses a submission that breaks verification again and again, so that others are verified', async () => {
    const tiny = await tinySweep();
    const { manifest } = await collect(tiny.folder, { name: 'Ann', key: `ed25519:${'A'.repeat(43)}`, madeAt: '2026-01-31T12:00:00Z' }, tiny.published); // prettier-ignore
    const waiting = ['breaks', 'good'];
    const refused: string[] = [];
    const row = (id: string): SubmissionRow => ({ id, manifest_json: JSON.stringify(manifest), key: manifest.key }) as SubmissionRow;
    const ended = new Promise<string[]>((resolve) => {
      const store = {
        nextPending: async () => (waiting.length > 0 ? row(waiting[0]!) : undefined),
        refuse: async (_id: string, why: string) => (refused.push(why), void waiting.shift()),
        settle: async (id: string) => (waiting.shift(), resolve([id])),
        seenBefore: async () => null,
      } as unknown as Store;
      const verifier = {
        trace: async () => {
          if (waiting[0] === 'breaks') throw new VerifierError('playing it again: the process ended (SIGSEGV)');
          return { fault: null };
        },
        figures: async () => ({}),
      } as unknown as Verifier;
      new Queue({ store, verifier, published: tiny.published, traces: tiny.folder, say: () => undefined }).wake();
    });
    expect(await ended).to.deep.equal(['good']);
    expect(refused).to.deep.equal(['it could not be verified here, 3 times: playing it again: the process ended (SIGSEGV)']);
    rmSync(dirname(tiny.folder), { recursive: true, force: true });
  });
});
