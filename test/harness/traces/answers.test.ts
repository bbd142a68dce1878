/** A match's decisions as people read them, and what each was shown, are what the match itself saw. */
import { expect } from 'chai';
import type { Action, Json } from '../../../envs/environment.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { readDecisions } from '../../../harness/traces/answers.js';
import { Playback } from '../../../harness/traces/playback.js';
import { thinkingSpans } from '../../../harness/traces/thinking.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

interface Written {
  seat: number;
  from: number;
  at: number;
  outcome: string;
  action: string | null;
  /** The state as its seat was shown it. */
  text: string;
}

/** A match of random players whose answers land, are rejected or are missed some ticks after they were asked; and what was seen of it meanwhile. */
function played(name: string, raw: unknown, seed: number, ticks: number): { trace: Trace; written: Written[] } {
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(raw);
  const env = task.create(options, seed);
  const stream = new Stream(keyOf(seed, 7), 0);
  const seats = task.seats(options);
  const random = task.bots.find((bot) => bot.name === 'random')!;
  const players = Array.from({ length: seats }, (_, seat) => random.create({ seed: seed + seat, errorPermille: 1000 }));
  const open: ({ from: number; text: string; action: Action<Json>; due: number } | undefined)[] = [];
  const events: TraceEvent[] = [];
  const written: Written[] = [];
  let seq = 0;
  for (let tick = 0, at = env.nextPublish(0); tick < ticks; tick++, at = env.nextPublish(at)) {
    env.advance(at);
    for (let seat = 0; seat < seats; seat++) {
      const state: unknown = env.observe(seat);
      const waiting = open[seat];
      if (!waiting) {
        open[seat] = { from: at, text: task.text(state), action: players[seat]!.decide(state), due: tick + stream.between(1, 9) };
        events.push({ kind: 'observe', seat, seq: ++seq, at, lateUs: 0 });
        continue;
      }
      if (tick < waiting.due) continue;
      open[seat] = undefined;
      const { from, text, action } = waiting;
      const own = events.findLast((event) => event.kind === 'observe' && event.seat === seat) as { seq: number };
      const settled = { seat, seq: own.seq, at, latencyUs: at - from };
      const roll = stream.below(6);
      if (roll < 2) env.unanswered?.(seat, at);
      if (roll === 0) events.push({ kind: 'miss', ...settled });
      else if (roll === 1) events.push({ kind: 'reject', ...settled, realUs: 1, reason: 'no action in it', telemetry: { answer: 'I would rather not' } });
      else events.push({ kind: 'act', ...settled, realUs: 1, action, landing: env.act(seat, action, at, at - from) }); // prettier-ignore
      const last = events.at(-1)!;
      const outcome = last.kind === 'act' ? (last.landing.accepted ? 'landed' : 'refused') : last.kind === 'miss' ? 'missed' : 'rejected';
      written.push({ seat, from, at, outcome, action: last.kind === 'act' ? task.write(action) : null, text });
    }
  }
  const header = { tickbench: 'trace.v1', id: 'x', task: name, rules: task.rules, options, seed, clock: 'virtual', speed: 1, tickUs: task.tick(options).us, timeoutUs: 1e6, seats: Array.from({ length: seats }, (_, i) => ({ name: `seat ${i}`, kind: 'bot' as const, addedUs: 0 })), host: {}, startedAt: '' }; // prettier-ignore
  return { trace: { header, events } as unknown as Trace, written };
}

describe('decisions of a recorded match', () => {
  for (const [name, options, ticks] of [
    ['fighter', { rounds: 1, roundSeconds: 5 }, 240],
    ['hft', { durationUs: 4_000_000, market: { kind: 'synthetic', preset: 'news-wire' }, seats: 2 }, 300],
  ] as const)
    it(`of ${name}: each with what became of it and what its seat was shown, whatever was looked at before`, () => {
      const { trace, written } = played(name, options, 3, ticks);
      const task = taskNamed(name);
      const read = readDecisions(trace, task, thinkingSpans(trace, task));
      expect(read.map(({ seat, from, at, outcome, action }) => ({ seat, from, at, outcome, action }))).to.deep.equal(
        written.map(({ text: _, ...each }) => each),
      );
      for (const kind of ['landed', 'rejected', 'missed']) expect(read.some(({ outcome }) => outcome === kind), kind).to.equal(true); // prettier-ignore
      const playback = new Playback(trace);
      expect(playback.replay.diverged).to.equal(undefined);
      const digest = playback.digest();
      for (const i of written.map((_, i) => (i * 7) % written.length))
        expect(playback.shown(written[i]!.seat, written[i]!.from), `decision ${i}`).to.equal(written[i]!.text);
      playback.seek(playback.last);
      expect(playback.digest(), 'looking changes nothing').to.equal(digest);
    });

  it('tell a model’s own words, why nothing landed, and a failed call apart from a bad answer', () => {
    const { trace } = played('fighter', { rounds: 1, roundSeconds: 5 }, 4, 120);
    const task = taskNamed('fighter');
    const rejected = trace.events.find((event) => event.kind === 'reject')!;
    const landed = trace.events.find((event) => event.kind === 'act')!;
    Object.assign(rejected, { failure: 'http', reason: 'the server says 500', telemetry: {} });
    Object.assign(landed, { telemetry: { answer: 'well: guard_high;', firstTokenUs: 9000, promptTokens: 7 } });
    const spans = thinkingSpans(trace, task);
    spans[(landed as { seat: number }).seat]!.find(({ at }) => at === landed.at)!.stale = true;
    const read = readDecisions(trace, task, spans);
    const at = (event: TraceEvent) => read.find((each) => each.at === event.at && each.seat === event.seat)!;
    expect(at(rejected)).to.include({ outcome: 'rejected', failure: 'http', why: 'the server says 500', action: null, answer: null });
    expect(at(landed)).to.include({ isStale: true, answer: 'well: guard_high;', failure: null });
    expect(at(landed).call).to.deep.equal({ firstTokenUs: 9000, promptTokens: 7 });
    expect(read.filter(({ isStale }) => isStale)).to.have.length(1);
  });
});
