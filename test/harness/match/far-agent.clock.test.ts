/** An agent on one host, its match on another, a line between them that delays, loses and reorders packets. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { packageRoot } from '../../../harness/host/root.js';
import type { MatchReport } from '../../../harness/report/run.js';
import { roughLine, type RoughLine, type Roughness } from '../queue/rough-line.js';
import { until } from './players.js';

const PROGRAM = join(packageRoot(), 'dist/harness/cli/main.js');
const OPTIONS = JSON.stringify({ rounds: 1, roundSeconds: 6 });
/** What a busy host may add to a round trip, and what a date may be off by, that nobody could tell from it. */
const SPARE_US = 400_000;

describe('an agent far away', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-far-'));
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Plays a fight on one host with an agent on the other. @param budgetMs of the jitter */
  async function played(line: RoughLine, budgetMs: number, trace: string): Promise<MatchReport> {
    const inside = (name: string, args: string[], env?: NodeJS.ProcessEnv): ChildProcess =>
      spawn('ip', ['netns', 'exec', name, process.execPath, PROGRAM, ...args], { env: { ...process.env, ...env }, cwd: folder });
    const seats = ['--seat', 'stranger:far', '--opponent', 'bot:expert@200ms', '--host', line.a.address, '--port', '9000'];
    const how = ['--options', OPTIONS, '--clock', 'wall', '--jitter-budget', String(budgetMs), '--trace', trace, '--json'];
    const match = inside(line.a.name, ['run', 'fighter', ...seats, ...how]);
    let [out, said] = ['', ''];
    match.stdout!.setEncoding('utf8').on('data', (text: string) => (out += text));
    match.stderr!.setEncoding('utf8').on('data', (text: string) => (said += text));
    let agent: ChildProcess | undefined;
    try {
      const tokenIn = (): string | undefined => /TICKBENCH_TOKEN=(\S+)/.exec(said)?.[1];
      await until(() => tokenIn() !== undefined || match.exitCode !== null, 30_000);
      expect(tokenIn(), said).to.be.a('string');
      agent = inside(line.b.name, ['agent', `ws://${line.a.address}:9000`, '--bot', 'expert'], { TICKBENCH_TOKEN: tokenIn() });
      await until(() => match.exitCode !== null, 60_000);
      expect(out, said).to.match(/^\{/);
      return JSON.parse(out) as MatchReport;
    } finally {
      for (const child of [match, agent]) child?.kill('SIGKILL');
    }
  }

  /** @returns undefined where no line can be made here */
  async function lineOf(context: Mocha.Context, roughness: Roughness): Promise<RoughLine> {
    const made = await roughLine(roughness);
    if (!('why' in made)) return made;
    console.log(`      Left out: ${made.why}`);
    return context.skip();
  }

  it('has its round trips and its clock told beside its latency, and its match is void over the budget of jitter', async function () {
    const roughness = { delayMs: 30, spreadMs: 15, lossPermille: 20 };
    const line = await lineOf(this, roughness);
    let report: MatchReport;
    let counts;
    try {
      report = await played(line, 5, 'rough.jsonl.gz');
    } finally {
      counts = await line.remove();
    }
    expect(counts.lost, 'packets were lost').to.be.above(0);
    expect(counts.overtook, 'packets came in another order').to.be.above(0);
    const [far] = report.seats;
    const { count, leastUs, p50Us, jitterUs, clock } = far!.trips!;
    expect(count).to.be.at.least(10);
    expect(leastUs).to.be.at.least(2000 * (roughness.delayMs - roughness.spreadMs));
    expect(p50Us!).to.be.at.least(leastUs);
    // One clock, in truth.
    expect(Math.abs(clock!.aheadUs)).to.be.at.most(clock!.withinUs + SPARE_US);
    expect(far!.realP50Us, 'the way is in the latency').to.be.at.least(leastUs);
    expect(jitterUs!).to.be.above(5000);
    expect(report.verdict.counts).to.equal(false);
    expect(report.verdict.reasons.join(' ')).to.match(/The way to far was unsteady: its round trips varied by [\d.]+ ms \(least [\d.]+ ms, p90 [\d.]+ ms, of \d+\), over the budget of 5\.00 ms\./); // prettier-ignore
    // The record says the same when it is played again, the verdict too; its status says that the match is void.
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'replay', join(folder, 'rough.jsonl.gz'), '--json']).catch(
      (error: { stdout: string }) => error,
    );
    expect(JSON.parse(stdout)).to.deep.include({ same: true, faults: [], counts: false, reasons: report.verdict.reasons });
  });

  it('has a match that no jitter voids, where the line is steady', async function () {
    const line = await lineOf(this, { delayMs: 30, spreadMs: 0, lossPermille: 0 });
    let report: MatchReport;
    let counts;
    try {
      report = await played(line, SPARE_US / 1000, 'steady.jsonl.gz');
    } finally {
      counts = await line.remove();
    }
    expect([counts.lost, counts.overtook]).to.deep.equal([0, 0]);
    expect(report.verdict.reasons.join(' ')).not.to.match(/unsteady|round trips/);
    expect(report.seats[0]!.trips!.leastUs).to.be.within(60_000, 60_000 + SPARE_US);
  });
});
