import { expect } from 'chai';
import { JobError, runJobs, Threads } from '../../../harness/host/pool.js';

const module = new URL('./pool-work.js', import.meta.url);
type Job = 'who' | 'throw' | 'exit';
const run = (jobs: Job[], threads?: Threads, workers = 2): Promise<(number | undefined)[]> =>
  runJobs<Job, number>(module, jobs, (job) => `job "${job}"`, { workers, ...(threads ? { threads } : {}) });
const failure = async (work: Promise<unknown>): Promise<unknown> => work.then(() => undefined, (error: unknown) => error); // prettier-ignore

describe('worker threads', () => {
  let threads: Threads;
  beforeEach(() => (threads = new Threads()));
  afterEach(() => threads.close());

  it('that are kept do the jobs of the next call, too; no more are started than there are jobs', async () => {
    const first = new Set(await run(['who', 'who', 'who', 'who', 'who', 'who'], threads));
    expect(first.size).to.be.within(1, 2);
    expect(new Set([...first, ...(await run(['who'], threads))]).size).to.be.at.most(2);
    const [alone] = await run(['who']);
    expect(first.has(alone)).to.equal(false);
    expect(await run([], threads)).to.deep.equal([]);
  });

  it('tell what a job threw, and of which job a thread died; others are begun for the jobs after that', async () => {
    const thrown = await failure(run(['who', 'throw', 'who'], threads));
    expect(thrown).to.be.instanceOf(JobError);
    expect((thrown as Error).message).to.equal('job "throw": RangeError: not this one');
    const died = await failure(run(['exit'], threads));
    expect(died).to.be.instanceOf(JobError);
    expect((died as Error).message).to.equal('job "exit": worker exited with code 3');
    expect(await run(['who', 'who'], threads)).to.have.length(2);
  });
});
