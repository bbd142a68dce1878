/** Recorded markets from the command line: played with what was cleaned told, replayed without the file, exported. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../harness/host/root.js';
import { file, LOBSTER_BOOK, LOBSTER_MESSAGES } from './files.js';

let folder: string;

function tickbench(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe('replay: on the command line', () => {
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-replay-cli-'))));
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('plays a recorded market, tells what was cleaned, replays the trace without the file and exports it', async () => {
    const messages = file('TEST_2020-01-02_message_2.csv', LOBSTER_MESSAGES);
    const orderbook = file('TEST_2020-01-02_orderbook_2.csv', LOBSTER_BOOK);
    const played = ['--seat', 'bot:maker@50ms', '--clock', 'virtual', '--trace', 'm.jsonl.gz', '--json'];
    const ran = await tickbench('run', 'hft', '--market', `lobster:${messages},${orderbook}`, '--symbol', 'TEST', ...played);
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.err)
      .to.match(/1 trading halts \(first in row 9\): cut out/)
      .and.match(/agrees with all 11 rows/);
    const { market, digest } = JSON.parse(ran.out) as { market: { book: string; symbol: string; findings: unknown[] }; digest: string };
    expect(market).to.include({ book: 'recorded', symbol: 'TEST' });
    expect(market.findings).to.have.length(6);
    rmSync(messages);
    const again = await tickbench('replay', 'm.jsonl.gz', '--json');
    expect(JSON.parse(again.out)).to.include({ same: true, digest });
    const exported = await tickbench('market', 'export', 'm.jsonl.gz', '--out', 'lobster');
    expect(exported.code, exported.err).to.equal(0);
    expect(exported.out).to.match(/TEST \(TEST 09:30:00: recorded LOBSTER messages/);
  });

  it('refuses a file that is none, in one line', async () => {
    const broken = file('m.csv', ['a,b', 'c,d']);
    const ran = await tickbench('run', 'hft', '--market', `lobster:${broken}`);
    expect(ran.code).to.equal(1);
    expect(ran.err).to.match(/row 1, column 1: "a"; accepted: rows of time, type \(1-7\)/);
    expect((await tickbench('run', 'hft', '--market', `lobster:${broken}`, '--options', '{"durationUs":1000000}')).err).to.match(
      /--options durationUs: beside --market; accepted: how long it is by --minutes alone/,
    );
    expect((await tickbench('run', 'hft', '--market', 'tape:x')).err).to.match(
      /accepted: ohlc:\[SYMBOL=\]FILE.*lobster:MESSAGES\[,ORDERBOOK\], mbo:FILE/,
    );
  });
});
