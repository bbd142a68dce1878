/** Any frame of a recorded match, reached in any order, is the world as it was then. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyTask } from '../../../envs/environment.js';
import { keyOf, Stream } from '../../../envs/random.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { Playback } from '../../../harness/traces/playback.js';
import { thinkingAt, thinkingSpans } from '../../../harness/traces/thinking.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

/** A trace of random players, with rejections, misses and an agent that goes, made without a match server; and the digest after each tick. */
function randomTrace(task: AnyTask, raw: unknown, seed: number, ticks: number): { trace: Trace; digests: string[] } {
  const options: unknown = task.parseOptions(raw);
  const env = task.create(options, seed);
  const stream = new Stream(keyOf(seed, 1), 0);
  const random = task.bots.find((bot) => bot.name === 'random')!;
  const seats = task.seats(options);
  const players = Array.from({ length: seats }, (_, seat) => random.create({ seed: seed + seat, errorPermille: 1000 }));
  const events: TraceEvent[] = [];
  const digests = [env.digest()];
  let at = 0;
  for (let tick = 1; tick <= ticks; tick++) {
    const before = at;
    at = env.nextPublish(at);
    for (let seat = 0; seat < seats; seat++) {
      if (!stream.chance(1, 6)) continue;
      const lands = stream.between(before + 1, at - 1);
      const settled = { seat, seq: tick, at: Math.max(lands, env.now), latencyUs: 1000 };
      const roll = stream.below(10);
      if (roll === 0) {
        env.unanswered?.(seat, settled.at);
        events.push({ kind: 'miss', ...settled });
      } else if (roll === 1) {
        env.leave(seat, settled.at);
        events.push({ kind: 'leave', seat, at: settled.at, reason: 'test' });
      } else {
        const action = players[seat]!.decide(env.observe(seat));
        const landing = env.act(seat, action, settled.at, settled.latencyUs);
        events.push({ kind: 'act', ...settled, realUs: 1, action, landing });
      }
    }
    env.advance(at);
    digests.push(env.digest());
  }
  const tickUs = task.tick(options).us;
  const header = { tickbench: 'trace.v1', id: 'x', task: task.name, rules: task.rules, options, seed, clock: 'virtual', speed: 1, tickUs, timeoutUs: 1e6, seats: Array.from({ length: task.seats(options) }, (_, i) => ({ name: `seat ${i}`, kind: "bot" as const, addedUs: 0 })), host: {}, startedAt: '' }; // prettier-ignore
  return { trace: { header, events } as unknown as Trace, digests };
}

describe('playback of a trace', () => {
  for (const [name, options, ticks] of [
    ['fighter', { rounds: 1, roundSeconds: 5 }, 250],
    ['hft', { durationUs: 3_000_000 }, 200],
  ] as const)
    // prettier-ignore
    it(`of ${name}: every frame, in whatever order it is asked for`, () => {
      const { trace, digests } = randomTrace(taskNamed(name), options, 5, ticks);
      const seen: string[] = [];
      const playback = new Playback(trace, (env, frame) => (seen[frame] = env.digest()));
      expect(playback.replay.diverged).to.equal(undefined);
      // Without a footer it stops at its last event.
      expect(playback.last).to.be.within(ticks - 30, ticks);
      expect(seen.slice(0, playback.last)).to.deep.equal(digests.slice(0, playback.last));
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: playback.last }), { maxLength: 12 }), (frames) => {
          for (const frame of frames) {
            playback.seek(frame);
            expect(playback.digest()).to.equal(seen[frame]);
            expect(playback.frameAt(playback.times[frame]!)).to.equal(frame);
          }
        }),
        { numRuns: 40 },
      );
    });

  it('tells what each seat was thinking at any moment', () => {
    const settled = { seat: 0, seq: 1, at: 300, latencyUs: 200, realUs: 5 };
    const events: TraceEvent[] = [
      { kind: 'observe', seat: 0, seq: 1, at: 100, lateUs: 0 },
      { kind: 'act', ...settled, action: { plan: [] }, landing: { at: 300, accepted: true } },
      { kind: 'observe', seat: 0, seq: 2, at: 400, lateUs: 0 },
      { kind: 'miss', seat: 0, seq: 2, at: 900, latencyUs: 500 },
      { kind: 'observe', seat: 0, seq: 3, at: 1000, lateUs: 0 },
    ];
    const trace = { header: { seats: [{}] }, events } as unknown as Trace;
    const [spans] = thinkingSpans(trace, taskNamed('fighter'));
    const at = (time: number): unknown => Object.values(thinkingAt(spans!, time));
    expect(at(99)).to.deep.equal([null, null, null, null]);
    expect(at(299)).to.deep.equal([100, null, null, null]);
    expect(at(300)).to.deep.equal([null, 200, 'act', 'none;']);
    expect(at(500)).to.deep.equal([400, 200, 'act', 'none;']);
    expect(at(950)).to.deep.equal([null, 500, 'miss', null]);
    expect(at(5000)).to.deep.equal([1000, 500, 'miss', null]);
  });
});
