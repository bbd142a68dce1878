/**
 * The harness's own overhead: a match is played by the model agent against an endpoint of known times, and what a decision comes out longer
 * than the endpoint kept it is what the way from observation over prompt, request and parser to the action took.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyTask } from '../../envs/environment.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { inPieces } from '../endpoints/scripted-answer.js';
import { ScriptedEndpoint, scriptedUs, type Script } from '../endpoints/scripted.js';
import { nearestRank } from '../match/lateness.js';
import { playMatch } from '../match/match.js';
import { taskNamed } from '../match/tasks.js';
import { MatchServer } from '../protocol/server.js';
import { spawnAgent, type AgentHandle } from './spawn.js';

/** Decisions before the first that is looked at: until everything is compiled and connected. */
const WARM_UP_CALLS = 40;
/** Pieces in which the scripted answer comes. */
const PIECES = 4;
/** More than any clock of ours is wrong by, in real microseconds. */
const EARLY_US = 1000;
/** Seed of the matches that are played for it. */
const SEED = 11;

/** A calibration that tells nothing. */
export class CalibrationError extends Error {
  override name = 'CalibrationError';
}

/** A calibration match: which task by which clock, and the endpoint's times in real microseconds. */
export interface CalibrationSettings {
  task: string;
  clock: 'wall' | 'virtual';
  firstUs: number;
  pieceUs: number;
  /** Decisions after which the match is stopped; so it is void, and not for its figures only. */
  decisions: number;
  /** Decisions before those, answered at once and not looked at: a match that counts, too, comes after some that do not. None unless told. */
  unscored?: number;
  /** Told the process of the model agent before it is asked anything. */
  started?: (pid: number) => void;
}

/** A calibration match as it was played. Times in real microseconds. */
export interface Calibration {
  trace: Trace;
  /** What every decision takes by the script. */
  scriptedUs: number;
  /** What it came out as, by the match's record: one for each decision that landed. */
  measuredUs: number[];
}

/** Overheads in real microseconds. */
export interface Overhead {
  decisions: number;
  scriptedUs: number;
  p50Us: number;
  p90Us: number;
  p99Us: number;
}

/** Plays a calibration match: the model agent in one seat, asked of a scripted endpoint; bots in the others. @throws CalibrationError */
export async function playCalibration(settings: CalibrationSettings): Promise<Calibration> {
  const { unscored = 0, decisions } = settings;
  const task = taskNamed(settings.task);
  const options: unknown = task.parseOptions({});
  const script = { ...scriptOf(task, options, settings), atOnce: WARM_UP_CALLS + unscored };
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-calibration-'));
  const server = await MatchServer.listen();
  const endpoint = await ScriptedEndpoint.start(script);
  const agents: AgentHandle[] = [];
  const enough = new AbortController();
  let landed = 0;
  try {
    const config = join(folder, 'agent.json');
    writeFileSync(config, JSON.stringify({ name: 'scripted', target: { url: endpoint.url, model: 'scripted' }, request: {} }));
    const model = await spawnAgent(server, { kind: 'model', config });
    agents.push(model);
    if (model.process.pid !== undefined) settings.started?.(model.process.pid);
    for (let seat = 1; seat < task.seats(options); seat++) agents.push(await spawnAgent(server, { kind: 'bot', bot: task.bots[0]!.name }));
    await model.line.warmUp({ task: task.name, options, seed: SEED, count: WARM_UP_CALLS }, 60_000);
    const trace = await playMatch(server, {
      id: 'calibration',
      task: task.name,
      options,
      seed: SEED,
      clock: settings.clock,
      speed: 1,
      timeoutUs: 10_000_000,
      watched: false,
      signal: enough.signal,
      onEvent: (event) => {
        if (event.kind === 'act' && event.seat === 0 && ++landed === unscored + decisions) enough.abort('enough was measured');
      },
      seats: agents.map(({ token }, seat) => ({
        token,
        record: seat === 0 ? { name: 'scripted', kind: 'model', addedUs: 0 } : { name: 'bot', kind: 'bot', addedUs: 0, givenUs: 100_000 },
      })),
    });
    const acts = decisionsOf(trace, 0)
      .filter((decision) => decision.outcome === 'act')
      .slice(unscored);
    const askedUs = scriptedUs(script);
    const measuredUs = acts.map(({ realUs }) => realUs!);
    // Fewer calls before the first that counts than were to be made, and the endpoint still answered at once: that tells nothing of the harness.
    if (measuredUs.some((us) => us < askedUs - EARLY_US))
      throw new CalibrationError('the harness could not be measured: an answer came before its time');
    return { trace, scriptedUs: askedUs, measuredUs };
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await endpoint.stop();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By how much decisions come out longer than scripted. */
export function overheadOf({ scriptedUs: asked, measuredUs }: Pick<Calibration, 'scriptedUs' | 'measuredUs'>): Overhead {
  const sorted = measuredUs.map((us) => us - asked).sort((a, b) => a - b);
  return {
    decisions: sorted.length,
    scriptedUs: asked,
    p50Us: nearestRank(sorted, 0.5),
    p90Us: nearestRank(sorted, 0.9),
    p99Us: nearestRank(sorted, 0.99),
  };
}

/** The harness's own part of every latency, in a sentence. */
export function overheadText({ decisions, scriptedUs, p50Us, p90Us }: Overhead): string {
  return (
    `the harness adds ${(p50Us / 1000).toFixed(2)} ms to a latency (median; p90 ${(p90Us / 1000).toFixed(2)} ms): observation to prompt, request, parser and action, ` +
    `of ${decisions} answers that took ${scriptedUs / 1000} ms by their endpoint's script`
  );
}

/** An answer of the task's own, in a few pieces: what its first scripted player would do at the start. */
function scriptOf(task: AnyTask, options: unknown, { firstUs, pieceUs }: CalibrationSettings): Script {
  const env = task.create(options, SEED);
  env.advance(env.nextPublish(0));
  const answer = task.write(task.bots[0]!.create({ seed: SEED }).decide(env.observe(0)));
  return { firstUs, pieceUs, pieces: inPieces(answer, PIECES) };
}
