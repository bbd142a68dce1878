/** The longest match there is: its trace is small, and any frame of it is reached from a snapshot nearby. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Command } from 'commander';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyTask } from '../../../envs/environment.js';
import { fighter } from '../../../envs/fighter/task.js';
import { frameTime, type Fight } from '../../../envs/fighter/world.js';
import { Stream, keyOf } from '../../../envs/random.js';
import { playOn, scripted } from '../../../scoring/oracle/rollout.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { ratedTraces } from '../../../harness/cli/fighter/traces.js';
import { replayCommand } from '../../../harness/cli/replay.js';
import { reportCommand } from '../../../harness/cli/report.js';
import { Playback } from '../../../harness/traces/playback.js';
import { readTraceFile } from '../../../harness/traces/reader.js';
import { Recorder, TraceWriter } from '../../../harness/traces/recorder.js';
import { replayTrace } from '../../../harness/traces/replay.js';

const ROUND_SECONDS = 99;
const DELAY = 6;
/** Health enough for every round to last until its time is over. */
const raw = { rounds: 3, roundSeconds: ROUND_SECONDS, health: 5000 };

/** A match of two bots at six frames' delay as a wall-clock match would record it: every event, lateness and real times that vary. */
function matchOf(bots: [string, string], seed: number, kind: 'model' | 'human' = 'model', asked: object = raw): Trace {
  const options = fighter.parseOptions(asked);
  const world = fighter.create(options, seed) as Fight;
  const events: TraceEvent[] = [];
  const seqs = [0, 0];
  const noise = new Stream(keyOf(seed, 3), 0);
  const players = bots.map((name, seat) => {
    const [bot, errors] = name.split(':');
    return scripted(fighter, seat, { bot: bot!, delayUs: 0, errorPermille: Number(errors ?? 0) }, seed + seat, frameTime(1));
  });
  for (const player of players) player.drawDelayUs = () => frameTime(DELAY) + noise.between(0, 3000);
  playOn(world, players, Infinity, {
    observed: (seat, at) => events.push({ kind: 'observe', seat, seq: ++seqs[seat]!, at, lateUs: noise.between(0, 400) }),
    landed: (seat, at, action, latencyUs) =>
      events.push({ kind: 'act', seat, seq: seqs[seat]!, at, latencyUs, realUs: latencyUs, action: action as never, landing: { at, accepted: true } }), // prettier-ignore
  });
  const seats = bots.map((bot, seat) => ({
    name: bot,
    kind: seat === 0 ? kind : ('bot' as const),
    addedUs: 0,
    configuration: { bot, errorPermille: 0 },
  }));
  const header = { tickbench: 'trace.v1', id: `${kind}-${seed}`, task: 'fighter', rules: fighter.rules, options, seed, clock: 'virtual', speed: 1, tickUs: fighter.tick(options).us, timeoutUs: 5_000_000, seats, host: {}, startedAt: '2025-01-01T00:00:00.000Z' } as const; // prettier-ignore
  const results = world.results();
  const lateness = { ticks: 0, p50Us: 0, p99Us: 0, maxUs: 0, over: 0 };
  return { header: header as unknown as Trace['header'], events, footer: { results, digest: world.digest(), verdict: { counts: true, reasons: [] }, lateness, endedAt: '' } }; // prettier-ignore
}

/** The first seed whose match needs all three rounds, each to the end of its time. */
function longMatch(bots: [string, string]): Trace {
  for (let seed = 1; seed < 60; seed++) {
    const trace = matchOf(bots, seed);
    if (trace.footer!.results.endedAt >= 3 * ROUND_SECONDS * 1_000_000) return trace;
  }
  throw new Error('no match took three rounds');
}

/** Puts a trace on disk as a match does. */
async function write(path: string, { header, events, footer }: Trace): Promise<void> {
  const writer = new TraceWriter();
  const file = writer.begin(path, header);
  const recorder = new Recorder(file);
  for (const event of events) recorder.record(event);
  recorder.passOn();
  await file.finish(footer!);
  writer.close();
  expect(file.fault).equal(null);
}

