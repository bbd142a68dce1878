/** Worlds for learning play by a match's rules, add up to its reward, come back to where they were, and depend on no number of threads. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyTask } from '../../../envs/environment.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import { playMatch, type SeatSheet } from '../../../harness/match/match.js';
import { registerTask, taskNamed } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { answerFrame } from '../../../harness/rollout/frames.js';
import { RolloutError } from '../../../harness/rollout/fault.js';
import { Session } from '../../../harness/rollout/session.js';
import { settingsOf } from '../../../harness/rollout/settings.js';
import { RolloutWorld, type RolloutAction, type WorldStep } from '../../../harness/rollout/world.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import { valueDecisions } from '../../../scoring/oracle/oracle.js';
import type { TraceEvent } from '../../../scoring/trace/trace.js';

/** A player by chance, as late as chance has it: legal plans, text, nonsense, and answers past the limit. */
function byChance(task: AnyTask, seed: number): (step: WorldStep) => RolloutAction[] {
  const stream = new Stream(keyOf(seed, 77), 0);
  const policy = task.bots.find(({ name }) => name === 'random')!.create({ seed, errorPermille: 0 });
  return ({ seats }) =>
    seats.map(({ seat, state }): RolloutAction => {
      const latencyUs = stream.chance(1, 12) ? 900_000 : stream.below(300_000);
      const action = policy.decide(state);
      const kind = stream.below(8);
      if (kind === 0) return { seat, latencyUs, plan: [{ action: 'moonwalk', do: 'moonwalk' }] };
      if (kind === 1) return { seat, latencyUs, rejected: 'nothing usable' };
      if (kind === 2) return { seat, latencyUs, answer: task.write({ plan: action.plan }) };
      return { seat, latencyUs, plan: action.plan, ...(action.standing === undefined ? {} : { standing: action.standing }) };
    });
}

const TIMEOUT_US = 800_000;

/** The same action for everybody who is asked. */
const fixed = ({ seats }: WorldStep): RolloutAction[] => seats.map(({ seat }) => ({ seat, plan: [], latencyUs: 50_000 * (seat + 1) }));

/** Plays a world to its end by chance; what was done in each observation, and what it paid. */
function played(world: RolloutWorld, seed: number, learnerSeed: number) {
  const choose = byChance(world.settings.task, learnerSeed);
  const done = new Map<string, RolloutAction>();
  const paid = new Map<number, number>();
  let step = world.reset(seed);
  for (;;) {
    for (const { seat, reward } of step.seats) paid.set(seat, (paid.get(seat) ?? 0) + reward);
    if (step.terminated || step.truncated) return { last: step, done, paid };
    const actions = choose(step);
    for (const action of actions) done.set(`${action.seat} ${step.seats.find(({ seat }) => seat === action.seat)!.seq}`, action);
    step = world.step(actions);
  }
}

const trading = fc.record({
  task: fc.constant('hft'),
  options: fc.record({
    durationUs: fc.constant(1_500_000),
    seats: fc.constant(2),
    market: fc.constantFrom('small-tick', 'news-wire').map((preset) => ({ kind: 'synthetic', preset })),
  }),
  seats: fc.constantFrom(['learner', 'bot:maker:20%@30ms'], ['learner', 'learner'], ['bot:random@55ms', 'learner']),
});
const fighting = fc.record({
  task: fc.constant('fighter'),
  options: fc.constant({ rounds: 1, roundSeconds: 4 }),
  seats: fc.constantFrom(['learner', 'bot:mixed:20%@18f'], ['learner', 'learner']),
});
const asked = fc.oneof(trading, fighting);

