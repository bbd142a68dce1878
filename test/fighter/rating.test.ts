/** How late an agent plays, from the command line: bots in process, and recorded matches. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fighterCommand } from '../../harness/cli/fighter.js';
import { packageRoot } from '../../harness/root.js';
import type { PlaysLike } from '../../scoring/plays-like.js';

let folder: string;

function tickbench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/harness/cli/main.js'), ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

type Said = { rated: { name: string; rating: PlaysLike }[]; left: string[] };

describe('fighter: plays like', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('the reference itself plays like its own delay', async () => {
    const { out, code } = await tickbench('fighter', 'plays-like', 'expert@200ms', '--delays', '4,8,12,16,24', '--games', '60', '--json');
    expect(code).equal(0);
    const { delay, rungs } = (JSON.parse(out) as Said).rated[0]!.rating;
    expect(delay.value).within(9, 15);
    expect(delay.low).most(12.5);
    expect(delay.high).least(11.5);
    expect(rungs.length).equal(5);
  });

  it('rates agents by recorded matches against the reference, and says what it leaves out', async () => {
    const options = ['--clock', 'virtual', '--options', '{"rounds":1,"roundSeconds":20}'];
    const play = (seat: string, opponent: string, seed: number) =>
      tickbench('run', 'fighter', '--seat', seat, '--seat', opponent, '--seed', String(seed), ...options, '--trace', `${seed}.jsonl.gz`);
    const played = [await play('bot:expert:20%@100ms', 'bot:expert@800ms', 1), await play('bot:expert@50ms', 'bot:hold@50ms', 2)];
    for (const { code, err } of played) expect(code, err).equal(0);
    const { out, err } = await tickbench('fighter', 'plays-like', '--traces', '*.jsonl.gz', '--json');
    expect(err).equal('');
    const { rated, left } = JSON.parse(out) as Said;
    const agent = rated.find((each) => each.name.startsWith('expert 20% random'))!;
    expect(agent.rating.rungs.map((rung) => [rung.delay, rung.share.n])).deep.equal([[48, 1]]);
    expect(rated.some((each) => each.name.startsWith('hold'))).true;
    expect(left).deep.equal([]);
  });

  it('refuses what it cannot do, saying what is accepted', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      try {
        await fighterCommand().parseAsync(args, { from: 'user' });
      } catch (error) {
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(await refused('plays-like', 'nobody')).match(/fighter has expert/);
    expect(await refused('plays-like')).match(/a bot is expected, or --traces/);
    expect(await refused('plays-like', 'expert', '--delays', '6,x')).match(/whole frames/);
    expect(await refused('plays-like', 'expert', '--errors', '200')).match(/at most 100/);
    expect(await refused('plays-like', '--traces', join(folder, 'nowhere'))).match(/nowhere: .*folders of them are expected/);
    expect(await refused('plays-like', '--traces', join(folder, '*.txt'))).match(/no trace files there/);
    expect(await refused('plays-like', '--traces', folder, '--agent', 'nobody')).match(/no match to rate nobody by; .*not nobody against/);
    expect(await refused('matrix', '--standing', 'jab')).match(/accepted: guard_low/);
    expect(await refused('duels', '--games', '1')).match(/at least 2/);
  });
});
