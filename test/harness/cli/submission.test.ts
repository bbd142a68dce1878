import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../harness/host/root.js';
import { forged, sweepFolder, tinySweep, type Tiny } from '../submission/tiny.js';

/** Runs the program. */
async function tickbench(args: string[], env: Record<string, string> = {}): Promise<{ status: number; out: string; error: string }> {
  const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
    return { status: 0, out: stdout, error: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, error: stderr };
  }
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
    expect(said.entries[0]).to.deep.include({ name: 'alpha', accepted: true, why: null, traces: 5, refused: [] });
    expect(said.entries[0].figures.reward.n).to.equal(5);
  });

  it('refuse in one sentence, and exit 1, what a board would refuse', async () => {
    const wrong = sweepFolder(
      join(root, 'forged'),
      tiny.traces.map((trace, i) => (i === 0 ? forged(trace, (draft) => (draft.footer!.results.reward[0]! += 1), false) : trace)),
    );
    const { status, out } = await tickbench(['verify', wrong, '--plans', tiny.plans]);
    expect(status).to.equal(1);
    expect(out.replace(/\s+/g, ' ')).to.match(
      /hft alpha: would be refused: a trace is not accepted.*measure on seed 100: .*results: the footer says/,
    );
    const cases: [string[], RegExp][] = [
      [['submit', tiny.folder], /where to\? accepted: --to URL/],
      [['submit', tiny.folder, '--to', 'http://me:hush@x'], /a token comes by TICKBENCH_BOARD_TOKEN/],
      [
        ['submit', tiny.folder, '--to', 'http://127.0.0.1:9', '--as', 'Ann', '--key', join(root, 'none')],
        /no key there; tickbench keys makes one/,
      ],
    ];
    for (const [args, words] of cases) {
      const answer = await tickbench(args);
      expect(answer.status, args.join(' ')).to.equal(1);
      expect(answer.error.replace(/\s+/g, ' ')).to.match(words).and.not.contain('hush@');
    }
  });
});
