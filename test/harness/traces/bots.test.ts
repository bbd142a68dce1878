import { expect } from 'chai';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import { playMatch } from '../../../harness/match/match.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { isAsRecorded, replayTrace } from '../../../harness/traces/replay.js';
import type { SeatRecord, Trace } from '../../../scoring/trace/trace.js';

const OPTIONS = { fighter: { rounds: 1, roundSeconds: 6 }, hft: { durationUs: 4_000_000, gridUs: 50_000, seats: 1 } };

/** A match of bots, on the virtual clock, as it is recorded. */
async function played(task: 'fighter' | 'hft', bots: { bot: string; errorPermille: number }[]): Promise<Trace> {
  const server = await MatchServer.listen();
  const links = bots.map(({ bot, errorPermille }, seat) => {
    const line = server.admit(`token-${seat}`, bot);
    return { line, link: connectAgent({ server: server.url, token: `token-${seat}`, name: bot, player: botPlayer(bot, errorPermille) }) };
  });
  try {
    await Promise.all(links.map(({ line }) => line.connected(30_000)));
    return await playMatch(server, {
      id: 'bots',
      task,
      options: taskNamed(task).parseOptions(OPTIONS[task]) as never,
      seed: 5,
      clock: 'virtual',
      speed: 1,
      timeoutUs: 2_000_000,
      watched: false,
      seats: bots.map((configuration, seat) => ({
        token: `token-${seat}`,
        record: { name: configuration.bot, kind: 'bot', addedUs: 0, givenUs: 120_000, configuration } satisfies SeatRecord,
      })),
    });
  } finally {
    links.forEach(({ link }) => link.close());
    await server.close();
  }
}

/** The same trace under another record of a seat. */
function called(trace: Trace, seat: number, change: Partial<SeatRecord>): Trace {
  const draft = structuredClone(trace) as { -readonly [K in keyof Trace]: Trace[K] };
  draft.header.seats[seat] = { ...draft.header.seats[seat]!, ...change };
  return draft;
}

for (const [task, bots] of [
  [
    'fighter',
    [
      { bot: 'expert', errorPermille: 200 },
      { bot: 'hold', errorPermille: 0 },
    ],
  ],
  ['hft', [{ bot: 'expert', errorPermille: 100 }]],
] as const)
  describe(`a replay asks the bots of a match again (${task})`, () => {
    let trace: Trace;
    before(async () => {
      trace = await played(task, [...bots]);
    });

    it('who answer as recorded', () => {
      const replay = verifyTrace(trace);
      expect(replay.faults).to.deep.equal([]);
      expect(isAsRecorded(replay)).to.equal(true);
      expect(trace.events.filter(({ kind }) => kind === 'act').length).to.be.greaterThan(10);
    });

    it('and finds that a seat was played by another bot, or by one that errs more, than its record says', () => {
      for (const configuration of [
        { bot: 'random', errorPermille: 0 },
        { bot: 'expert', errorPermille: 0 },
        { bot: 'expert', errorPermille: 800 },
      ]) {
        const forged = called(trace, 0, { name: configuration.bot, configuration });
        expect(replayTrace(forged).faults, 'the world alone does not tell').to.deep.equal([]);
        const { faults } = verifyTrace(forged);
        expect(faults).to.have.length(1);
        expect(faults[0]).to.match(new RegExp(`^seat 0, seq \\d+: ${configuration.bot} answers \\{.*\\} there; recorded is \\{`));
      }
    });

    it('and refuses a seat that is called a bot and names none', () => {
      expect(verifyTrace(called(trace, 0, { configuration: {} })).faults.join()).to.match(
        /^seat 0: expert is called a bot; its record names none/,
      );
    });

    it('and holds an agent that was away to what it answered before', () => {
      const configuration = { bot: 'random', errorPermille: 0 };
      for (const [from, found] of [
        [0, false],
        [40, true],
      ] as const) {
        const away = structuredClone(called(trace, 0, { name: 'random', configuration })) as { -readonly [K in keyof Trace]: Trace[K] };
        const first = away.events.findIndex((event, i) => i >= from && event.seat === 0);
        const { at } = away.events[first]!;
        away.events.splice(first, 0, { kind: 'leave', seat: 0, at, reason: 'connection closed (1006)' });
        expect(/random answers/.test(verifyTrace(away).faults.join()), `left at event ${first}`).to.equal(found);
      }
    });
  });