describe('a rollout', function () {
  this.timeout(60_000);

  it('ends with the digest, the reward and the events of a match with the same actions and delays', async () => {
    const server = await MatchServer.listen();
    let matches = 0;
    try {
      await fc.assert(
        fc.asyncProperty(asked, fc.nat(), fc.nat(), async ({ task: name, options, seats }, seed, learnerSeed) => {
          const task = taskNamed(name);
          const settings = settingsOf({ id: 0, do: 'create', worlds: 1, task: name, options, seats: [...seats], timeoutUs: TIMEOUT_US });
          const events: TraceEvent[] = [];
          const { last, done, paid } = played(new RolloutWorld(settings, (event) => events.push(event)), seed, learnerSeed);
          const id = `rollout-${++matches}`;
          const sheets = settings.seats.map((seat, index): SeatSheet => {
            const token = `${id}-${index}`;
            server.admit(token, token);
            const decide = ({ seq }: { seq: number }) => {
              const action = done.get(`${index} ${seq}`);
              if (!action) return new Promise<never>(() => undefined); // the rollout was over
              const { seat: _seat, latencyUs: _latencyUs, ...said } = action;
              return said;
            };
            const player = seat.kind === 'bot' ? botPlayer(seat.bot, seat.errorPermille) : { seat: () => ({ decide }) };
            connectAgent({ server: server.url, token, name: token, player }).done.catch(() => undefined);
            const record = { name: token, kind: 'bot' as const, addedUs: 0 };
            if (seat.kind === 'bot') return { token, record: { ...record, givenUs: seat.givenUs } };
            return { token, record, latencyOf: (seq) => done.get(`${index} ${seq}`)?.latencyUs ?? 10_000_000 };
          });
          for (const { token } of sheets) await server.line(token).connected(30_000);
          const trace = await playMatch(server, {
            id,
            task: name,
            options,
            seed,
            clock: 'virtual',
            speed: 1,
            timeoutUs: TIMEOUT_US,
            seats: sheets,
          });
          for (const { token } of sheets) server.dismiss(token);
          expect(last.digest).to.equal(trace.footer!.digest);
          expect(last.results).to.deep.equal(trace.footer!.results);
          for (const seat of settings.learners) expect(paid.get(seat)).to.equal(trace.footer!.results.reward[seat]);
          const plain = (each: readonly TraceEvent[]): unknown[] =>
            (JSON.parse(JSON.stringify(each)) as TraceEvent[])
              .filter(({ kind }) => kind !== 'error' && kind !== 'ticks')
              .map((event) => ({ ...event, realUs: 0, lateUs: 0, wait: 0 }));
          expect(plain(events)).to.deep.equal(plain(trace.events));
          expect(task.reward.scale).to.be.greaterThan(0);
        }),
        // The first counterexample is enough: each step of shrinking would play a match.
        { numRuns: 10, endOnFailure: true },
      );
    } finally {
      await server.close();
    }
  });

  it('comes back to a snapshot, its bots with it, and the same actions lead to the same end', () => {
    fc.assert(
      fc.property(asked, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 6 }), ({ task, options, seats }, seed, learnerSeed, after) => {
        const world = new RolloutWorld(
          settingsOf({ id: 0, do: 'create', worlds: 1, task, options, seats: [...seats], timeoutUs: TIMEOUT_US, snapshots: true }),
        );
        const choose = byChance(world.settings.task, learnerSeed);
        let step = world.reset(seed);
        for (let i = 0; i < after && !step.terminated; i++) step = world.step(choose(step));
        if (step.terminated) return;
        const [at, kept] = [world.snapshot(), step];
        const follow = (from: WorldStep, seedOf: number, steps: number): { told: string[]; acts: RolloutAction[][] } => {
          const [act, told, acts] = [byChance(world.settings.task, seedOf), [] as string[], [] as RolloutAction[][]];
          for (let i = 0; i < steps && !from.terminated; i++) {
            acts.push(act(from));
            from = world.step(acts.at(-1)!);
            told.push(JSON.stringify(from));
          }
          return { told, acts };
        };
        const once = follow(kept, learnerSeed + 1, Infinity);
        const back = world.restore(at);
        const asSeen = (each: WorldStep): unknown => each.seats.map(({ seat, seq, at: seenAt, text }) => ({ seat, seq, seenAt, text }));
        expect(asSeen(back)).to.deep.equal(asSeen(kept));
        expect(back.seats.map(({ reward }) => reward)).to.deep.equal(back.seats.map(() => 0));
        // Another way on, with a snapshot on it, and back once more.
        follow(back, learnerSeed + 2, 2);
        const again = follow(world.restore(at), learnerSeed + 1, Infinity);
        expect(again.told).to.deep.equal(once.told);
      }),
      { numRuns: 15 },
    );
  });

  it('in self-play brings back with a snapshot what a learner is still to be told of its last decision', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer({ min: 1, max: 8 }), (seed, learnerSeed, after) => {
        const settings = settingsOf({
          ...{ id: 0, do: 'create', worlds: 1, task: 'fighter', options: { rounds: 1, roundSeconds: 3 } },
          ...{ seats: ['learner', 'learner'], timeoutUs: TIMEOUT_US },
        } as never);
        const world = new RolloutWorld(settings);
        const choose = byChance(settings.task, learnerSeed);
        let step = world.reset(seed);
        for (let i = 0; i < after && !step.terminated; i++) step = world.step(choose(step), 2);
        if (step.terminated) return;
        const at = world.snapshot();
        const actions = choose(step);
        // Every decision of the seats that are told next, told once straight on and once after a way back.
        const once = [world.step(actions)];
        while (!once.at(-1)!.terminated && once.length < 3) once.push(world.step(fixed(once.at(-1)!)));
        world.restore(at);
        const again = [world.step(actions)];
        while (!again.at(-1)!.terminated && again.length < 3) again.push(world.step(fixed(again.at(-1)!)));
        expect(again).to.deep.equal(once);
      }),
      { numRuns: 12 },
    );
  });

  it('values decisions as the oracle values them in a trace', () => {
    const task = taskNamed('fighter');
    const options = { rounds: 1, roundSeconds: 3 };
    const settings = settingsOf({
      id: 0,
      do: 'create',
      worlds: 1,
      task: 'fighter',
      options,
      seats: ['learner', 'bot:rush@100ms'],
      latencyUs: 150_000,
    });
    const events: TraceEvent[] = [];
    const world = new RolloutWorld(settings, (event) => events.push(event));
    const policy = task.bots.find(({ name }) => name === 'expert')!.create({ seed: 1 });
    const values: unknown[] = [];
    let step = world.reset(21);
    while (!step.terminated) {
      step = world.step([{ seat: 0, plan: policy.decide(step.seats[0]!.state).plan }], 4);
      if (step.seats[0]!.value && step.seats[0]!.settled) values.push(step.seats[0]!.value);
    }
    const header = { id: 'x', task: 'fighter', rules: task.rules, options: settings.options, seed: 21, seats: [{}, {}] };
    const trace = { header, events: JSON.parse(JSON.stringify(events)) as TraceEvent[] } as never;
    const valued = valueDecisions(task, trace, decisionsOf({ events }, 0), { futures: 4 });
    expect(values.length).to.be.greaterThan(4);
    expect(valued.map(({ decided }) => decided)).to.deep.equal(values.slice(0, valued.length));
    expect(valued.some(({ decided }) => decided.best > decided.worst)).to.equal(true);
  });

  it('is cut short when it should be, and pays what its world is worth then', () => {
    const settings = settingsOf({ id: 0, do: 'create', worlds: 1, task: 'hft', options: { durationUs: 60_000_000 }, maxSteps: 3 });
    const world = new RolloutWorld(settings);
    world.reset(2);
    const steps = [1, 2, 3].map(() => world.step([{ seat: 0, plan: [{ do: 'buy', size: 5 }] }]));
    expect(steps.map(({ terminated, truncated }) => [terminated, truncated])).to.deep.equal([[false, false], [false, false], [false, true]]); // prettier-ignore
    expect(steps[2]!.seats[0]).to.not.have.property('text');
    expect(() => world.step([{ seat: 0, plan: [] }])).to.throw(RolloutError, 'world: it is over; accepted: reset');
  });
});

