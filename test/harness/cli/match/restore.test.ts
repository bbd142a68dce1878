/** `tickbench match restore`: what a model was told by the command, it is told again; and what no timer can wait is refused. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { timerSeconds } from '../../../../harness/cli/values.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { scriptedEndpoint, type ScriptedEndpoint } from '../../sweep/scripted-endpoint.js';

describe('tickbench match restore', () => {
  let folder: string;
  let endpoint: ScriptedEndpoint;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-restore-'));
    endpoint = await scriptedEndpoint();
    writeFileSync(join(folder, 'c.yaml'), `endpoint: { kind: openai, url: "${endpoint.url}", model: steady }\nrequest: {}\n`);
  });
  after(() => {
    endpoint.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const tickbench = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [join(packageRoot(), 'dist/harness/cli/main.js'), ...args], { cwd: folder }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });

  it('goes on with a model under the prompt that the command gave it, and with no other', async () => {
    const match = [
      'run',
      'hft',
      '--seat',
      'model:c.yaml',
      '--prompt',
      'terse',
      '--options',
      '{"durationUs":1000000}',
      '--clock',
      'virtual',
    ];
    const ran = await tickbench(...match, '--trace', 'm.jsonl.gz', '--checkpoint-every', '0.05', '--json');
    expect(ran.code, ran.err).to.equal(0);
    const restore = ['match', 'restore', 'm.checkpoint.gz', '--trace', 'again.jsonl.gz', '--json'];
    const another = await tickbench(...restore, '--model', 'c.yaml');
    expect(another.err).to.match(/was played by a configuration of identity \w+; .* has \w+, which is another model, prompt/);
    const before = endpoint.prompts.length;
    const again = await tickbench(...restore, '--model', 'c.yaml', '--prompt', 'terse');
    expect(again.code, again.err).to.equal(0);
    expect(again.out)
      .to.match(/"digest":"[0-9a-f]{16}"/)
      .and.to.include('The match was moved');
    expect(endpoint.prompts.length).to.be.greaterThan(before);
    const unread = await tickbench(...restore, '--prompt', 'terse');
    expect(unread.err).to.match(/--prompt terse: no model plays; accepted: with --model FILE.yaml/);
  });

  it('refuses a time that no timer can wait', async () => {
    const words = /a number of seconds above 0 is expected, at most 2147483 \(24 days\)/;
    for (const text of ['2147484', 'Infinity', '1e10', '0', '-1', 'soon', '']) expect(() => timerSeconds(text), text).to.throw(words);
    for (const text of ['0.05', '600', '2147483']) expect(timerSeconds(text)).to.equal(Number(text));
    const [restored, ran] = await Promise.all([
      tickbench('match', 'restore', 'x', '--checkpoint-every', '2147484'),
      tickbench('run', 'fighter', '--wait', '1e10'),
    ]);
    for (const { code, err } of [restored, ran]) {
      expect(code).to.equal(1);
      expect(err.replace(/\s+/g, ' ')).to.match(words);
    }
  });
});
