import { expect } from 'chai';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../envs/environment.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import type { ClaimedTrace } from '../../../harness/submission/trace-check.js';
import { USUAL_LIMITS, Verifier } from '../../../harness/submission/verifier.js';
import { tinySweep, traceText, type Tiny } from './tiny.js';

describe('the verifying process', () => {
  let tiny: Tiny;
  let path: string;
  let claimed: ClaimedTrace;
  before(async () => {
    tiny = await tinySweep();
    path = join(tiny.folder, 'traces', '0.jsonl.gz');
    const { name, configuration } = tiny.traces[0]!.header.seats[0]!;
    claimed = { task: 'hft', name, kind: 'model', configuration: configuration as Json, seed: 100, purpose: 'measure' };
  });
  after(() => rmSync(dirname(tiny.folder), { recursive: true, force: true }));

  it('is ended when a trace takes too long, which is told of the trace, and the next is verified in a new one', async () => {
    const limits = { ...USUAL_LIMITS, traceS: 0.000001 };
    const verifier = new Verifier(limits, tiny.plans);
    try {
      expect((await verifier.trace(path, 'tiny', claimed, Date.now())).fault).to.equal('playing it again took over 0.000001 s');
      limits.traceS = 60;
      expect((await verifier.trace(path, 'tiny', claimed, Date.now())).fault).to.equal(null);
    } finally {
      await verifier.close();
    }
  });

  it('is ended by itself when a trace takes too much memory, which is told, too', async () => {
    const header = traceText(tiny.traces[0]!).split('\n')[0]!;
    // A million small events in what unpacks to less than a trace may.
    const events = `{"previous":"${'0'.repeat(64)}","second":0,"events":[${Array.from({ length: 900_000 }, (_, i) => `{"kind":"return","seat":0,"at":${i}}`).join(',')}]}`;
    const heavy = join(tiny.folder, 'heavy.gz');
    writeFileSync(heavy, gzipSync(`${header}\n${events}\n`));
    const verifier = new Verifier({ ...USUAL_LIMITS, memoryMb: 100 }, tiny.plans);
    try {
      expect((await verifier.trace(heavy, 'tiny', claimed, Date.now())).fault).to.equal('playing it again took over 100 MB');
      expect((await verifier.trace(path, 'tiny', claimed, Date.now())).fault).to.equal(null);
      const refused = await verifier.open(path, join(tiny.folder, 'opened')).catch((error: Error) => error);
      expect(refused).to.be.instanceOf(SubmissionError);
    } finally {
      await verifier.close();
    }
  });
});
