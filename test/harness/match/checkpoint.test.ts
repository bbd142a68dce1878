/** A match that goes on from a checkpoint ends as it would have: every task, every kind of market, any moment. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { barsFromDay } from '../../../envs/hft/replay/ohlc.js';
import { PRESETS } from '../../../envs/hft/background/presets.js';
import { BUY, SELL } from '../../../envs/hft/exchange/book.js';
import { Stream } from '../../../envs/random.js';
import { CheckpointError } from '../../../harness/match/resumption.js';
import { botPlayer } from '../../../harness/agents/bot.js';
import { connectAgent } from '../../../harness/agents/link.js';
import { packageRoot } from '../../../harness/host/root.js';
import { MatchMoved, type Checkpointable, type TakenCheckpoint } from '../../../harness/match/checkpoints.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { parseCheckpoint, readCheckpoint, type CheckedCheckpoint } from '../../../harness/traces/checkpoint-file.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { isAsRecorded } from '../../../harness/traces/replay.js';
import { day } from '../../envs/hft/paper/days.js';
import { Script } from '../../envs/hft/replay/script.js';
import { goOn, playBots, rewritten, type Played, type SeatedBot } from './moved-match.js';

/** A made-up recording of two seconds. */
function recorded(): unknown {
  const script = new Script();
  const stream = new Stream(5, 1);
  for (let k = 1; k <= 5; k++) {
    script.open(BUY, 5_000 - k, 50);
    script.open(SELL, 5_000 + k, 50);
  }
  for (let at = 10_000; at < 2_000_000; at += 10_000) {
    script.at(at);
    const side = stream.below(2) === 0 ? BUY : SELL;
    script.add(side, side === BUY ? 5_000 - stream.between(1, 6) : 5_000 + stream.between(1, 6), stream.between(1, 20));
  }
  return { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs: 2_000_000, messages: script.messages };
}

/** Published bars of a minute. */
function bars(): unknown {
  const times = Array.from({ length: 60 }, (_, i) => [`10:00:${String(i).padStart(2, '0')}`, 100 + (i % 7) / 100] as const);
  const published = Object.fromEntries(
    times.map(([time, open]) => [time, { open, high: open + 0.03, low: open - 0.02, close: open + 0.01 }]),
  );
  return barsFromDay({ '2020-01-02': published }, { symbol: 'TEST', from: '10:00', minutes: 1 }).market;
}

const tradingBot = fc.constantFrom('expert', 'reader-75', 'keywords', 'maker', 'momentum', 'random');
const fightingBot = fc.constantFrom('mixed', 'random', 'expert', 'rush');
const latency = fc.option(
  fc.record({
    feed: fc.constant({ kind: 'constant' as const, us: 3_000 }),
    response: fc.constant({ kind: 'jittered' as const, baseUs: 1_000, jitterUs: 9_000 }),
  }),
  { nil: undefined },
);
const seated = (bot: fc.Arbitrary<string>): fc.Arbitrary<SeatedBot> =>
  fc.record(
    { bot, errorPermille: fc.constantFrom(0, 300), givenUs: fc.integer({ min: 0, max: 400_000 }), latency },
    { requiredKeys: ['bot', 'errorPermille', 'givenUs'] },
  );

const market = fc.oneof(
  ...PRESETS.map((preset) => fc.constant({ market: { kind: 'synthetic', preset } })),
  fc.constant({ market: { kind: 'synthetic', preset: 'news-wire', news: 'train' } }),
  fc.constant({ symbols: [{}, { market: { kind: 'synthetic', preset: 'large-tick' } }], correlationPermille: 500 }),
  fc.constant({ market: recorded() }),
  fc.constant({ market: bars() }),
);
const trading = fc
  .record({ options: market, bots: fc.array(seated(tradingBot), { minLength: 1, maxLength: 3 }), seed: fc.nat() })
  .map(({ options, bots, seed }): Played => ({
    task: 'hft',
    options: { ...options, durationUs: 1_200_000, seats: bots.length },
    bots,
    seed,
    clock: 'virtual',
  }));
const fighting = fc
  .record({ bots: fc.tuple(seated(fightingBot), seated(fightingBot)), seed: fc.nat() })
  .map(({ bots, seed }): Played => ({ task: 'fighter', options: { rounds: 1, roundSeconds: 3 }, bots, seed, clock: 'virtual' }));

