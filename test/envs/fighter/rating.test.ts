/** How late an agent plays, from the command line: bots in process, and recorded matches. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fighterCommand } from '../../../harness/cli/fighter/command.js';
import { script } from '../../../harness/cli/fighter/duels.js';
import { ratedTraces } from '../../../harness/cli/fighter/traces.js';
import { packageRoot } from '../../../harness/host/root.js';
import { playDuels } from '../../../scoring/ratings/duels.js';
import { playsLike } from '../../../scoring/ratings/plays-like.js';
import { fighter } from '../../../envs/fighter/task.js';

let folder: string;

function tickbench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('fighter: plays like', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('the reference itself plays like its own delay', () => {
    const games = [4, 8, 12, 16, 24].flatMap((delay, i) => {
      const settings = { options: {}, games: 60, firstSeed: 1 + i * 60, jitterTicks: 1 };
      return playDuels(fighter, script('expert', 12), script('expert', delay), settings).points.map((points) => ({ delay, points }));
    });
    const { delay } = playsLike(games);
    expect(delay.value).within(9, 16);
    expect(delay.low).most(12.5);
    expect(delay.high).least(11.5);
  });

  it('rates agents by recorded matches against the reference, and says what it leaves out', async () => {
    const ran = await tickbench(
      ...['run', 'fighter', '--seat', 'bot:expert:20%@100ms', '--seat', 'bot:expert@800ms', '--clock', 'virtual'],
      ...['--options', '{"rounds":1,"roundSeconds":20}', '--trace', 'a.jsonl.gz'],
    );
    expect(ran.code, ran.err).equal(0);
    copyFileSync(join(folder, 'a.jsonl.gz'), join(folder, 'again.jsonl.gz'));
    const { agents, left } = await ratedTraces(fighter, [join(folder, '*.jsonl.gz')], 'expert');
    expect(agents.map(({ name }) => name)).deep.equal(['expert 20% random @100 ms']);
    expect(agents[0]!.games.map(({ delay }) => delay)).deep.equal([48]);
    expect(left.length).equal(1);
    expect(left[0]).match(/again.jsonl.gz: the match .* was read before/);
    const other = await ratedTraces(fighter, [folder], 'rush').catch((error: Error) => error.message);
    expect(other).match(/no match to rate by; .*not an agent against bot:rush@DELAY/);
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
