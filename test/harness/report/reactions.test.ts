/** A human's reaction times, read off a fight that was made for it. */
import { expect } from 'chai';
import { keyboard } from '../../../envs/fighter/keyboard/keys.js';
import { fighter } from '../../../envs/fighter/task.js';
import { reactionReport, reactionsOf } from '../../../harness/report/reactions.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

describe('a human’s reactions', () => {
  it('gives reaction times from the first frame of the opponent’s move to the next key', () => {
    const env = fighter.create(fighter.parseOptions({ rounds: 1, roundSeconds: 8 }), 3);
    const events: TraceEvent[] = [];
    const act = (seat: number, at: number, plan: { action: string }[], answer?: string): void => {
      const action = { plan };
      const landing = env.act(seat, action, at);
      events.push({
        kind: 'act',
        seat,
        seq: 1,
        at,
        latencyUs: 1,
        realUs: 1,
        action,
        landing,
        ...(answer ? { telemetry: { answer } } : {}),
      });
    };
    const move = keyboard().find(({ code }) => code === 'KeyJ')!.action;
    // Begins on the frame after it landed: 1,000,000 is frame 60, so frame 61.
    act(1, 1_000_000, [{ action: move }]);
    act(0, 1_200_000, [{ action: move }]);
    act(0, 1_316_683, [{ action: move }], 'pressed J');
    act(1, 3_000_000, [{ action: move }]);
    act(0, 3_050_000, [{ action: move }], 'pressed J');
    act(1, 5_000_000, [{ action: move }]);
    act(0, 7_000_000, [{ action: move }], 'pressed J');
    const header = {
      task: 'fighter',
      rules: fighter.rules,
      options: { rounds: 1, roundSeconds: 8 },
      seed: 3,
      tickUs: 16_666,
      speed: 1,
      seats: [{}, {}],
    };
    const reactions = reactionsOf({ header, events } as unknown as Trace, 0);
    expect(reactions.map(({ stimulus: name, at, reactionUs }) => [name, at, reactionUs])).to.deep.equal([
      [move, 1_016_666, 300_017],
      [move, 3_016_666, 33_334],
    ]);
    expect(reactionReport(reactions)).to.deep.equal({ count: 1, guesses: 1, medianUs: 300_017, fastestUs: 300_017 });
    expect(reactionReport([])).to.deep.equal({ count: 0, guesses: 0, medianUs: null, fastestUs: null });
  });
});
