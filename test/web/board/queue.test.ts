import { expect } from 'chai';
import { rmSync } from 'node:fs';
import { noneCompared } from '../../../harness/answers/account.js';
import { bytesHash } from '../../../harness/submission/bundle.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import type { Manifest } from '../../../harness/submission/manifest.js';
import type { JudgedEntry } from '../../../harness/submission/verification.js';
import { VerifierError, type Verifier } from '../../../harness/submission/verifier.js';
import type { Store, SubmissionRow } from '../../../web/server/store/store.js';
import { MOST_BREAKS, Queue } from '../../../web/server/submissions/queue.js';
import { tinyManifest, tinyPlans } from '../../harness/submission/tiny.js';

/** A store of submissions in the order of their names, a verifier that does as it is told, and what became of each. */
class Bench {
  readonly settled = new Map<string, readonly JudgedEntry[]>();
  readonly refused = new Map<string, string>();
  /** For the audit log. */
  readonly details: string[] = [];
  readonly said: string[] = [];
  /** In the order in which they were begun. */
  readonly begun: string[] = [];
  readonly played: string[] = [];
  /** What each trace's answers were drawn by. */
  readonly draws: string[] = [];
  private readonly waiting: Map<string, Manifest>;
  readonly queue: Queue;

  constructor(
    published: ReturnType<typeof tinyPlans>['published'],
    submissions: Record<string, Manifest>,
    verifier: { trace?: (id: string, times: number) => void; figures?: (name: string) => void; store?: () => void } = {},
    drawKey = 'a key',
  ) {
    this.waiting = new Map(Object.entries(submissions));
    let now = '';
    const store = {
      nextPending: async (but: readonly string[]) => {
        verifier.store?.();
        const [id] = [...this.waiting.keys()].filter((each) => !but.includes(each)).sort();
        if (id === undefined) return undefined;
        this.begun.push((now = id));
        const manifest = this.waiting.get(id)!;
        return { id, manifest_json: JSON.stringify(manifest), key: manifest.key } as SubmissionRow;
      },
      refuse: async (id: string, why: string, detail = why) => (this.refused.set(id, why), this.details.push(detail), void this.waiting.delete(id)), // prettier-ignore
      settle: async (id: string, judged: readonly JudgedEntry[]) => (this.settled.set(id, judged), void this.waiting.delete(id)),
      seenBefore: async () => null,
    } as unknown as Store;
    const played = {
      trace: async (path: string) => {
        verifier.trace?.(now, this.begun.filter((id) => id === now).length);
        this.played.push(path);
        return { fault: null, textHash: bytesHash(Buffer.from(path)) };
      },
      answers: async (_path: string, decisions: number, draw: string) => (
        this.draws.push(draw),
        noneCompared(decisions, 'no model lies here')
      ),
      figures: async (_task: string, name: string) => (verifier.figures?.(name), { matches: 5 }),
    } as unknown as Verifier;
    this.queue = new Queue({ store, verifier: played, published, drawKey, traces: '/nowhere', say: (line) => this.said.push(line), pauses: { firstMs: 20, mostMs: 80 }, lookEveryMs: 20 }); // prettier-ignore
    this.queue.wake();
  }

