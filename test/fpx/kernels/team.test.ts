/** Calls that another thread makes: in order, over the same memory, with errors that are told. */
import { expect } from 'chai';
import { KernelMemory } from '../../../fpx/kernels/kernels.js';
import { Mailbox, mailboxBuffer, ThreadError } from '../../../fpx/kernels/mailbox.js';
import { Team } from '../../../fpx/kernels/team.js';

const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
/** Beyond every memory. */
const NOWHERE = 2 ** 32 - 64;

describe('a team of threads', () => {
  const teams: Team[] = [];
  async function team(threads: number, memory = new KernelMemory(undefined, true)): Promise<Team> {
    const made = new Team(memory, threads);
    teams.push(made);
    await made.start();
    return made;
  }
  afterEach(() => Promise.all(teams.splice(0).map((each) => each.close())));

  it('makes its calls in order, however many they are', async () => {
    const memory = new KernelMemory(undefined, true);
    const [sums, ones] = [memory.allocate(64), memory.place(new Float32Array(16).fill(1))];
    const three = await team(3, memory);
    for (let round = 1; round <= 20; round++) {
      three.together((thread) => {
        const kernels = three.kernels[thread]!;
        // Doubling and adding do not commute, so the order shows.
        for (let i = 0; i < 300; i++) {
          if (i % 100 === 99) kernels.addTo(sums + thread * 16, sums + thread * 16, 1, 4, 0, 4);
          kernels.addTo(sums + thread * 16, ones, 1, 4, 0, 4);
        }
      });
      const got = [...memory.floats(sums, 12)];
      expect(new Set(got).size, `round ${round}`).to.equal(1);
      memory.floats(sums, 12).fill(round);
    }
  });

  it('tells what failed in another thread, and computes no more', async () => {
    const two = await team(2);
    const fail = (): void =>
      two.together((thread) => {
        // Meanwhile the other thread takes the call.
        if (thread === 0) sleep(100);
        else two.kernels[1]!.addTo(NOWHERE, NOWHERE, 9, 64, 0, 64);
      });
    expect(fail).to.throw(/out of bounds/);
    expect(() => two.together(() => undefined)).to.throw(ThreadError, /failed: .*out of bounds/);
  });

  it('computes no more when one of its threads has ended', async () => {
    const two = await team(2);
    await two.close();
    expect(() => two.together(() => undefined)).to.throw(ThreadError, 'the model is closed');
  });

  it('uses no processor while there is nothing to do', async () => {
    const two = await team(2);
    two.together(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const { user, system } = process.cpuUsage(before);
    expect(user + system).to.be.below(200_000);
  });

  it('tells where the system keeps its accounts of the other threads', async function () {
    if (process.platform !== 'linux') this.skip();
    const three = await team(3);
    expect(new Set(three.tasks).size).to.equal(2);
    for (const task of three.tasks) expect(task).to.match(new RegExp(`^${process.pid}/task/\\d+$`));
  });
});

describe('a mailbox', () => {
  const { kernels, ...rest } = (() => {
    const memory = new KernelMemory();
    return { kernels: memory.kernels, memory, x: memory.place(Float32Array.of(1, 2, 3, 4)) };
  })();
  const doubled = (mailbox: Mailbox): void => mailbox.kernels.addTo(rest.x, rest.x, 1, 4, 0, 4);

  it('is worked off by the sender where no server comes', () => {
    const mailbox = new Mailbox(mailboxBuffer(), kernels);
    doubled(mailbox);
    mailbox.post();
    expect([...rest.memory.floats(rest.x, 4)]).to.deep.equal([1, 2, 3, 4]);
    mailbox.join();
    mailbox.join();
    expect([...rest.memory.floats(rest.x, 4)]).to.deep.equal([2, 4, 6, 8]);
  });

  it('gives up on a server that took calls and does not answer', () => {
    const buffer = mailboxBuffer();
    const mailbox = new Mailbox(buffer, kernels, 1);
    doubled(mailbox);
    mailbox.post();
    // What a server does first: it says that it has taken one call.
    Atomics.store(new Int32Array(buffer), 35, 1);
    expect(() => mailbox.join()).to.throw(ThreadError, 'a computing thread has not answered for 1 seconds');
  });

  it('refuses a call of more arguments than it holds', () => {
    const mailbox = new Mailbox(mailboxBuffer(), kernels);
    const call = mailbox.kernels.heapBase as (...args: number[]) => void;
    expect(() => call(...Array.from({ length: 16 }, () => 0))).to.throw(ThreadError, '16 arguments');
  });
});
