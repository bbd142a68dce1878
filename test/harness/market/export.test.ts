/** A trace exported: its files, and what the README beside them owns up to. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, Results } from '../../../envs/environment.js';
import { hft } from '../../../envs/hft/task.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { latenessOf } from '../../../harness/match/lateness.js';
import { exportTrace } from '../../../harness/market/export.js';
import { replayTrace } from '../../../harness/traces/replay.js';

/** What comes of the match below when nobody but it trades. */
function playedOut(options: ReturnType<typeof hft.parseOptions>): Results {
  const env = hft.create(options, 4);
  env.act(0, { plan: [{ do: 'buy', size: 3 }] } as never, 500_000);
  env.advance(2_000_000);
  return env.results();
}

/** A match of two symbols in which one seat buys once. */
function trace(): Trace {
  const options = hft.parseOptions({ durationUs: 2_000_000, symbols: [{}, {}] });
  const plan = [{ do: 'buy', size: 3 }];
  const landed = hft.create(options, 4).act(0, { plan } as never, 500_000);
  const seat = { name: 'one', kind: 'bot' };
  const whole = {
    header: {
      tickbench: 'trace.v1', id: 'm1', task: 'hft', rules: hft.rules, options: options as unknown as Json, seed: 4, clock: 'virtual', speed: 1,
      tickUs: 10_000, timeoutUs: 5_000_000, seats: [seat], host: {}, startedAt: '2026-01-02T03:04:05.000Z',
    },
    events: [{ kind: 'act', seat: 0, at: 500_000, seq: 1, action: { plan }, landing: landed }],
    footer: { results: playedOut(options), lateness: latenessOf([], 10_000), verdict: { counts: true, reasons: [] }, digest: '' },
  } as unknown as Trace; // prettier-ignore
  whole.footer!.digest = replayTrace(whole).digest;
  return whole;
}

describe('replay: export of a match', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-export-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a pair of files for each symbol and says what is synthetic', () => {
    const { same, files } = exportTrace(trace(), folder);
    expect(same).to.equal(true);
    expect(files.map(({ symbol }) => symbol)).to.deep.equal(['SYN', 'SYN2']);
    for (const { messages, orderbook, rows } of files) {
      expect(messages).to.match(/SYN2?_2026-01-02_34200000_34202000_message_10\.csv$/);
      expect(readFileSync(messages, 'utf8').trimEnd().split('\n')).to.have.length(rows);
      expect(readFileSync(orderbook, 'utf8').trimEnd().split('\n')).to.have.length(rows);
    }
    expect(readFileSync(join(folder, 'README.txt'), 'utf8')).to.match(/SYN: synthetic .*messages/);
    expect(existsSync(join(folder, 'README.txt'))).to.equal(true);
  });

  it('says so when the trace does not play to its digest', () => {
    const other = trace();
    other.footer!.digest = '0000000000000000';
    const { same, readme } = exportTrace(other, folder);
    expect(same).to.equal(false);
    expect(readme).to.contain('DID NOT PLAY TO ITS RECORDED DIGEST');
  });

  it('ends in words where nothing can be written', function () {
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    expect(() => exportTrace(trace(), file)).to.throw(/EEXIST|in the way/);
    expect(() => exportTrace(trace(), join(file, 'inside'))).to.throw(/ENOTDIR|EEXIST/);
    expect(() => exportTrace(trace(), '')).to.throw('--out "": accepted: a folder');
    expect(readFileSync(file, 'utf8')).to.equal('mine');
    // A file system of the kernel's own: it has folders and takes none.
    if (!existsSync('/proc/self')) return this.skip();
    expect(() => exportTrace(trace(), '/proc/none/inside')).to.throw('/proc/none: no folder can be made here');
    expect(() => exportTrace(trace(), '/proc')).to.throw('no file can be made in this folder; accepted: a folder for new files (--out)');
  });

  it('refuses matches of another task', () => {
    const other = { ...trace() };
    other.header = { ...other.header, task: 'fighter' };
    expect(() => exportTrace(other, tmpdir())).to.throw('accepted: traces of hft');
  });
});
