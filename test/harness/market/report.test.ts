/** A real short match through the command line and back: its report agrees with what the world said, and with other ways of computing it. */
import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Market } from '../../../envs/hft/market.js';
import { hft } from '../../../envs/hft/task.js';
import { reportCommand } from '../../../harness/cli/report.js';
import { renderComparison } from '../../../harness/market/report-text.js';
import { packageRoot } from '../../../harness/host/root.js';
import { reportTrace } from '../../../harness/market/report.js';
import { parseTrace, readTrace } from '../../../harness/traces/reader.js';
import { compareMatches } from '../../../scoring/hft/market/comparison.js';
import { fillMarkouts, HORIZONS_US } from '../../../scoring/hft/market/markouts.js';
import { executionsOf } from '../../../scoring/hft/market/record.js';
import { marketReport, reportJsonSchema } from '../../../scoring/hft/market/schema.js';
import type { Trace } from '../../../scoring/trace/trace.js';

interface Said {
  code: number;
  out: string;
  err: string;
}

let folder: string;

function tickbench(...args: string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** What the command says when it refuses. */
async function refusal(...args: string[]): Promise<string> {
  try {
    await reportCommand().parseAsync(args, { from: 'user' });
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

describe('tickbench report', () => {
  let trace: Trace;
  let reported: ReturnType<typeof reportTrace>;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-report-'));
    const options = JSON.stringify({ seats: 3, durationUs: 20_000_000, symbols: [{ symbol: 'AAA' }, { symbol: 'BBB', tickMicros: 3001 }] });
    const seats = ['--seat', 'bot:expert@100ms', '--seat', 'bot:random@200ms', '--seat', 'bot:maker@50ms'];
    const ran = await tickbench('run', 'hft', '--options', options, ...seats, '--clock', 'virtual', '--trace', 'm.jsonl.gz', '--json');
    expect(ran.code, ran.err).to.equal(0);
    trace = await readTrace(join(folder, 'm.jsonl.gz'));
    reported = reportTrace(trace);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('says what the world said: reward, fills, shares, fees; and every micro-unit is explained', async () => {
    const said = await tickbench('report', 'm.jsonl.gz', '--json');
    expect(said.code, said.err).to.equal(0);
    const report = marketReport.parse(JSON.parse(said.out));
    expect(report.digest).to.equal(trace.footer!.digest);
    expect(report.seats).to.have.length(3);
    for (const seat of report.seats) {
      const results = trace.footer!.results.seats[seat.seat]!;
      expect(seat.account.yieldPpm).to.equal(trace.footer!.results.reward[seat.seat]);
      expect(seat.account.feesMicros).to.equal(results.feesMicros);
      expect(seat.account.endMicros).to.equal(results.cashMicros);
      expect(seat.account.unexplainedMicros).to.equal(0);
      expect(seat.all.fills.count).to.equal(results.fills);
      expect([seat.all.fills.makerShares, seat.all.fills.takerShares]).to.deep.equal([results.madeShares, results.takenShares]);
      expect(seat.all.fills.closingShares).to.equal(results.closedShares);
      const gross = seat.symbols.reduce((sum, each) => sum + each.grossMicros, 0);
      expect(gross - seat.account.feesMicros).to.equal(seat.account.endMicros - seat.account.startMicros);
      expect(seat.series.equityMicros.at(-1)).to.equal(seat.account.endMicros);
      for (const { inventory, fills } of seat.symbols) expect(inventory.traded).to.equal(fills.makerShares + fills.takerShares);
    }
    expect(report.seats[0]!.all.fills.count).to.be.greaterThan(10);
    expect(report.seats[2]!.all.fills.maker).to.be.greaterThan(5);
  });

  it('marks fills at the very mids that a plain second replay finds', () => {
    const { record } = reported;
    const fills = executionsOf(record, 0).filter((_, i) => i % 5 === 0);
    HORIZONS_US.forEach((horizonUs) => {
      for (const { fill, move2 } of fillMarkouts(record, fills, horizonUs)) {
        const env = hft.create(hft.parseOptions(trace.header.options), trace.header.seed) as Market;
        for (const event of trace.events)
          if (event.kind === 'act' && event.at <= fill.at + horizonUs)
            env.act(event.seat, event.action as never, event.at, event.latencyUs);
        env.advance(fill.at + horizonUs);
        const mid2 = env.listings[fill.symbol]!.exchange.mid2();
        expect(move2).to.equal(fill.side === 0 ? mid2 - fill.mid2 : fill.mid2 - mid2);
      }
    });
  });

  it('finds on both sides of every trade the same price, size and number, and every seat its orders', () => {
    const { record } = reported;
    expect(record.executions.length % 2).to.equal(0);
    for (let i = 0; i < record.executions.length; i += 2) {
      const legs = record.executions.slice(i, i + 2);
      const [maker, taker] = [legs.find((leg) => leg.maker)!, legs.find((leg) => !leg.maker)!];
      expect([taker.priceTicks, taker.size, taker.tradeId, taker.at, taker.symbol]).to.deep.equal([maker.priceTicks, maker.size, maker.tradeId, maker.at, maker.symbol]);
      expect(taker.side).to.equal(1 - maker.side);
      expect(maker.aheadAtEntry).to.be.at.least(0);
      expect(maker.restedUs).to.be.within(0, maker.at + 5_000_000);
    } // prettier-ignore
  });

  it('prints a report, draws a chart, compares matches, publishes its schema', async () => {
    const text = await tickbench('report', 'm.jsonl.gz', '--seat', '2', '--chart', 'm.png');
    expect(text.code, text.err).to.equal(0);
    expect(text.out)
      .to.match(/AAA, synthetic/)
      .and.match(/seat 2: maker @50 ms \(bot; injected latency: 50 ms given\)/)
      .and.not.match(/seat 0/);
    for (const word of ['yield', 'Sharpe', 'drawdown', 'fills', 'fees', 'markouts', 'adverse', 'stale', 'queue', 'inventory', 'answers'])
      expect(text.out).to.match(new RegExp(`^  ${word} `, 'm'));
    expect(readFileSync(join(folder, 'm.png')).subarray(1, 4).toString()).to.equal('PNG');
    const { report } = reported;
    const other = { ...report, counts: false };
    const rows = compareMatches([report, report, other]);
    expect(rows.map(({ name, matches, voided }) => [name, matches, voided])).to.deep.equal([
      ['expert @100 ms', 2, 1],
      ['random @200 ms', 2, 1],
      ['maker @50 ms', 2, 1],
    ]);
    expect(rows[0]!.yieldPercent).to.deep.include({ value: report.seats[0]!.account.yieldPpm / 10_000, n: 2 });
    expect(rows[0]!.makerShare.value).to.be.closeTo(report.seats[0]!.all.fills.makerShare!, 1e-12);
    const lost = (unread: number, missed: number): typeof report => ({
      ...report,
      seats: report.seats.map((seat) => ({ ...seat, orders: { ...seat.orders, plans: 6, unread, missed } })),
    });
    const [row] = compareMatches([lost(3, 1), lost(1, 1)]);
    expect([row!.unread.value, row!.missed.value]).to.deep.equal([4 / 18, 2 / 18]);
    expect(renderComparison(rows, 120))
      .to.match(/expert @100 ms/)
      .and.match(/interval over matches/);
    expect(reportJsonSchema()).to.have.nested.property('properties.seats');
  });

  it('refuses what it cannot tell, and says why', async () => {
    const path = join(folder, 'm.jsonl.gz');
    const text = gunzipSync(readFileSync(join(folder, 'm.jsonl.gz'))).toString('utf8');
    const footer = text.trimEnd().split('\n').at(-1)!;
    const forged = text.replace(footer, footer.replace(/"digest":"...../, '"digest":"00000'));
    expect(() => reportTrace(parseTrace(forged).trace)).to.throw(/playing it again gives digest/);
    writeFileSync(join(folder, 'cut.jsonl'), text.slice(0, text.length - 20));
    const cut = await tickbench('report', 'cut.jsonl');
    expect(cut.code).to.equal(1);
    expect(cut.out).to.match(/verdict: VOID/);
    expect(await refusal(path, path)).to.match(/was named before; a match counts once/);
    expect(await refusal(path, '--seat', '9')).to.match(/--seat 9: the match has seats 0 to 2/);
    expect(await refusal()).to.match(/a trace file is expected/);
  });
});
