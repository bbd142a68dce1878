import { expect } from 'chai';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { submitCommand } from '../../../harness/cli/submit.js';
import { packageRoot } from '../../../harness/host/root.js';
import { makeKeys } from '../../../harness/submission/keys.js';
import { forged, sweepFolder, tinySweep, type Tiny } from '../submission/tiny.js';

const MAIN = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');

/** Runs the program. */
async function tickbench(args: string[], env: Record<string, string> = {}): Promise<{ status: number; out: string; error: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
    return { status: 0, out: stdout, error: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, error: stderr };
  }
}

/** What a verb is refused with, in this process: a program of its own takes a second of processor time to begin. */
function refusal(args: string[]): Promise<Error> {
  return submitCommand().exitOverride().parseAsync(args, { from: 'user' }).then(() => new Error('nothing was refused'), (error: Error) => error); // prettier-ignore
}

/** A board that takes every bundle, and answers questions about it as it is told to: a status with what is said, or nothing. */
async function scriptedBoard(answers: ([number, object] | 'nothing')[]): Promise<{ url: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => {
      const answer = request.method === 'POST' ? ([202, { id: '7', status: 'pending', why: null, entries: [] }] as const) : answers.shift();
      if (!answer || answer === 'nothing') request.socket.destroy();
      else response.writeHead(answer[0], { 'content-type': 'application/json' }).end(JSON.stringify(answer[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close: () => server.close() };
}

describe('tickbench keys, verify and submit', () => {
  let tiny: Tiny;
  let root: string;
  before(async () => {
    tiny = await tinySweep();
    root = dirname(tiny.folder);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  it('make a key and a signed bundle, and say of it what a board would', async () => {
    const key = join(root, 'key.pem');
    const made = await tickbench(['keys', '--key', key, '--json']);
    expect(JSON.parse(made.out)).to.include({ file: key }).and.to.have.property('key').that.matches(/^ed25519:/); // prettier-ignore
    expect(made.out + made.error).to.not.contain('PRIVATE');
    expect(statSync(key).mode & 0o777).to.equal(0o600);
    const about = join(root, 'about.yaml');
    writeFileSync(about, 'submitter: Ann Example\nentries: { all: { hardware: a toaster } }\n');
    const bundle = join(root, 'bundle.tar');
    const written = await tickbench(['submit', tiny.folder, '--plans', tiny.plans, '--key', key, '--about', about, '--out', bundle]);
    expect(written).to.deep.equal({ status: 0, out: `${bundle}\n`, error: '' });
    expect(existsSync(bundle)).to.equal(true);
    const { status, out } = await tickbench(['verify', bundle, '--plans', tiny.plans, '--json']);
    const said = JSON.parse(out);
    expect(status).to.equal(0);
    expect(said.entries).to.have.length(1);
    // By what answers were drawn, to repeat it.
    expect(said.draw).to.match(/^[0-9a-f]{64}$/);
    expect(said.entries[0]).to.deep.include({ name: 'alpha', accepted: true, why: null, traces: 5, played: 5, refused: [] });
    expect(said.entries[0].figures.reward.n).to.equal(5);
  });

  it('refuse in one sentence, and exit 1, what a board would refuse', async () => {
    const wrong = sweepFolder(
      join(root, 'forged/tiny'),
      tiny.traces.map((trace, i) => (i === 0 ? forged(trace, (draft) => (draft.footer!.results.reward[0]! += 1), false) : trace)),
    );
    const { status, out } = await tickbench(['verify', wrong, '--plans', tiny.plans]);
    expect(status).to.equal(1);
    expect(out.replace(/\s+/g, ' ')).to.match(
      /hft alpha: would be refused: a trace is not accepted.*measure on seed 100: .*results: the footer says/,
    );
    // Nothing of it is proven.
    expect(out).to.not.contain('Proven');
    const missing = await tickbench(['submit', tiny.folder, '--to', 'http://127.0.0.1:9', '--as', 'Ann', '--key', join(root, 'none')]);
    expect(missing.status).to.equal(1);
    expect(missing.error.replace(/\s+/g, ' ')).to.match(/no key there; tickbench keys makes one/);
    expect((await refusal([tiny.folder])).message).to.match(/where to\? accepted: --to URL/);
    expect((await refusal([tiny.folder, '--to', 'http://me:hush@x'])).message)
      .to.match(/a token comes by TICKBENCH_BOARD_TOKEN/)
      .and.not.contain('hush');
  });

  it('make the key of whoever submits for the first time at its usual place alone, once', async () => {
    const home = join(root, 'home');
    const own = { HOME: home, TICKBENCH_KEY: undefined } as unknown as Record<string, string>;
    const args = ['submit', tiny.folder, '--plans', tiny.plans, '--as', 'Ann', '--out'];
    const first = await tickbench([...args, join(root, 'first.tar')], own);
    const key = join(home, '.config', 'tickbench', 'key.pem');
    expect([first.status, first.error]).to.deep.equal([0, `made your key, ${key}: keep it, it is who you are on a board\n`]);
    expect(statSync(key).mode & 0o777).to.equal(0o600);
    const again = await tickbench([...args, join(root, 'again.tar')], own);
    expect([again.status, again.error]).to.deep.equal([0, '']);
    // A place that was named has a key, or is refused.
    const named = await tickbench([...args, join(root, 'named.tar')], { ...own, TICKBENCH_KEY: join(root, 'nowhere.pem') });
    expect([named.status, existsSync(join(root, 'nowhere.pem'))]).to.deep.equal([1, false]);
  });

  it('ask again about what was received when a board is silent for a while, and not when it refuses', async () => {
    const key = join(root, 'own.pem');
    makeKeys(key);
    const args = [tiny.folder, '--plans', tiny.plans, '--as', 'Ann', '--key', key, '--to'];
    const entries = [{ id: '8', task: 'hft', name: 'alpha', status: 'accepted', why: null }];
    const silent = await scriptedBoard(['nothing', [200, { id: '7', status: 'verified', why: null, entries }]]);
    const gone = await scriptedBoard([[404, { error: { code: 'no_submission', message: 'no such submission' } }]]);
    const [answer, refused] = await Promise.all([tickbench(['submit', ...args, silent.url]), refusal([...args, gone.url])]);
    expect(answer).to.deep.equal({
      status: 0,
      out: 'Submission 7 is verified.\nhft alpha: accepted (entry 8)\n',
      error: 'received as submission 7\n',
    });
    const [sent, question] = ['POST /api/v1/submissions', 'GET /api/v1/submissions/7'];
    expect(silent.asked).to.deep.equal([sent, question, question]);
    expect(refused.message).to.match(/^submission 7 was received, but .* the board refuses \(404\): no such submission$/);
    expect(gone.asked).to.deep.equal([sent, question]);
    silent.close();
    gone.close();
  });
});

describe('tickbench serve', () => {
  it('ends with a status of its own when its server crashes, and with none when it is ended', async () => {
    for (const isCrash of [true, false]) {
      const serve = spawn(process.execPath, [MAIN, 'serve', '--port', '0', '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(createInterface({ input: serve.stdout }), 'line');
      // Who it started, as Linux tells it.
      const [server] = readFileSync(`/proc/${serve.pid}/task/${serve.pid}/children`, 'utf8').trim().split(' ').map(Number);
      const ended = once(serve, 'exit');
      process.kill(isCrash ? server! : serve.pid!, isCrash ? 'SIGKILL' : 'SIGTERM');
      expect((await ended)[0], isCrash ? 'crash' : 'end').to.equal(isCrash ? 1 : 0);
    }
  });
});
