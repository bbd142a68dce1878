import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { Playback } from '../../../harness/traces/playback.js';
import { parseTrace, readTraceFile, TraceError } from '../../../harness/traces/reader.js';
import { isAsRecorded, replayTrace } from '../../../harness/traces/replay.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { linkedAgent, rawAgent, seat, toyPlan } from '../match/players.js';
import { toy } from '../match/toy-task.js';

registerTask(toy);

type Draft = { -readonly [K in keyof Trace]: Trace[K] };

/** A copy to forge. */
function forged(trace: Trace, forge: (draft: Draft) => void): Trace {
  const draft = structuredClone(trace) as Draft;
  forge(draft);
  return draft;
}

function indexOf<K extends TraceEvent['kind']>(trace: Trace, kind: K, from = 10): number {
  const index = trace.events.findIndex((event, i) => i >= from && event.kind === kind);
  expect(index, kind).to.be.greaterThan(-1);
  return index;
}

describe('a replay verifies what a trace says', () => {
  let server: MatchServer;
  let folder: string;
  const traces: Record<'wall' | 'virtual', Trace> = {} as never;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
    server = await MatchServer.listen();
    await linkedAgent(server, 'given');
    await linkedAgent(server, 'measured', (observation) =>
      observation.seq % 4 === 0 ? { rejected: 'no idea' } : { plan: { steps: observation.seq % 5 } },
    );
    // Answers every third observation only: the others are missed.
    await rawAgent(server, 'silent', (frame, agent) => {
      if (frame.type === 'observation' && frame.seq % 3 === 0) agent.answer(frame.seq);
    });
    const seats = [
      seat('given', { givenUs: 33_000, latency: { entry: { kind: 'constant', us: 400 } } }),
      seat('measured', { addedUs: 7_000 }),
      seat('silent'),
    ];
    for (const clock of ['wall', 'virtual'] as const)
      traces[clock] = await playMatch(server, toyPlan({ seats, clock, durationUs: 1_300_000, timeoutUs: 70_000, speed: 1.5 }));
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const clock of ['wall', 'virtual'] as const) {
    it(`and finds nothing wrong with one that was played (${clock})`, () => {
      const replay = replayTrace(traces[clock]);
      expect(replay.faults).to.deep.equal([]);
      expect(replay.played).to.equal(traces[clock].events.length);
      expect(isAsRecorded(replay)).to.equal(true);
      expect(traces[clock].events.some((event) => event.kind === 'miss')).to.equal(true);
      expect(traces[clock].events.some((event) => event.kind === 'ticks')).to.equal(clock === 'wall');
    });

    const forgeries: [string, (draft: Draft) => void, RegExp][] = [
      ['a reward', (draft) => (draft.footer!.results.reward[1]! += 5), /^results: the footer says/],
      ['an end', (draft) => (draft.footer!.results.endedAt += 10_000), /^results: /],
      ['a verdict', (draft) => ((draft.footer!.results.over = false), (draft.footer!.verdict.counts = true)), /^results: |verdict: /],
      [
        'lateness',
        (draft) => {
          draft.footer!.lateness = { ticks: 3, p50Us: 1, p99Us: 1, maxUs: 1, over: 0 };
        },
        /^lateness: /,
      ],
      [
        'a latency',
        (draft) => {
          const event = draft.events[indexOf(draft, 'act')] as Extract<TraceEvent, { kind: 'act' }>;
          event.latencyUs -= 1;
        },
        /latency \d+ us; it landed \d+ us after its observation/,
      ],
      [
        'the real time of an answer',
        (draft) => {
          const index = draft.events.findIndex((event) => event.kind === 'act' && event.seat === 1);
          (draft.events[index] as Extract<TraceEvent, { kind: 'act' }>).realUs += 40_000;
        },
        /of real time at this seat make/,
      ],
      [
        'a quick player made of a slow one',
        (draft) => {
          for (const event of draft.events) if (event.kind === 'act' && event.seat === 1) event.realUs = 0;
        },
        /of real time at this seat make/,
      ],
      ['a seat that was given less', (draft) => (draft.header.seats[0]!.givenUs! += 5_000), /a given latency of 38000 us/],
      ['what was added to a seat', (draft) => (draft.header.seats[1]!.addedUs = 90_000), /of real time at this seat make/],
      [
        'a missed decision that is left out',
        (draft) => {
          const miss = draft.events[indexOf(draft, 'miss')] as Extract<TraceEvent, { kind: 'miss' }>;
          draft.events = draft.events.filter(
            (event) => !((event.kind === 'miss' || event.kind === 'observe') && event.seat === miss.seat && event.seq === miss.seq),
          );
        },
        /was not asked at the publishing moment/,
      ],
      [
        'an observation at another moment',
        (draft) => ((draft.events[indexOf(draft, 'observe')] as { at: number }).at += 1),
        /no publishing moment|is later/,
      ],
      [
        'the order of events',
        (draft) => draft.events.splice(20, 0, ...draft.events.splice(40, 1)),
        /the one before it is later|is open|was not asked/,
      ],
      ['a limit', (draft) => (draft.header.timeoutUs = 50_000), /the limit is 50000 us/],
      [
        'a seat there is not',
        (draft) => ((draft.events[indexOf(draft, 'act')] as { seat: number }).seat = 7),
        /seat 7; the match has seats 0 to 2/,
      ],
      [
        'an action there is not',
        (draft) => ((draft.events[indexOf(draft, 'act')] as Extract<TraceEvent, { kind: 'act' }>).action = { plan: { jump: 1 } }),
        /act at \d+ us\): /,
      ],
      [
        'something after the end',
        (draft) => draft.events.push({ kind: 'leave', seat: 0, at: 1e15, reason: 'x' }),
        /leave at 1000000000000000 us\): the match was over at/,
      ],
      ['a time out of reach', (draft) => ((draft.events[indexOf(draft, 'observe')] as { at: number }).at = 1e15), /the match was over at/],
    ];
    for (const [what, forge, fault] of forgeries)
      it(`and tells ${what} that was forged (${clock})`, () => {
        const replay = replayTrace(forged(traces[clock], forge));
        expect(replay.faults.join('\n')).to.match(fault);
        expect(isAsRecorded(replay)).to.equal(false);
      });
  }

  it('and that a landing says another reason than the world gives', () => {
    const index = indexOf(traces.virtual, 'act');
    const other = forged(traces.virtual, (draft) => {
      (draft.events[index] as Extract<TraceEvent, { kind: 'act' }>).landing.reason = 'the exchange was closed';
    });
    const replay = replayTrace(other);
    expect(replay.diverged).to.include({ event: index });
    expect(isAsRecorded(replay)).to.equal(false);
  });

  it('and that an answer which was to land is left out to the end', () => {
    const last = traces.virtual.events.findLastIndex((event) => event.kind === 'observe' && event.seat === 0 && event.at < 1_000_000);
    const short = forged(traces.virtual, (draft) => {
      draft.events = draft.events.filter((event, i) => i <= last || event.kind === 'ticks' || event.seat !== 0);
    });
    expect(replayTrace(short).faults.join('\n')).to.match(
      /seat 0: seq \d+ was never settled; by its given latency it was to land at \d+ us/,
    );
  });

  it('but not that an agent was silent at the end, and that another was said to be', async () => {
    await rawAgent(server, 'at-last', (frame, agent) => {
      if (frame.type === 'observation' && frame.at < 250_000) agent.answer(frame.seq);
    });
    const seats = [seat('at-last', { givenUs: 33_000 }), seat('given', { givenUs: 3_000 })];
    const silent = await playMatch(server, toyPlan({ seats, clock: 'virtual', durationUs: 300_000, timeoutUs: 70_000 }));
    expect(silent.events.filter(({ kind }) => kind === 'miss')).to.deep.equal([]);
    expect(silent.footer!.givenUp).to.deep.equal([0]);
    expect(isAsRecorded(replayTrace(silent))).to.equal(true);
    for (const [givenUp, said] of [
      [undefined, /^seat 0: seq \d+ was never settled/],
      [[0, 7], /^the footer says that seat 7 was given up at the end: none of its decisions could have been$/],
    ] as const) {
      const other = forged(silent, (draft) => (draft.footer!.givenUp = givenUp && [...givenUp]));
      expect(replayTrace(other).faults.join('\n')).to.match(said);
    }
  });

  it('and that a match counts which was late', () => {
    const late = forged(traces.wall, (draft) => {
      for (const event of draft.events) if (event.kind === 'ticks') event.lateUs = event.lateUs.map(() => 9_000);
      const all = draft.events.flatMap((event) => (event.kind === 'ticks' ? event.lateUs : []));
      draft.footer!.lateness = { ticks: all.length, p50Us: 9_000, p99Us: 9_000, maxUs: 9_000, over: 0 };
      draft.footer!.verdict = { counts: true, reasons: [] };
    });
    expect(replayTrace(late).faults.join()).to.match(/the footer says that the match counts; it does not: The ticks were late/);
    const fewer = forged(traces.wall, (draft) => (draft.events = draft.events.filter((event) => event.kind !== 'ticks')));
    expect(replayTrace(fewer).faults.join()).to.match(/lateness: recorded for 0 publishing moments/);
    const waited = forged(late, (draft) => (draft.header.clock = 'virtual'));
    expect(replayTrace(waited).faults.join()).to.match(
      /lateness: recorded for \d+ publishing moments; a match on the virtual clock has it for 0/,
    );
  });

  it('and refuses a header that no match of these rules has', () => {
    const refusal =
      (change: Record<string, unknown>): (() => unknown) =>
      () =>
        replayTrace({ ...traces.virtual, header: { ...traces.virtual.header, ...change } as Trace['header'] });
    expect(refusal({ tickUs: 1 })).to.throw(TraceError, /header.tickUs: 1 us; a tick of toy/);
    expect(refusal({ seats: [] })).to.throw(TraceError, /header.seats: 0; toy by these options has 3/);
    expect(refusal({ seed: -1 })).to.throw(TraceError, /header.seed: -1/);
    expect(replayTrace(forged(traces.virtual, (draft) => (draft.header.seed = 8))).same).to.equal(false);
  });

  it('and plays an interrupted match to where it was interrupted', async () => {
    for (const clock of ['wall', 'virtual'] as const) {
      const stop = new AbortController();
      const playing = playMatch(
        server,
        toyPlan({ seats: [seat('given', { givenUs: 33_000 }), seat('silent')], clock, durationUs: 600_000_000, signal: stop.signal }),
      );
      await new Promise((resolve) => setTimeout(resolve, 350));
      stop.abort('interrupted');
      const trace = await playing;
      expect(trace.footer!.results.over).to.equal(false);
      expect(trace.footer!.verdict.reasons.join()).to.match(/stopped before its end: interrupted/);
      const replay = replayTrace(trace);
      expect(replay.faults).to.deep.equal([]);
      expect(replay.same).to.equal(true);
      const playback = new Playback(trace);
      expect(playback.replay.same).to.equal(true);
      expect(playback.digest()).to.equal(trace.footer!.digest);
    }
  });

  it('and looks at a trace with events that cannot happen up to the first of them', () => {
    const index = indexOf(traces.virtual, 'act', 30);
    const hostile = forged(traces.virtual, (draft) => {
      (draft.events[index] as Extract<TraceEvent, { kind: 'act' }>).action = { plan: 'x' };
    });
    const playback = new Playback(hostile);
    expect(playback.replay.played).to.equal(index);
    expect(playback.times.at(-1)!).to.be.at.most(traces.virtual.events[index]!.at);
  });

  it('with bounded work: files of newlines, that unpack to too much, or of absurd numbers', async () => {
    expect(() => parseTrace('\n'.repeat(50_000_000), 'x')).to.throw(TraceError, /x, line 1: not JSON/);
    const head = JSON.stringify({ header: traces.virtual.header });
    expect(() => parseTrace(`${head}\n${'\n'.repeat(50_000_000)}`, 'x')).to.throw(TraceError, /x, line 2: not JSON/);
    for (const [field, value] of [
      ['speed', 1e300],
      ['tickUs', 1e300],
      ['seed', 1e300],
      ['timeoutUs', -5],
    ] as const)
      // prettier-ignore
      expect(() => parseTrace(`${JSON.stringify({ header: { ...traces.virtual.header, [field]: value } })}\n`, 'x')).to.throw(
        TraceError,
        new RegExp(`header.${field}`),
      );
    const bomb = join(folder, 'bomb.jsonl.gz');
    const part = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    writeFileSync(bomb, Buffer.concat([part, part, part, part, part]));
    const told = await readTraceFile(bomb).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(told).to.match(/unpacks to over \d+ bytes/);
    for (const [path, words] of [
      [folder, /no regular file|is a folder/],
      ['/dev/zero', /no regular file/],
      [join(folder, 'none'), /no such file/],
    ] as const)
      expect(
        await readTraceFile(path).then(
          () => '',
          (error: Error) => error.message,
        ),
      ).to.match(words);
  });
});
