/**
 * The oracle's speed: decisions valued (observed and landed state, latency cost) for each second of processor time, which a host that is
 * busy with other things stretches less than the clock's. The peer is the obvious oracle, which plays the match again from its start
 * for every candidate and future; its values are asserted to be the same. Then the worker threads by which sweeps value, one for each core: decisions
 * for each second of the clock, and for each second of processor time that all of them used.
 */
import { availableParallelism } from 'node:os';
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import { keyOf, philox2x32 } from '../../envs/random.js';
import { taskNamed, valuedTaskNames } from '../../harness/match/tasks.js';
import { valueDecisions as valueOnCores } from '../../harness/oracle/pool.js';
import { loadPlan } from '../../harness/sweep/plan.js';
import { decisionsOf, type Decision } from '../../scoring/trace/decisions.js';
import {
  extremes,
  futureSeed,
  opponentIn,
  positionKey,
  valueDecisions,
  VALUE_SCALE,
  type ValuedDecision,
} from '../../scoring/oracle/oracle.js';
import type { Stakes } from '../../scoring/figures/quality.js';
import { playOn, scripted } from '../../scoring/oracle/rollout.js';
import type { Trace } from '../../scoring/trace/trace.js';
import type { BenchRow } from './main.js';
import { recordMatch } from './recorded-match.js';

/** A task's usual match, or that of the quick plan. */
interface Case {
  name: string;
  task: AnyTask;
  raw: Record<string, Json>;
}

const QUICK_TASK = 'hft';
const PLAYED_US = 30_000_000;
const DELAY_US = 300_000;
const OURS_FOR_MS = 4000;
const PEER_DECISIONS = 2;
/** Matches for each thread, and decisions of each: so many that starting the threads weighs little. */
const MATCHES_A_THREAD = 2;
const DECISIONS_A_MATCH = 20;
/** Futures in which stakes are valued, for each in which best and worst are chosen: as the oracle says. */
const VALUED = 3;

/** A trace of expert bots, as a match would record it. */
function record({ task, raw }: Case, seed: number): Trace {
  const lengthUs = task.lengthUs(task.parseOptions(raw)) ?? PLAYED_US;
  const script = { bot: 'expert', delayUs: DELAY_US, errorPermille: 250 };
  return recordMatch(task, raw, seed, script, Math.min(PLAYED_US, lengthUs));
}

/** The obvious oracle: a fresh world for every candidate and every future. */
function naive(task: AnyTask, trace: Trace, decision: Decision): ValuedDecision {
  const { header, events } = trace;
  const { oracle } = task;
  const options: unknown = task.parseOptions(header.options);
  const { seat } = decision;

  const rebuilt = (index: number) => {
    const world = task.create(options, header.seed);
    for (const event of events.slice(0, index)) if (event.kind === 'act') world.act(event.seat, event.action, event.at, event.latencyUs);
    world.advance(events[index]!.at);
    return world;
  };
  const worth = (index: number, action: Action<Json>, future: number, delayUs: number): number => {
    const world = rebuilt(index);
    const { at } = events[index]!;
    const key = positionKey(0, header.seed, at, seat);
    const seed = futureSeed(key, future);
    world.reseed(seed);
    const others = Array.from({ length: task.seats(options) }, (_, other) => other).filter((other) => other !== seat);
    const players = others.map((other, i) => {
      const script = opponentIn(oracle, i, future)!;
      const player = scripted(task, other, script, keyOf(seed, 2 * other), at);
      world.act(other, (oracle.candidates(world.observe(seat)) as Action<Json>[])[0]!, at);
      world.act(other, player.policy.decide(world.observe(other)) as Action<Json>, at);
      const phase = script.delayUs === 0 ? 0 : 1 + (philox2x32(future, 1 + other, key)[0] % script.delayUs);
      player.pending = { action: player.policy.decide(world.observe(other)), landAt: at + phase };
      return player;
    });
    const own = scripted(task, seat, { errorPermille: 0, ...oracle.continuation }, keyOf(seed, 2 * seat), at);
    own.pending = { action, landAt: at + delayUs };
    players.splice(seat, 0, own);
    playOn(world, players, at + oracle.horizonUs);
    return world.worth(seat);
  };
  const total = (index: number, action: Action<Json>, from: number, to: number, delayUs = 0): number => {
    let sum = 0;
    for (let future = from; future < to; future++) sum += worth(index, action, future, delayUs);
    return sum;
  };
  const half = oracle.futures / 2;
  const mean = (sum: number, count: number) => Math.round((sum * VALUE_SCALE) / count);
  const stakes = (index: number): Stakes => {
    const candidates = oracle.candidates(rebuilt(index).observe(seat)) as Action<Json>[];
    const { best, worst } = extremes(candidates.map((action) => total(index, action, 0, half)));
    const last = half + VALUED * half;
    const standing = total(index, candidates[0]!, half, last);
    const gain = (action: Action<Json>) => mean(total(index, action, half, last) - standing, last - half);
    return { value: gain(decision.action!), best: Math.max(0, gain(candidates[best]!)), worst: Math.min(0, gain(candidates[worst]!)) };
  };
  const { seq, observedAt, landedAt, outcome, latencyUs, action, observedIndex, landedIndex } = decision;
  const atOnce = total(observedIndex, action!, 0, oracle.futures);
  const late = total(observedIndex, action!, 0, oracle.futures, latencyUs);
  const latencyCost = mean(atOnce - late, oracle.futures);
  return { seat, seq, observedAt, landedAt, outcome, decided: stakes(observedIndex), landed: stakes(landedIndex), latencyCost };
}

