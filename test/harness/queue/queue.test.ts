/** Jobs, leases and results, over both kinds of database. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DatabaseError, type DatabaseAddress } from '../../../harness/database/address.js';
import { redact, forgetSecrets } from '../../../harness/host/secrets.js';
import { isAway, QueueDatabase, queueAddress, shownAddress } from '../../../harness/queue/connection.js';
import { Hander, type Job } from '../../../harness/queue/handing.js';
import { expireLeases } from '../../../harness/queue/leases.js';
import { Taker, type Lease, type WorkerCard } from '../../../harness/queue/taking.js';
import { embeddedFolder } from '../database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../database/postgres.js';

const MOST_ATTEMPTS = 3;

/** So many jobs of some entrants, in turn. */
function jobsOf(count: number, more: Partial<Job> = {}, entrants = ['a']): Job[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{ id: `cell-${i}`, ordinal: i, entrant: entrants[i % entrants.length]!, hosted: true, engine: false, labels: [], on_machine: null },
    ...{ work: JSON.stringify({ i }), ...more },
  }));
}

describe('where a queue is', () => {
  afterEach(() => forgetSecrets());

  it('is told by --queue, else by DATABASE_URL, and passwords are never printed', () => {
    expect(queueAddress('some/folder', 'postgres://x/y').kind).to.equal('folder');
    const address = queueAddress(undefined, ' postgres://me:hush-hush@db:5433/bench?sslmode=require ');
    expect(shownAddress(address)).to.equal('PostgreSQL at db:5433/bench');
    expect(redact('password authentication failed: hush-hush, postgres://me:other@db/x')).to.not.match(/hush|other/);
    for (const [written, environment] of [
      [undefined, undefined],
      [' ', ''],
      ['mysql://me:hush-hush@x', undefined],
      [undefined, 'some/folder'],
    ] as const)
      // prettier-ignore
      expect(() => queueAddress(written, environment)).to.throw(DatabaseError, /^(?:--queue|DATABASE_URL): no address(?!.*hush).*accepted: postgres:/);
  });

  it('is asked for by a form that is printed whole, not as an address with a password', () => {
    for (const act of [() => queueAddress('', ''), () => queueAddress('mysql://x', undefined)])
      try {
        expect.fail(JSON.stringify(act()));
      } catch (error) {
        expect(redact((error as Error).message)).to.include('postgres://<user>:<password>@<host>:<port>/<name>');
      }
  });

  it('may have a password with a percent sign that begins no code, which is never printed either', () => {
    for (const [written, used] of [
      ['half-50%off', 'half-50%off'],
      ['ends-in%', 'ends-in%'],
      ['sesame%20open', 'sesame open'],
      ['sure-100%25%', 'sure-100%%'],
      ['byte-%ff', 'byte-%ff'],
    ] as const) {
      const address = queueAddress(`postgres://me:${written}@db/bench`, undefined);
      expect(shownAddress(address)).to.equal('PostgreSQL at db/bench');
      for (const form of [written, used]) expect(redact(`refused: ${form}!`), form).to.not.include(form);
    }
  });

  it('is away for a while when its connections break, and wrong when a statement is', () => {
    for (const error of [{ code: 'ECONNREFUSED' }, { code: '57P01' }, { code: '08006' }, { message: 'Connection terminated unexpectedly' }])
      expect(isAway(error), JSON.stringify(error)).to.equal(true);
    for (const error of [{ code: '42601', message: 'syntax error' }, { code: '23505' }, new TypeError('x is undefined')])
      expect(isAway(error), JSON.stringify(error)).to.equal(false);
  });
});

