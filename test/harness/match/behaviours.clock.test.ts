/** Agents that leave, return, flood and answer twice, and a checkpoint in the middle of it: what is gone on with ends as the match itself does. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playMatch, resumeMatch } from '../../../harness/match/match.js';
import type { Checkpointable, TakenCheckpoint } from '../../../harness/match/checkpoints.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { readCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { BehavingAgent, type Behaviour } from './behaviours.js';
import { eventsOf, seat, toyPlan } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

/** World time, and at this speed three and a third times as much real time, after which an answer is missed: no host is that slow. */
const LIMIT = { timeoutUs: 100_000, speed: 0.3 };

/** Two agents: the first may go away, and the second calls it back on its `backAfter`-th observation from there. */
interface Cast {
  behaviours: [readonly Behaviour[], readonly Behaviour[]];
  givenUs: [number, number];
  backAfter: number;
}

class Company {
  readonly agents: [BehavingAgent, BehavingAgent];
  private since = 0;

  /** @param returned told when the first has been called back, before the second answers */
  constructor(
    server: MatchServer,
    { behaviours, backAfter }: Cast,
    name: string,
    private readonly returned: () => void = () => undefined,
  ) {
    const first = new BehavingAgent(server, `${name}-a`, behaviours[0]);
    const second = new BehavingAgent(server, `${name}-b`, behaviours[1], async ({ at }) => {
      // By then what the first left open is given up: the world has moved on without it.
      if (first.awayAt === null || at <= first.awayAt) this.since = 0;
      else if (++this.since >= backAfter) {
        this.since = 0;
        await first.back();
        this.returned();
      }
    });
    this.agents = [first, second];
  }

  async connect(): Promise<void> {
    await Promise.all(this.agents.map(async (agent) => (agent.awayAt === null ? await agent.connect() : undefined)));
  }

  /** It is as far as the checkpoint says. */
  goOnFrom({ events }: Pick<Trace, 'events'>): void {
    const went = events.findLast((event) => event.seat === 0 && (event.kind === 'leave' || event.kind === 'return'));
    if (went?.kind !== 'leave') return;
    const asked = eventsOf(events, 'observe', 0).findLast(({ at }) => at <= went.at)!;
    this.agents[0].awayAt = asked.at;
    this.since = eventsOf(events, 'observe', 1).filter(({ at }) => at > asked.at).length;
  }

  close(): void {
    for (const agent of this.agents) agent.close();
  }
}

describe('a checkpoint among agents that come and go', () => {
  let folder: string;
  let server: MatchServer;
  let elsewhere: MatchServer;
  let matches = 0;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-behaviours-'));
    [server, elsewhere] = await Promise.all([MatchServer.listen(), MatchServer.listen()]);
  });
  after(async () => {
    await Promise.all([server.close(), elsewhere.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Plays a match to its end; checkpoints of it are asked for by `look` (after each event) and `returned`. */
  async function played(
    cast: Cast,
    look: (match: Checkpointable, events: number) => void,
    returned: (match: Checkpointable) => void = () => undefined,
  ): Promise<Trace> {
    const name = `behaving-${++matches}`;
    let running: Checkpointable | undefined;
    let events = 0;
    const company = new Company(server, cast, name, () => returned(running!));
    await company.connect();
    const seats = company.agents.map((_, i) => seat(`${name}-${'ab'[i]}`, { kind: 'stranger', givenUs: cast.givenUs[i]! }));
    try {
      return await playMatch(server, {
        ...toyPlan({ seats, clock: 'virtual', durationUs: 400_000, tracePath: join(folder, `${name}.jsonl.gz`) }),
        ...LIMIT,
        onBegin: (match) => (running = match),
        onEvent: () => look(running!, ++events),
      });
    } finally {
      company.close();
    }
  }

  /** Goes on from a checkpoint, with agents that behave as the first ones would have. */
  async function wentOn(cast: Cast, path: string): Promise<Trace> {
    const from = await readCheckpoint(path);
    const name = `again-${++matches}`;
    const company = new Company(elsewhere, cast, name);
    company.goOnFrom(from);
    await company.connect();
    try {
      return await resumeMatch(elsewhere, from, { tokens: [`${name}-a`, `${name}-b`] });
    } finally {
      company.close();
    }
  }

  function expectSame(again: Trace, whole: Trace): void {
    const asItWent = ({ events }: Trace): unknown[] =>
      [0, 1].map((index) =>
        events
          .filter(({ seat: of, kind }) => of === index && kind !== 'error' && kind !== 'trips')
          .map((event) => ({ ...event, realUs: 0, wait: 0, lateUs: 0, reason: 0 })),
      );
    expect(asItWent(again)).to.deep.equal(asItWent(whole));
    expect(again.footer!.digest).to.equal(whole.footer!.digest);
    expect(again.footer!.results).to.deep.equal(whole.footer!.results);
    expect(verifyTrace(again).faults).to.deep.equal([]);
  }

  it('may be taken right after an agent has returned', async () => {
    const path = join(folder, 'returned.checkpoint.gz');
    const cast: Cast = {
      behaviours: [['answer', 'answer', 'away', ...new Array<Behaviour>(60).fill('answer')], ['answer']],
      givenUs: [3000, 5000],
      backAfter: 3,
    };
    let taken: Promise<TakenCheckpoint> | undefined;
    const whole = await played(
      cast,
      () => undefined,
      (match) => (taken = match.checkpoint(path)),
    );
    const { at } = await taken!;
    const [returned] = eventsOf(whole.events, 'return', 0);
    expectSame(await wentOn(cast, path), whole);
    expect(returned!.at, 'the world stands where its record ends').to.equal(at);
  });

  const usual = fc.constantFrom<Behaviour[]>('answer', 'answer', 'twice', 'elsewhere', 'nonsense', 'refuse', 'flood', 'blink');
  /** Whoever is silent or away costs real time: at most one of either, and the second is never long gone, so that it can call the first back. */
  const casts = fc
    .record({
      a: fc.array(usual, { minLength: 60, maxLength: 60 }),
      b: fc.array(usual, { minLength: 60, maxLength: 60 }),
      gone: fc.option(fc.record({ on: fc.integer({ min: 0, max: 12 }), how: fc.constantFrom<Behaviour[]>('away', 'silent') }), {
        freq: 4,
        nil: undefined,
      }),
      givenUs: fc.tuple(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 0, max: 9_000 })),
      backAfter: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ a, b, gone, givenUs, backAfter }): Cast => {
      if (gone) a[gone.on] = gone.how;
      return { behaviours: [a, b], givenUs, backAfter };
    });

  it('may be taken whatever they do, at any moment', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(casts, fc.uniqueArray(fc.integer({ min: 1, max: 110 }), { minLength: 1, maxLength: 3 }), async (cast, moments) => {
        const taken: Promise<TakenCheckpoint>[] = [];
        const name = `any-${matches}`;
        const whole = await played(cast, (match, events) => {
          if (moments.includes(events)) taken.push(match.checkpoint(join(folder, `${name}-${events}.checkpoint.gz`)));
        });
        expect(verifyTrace(whole).faults).to.deep.equal([]);
        for (const each of await Promise.allSettled(taken)) {
          if (each.status === 'rejected') {
            expect((each.reason as Error).message).to.equal('the match ended before a checkpoint could be taken');
            continue;
          }
          expectSame(await wentOn(cast, each.value.path), whole);
          moved++;
        }
      }),
      // The first counterexample is enough: a shorter one would take longer than the test may.
      { numRuns: 6, endOnFailure: true },
    );
    expect(moved).to.be.greaterThan(3);
  });
});