/** Processor time that this process has used so far, all threads, in milliseconds. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What all cores value together, in decisions a second of the clock and of processor time. */
async function onCores(of: Case): Promise<BenchRow> {
  const workers = availableParallelism();
  const traces = Array.from({ length: MATCHES_A_THREAD * workers }, (_, i) => record(of, 100 + i));
  const jobs = traces.map((trace) => ({ trace, seat: 0, sample: DECISIONS_A_MATCH }));
  const [startedAt, started] = [performance.now(), processorMs()];
  const valued = await valueOnCores(jobs, { workers });
  const [tookMs, usedMs] = [performance.now() - startedAt, processorMs() - started];
  const decisions = valued.reduce((sum, match) => sum + match!.decisions.length, 0);
  const each = ((decisions * 1000) / usedMs).toPrecision(3);
  const note = `${decisions} decisions of ${jobs.length} matches, starting the threads included; ${each} for each processor second`;
  return { case: `${of.name}: ${workers} worker threads`, unit: 'decisions/s', ours: (decisions * 1000) / tookMs, note };
}

/** One thread, beside the peer. @throws when the two oracles disagree on any value */
function alone(of: Case): BenchRow {
  const { name, task } = of;
  const trace = record(of, 1);
  const decisions = decisionsOf(trace, 0);
  // Spread over the match, so that the peer's replays are of middling length.
  const spread = decisions.filter((_, i) => i % Math.ceil(decisions.length / 10) === 1);
  valueDecisions(task, trace, spread.slice(0, 2));
  let valued = 0;
  const started = processorMs();
  while (processorMs() - started < OURS_FOR_MS) valued += valueDecisions(task, trace, spread).length;
  const ours = (valued * 1000) / (processorMs() - started);
  const sample = [spread[Math.floor(spread.length / 3)]!, spread[Math.floor((2 * spread.length) / 3)]!].slice(0, PEER_DECISIONS);
  const peerStarted = processorMs();
  const peerValues = sample.map((decision) => naive(task, trace, decision));
  const peer = (sample.length * 1000) / (processorMs() - peerStarted);
  const oursValues = valueDecisions(task, trace, sample);
  if (JSON.stringify(peerValues) !== JSON.stringify(oursValues)) {
    throw new Error(`${name}: the oracles disagree: ${JSON.stringify(oursValues)} against ${JSON.stringify(peerValues)}`);
  }
  const note = `${task.oracle.futures} futures, horizon ${task.oracle.horizonUs / 1e6} s, one thread; same values as the peer`;
  const row = { case: `${name}: decisions valued (peer: rebuilt from the start)`, unit: 'decisions/CPU s', note };
  return { ...row, ours, peer, ratio: ours / peer };
}

/** Two rows for each task, and one for the quick plan's market. @throws when the two oracles disagree on any value. */
export async function bench(): Promise<BenchRow[]> {
  const usual = valuedTaskNames().map((name): Case => ({ name, task: taskNamed(name), raw: {} }));
  const { options } = loadPlan('quick').tasks.find(({ name }) => name === QUICK_TASK)!.plan;
  const quick: Case = { name: `${QUICK_TASK} of the quick plan`, task: taskNamed(QUICK_TASK), raw: options as Case['raw'] };
  const rows = [...usual, quick].map(alone);
  for (const each of usual) rows.push(await onCores(each));
  return rows;
}
