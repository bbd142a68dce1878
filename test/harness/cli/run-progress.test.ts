/** What a match's command says before it and while it runs. */
import { expect } from 'chai';
import { announcement, RunProgress } from '../../../harness/cli/run-progress.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import type { Player } from '../../../harness/seating/seats.js';

describe('what run says', () => {
  const bot = (name: string, givenUs: number): Player => ({ kind: 'bot', bot: name, errorPermille: 0, givenUs, addedUs: 0 });
  const announced = (name: string, raw: object, clock: 'wall' | 'virtual', speed: number, players: Player[]): string => {
    const task = taskNamed(name);
    return announcement({ task, options: task.parseOptions(raw), players, clock, speed, seed: 7, trace: 'results/x.jsonl.gz' });
  };

  it('names who plays what, on which clock, for how long, and where the trace goes', () => {
    const fight = announced('fighter', { rounds: 1, roundSeconds: 20 }, 'wall', 4, [bot('expert', 300_000), bot('rush', 100_000)]);
    expect(fight).to.equal(
      "fighter: expert @300 ms against rush @100 ms, wall clock at 4x life, seed 7; 21 s of the world's time at most, 5.3 s of real time; trace: results/x.jsonl.gz",
    );
    expect(announced('hft', { durationUs: 60_000_000 }, 'virtual', 1, [bot('expert', 1000)])).to.match(
      /^hft: expert @1 ms, virtual clock, seed 7; 60 s .*up to about 60 s of real time/,
    );
    const task = taskNamed('hft');
    const secret = { task, options: task.parseOptions({}), players: [bot('expert', 1000)], clock: 'wall', speed: 1, trace: 'x' } as const;
    expect(announcement(secret)).to.include('wall clock, a seed that is drawn; ');
    expect(announced('hft-paper', {}, 'virtual', 1, [bot('swing', 0)])).to.match(/as long as its agents think/);
  });

  it('draws how far a match is on a terminal, in one line of its width, and nothing elsewhere', () => {
    for (const isTTY of [true, false]) {
      let written = '';
      const progress = new RunProgress({ isTTY, columns: 40, write: (text) => (written += text) }, 60_000_000);
      progress.see({ kind: 'miss', seat: 0, seq: 1, at: 12_000_000, latencyUs: 1 });
      progress.begin();
      progress.say('somebody is here');
      progress.stop();
      expect(written).to.include('somebody is here\n');
      if (!isTTY) {
        expect(written).to.equal('somebody is here\n');
        continue;
      }
      expect(written).to.include('starting the agents').and.include('playing: 12 s of at most 60 s, 1 decis');
      for (const line of written.split(/\r\x1b\[K|\n/)) expect(line.length).to.be.lessThan(40); // eslint-disable-line no-control-regex -- the terminal's own
    }
  });
});