  /** As the operator does it, beside the server. */
  retry(id: string, manifest: Manifest): void {
    this.refused.delete(id);
    this.waiting.set(id, manifest);
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('the queue of a board', () => {
  const { root, published } = tinyPlans();
  after(() => rmSync(root, { recursive: true, force: true }));

  it('refuses nobody for what fails here: it stays pending, others are verified meanwhile, and it is tried again', async () => {
    const bench = new Bench(published, { a: tinyManifest(published), b: tinyManifest(published) }, {
      trace: (id, times) => {
        if (id === 'a' && times <= 5) throw new VerifierError('the verifying process does not start');
      },
    }); // prettier-ignore
    await bench.until(() => bench.settled.has('b'));
    expect(bench.settled.has('a')).to.equal(false);
    expect(bench.queue.isPostponed('a')).to.equal(true);
    expect(bench.queue.troubles).to.deep.equal({ postponed: 1, isStoreSilent: false });
    await bench.until(() => bench.settled.has('a'));
    await bench.queue.stop();
    expect(bench.refused.size).to.equal(0);
    expect(bench.settled.get('a')!.map(({ fault }) => fault)).to.deep.equal([null]);
    expect(bench.begun.filter((id) => id === 'a').length).to.equal(6);
    expect(bench.queue.troubles).to.deep.equal({ postponed: 0, isStoreSilent: false });
    // Each failure is told with the pause that follows, which grows up to a bound.
    expect(bench.said.map((line) => /submission a failed here.*the verifying process does not start; .* again in ([\d.]+) s$/.exec(line)?.[1])).to.deep.equal(['0.02', '0.04', '0.08', '0.08', '0.08']); // prettier-ignore
  });

  it('refuses one at which verification itself breaks every time, saying whose failure it is, until the operator has it tried again', async () => {
    const manifest = tinyManifest(published);
    let isMended = false;
    const bench = new Bench(published, { a: manifest, b: tinyManifest(published) }, {
      trace: (id, times) => {
        if (isMended || id !== 'a') return;
        // What this machine cannot do is no break, however often.
        if (times % 2 === 0) throw new VerifierError('the verifying process does not start');
        throw times === 1 ? new TypeError('x is not a function') : new VerifierError('playing it again: the process ended (SIGKILL)', true);
      },
    }); // prettier-ignore
    await bench.until(() => bench.refused.has('a'));
    expect(bench.settled.has('b')).to.equal(true);
    expect(bench.begun.filter((id) => id === 'a').length).to.equal(2 * MOST_BREAKS - 1);
    expect(bench.refused.get('a')).to.match(/^this board's own verification broke at it 5 times: a failure of the server, which says nothing against/).and.not.include('SIGKILL'); // prettier-ignore
    expect(bench.details).to.deep.equal([
      'verification broke here 5 times, the last time so: playing it again: the process ended (SIGKILL)',
    ]);
    expect(bench.said.at(-1)).to.match(/tickbench board retry a$/);
    expect(bench.queue.troubles.postponed).to.equal(0);
    // Nobody wakes the queue: it looks by itself, and counts anew.
    bench.retry('a', manifest);
    await bench.until(() => bench.refused.has('a'));
    expect(bench.begun.filter((id) => id === 'a').length).to.be.greaterThan(2 * MOST_BREAKS);
    isMended = true;
    bench.retry('a', manifest);
    await bench.until(() => bench.settled.has('a'));
    await bench.queue.stop();
  });

  it('refuses a bundle of a form that the program no longer takes, with what is wrong', async () => {
    const old = { ...tinyManifest(published), tickbench: 'bundle.v0' } as unknown as Manifest;
    const bench = new Bench(published, { a: old });
    await bench.until(() => bench.refused.has('a'));
    await bench.queue.stop();
    expect(bench.refused.get('a')).to.match(/^bundle\.json: .*tickbench/);
  });

  it('asks a store again that does not answer', async () => {
    let silent = 2;
    const bench = new Bench(published, { a: tinyManifest(published) }, {
      store: () => {
        if (silent-- > 0) throw new Error('no connection');
      },
    }); // prettier-ignore
    expect(bench.queue.troubles.isStoreSilent).to.equal(false);
    await bench.until(() => bench.said.length === 1);
    expect(bench.queue.troubles.isStoreSilent).to.equal(true);
    await bench.until(() => bench.settled.has('a'));
    await bench.queue.stop();
    expect(bench.said).to.deep.equal(['verification: no connection; tried again in 0.02 s', 'verification: no connection; tried again in 0.04 s']); // prettier-ignore
    expect(bench.queue.troubles.isStoreSilent).to.equal(false);
  });

  it('refuses the one entry of a bundle whose figures take too much, and judges the others', async () => {
    const bench = new Bench(published, { a: tinyManifest(published, ['good', 'heavy', 'fine']) }, {
      figures: (name) => {
        if (name === 'heavy') throw new SubmissionError('reckoning its figures took over 120 s');
      },
    }); // prettier-ignore
    await bench.until(() => bench.settled.has('a') || bench.refused.has('a'));
    await bench.queue.stop();
    const judged = bench.settled.get('a')!;
    expect(judged.map(({ fault }) => fault)).to.deep.equal([null, 'reckoning its figures took over 120 s', null]);
    expect(judged.map(({ figures }) => figures !== undefined)).to.deep.equal([true, false, true]);
  });

  it('draws the answers that are computed again by the key of its board, so that no trace tells which they are', async () => {
    const manifest = tinyManifest(published);
    const draws = async (key: string): Promise<string[]> => {
      const bench = new Bench(published, { a: manifest }, {}, key);
      await bench.until(() => bench.settled.has('a'));
      await bench.queue.stop();
      return bench.draws;
    };
    const [own, again, other] = [await draws('one'), await draws('one'), await draws('another')];
    expect(own).to.deep.equal(again);
    expect(new Set([...own, ...other]).size).to.equal(2 * manifest.entries[0]!.traces.length);
  });

  it('plays no trace of an entry that is refused by what it lists', async () => {
    const manifest = tinyManifest(published, ['whole', 'short']);
    manifest.entries[1]!.traces.pop();
    const bench = new Bench(published, { a: manifest });
    await bench.until(() => bench.settled.has('a'));
    await bench.queue.stop();
    const [whole, short] = bench.settled.get('a')!;
    expect([whole!.fault, whole!.traces.length]).to.deep.equal([null, 5]);
    expect(short!.fault).to.match(/1 of the plan's 5 matches are missing/);
    expect(short!.traces).to.deep.equal([]);
    expect(bench.played.length).to.equal(5);
  });

  it('ends while something waits to be tried again', async () => {
    const bench = new Bench(published, { a: tinyManifest(published) }, {
      trace: () => {
        throw new VerifierError('no');
      },
    }); // prettier-ignore
    await bench.until(() => bench.said.length > 0);
    await bench.queue.stop();
    const tried = bench.begun.length;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(bench.begun.length).to.equal(tried);
  });
});
