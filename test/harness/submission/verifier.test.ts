import { expect } from 'chai';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Json } from '../../../envs/environment.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import type { ClaimedTrace } from '../../../harness/submission/trace-check.js';
import { USUAL_LIMITS, Verifier, VerifierError } from '../../../harness/submission/verifier.js';
import { tinySweep, traceText, type Tiny } from './tiny.js';

describe('the verifying process', () => {
  let tiny: Tiny;
  let path: string;
  let claimed: ClaimedTrace;
  // One verifier for all: every process of its own takes a second of processor time to begin.
  const limits = { ...USUAL_LIMITS, memoryMb: 64 };
  let verifier: Verifier;
  before(async () => {
    tiny = await tinySweep();
    path = join(tiny.folder, 'traces', '0.jsonl.gz');
    const { name, configuration } = tiny.traces[0]!.header.seats[0]!;
    claimed = { task: 'hft', name, kind: 'model', configuration: configuration as Json, seed: 100, purpose: 'measure' };
    verifier = new Verifier(limits, tiny.plans);
  });
  after(async () => {
    await verifier.close();
    rmSync(dirname(tiny.folder), { recursive: true, force: true });
  });

  const judged = async (file = path): Promise<string | null> => (await verifier.trace(file, 'tiny', claimed, Date.now())).fault;
  const refusal = (work: Promise<unknown>): Promise<Error> => work.then(() => new Error('nothing was refused'), (error: Error) => error); // prettier-ignore
  const processNow = (): Promise<ChildProcess> => (verifier as unknown as { child: Promise<ChildProcess> }).child;

  it('is ended when a trace takes too long, which is told of the trace, and the next is verified in a new one', async () => {
    limits.traceS = 0.000001;
    expect(await judged()).to.equal('playing it again took over 0.000001 s');
    limits.traceS = USUAL_LIMITS.traceS;
    expect(await judged()).to.equal(null);
  });

  it('that ends while nothing is asked of it is replaced by the next', async () => {
    const child = await processNow();
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(await judged()).to.equal(null);
    expect((await processNow()).pid).to.not.equal(child.pid);
  });

  it('that ends the moment it is asked says nothing of the trace', async () => {
    const child = await processNow();
    child.kill('SIGKILL');
    // It is dead, and its parent has not heard of it yet.
    const error = await refusal(judged());
    expect(error).to.be.instanceOf(VerifierError);
    expect(error.message).to.match(/^playing it again: the process ended \(SIGKILL\)$/);
    expect((error as VerifierError).isBroken).to.equal(true);
  });

  it('is ended by itself when a trace takes too much memory, which is told, too', async () => {
    const header = traceText(tiny.traces[0]!).split('\n')[0]!;
    // It unpacks to less than a trace may, and to more than the process may take. (Many small things would do too, and take far longer to fill it.)
    const events = `{"previous":"${'0'.repeat(64)}","second":0,"events":["${'x'.repeat(60 * 1024 * 1024)}"]}`;
    const heavy = join(tiny.folder, 'heavy.gz');
    writeFileSync(heavy, gzipSync(`${header}\n${events}\n`, { level: 1 }));
    expect(await judged(heavy)).to.equal('playing it again took over 64 MB');
    expect(await judged()).to.equal(null);
  });

  it('tells what is wrong with what was sent apart from what it could not do itself', async () => {
    expect(await refusal(verifier.open(path, join(tiny.folder, 'opened')))).to.be.instanceOf(SubmissionError);
    // A file that is gone, and a folder in which nothing can be laid, say nothing of a submission.
    const [read, open] = [await refusal(judged(join(tiny.folder, 'gone.gz'))), await refusal(verifier.open(join(tiny.folder, 'gone'), tiny.folder))]; // prettier-ignore
    for (const error of [read, open]) expect(error).to.be.instanceOf(VerifierError).and.include({ isBroken: false });
    expect(open.message).to.equal(`${join(tiny.folder, 'gone')}: no such file`);
    // An error of the program's own is neither.
    const own = await refusal(verifier.figures('no such task', 'x', []));
    expect(own).to.be.instanceOf(VerifierError).and.include({ isBroken: true });
  });
});