/** What a verb prints. */
async function said(command: Command, ...args: string[]): Promise<string> {
  const { write } = process.stdout;
  let out = '';
  process.stdout.write = (text: string | Uint8Array) => ((out += String(text)), true);
  try {
    await command.parseAsync(args, { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return out;
}

describe('fighter traces', () => {
  let folder: string;
  let long: Trace;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
    long = longMatch(['random', 'random']);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('of three rounds of 99 seconds at six frames’ delay take under 200 KB, and play again', async () => {
    expect(long.events.length).greaterThan(10_000);
    const path = join(folder, 'long.jsonl.gz');
    await write(path, long);
    expect(statSync(path).size).below(200_000);
    const { trace, fault } = await readTraceFile(path);
    expect(fault).equal(undefined);
    expect(replayTrace(trace)).include({ same: true, digest: long.footer!.digest });
  });

  it('are shown from any frame, in any order, as the match was then, a second of play away at most', () => {
    const digests: string[] = [];
    const world = fighter.create(fighter.parseOptions(raw), long.header.seed) as Fight;
    let next = 0;
    for (let frame = 0; !world.over; frame++) {
      const at = frameTime(frame);
      for (let event = long.events[next]; event && event.at < at; event = long.events[++next])
        if (event.kind === 'act') world.act(event.seat, event.action as never, event.at, event.latencyUs);
      world.advance(at);
      digests.push(world.digest());
    }
    let advanced = 0;
    const counting: AnyTask = {
      ...fighter,
      create(options, seed) {
        const env = fighter.create(options as never, seed);
        const advance = env.advance.bind(env);
        env.advance = (to) => (advanced++, advance(to));
        return env;
      },
    };
    const playback = new Playback(long, undefined, counting);
    expect(playback.replay.same).equal(true);
    expect(playback.last).equal(digests.length - 1);
    const landings: Record<string, number> = {};
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: playback.last }), { minLength: 1, maxLength: 8 }), (frames) => {
        for (const frame of frames) {
          advanced = 0;
          playback.seek(frame);
          // A frame is one step of the world; landings between frames are steps of their own.
          expect(advanced).most(60 + 4 * (60 / DELAY));
          expect(playback.frame).equal(frame);
          expect(playback.digest()).equal(digests[frame]);
          expect(playback.times[frame]).equal(frameTime(frame));
          landings[frame] = frame;
        }
      }),
      { numRuns: 60 },
    );
    expect(Object.keys(landings).length).greaterThan(100);
  });

  it('are told side by side, and shown at a frame, from the command line; a human’s are a division apart', async () => {
    const short = { rounds: 1, roundSeconds: 3 };
    const traces = [
      matchOf(['random', 'expert'], 1, 'model', short),
      matchOf(['random', 'expert'], 2, 'model', short),
      matchOf(['random', 'expert'], 3, 'human', short),
    ];
    const paths = traces.map((_, i) => join(folder, `short-${i}.jsonl.gz`));
    for (const [i, trace] of traces.entries()) await write(paths[i]!, trace);

    const { rows } = JSON.parse(await said(reportCommand(), ...paths, '--json')) as {
      rows: Record<string, { value?: number; n: number }>[];
    };
    expect(rows.map(({ division, name, kind, matches }) => [division, name, kind, matches])).deep.equal([
      ['agents', 'random', 'model', 2],
      ['agents', 'expert', 'bot', 2],
      ['human', 'random', 'human', 1],
      ['human', 'expert', 'bot', 1],
    ]);
    const played = traces.slice(0, 2).map((trace) => trace.footer!.results.seats[1]!);
    const sum = (key: string): number => played.reduce((total, seat) => total + seat[key]!, 0);
    expect(rows[1]!.idle!.value).closeTo(sum('idle') / sum('liveFrames'), 1e-12);
    expect(rows[1]!.stale!.value).closeTo(sum('stale') / sum('plans'), 1e-12);
    expect(rows[1]!.invalid!.value).equal(0);
    expect(Object.keys(rows[2]!)).not.include('idle');
    const text = await said(reportCommand(), ...paths);
    expect(text)
      .match(/invalid, %[^]*missed, %[^]*stale, %[^]*idle, %/)
      .and.match(/Human division/);

    const { agents } = await ratedTraces(fighter, paths, 'expert');
    expect(agents.map(({ name, division, games }) => [name, division, games.length])).deep.equal([
      ['random', 'agents', 2],
      ['random', 'human', 1],
    ]);
    const [one] = JSON.parse(await said(reportCommand(), paths[2]!, '--json')).seats as { rates: unknown }[];
    expect(one!.rates).deep.equal({ invalid: null, failed: null, missed: null, stale: null, idle: null });

    const playback = new Playback(traces[0]!);
    playback.seek(100);
    const shown = JSON.parse(await said(replayCommand(), paths[0]!, '--frame', '100', '--json')) as Record<string, unknown>;
    expect(shown).include({ frame: 100, digest: playback.digest(), same: true });
    expect(shown.scene).deep.equal(JSON.parse(JSON.stringify(playback.scene())));
    const beyond = await said(replayCommand(), paths[0]!, '--frame', '99999').catch((error: Error) => error.message);
    expect(beyond).match(/--frame 99999: the match has frames 0 to \d+/);
  });
});