describe('a queue', () => {
  let postgres: RealPostgres | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-queue-'));
  const addresses: Partial<Record<DatabaseAddress['kind'], DatabaseAddress>> = {
    folder: { kind: 'folder', folder: join(folder, 'queue') },
  };

  before(async () => {
    await embeddedFolder(join(folder, 'queue'));
    postgres = await startPostgres('the queue over a real PostgreSQL');
    if (postgres) addresses.server = { kind: 'server', url: postgres.url };
  });
  after(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is reached with a password that has a percent sign', async function () {
    if (!postgres) return this.skip();
    const { username, host, pathname } = new URL(postgres.url);
    const address = queueAddress(`postgres://${username}:half-50%off@${host}${pathname}`, undefined);
    const queue = await QueueDatabase.open(address, () => undefined);
    expect(await queue.query.selectFrom('queue_sweep').select('id').execute()).to.deep.equal([]);
    await queue.close();
    forgetSecrets();
  });

  for (const kind of ['folder', 'server'] as const)
    describe(kind === 'folder' ? 'embedded in a folder' : 'of a PostgreSQL server', () => {
      let queue: QueueDatabase;
      let hander: Hander;
      before(async function () {
        if (!addresses[kind]) return this.skip();
        queue = await QueueDatabase.open(addresses[kind], () => undefined);
      });
      after(() => queue?.close());
      beforeEach(async () => {
        hander = await Hander.open(queue, { name: 'p', plan: '{}', version: '0', mostAttempts: MOST_ATTEMPTS });
      });
      afterEach(async () => {
        await hander.close();
        await queue.query.deleteFrom('queue_worker').execute();
      });

      const takerOf = (machine: string, more: Partial<WorkerCard> = {}): Taker =>
        new Taker(queue, {
          name: machine,
          machine,
          host: `host of ${machine}`,
          labels: [],
          engines: true,
          version: '0',
          leaseMs: 60_000,
          ...more,
        });
      const DONE = { voided: 0 };

      it('gives each job to one worker, however many ask at once', async () => {
        await hander.hand(jobsOf(12));
        const takers = Array.from({ length: 6 }, (_, i) => takerOf(`m${i}`));
        const taken = (await Promise.all([...takers, ...takers, ...takers].map((taker) => taker.take()))).filter(
          (lease) => lease !== undefined,
        );
        expect(new Set(taken.map(({ id }) => id)).size).to.equal(12);
        expect(taken).to.have.length(12);
      });

      it('takes a result from the holder alone: one whose lease was lost cannot hand its in, nor keep the job, nor give it back', async () => {
        await hander.hand(jobsOf(1));
        const slow = takerOf('slow', { leaseMs: 1 });
        const first = (await slow.take())!;
        await new Promise((resolve) => setTimeout(resolve, 5));
        await expireLeases(queue);
        const quick = takerOf('quick');
        const second = (await quick.take())!;
        expect([second.id, second.token]).to.deep.equal([first.id, first.token + 1]);
        expect(await slow.keep(first)).to.equal(false);
        expect(await slow.handIn(first, DONE, Buffer.from('slow'))).to.equal(false);
        await slow.giveBack(first, 'mine failed', false);
        await slow.putBack(first);
        expect(await quick.keep(second)).to.equal(true);
        expect(await quick.handIn(second, DONE, Buffer.from('quick'))).to.equal(true);
        expect(await slow.handIn(first, DONE, Buffer.from('slow'))).to.equal(false);
        const result = (await hander.result(first.id))!;
        expect('bytes' in result && [result.worker, String(result.bytes)]).to.deep.equal(['quick', 'quick']);
      });

      for (const [how, end] of [
        ['gave it back', (taker: Taker, lease: Lease) => taker.giveBack(lease, 'no', false)],
        ['put it back', (taker: Taker, lease: Lease) => taker.putBack(lease)],
        ['refused it', (taker: Taker, lease: Lease) => taker.refuse(lease, 'another build')],
      ] as const)
        it(`takes no late word of a holder that ${how}: neither a sign of life nor a result`, async () => {
          await hander.hand(jobsOf(1));
          const taker = takerOf('m');
          const lease = (await taker.take())!;
          await end(taker, lease);
          expect(await taker.keep(lease)).to.equal(false);
          expect(await taker.handIn(lease, DONE, Buffer.from('late'))).to.equal(false);
          expect(await hander.counts()).to.deep.equal({ waiting: 1 });
        });

      it('gives a late holder its job back that nobody took meanwhile, and takes a result twice as once', async () => {
        await hander.hand(jobsOf(1));
        const taker = takerOf('m', { leaseMs: 1 });
        const lease = (await taker.take())!;
        await new Promise((resolve) => setTimeout(resolve, 5));
        await expireLeases(queue);
        expect(await hander.counts()).to.deep.equal({ waiting: 1 });
        expect(await taker.keep(lease)).to.equal(true);
        expect(await hander.counts()).to.deep.equal({ leased: 1 });
        for (let i = 0; i < 2; i++) expect(await taker.handIn(lease, DONE, Buffer.from('x'))).to.equal(true);
        expect(await hander.counts()).to.deep.equal({ done: 1 });
      });

      it('gives back the bytes that were handed in, whatever their length, and notices when they are others', async () => {
        const sizes = [0, 1, 512 * 1024, 512 * 1024 + 1, 1_300_000];
        await hander.hand(jobsOf(sizes.length));
        const taker = takerOf('m');
        for (const size of sizes) {
          const lease = (await taker.take())!;
          const bytes = Buffer.alloc(size, `${lease.id} `);
          await taker.handIn(lease, { voided: 2, unfinished: 'busy' }, bytes);
          const result = (await hander.result(lease.id))!;
          expect('bytes' in result && result.bytes.equals(bytes), String(size)).to.equal(true);
          expect('outcome' in result && result.outcome).to.deep.equal({ voided: 2, unfinished: 'busy' });
          await hander.settle([lease.id]);
          expect(await hander.result(lease.id)).to.equal(undefined);
        }
        expect(await queue.query.selectFrom('queue_part').select('part').execute()).to.deep.equal([]);
        await hander.hand([{ ...jobsOf(1)[0]!, id: 'other' }]);
        const lease = (await taker.take())!;
        await taker.handIn(lease, DONE, Buffer.from('as it was'));
        await queue.query
          .updateTable('queue_part')
          .set({ data: Buffer.from('as it is.') })
          .execute();
        expect(await hander.result('other')).to.include({ fault: 'its bytes are not those of its hash' });
      });

      it('refuses a result that is too large', async () => {
        await hander.hand(jobsOf(1));
        const taker = takerOf('m');
        const lease = (await taker.take())!;
        const error = await taker.handIn(lease, DONE, new Uint8Array(64 * 1024 * 1024 + 1)).catch((fault: unknown) => fault);
        expect(error).to.be.instanceOf(RangeError);
        expect(await hander.counts()).to.deep.equal({ leased: 1 });
      });

      for (const [what, fail] of [
        ['fails', (taker: Taker, lease: Lease) => taker.giveBack(lease, 'no', false)],
        ['loses its worker', () => new Promise((resolve) => setTimeout(resolve, 5)).then(() => expireLeases(queue))],
        [
          'hands in what is not its result',
          async (taker: Taker, lease: Lease) => {
            await taker.handIn(lease, DONE, Buffer.from('x'));
            await hander.sendBack(lease, 'not its result');
          },
        ],
      ] as const)
        it(`sets a job aside that ${what} again and again, and an opened sweep tries it anew`, async () => {
          await hander.hand(jobsOf(1));
          const taker = takerOf('m', { leaseMs: 1 });
          for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
            const lease = (await taker.take())!;
            expect([lease.attempts, lease.mostAttempts]).to.deep.equal([attempt, MOST_ATTEMPTS]);
            await fail(taker, lease);
            await queue.query.updateTable('queue_job').set({ not_before: 0 }).execute(); // no test waits for patience
          }
          expect(await taker.take()).to.equal(undefined);
          const [status] = await hander.news();
          expect(status).to.include({ state: 'failed', attempts: MOST_ATTEMPTS });
          expect(status!.fault).to.match(/^no$|worker m was lost|not its result/);
          await hander.hand(jobsOf(1));
          expect((await taker.take())!.attempts).to.equal(1);
        });

      it('gives cells to those alone that have their labels, are their machine, and have it to themselves where an engine computes', async () => {
        await hander.hand([
          ...jobsOf(1, { id: 'labelled', labels: ['h200', 'nvlink'] }),
          ...jobsOf(1, { id: 'engine', engine: true }),
          ...jobsOf(1, { id: 'there', on_machine: 'c' }),
        ]);
        const taken = async (...args: Parameters<typeof takerOf>): Promise<string | undefined> => (await takerOf(...args).take())?.id;
        expect(await taken('a', { labels: ['h200'], engines: false })).to.equal(undefined);
        expect(await taken('b', { labels: ['nvlink', 'h200', 'fast'], engines: false })).to.equal('labelled');
        expect(await taken('c', { engines: false })).to.equal('there');
        expect(await taken('a')).to.equal('engine');
      });

      it('keeps an entrant on the machine that began it while there is other work, and has none of what a worker refused', async () => {
        await hander.hand(jobsOf(6, {}, ['a', 'b']));
        const [one, two] = [takerOf('one'), takerOf('two')];
        const entrantOf = ({ id }: Lease): string => (Number(id.slice(5)) % 2 === 0 ? 'a' : 'b');
        const firsts = [(await one.take())!, (await two.take())!];
        expect(firsts.map(entrantOf)).to.deep.equal(['a', 'b']);
        const seconds = [(await two.take())!, (await one.take())!];
        expect(seconds.map(entrantOf)).to.deep.equal(['b', 'a']);
        await one.refuse(seconds[1]!, 'another build');
        const third = (await one.take())!;
        expect(entrantOf(third), 'of the other machine, since nothing else is left').to.equal('b');
        expect(await one.take()).to.equal(undefined);
        expect((await hander.refusals())[0]).to.deep.equal({ entrant: 'a', worker: 'one', why: 'another build' });
        const again = (await two.take())!;
        expect([again.id, again.attempts], 'a refusal is no attempt').to.deep.equal([seconds[1]!.id, 1]);
      });

      it('lets one process work under a name, another once that one was not heard of in time', async () => {
        const [mine, other] = [takerOf('m'), takerOf('m')];
        expect(await mine.present()).to.equal(undefined);
        expect(await other.present()).to.equal('m');
        expect(await mine.present()).to.equal(undefined);
        expect((await hander.workers()).map(({ name }) => name)).to.deep.equal(['m']);
        await queue.query.updateTable('queue_worker').set({ until: 0 }).execute();
        expect(await hander.workers()).to.deep.equal([]);
        expect(await other.present()).to.equal(undefined);
        expect(await mine.present()).to.equal('m');
      });

      it('has one worker at a time on a host, under whatever names, unless none of them may play engines', async () => {
        const on = (name: string, engines: boolean, host = 'h'): Taker => takerOf(name, { host, engines });
        for (const [first, second] of [
          [true, true],
          [true, false],
          [false, true],
          [false, false],
        ] as const) {
          const [a, b] = [on('a', first), on('b', second)];
          const isAlone = first || second;
          const what = `may play engines: ${first}, ${second}`;
          expect(await a.present(), what).to.equal(undefined);
          expect(await b.present(), what).to.equal(isAlone ? 'a' : undefined);
          expect(await a.present(), `${what}; the first stays`).to.equal(undefined);
          for (const elsewhere of [on('c', true, 'i'), on('d', true, ''), on('e', true, '')]) {
            expect(await elsewhere.present(), 'on a host of its own, or on one that is not told').to.equal(undefined);
            await elsewhere.leave();
          }
          await a.leave();
          expect(await b.present(), what).to.equal(undefined);
          expect(await a.present(), what).to.equal(isAlone ? 'b' : undefined);
          for (const taker of [a, b]) await taker.leave();
        }
      });

      it('lets one alone of many work on a host that sign in at the same time, and another when that one is not heard of', async () => {
        const takers = Array.from({ length: 6 }, (_, i) => takerOf(`m${i}`, { host: 'h' }));
        const found = await Promise.all(takers.map((taker) => taker.present()));
        const at = found.indexOf(undefined);
        expect(found.map((other) => other ?? `m${at}`)).to.deep.equal(takers.map(() => `m${at}`));
        await queue.query.updateTable('queue_worker').set({ until: 0 }).execute();
        const next = takers[(at + 1) % takers.length]!;
        expect(await next.present()).to.equal(undefined);
        expect(await takers[at]!.present(), 'it was too late').to.equal(next.card.name);
      });

      it('hands nothing out of a sweep that is paused, and takes what was being played', async () => {
        await hander.hand(jobsOf(2));
        const taker = takerOf('m');
        const lease = (await taker.take())!;
        await hander.pause();
        expect(await taker.take()).to.equal(undefined);
        expect(await taker.handIn(lease, DONE, Buffer.from('x'))).to.equal(true);
        const again = await Hander.open(queue, { known: hander.sweep, name: 'p', plan: '{}', version: '0', mostAttempts: MOST_ATTEMPTS });
        await again.hand(jobsOf(2));
        await again.keepOnly(['cell-1']);
        expect(await again.counts(), 'a result that nobody has taken yet stays').to.deep.equal({ done: 1, waiting: 1 });
        expect((await taker.take())!.id).to.equal('cell-1');
      });
    });
});
