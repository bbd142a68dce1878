/** `tickbench score` and `cost` as a user types them: formulas and prices that are refused, and what is told of matches without a figure. */
import { expect } from 'chai';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recorded } from '../../evidence/recorded.js';
import { tickbench } from '../../sweep/tickbench.js';

describe('tickbench score and cost', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-score-'));
  before(
    () =>
    recorded([1, 2, 3].map((seed) => ({ path: join(folder, 'traces', `${seed}.jsonl.gz`), task: 'hft', seed, seats: [{ bot: 'reader' }], id: `m${seed}` }))), // prettier-ignore
  );
  after(() => rmSync(folder, { recursive: true }));

  it('score matches by a formula, and fail where no match has one', async () => {
    const scored = await tickbench(['score', 'traces', '--by', '2 * reward - 0.5', '--json'], folder);
    expect(scored).to.include({ code: 0, err: '' });
    const { tasks } = JSON.parse(scored.out) as { tasks: { rows: { name: string; score: { n: number }; bySeed: object }[] }[] };
    expect(tasks[0]!.rows[0]).to.include({ name: 'reader' });
    expect(Object.keys(tasks[0]!.rows[0]!.bySeed)).to.deep.equal(['1', '2', '3']);
    const none = await tickbench(['score', 'traces', '--by', 'reward / (decisions - decisions)'], folder);
    expect(none.code).to.equal(1);
    expect(none.out.replace(/\s+/g, ' ')).to.match(/No score of 3 of reader: m1: the formula gives (no number|an infinite value) for/);
    for (const line of none.out.split('\n')) expect(line.length).to.be.at.most(80);
  });

  it('score the tasks that have what a formula names, and say of the others what they have not', async () => {
    const seats = [{ bot: 'expert' }, { bot: 'rush' }];
    await recorded(
      [4, 5, 6].map((seed) => ({ path: join(folder, 'both', `${seed}.jsonl.gz`), task: 'fighter', seed, seats, id: `m${seed}` })),
    );
    cpSync(join(folder, 'traces'), join(folder, 'both'), { recursive: true });
    const { code, out } = await tickbench(['score', 'both', '--by', 'won', '--json'], folder);
    const told = JSON.parse(out) as { tasks: { task: string; rows: { score: { n: number } }[] }[]; notes: string[] };
    expect({ code, notes: told.notes }).to.deep.equal({ code: 0, notes: ['No score on hft: it has no measure won.'] });
    expect(told.tasks.map(({ task, rows }) => [task, ...rows.map(({ score }) => score.n)])).to.deep.equal([['fighter', 3, 3]]);
    expect((await tickbench(['score', 'traces', '--by', 'won'], folder)).err).to.match(
      /^tickbench: --by: no measure "won"; there are reward, /,
    );
  });

  it('tell a score of any scale by its digits: a small one is no row of zeros, a large one no row of digits that nobody knows', async () => {
    const lines = async (by: string): Promise<string> => (await tickbench(['score', 'traces', '--by', by], folder)).out;
    expect(await lines('0 * reward + 0.0000002'))
      .to.match(/2\.00e-7/)
      .and.not.match(/0\.0000\s/);
    expect(await lines('0 * reward + 123456789012345'))
      .to.match(/1\.23e\+14/)
      .and.not.match(/\d{12} /);
    expect(await lines('0 * reward + 12.5')).to.match(/12\.5/);
  });

  it('refuse a formula that says nothing of a match', async () => {
    const { code, err, out } = await tickbench(['score', 'traces', '--by', '2 ^ 10'], folder);
    expect({ code, out }).to.deep.equal({ code: 1, out: '' });
    expect(err).to.match(
      /^tickbench: --by: "2 \^ 10" names no measure, so that all matches would have one score and it no interval; expected is one of a match: reward, /,
    );
  });

  it('refuse a price that nobody is paid by', async () => {
    writeFileSync(
      join(folder, 'other.yaml'),
      'name: other\nendpoint: { kind: embedded, model: tb-1m, precision: { default: fp8 } }\nrequest: { maxTokens: 24 }\nprice: { perHour: 2, date: 2026-11-01 }\n',
    );
    const { code, err } = await tickbench(['score', 'traces', '--by', 'costUsd', '--price', 'other.yaml'], folder);
    expect(code).to.equal(1);
    expect(err).to.equal('tickbench: --price: nobody called "other" has a match that counts; there are reader\n');
    expect((await tickbench(['cost', 'traces'], folder)).err).to.equal(
      'tickbench: no match of a model counts there; only bots played, which nobody pays for\n',
    );
  });
});