describe('a checkpoint of a match', function () {
  this.timeout(120_000);
  let folder: string;
  let first: MatchServer;
  let gone: MatchServer;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-checkpoint-'));
    [first, gone] = await Promise.all([MatchServer.listen(), MatchServer.listen()]);
  });
  after(async () => {
    await Promise.all([first.close(), gone.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Plays a match with checkpoints after some of its events, and from each of them to the end again. */
  async function check(played: Played, after: readonly number[], name: string): Promise<number> {
    const taken: Promise<TakenCheckpoint | Error>[] = [];
    const at = new Set(after);
    const tracePath = join(folder, `${name}.jsonl.gz`);
    const whole = await playBots(first, { ...played, tracePath }, (match, events) => {
      if (!at.has(events)) return;
      taken.push(match.checkpoint(join(folder, `${name}-${events}.checkpoint.gz`)).catch((error: Error) => error));
    });
    let moved = 0;
    for (const each of await Promise.all(taken)) {
      if (each instanceof Error) {
        expect(each.message).to.equal('the match ended before a checkpoint could be taken');
        continue;
      }
      const from = await readCheckpoint(each.path);
      const again = join(folder, `${name}-${moved}-again.jsonl.gz`);
      const trace = await goOn(gone, from, played.bots, again);
      expect(trace.footer!.digest).to.equal(whole.footer!.digest);
      expect(trace.footer!.results).to.deep.equal(whole.footer!.results);
      expect(trace.footer!.verdict.counts, trace.footer!.verdict.reasons.join(' ')).to.equal(true);
      expect(trace.footer!.verdict.notes!.join(' ')).to.match(/The match was moved at .* no measured decision was open/);
      const written = await readTrace(again);
      expect(written.events.filter(({ kind }) => kind === 'moved').length).to.equal(1);
      const unstamped = (events: typeof written.events): unknown[] =>
        events.filter(({ kind }) => kind !== 'moved' && kind !== 'energy').map((event) => ({ ...event, realUs: 0, wait: 0, lateUs: 0 }));
      expect(unstamped(written.events)).to.deep.equal(unstamped(whole.events));
      const replay = verifyTrace(written);
      expect(isAsRecorded(replay), replay.faults.join('; ')).to.equal(true);
      moved++;
    }
    return moved;
  }

  let run = 0;
  /** The first is early, so that every match has something to go on with behind it. */
  const moments = fc
    .tuple(fc.integer({ min: 1, max: 3 }), fc.uniqueArray(fc.integer({ min: 4, max: 60 }), { maxLength: 2 }))
    .map(([early, others]) => [early, ...others]);

  it('goes on to the same digest, results and events, in every kind of market, at any moment', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(trading, moments, async (played, after) => {
        moved += await check(played, after, `trading-${run++}`);
      }),
      // The first counterexample is enough: each step of shrinking would play several matches.
      { numRuns: 8, endOnFailure: true },
    );
    expect(moved).to.be.greaterThan(3);
  });

  it('goes on to the same digest, results and events in a fight, at any moment', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(fighting, moments, async (played, after) => {
        moved += await check(played, after, `fighting-${run++}`);
      }),
      { numRuns: 5, endOnFailure: true },
    );
    expect(moved).to.be.greaterThan(1);
  });

  it('goes on in a world that waits for its agents', async () => {
    const [published] = fc.sample(day, { numRuns: 1, seed: 4 });
    const { paperBars } = await import('../../../envs/hft/paper/bars.js');
    const market = {
      kind: 'ohlc',
      date: '2024-08-05',
      prices: 'raw',
      bars: [paperBars({ '2024-08-05': published }, { symbol: 'A', prices: 'raw' }).bars],
    };
    const bot = taskNamed('hft-paper').bots[0]!.name;
    const bots = [{ bot, errorPermille: 0, givenUs: 700_000 }];
    const moved = await check({ task: 'hft-paper', options: { market }, bots, seed: 1, clock: 'virtual' }, [3, 8], 'paper');
    expect(moved).to.be.greaterThan(0);
  });

  it('goes on twice over, from a match that was moved already and stopped where it was', async () => {
    const bots: SeatedBot[] = [
      { bot: 'mixed', errorPermille: 200, givenUs: 217_000 },
      { bot: 'random', errorPermille: 0, givenUs: 150_000 },
    ];
    const played: Played = { task: 'fighter', options: { rounds: 1, roundSeconds: 8 }, bots, seed: 3, clock: 'virtual' };
    const whole = await playBots(first, played);
    const stopping = (path: string) => {
      return (match: Checkpointable, events: number): void => {
        if (events === 20) match.checkpoint(join(folder, path), true).catch(() => undefined);
      };
    };
    const left = async (playing: Promise<unknown>): Promise<CheckedCheckpoint> => {
      const stopped: unknown = await playing.then(
        () => 'played on',
        (error: unknown) => error,
      );
      expect(stopped).to.be.instanceOf(MatchMoved);
      return await readCheckpoint((stopped as MatchMoved).taken.path);
    };
    const moved = await left(playBots(first, { ...played, tracePath: join(folder, 'first.jsonl.gz') }, stopping('first.checkpoint.gz')));
    expect(moved.events.length).to.be.within(20, 30);
    const second = await left(goOn(gone, moved, bots, join(folder, 'second.jsonl.gz'), stopping('second.checkpoint.gz')));
    expect(second.events.length).to.be.greaterThan(moved.events.length);
    const trace = await goOn(gone, second, bots);
    expect(trace.footer!.digest).to.equal(whole.footer!.digest);
    expect(trace.footer!.verdict.notes!.length).to.equal(2);
    expect(verifyTrace(trace).faults).to.deep.equal([]);
  });

  it('goes on after its process was killed: a bot of ours is told what it has seen, and a stranger comes back', async () => {
    const bots: SeatedBot[] = [
      { bot: 'expert', errorPermille: 0, givenUs: 180_000 },
      { bot: 'mixed', errorPermille: 200, givenUs: 230_000 },
    ];
    const whole = await playBots(
      first,
      { task: 'fighter', options: { rounds: 1, roundSeconds: 6 }, bots, seed: 11, clock: 'virtual' },
      () => undefined,
    );
    const victim = spawn(process.execPath, [join(import.meta.dirname, 'killed-match.js'), folder, 'its-token', '25'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const killed = once(victim, 'exit');
    const [url] = (await once(victim.stdout.setEncoding('utf8'), 'data')) as [string];
    const player = botPlayer('expert', 0);
    const seatings: boolean[] = [];
    let ended = false;
    const link = connectAgent({
      ...{ server: url.trim(), token: 'its-token', name: 'mine' },
      player: {
        seat(welcome) {
          seatings.push(welcome.resumed);
          const { decide } = player.seat(welcome);
          return { decide, ended: () => (ended = true) };
        },
      },
    });
    try {
      expect(await killed).to.deep.equal([null, 'SIGKILL']);
      const again = join(folder, 'again.jsonl.gz');
      const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');
      const restored = spawn(
        process.execPath,
        [main, 'match', 'restore', join(folder, 'killed.checkpoint.gz'), '--trace', again, '--wait', '30', '--json'],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      let [out, err] = ['', ''];
      restored.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
      restored.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      const [code] = (await once(restored, 'close')) as [number];
      expect(code, err).to.equal(0);
      expect(JSON.parse(out)).to.include({ digest: whole.footer!.digest });
      expect(err).to.include('mine is here').and.not.include('its-token');
      const trace = await readTrace(again);
      expect(isAsRecorded(verifyTrace(trace))).to.equal(true);
      expect(trace.events.some(({ kind }) => kind === 'moved')).to.equal(true);
      // The stranger's own process went on: it was seated once, and came back to the same seat.
      expect(seatings).to.deep.equal([false]);
      expect(ended).to.equal(true);
    } finally {
      link.close();
    }
  });

  describe('read from a file', () => {
    let path: string;
    before(async () => {
      path = join(folder, 'read.checkpoint.gz');
      const bots: SeatedBot[] = [{ bot: 'expert', errorPermille: 0, givenUs: 125_000 }];
      await playBots(
        first,
        { task: 'hft', options: { durationUs: 1_000_000 }, bots, seed: 9, clock: 'virtual', tracePath: join(folder, 'read.jsonl.gz') },
        (match, events) => {
          if (events === 7) match.checkpoint(path).catch(() => undefined);
        },
      );
    });

    const refusal = (text: string): string => {
      try {
        parseCheckpoint(text, 'c.gz');
      } catch (error) {
        expect(error).to.be.instanceOf(CheckpointError);
        return (error as Error).message;
      }
      return 'taken';
    };
    type Last = { checkpoint: Record<string, unknown> & { seats: Record<string, unknown>[] } };
    const changed = (change: (last: Last['checkpoint']) => void): string =>
      rewritten(path, (lines) => {
        const last = JSON.parse(lines.at(-1)!) as Last;
        change(last.checkpoint);
        lines[lines.length - 1] = JSON.stringify(last);
      });

    it('is for its owner alone, and holds neither a token nor a key', () => {
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).to.equal(0);
      const text = gunzipSync(readFileSync(path)).toString('utf8');
      expect(text).to.not.match(/expert-\d/);
      expect(JSON.parse(text.trimEnd().split('\n').at(-1)!)).to.have.nested.property('checkpoint.seats[0].tokenHash', null);
    });

    it('is refused in words when it is damaged, cut off, or none at all', async () => {
      const text = gunzipSync(readFileSync(path)).toString('utf8');
      expect(refusal(text)).to.equal('taken');
      expect(refusal(text.slice(0, -20))).to.include('cut off');
      expect(refusal('')).to.include('cut off');
      expect(refusal('{}\n')).to.include('a trace so far and a line of its own are expected');
      expect(refusal(text.replace('"seed":9', '"seed":8'))).to.match(/does not follow the line before it|does not follow the one before/);
      expect(refusal(text.replace(/"clockAt":\d+/, '"clockAt":-5'))).to.match(/checkpoint.clockAt/);
      const trace = gunzipSync(readFileSync(join(folder, 'read.jsonl.gz'))).toString('utf8');
      expect(refusal(trace)).to.include('no checkpoint: its last line is another');
      const [bytes, cut] = [readFileSync(path), join(folder, 'cut.gz')];
      for (const length of [0, 1, 10, 200, Math.floor(bytes.length * 0.9)]) {
        writeFileSync(cut, bytes.subarray(0, length));
        const error = await readCheckpoint(cut).then(
          () => undefined,
          (thrown: Error) => thrown,
        );
        expect(error, `${length} bytes`).to.be.instanceOf(CheckpointError);
      }
    });

    it('is refused in words when it is of another version, other rules or an unknown task', () => {
      expect(refusal(changed((last) => (last['version'] = 'checkpoint.v2')))).to.include(
        '"checkpoint.v2"; this program reads "checkpoint.v1"',
      );
      const ruled = (from: string, to: string): string => rewritten(path, (lines) => (lines[0] = lines[0]!.replace(from, to)));
      expect(refusal(ruled(taskNamed('hft').rules, 'hft.0'))).to.match(/it was played by rules hft.0 of hft; this program plays by/);
      expect(refusal(ruled('"task":"hft"', '"task":"chess"'))).to.match(/header.task: "chess"; accepted: hft/);
    });

    it('is refused in words when it says what its record does not', async () => {
      const refused = async (text: string): Promise<string> => {
        try {
          await goOn(gone, parseCheckpoint(text, 'c.gz'), [{ bot: 'expert', errorPermille: 0, givenUs: 125_000 }]);
        } catch (error) {
          expect(error).to.be.instanceOf(CheckpointError);
          return (error as Error).message;
        }
        return 'played';
      };
      expect(await refused(changed((last) => (last['digest'] = '0123456789abcdef')))).to.match(
        /digest .* the checkpoint says 0123456789abcdef/,
      );
      expect(await refused(changed((last) => (last['at'] = 9e15)))).to.match(/world.at: 9000000000000000; by the record/);
      expect(await refused(changed((last) => (last['published'] = 12_345)))).to.match(/published: 12345 us is no publishing moment/);
      expect(await refused(changed((last) => (last['outgoing'] = [7])))).to.match(/outgoing: seat 7/);
      expect(await refused(changed((last) => (last.seats[0]!['receiptDue'] = true)))).to.match(/no receipt of this seat/);
      expect(await refused(changed((last) => last.seats.push(last.seats[0]!)))).to.match(/seats: 2; the match has 1/);
      const landing = rewritten(path, (lines) => (lines[1] = lines[1]!.replace(/"accepted":true/, '"accepted":false')));
      expect(refusal(landing)).to.match(/lands otherwise than recorded/);
    });

    it('is refused, and quickly, when it is a bomb', async () => {
      const deep = rewritten(path, (lines) => (lines[1] = `{"second":0,"events":${'['.repeat(200_000)}${']'.repeat(200_000)}}`));
      expect(refusal(deep)).to.match(/line 2 is nested over 64 levels deep/);
      const bomb = join(folder, 'bomb.gz');
      writeFileSync(bomb, Buffer.concat(new Array<Buffer>(20).fill(gzipSync(Buffer.alloc(16 * 1024 * 1024, 0x20), { level: 1 }))));
      const error = await readCheckpoint(bomb).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).to.match(/unpacks to over/);
      const long = changed((last) => (last['late'] = new Array(1_000_001).fill(0)));
      expect(refusal(long)).to.match(/checkpoint.late/);
    });
  });
});
