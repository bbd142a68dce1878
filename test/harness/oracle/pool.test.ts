/** The worker pool gives what one thread gives, whatever the number of workers, and says what failed. */
import { expect } from 'chai';
import { valueDecisions, type OracleJob } from '../../../harness/oracle/pool.js';
import { JobError } from '../../../harness/host/pool.js';
import { valueDecisions as valueHere } from '../../../scoring/oracle/oracle.js';
import { TICK, toy, toyDecisions, toyTrace } from '../../scoring/oracle/toy.js';

const modules = [new URL('../../scoring/oracle/toy-register.js', import.meta.url).href];
const moves = Array.from({ length: 9 }, (_, i) => ({
  observedAt: (1 + 5 * i) * TICK,
  latencyUs: 2 * TICK,
  press: (['A', 'B', 'gamble'] as const)[i % 3],
}));
const jobs: OracleJob[] = [1, 2, 3, 4, 5].map((seed) => ({
  trace: toyTrace(moves, seed),
  seat: 0,
  sample: seed,
  settings: { futures: 16 },
}));

describe('oracle pool', () => {
  it('does not depend on the number of workers', async () => {
    const seen: number[] = [];
    const one = await valueDecisions(jobs, { workers: 1, modules });
    const two = await valueDecisions(jobs, { workers: 2, modules, onProgress: (done) => seen.push(done) });
    expect(two).to.deep.equal(one);
    expect(seen).to.deep.equal([1, 2, 3, 4, 5]);
    expect(one.map((each) => each!.decisions.length)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(one.map((each) => each!.traceId)).to.deep.equal(jobs.map((job) => job.trace.header.id));
    const all = valueHere(toy, jobs[4]!.trace, toyDecisions(jobs[4]!.trace), { futures: 16 });
    for (const decision of one[4]!.decisions) expect(all).to.deep.include(decision);
  });

  it('names the trace that cannot be valued', async () => {
    const other = { ...jobs[0]!, trace: toyTrace(moves, 1, { rules: 'toy.0', id: 'old-one' }) };
    let caught: unknown;
    await valueDecisions([jobs[1]!, other], { workers: 2, modules }).catch((error: unknown) => (caught = error));
    expect(caught).to.be.instanceOf(JobError);
    expect((caught as Error).message).to.match(/old-one.*toy\.0/);
  });

  it('leaves out what was not begun when told to stop', async () => {
    const controller = new AbortController();
    const results = await valueDecisions(jobs, { workers: 1, modules, signal: controller.signal, onProgress: () => controller.abort() });
    expect(results.filter((each) => each !== undefined).length).to.equal(1);
    expect(await valueDecisions([], { workers: 2 })).to.deep.equal([]);
  });
});