describe('a conversation about worlds', function () {
  this.timeout(60_000);
  const create = {
    id: 'c',
    do: 'create',
    worlds: 5,
    task: 'fighter',
    options: { rounds: 1, roundSeconds: 3 },
    seats: ['learner', 'bot:mixed:30%@200ms'],
    latencyTicks: 9,
    snapshots: true,
  };

  /** Says some frames, and hands each answer on. */
  async function converse(threads: number, frames: readonly unknown[]): Promise<string[]> {
    const session = new Session(threads);
    try {
      const answers: string[] = [];
      for (const frame of frames) answers.push(await session.answer(typeof frame === 'string' ? frame : JSON.stringify(frame)));
      for (const answer of answers) answerFrame.parse(JSON.parse(answer));
      return answers;
    } finally {
      await session.stop();
    }
  }

  const step = (world: number, more: object = { plan: [{ action: 'jab' }] }): object => ({ world, actions: [more] });

  it('is the same whatever the number of threads', async () => {
    const frames = [
      create,
      { id: 1, do: 'reset', seed: 40 },
      { id: 2, do: 'step', steps: [4, 0, 2].map((world) => step(world)), futures: 4 },
      { id: 3, do: 'snapshot' },
      { id: 4, do: 'step', steps: [0, 1, 2, 3, 4].map((world) => step(world, { answer: 'sweep;', latencyTicks: world })) },
      { id: 5, do: 'restore', restores: [{ world: 3, snapshot: 0 }, { world: 1, snapshot: 0 }] },
      { id: 6, do: 'step', steps: [1, 3].map((world) => step(world)) },
      { id: 7, do: 'reset', worlds: [2], seeds: [7] },
      { id: 8, do: 'forget' },
      { id: 9, do: 'close' },
    ]; // prettier-ignore
    const alone = await converse(0, frames);
    expect(alone.every((answer) => !answer.includes('error'))).to.equal(true);
    expect(await converse(1, frames)).to.deep.equal(alone);
    expect(await converse(3, frames)).to.deep.equal(alone);
    const [order] = [JSON.parse(alone[2]!) as { worlds: { world: number; seats: { value: unknown }[] }[] }];
    expect(order.worlds.map(({ world }) => world)).to.deep.equal([4, 0, 2]);
    expect(order.worlds[0]!.seats[0]!.value).to.have.keys('value', 'best', 'worst');
  });

  it('tells what is wrong with one world where it is, and the others go on', async () => {
    const answers = await converse(2, [
      create,
      { id: 1, do: 'step', steps: [step(0)] },
      { id: 2, do: 'reset', seed: 1 },
      { id: 3, do: 'step', steps: [step(0), step(77), step(0), 5, { world: 1, actions: [] }, step(2, { plam: [] }), step(3, { plan: [], seat: 1 }), step(4)] },
      { id: 4, do: 'restore', restores: [{ world: 0, snapshot: 3 }, { world: 1 }] },
      { id: 5, do: 'step', steps: [step(1, { plan: [], latencyTicks: -1 }), step(2, { plan: [{ action: 'moonwalk' }] })] },
    ]); // prettier-ignore
    const parsed = answers.map(
      (answer) => JSON.parse(answer) as { worlds: { world: number | null; error?: object; seats?: { settled?: object }[] }[] },
    );
    const errors = (i: number): unknown[] => parsed[i]!.worlds.map(({ error }) => error);
    expect(errors(1)).to.deep.equal([{ where: 'steps.0.world', what: 'it has not begun', accepted: 'reset first' }]);
    const places = parsed[3]!.worlds.map(({ world, error }) => [world, (error as { where?: string } | undefined)?.where]);
    expect(places).to.deep.equal([[0, undefined], [77, 'steps.1.world'], [0, 'steps.2.world'], [null, 'steps.3'], [1, 'steps.4.actions'], [2, 'steps.5.actions.0'], [3, 'steps.6.actions.0.seat'], [4, undefined]]); // prettier-ignore
    expect(errors(3)[1]).to.deep.equal({ where: 'steps.1.world', what: 'no world 77', accepted: '0 to 4' });
    expect(errors(3)[6]).to.deep.include({ what: 'seat 1 was asked nothing', accepted: 'the seats that were: 0' });
    expect(errors(4).map((error) => (error as { where: string }).where)).to.deep.equal(['restores.0.snapshot', 'restores.1.snapshot']);
    expect(errors(5)[0]).to.have.property('where', 'steps.0.actions.0.latencyTicks');
    // A plan that the task does not take is no bad frame: it lands as a rejection, as in a match.
    expect(parsed[5]!.worlds[1]!.seats![0]!.settled).to.deep.include({ outcome: 'reject', accepted: false });
  });

  it('refuses to forget worlds that are not there, and has forgotten none then', async () => {
    const answers = await converse(2, [
      create,
      { id: 1, do: 'reset', seed: 1 },
      { id: 2, do: 'snapshot', worlds: [0, 1] },
      { id: 3, do: 'forget', worlds: [0, 77] },
      { id: 4, do: 'restore', restores: [{ world: 0, snapshot: 0 }] },
      { id: 5, do: 'forget', worlds: [0, 0] },
      { id: 6, do: 'forget', worlds: [0] },
      { id: 7, do: 'restore', restores: [{ world: 0, snapshot: 0 }, { world: 1, snapshot: 0 }] },
    ]); // prettier-ignore
    const parsed = answers.map((answer) => JSON.parse(answer) as { error?: { where: string }; worlds?: { error?: { where: string } }[] });
    expect(parsed[3]!.error).to.deep.equal({ where: 'worlds.1', what: 'no world 77', accepted: '0 to 4' });
    expect(parsed[4]!.worlds![0]!.error).to.equal(undefined);
    expect(parsed[5]!.error).to.deep.include({ where: 'worlds.1', what: 'world 0 for the second time' });
    expect(parsed[6]).to.deep.equal({ id: 6, done: true });
    expect(parsed[7]!.worlds!.map(({ error }) => error?.where)).to.deep.equal(['restores.0.snapshot', undefined]);
  });

  it('that fails in a thread is told in one line, and where it came from is kept beside', async () => {
    registerTask({
      ...taskNamed('fighter'),
      name: 'falls-over',
      create: () => {
        throw new Error('the world fell over');
      },
    });
    for (const threads of [0, 1]) {
      // A thread has a registry of its own, in which this task is not.
      const session = new Session(threads);
      const failed = await (async () => {
        try {
          await session.answer(JSON.stringify({ id: 1, do: 'create', worlds: 1, task: 'falls-over', options: {} }));
          return await session.answer(JSON.stringify({ id: 2, do: 'reset', seed: 1 }));
        } catch (error) {
          return error as Error;
        } finally {
          await session.stop();
        }
      })();
      if (!(failed instanceof Error)) throw new Error(`answered ${failed}`);
      expect(failed.message).to.match(
        threads === 0 ? /^the world fell over$/ : /^thread 0 of the worlds: no task "falls-over"; there are .*$/,
      );
      expect(failed.stack).to.match(/rollout-worker|batch/);
    }
  });

  it('refuses a frame by where, what and what is accepted', async () => {
    const refused = async (frame: unknown): Promise<{ id: unknown; error: { where: string; what: string; accepted: string } }> =>
      JSON.parse((await converse(0, [frame]))[0]!) as never;
    expect(await refused('{"id":1')).to.have.nested.property('error.where', 'frame');
    expect(await refused({ id: 3, do: 'dance' })).to.deep.equal({
      id: 3,
      error: { where: 'do', what: '"dance"', accepted: 'create, reset, step, snapshot, restore, forget, close' },
    });
    expect(await refused(null)).to.have.nested.property('error.where', 'do');
    // Other tests of this process may have tasks of their own.
    expect((await refused({ ...create, task: 'chess' })).error.accepted).to.match(/^hft, fighter, hft-paper\b/);
    expect((await refused({ ...create, options: { rounds: -1 } })).error).to.include({ where: 'options' });
    expect((await refused({ ...create, seats: ['learner'] })).error.what).to.equal('1 of them');
    expect((await refused({ ...create, seats: ['bot:mixed@1f', 'bot:mixed@1f'] })).error.what).to.equal('bots alone');
    expect((await refused({ ...create, seats: ['learner', 'bot:nobody@1f'] })).error).to.include({
      where: 'seats.1',
      what: '"bot:nobody@1f"',
    });
    expect((await refused({ ...create, seats: ['learner', 'bot:mixed'] })).error.accepted).to.match(/bot:NAME\[:ERROR%\]@DELAY/);
    expect((await refused({ ...create, latencyUs: 5 })).error.what).to.match(/at most one of latencyTicks and latencyUs/);
    expect((await refused({ ...create, worlds: 1e9 })).error.where).to.equal('worlds');
    expect((await refused(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).error.what).to.match(/nested over 64 levels/);
    const [, novalue] = await converse(0, [
      { ...create, task: 'hft-paper', options: {}, seats: undefined },
      { id: 1, do: 'reset', seed: 1, seeds: [] },
    ]);
    expect(novalue).to.include('exactly one of seed');
  });
});
