/**
 * One trace of a bundle, judged by a board: whole, played by the published plan, and as it says when it is played again without the model.
 * The same code answers `tickbench verify` and the server.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AnyTask, Json } from '../../envs/environment.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { SeatRecord, Trace } from '../../scoring/trace/trace.js';
import type { AnswersAccount } from '../answers/account.js';
import { hasEmbedded } from '../answers/configuration.js';
import { canonicalJson } from '../configuration/hash.js';
import { taskNamed } from '../match/tasks.js';
import { patientPlayer } from '../seating/patient.js';
import { LEARNT, recordOf } from '../seating/record.js';
import { botEntrants, framing, measuredSeat, otherSide, type Entrant } from '../sweep/cells.js';
import type { TaskPlan } from '../sweep/plan.js';
import { verifyTrace } from '../traces/bots.js';
import { TraceError, traceFromBytes } from '../traces/reader.js';
import { replayFault } from '../traces/replay.js';
import type { Purpose } from './manifest.js';
import { implausible, playedWhen, type PlayedWhen } from './plausibility.js';

/** Bytes that a trace may unpack to: a long match of the published plans has some two. */
export const MOST_UNPACKED = 64 * 1024 * 1024;

/** What a bundle says that a trace is. */
export interface ClaimedTrace {
  task: string;
  /** Of the entry: what plays the measured seat, by name and configuration. */
  name: string;
  kind: 'model' | 'bot';
  configuration: Json;
  seed: number;
  purpose: Purpose;
}

/** What was found. */
export interface CheckedTrace {
  /** Why it is not accepted, in a sentence; null when it is. */
  fault: string | null;
  /** Of the unpacked text: the same file packed anew has the same. Absent where it could not be read. */
  textHash?: string;
  /** Of what was played and how long each answer took, where any time was measured: who tells the same match in other words has the same. */
  playHash?: string;
  when?: PlayedWhen;
  /** Finished decisions of the measured seat. */
  decisions?: number;
  /** What came of computing the seat's answers again, where its model is embedded. */
  answers?: AnswersAccount;
  /** Who the seat is, with what was learnt when its agent came: the same in all of an entry's traces. */
  player?: string;
}

/**
 * Judges a trace file. @param plan the published one of its task @param nowMs the present, for times in the future
 * @throws where the file itself cannot be read: that says nothing of the trace
 */
export async function checkTraceFile(path: string, claimed: ClaimedTrace, plan: TaskPlan, nowMs: number): Promise<CheckedTrace> {
  return await checkTrace(readFileSync(path), claimed, plan, nowMs);
}

/** Judges a trace by its bytes, packed or not. */
export async function checkTrace(bytes: Buffer, claimed: ClaimedTrace, plan: TaskPlan, nowMs: number): Promise<CheckedTrace> {
  try {
    const { trace, fault, text } = traceFromBytes(bytes, 'the trace', MOST_UNPACKED);
    const textHash = createHash('sha256').update(text).digest('hex');
    const task = taskNamed(claimed.task);
    const why = fault ?? (await otherMatch(trace, task, claimed, plan)) ?? notCounting(trace) ?? replayFault(verifyTrace(trace, task)) ?? implausible(trace, nowMs); // prettier-ignore
    const hash = playHash(trace);
    const when = playedWhen(trace);
    return {
      fault: why ?? null,
      textHash,
      ...(hash === undefined ? {} : { playHash: hash }),
      ...(when ? { when } : {}),
      decisions: decisionsOf(trace, measuredSeat(trace.header.seats.length, trace.header.seed)).length,
      player: playerOf(trace, task),
    };
  } catch (error) {
    // What no match of this program has: refused by its reader, its task's options or its replay.
    if (error instanceof TraceError || (error instanceof Error && error.name === 'OptionsError')) return { fault: error.message };
    throw error;
  }
}

/** Why a trace is not the match that the plan has there, in words; undefined when it is. */
async function otherMatch({ header }: Trace, task: AnyTask, claimed: ClaimedTrace, plan: TaskPlan): Promise<string | undefined> {
  const isPatient = claimed.purpose === 'patient';
  const options: unknown = task.parseOptions(isPatient ? plan.patient.options : plan.options);
  if (header.task !== task.name) return `it is a match of ${header.task}, and was submitted for ${task.name}`;
  if (header.rules !== task.rules) return `it was played by rules ${header.rules}; this board has ${task.rules}`;
  if (header.seed !== claimed.seed) return `it was played on seed ${header.seed}, and was submitted for seed ${claimed.seed}`;
  if (header.contention) return 'it was played under contention: a board takes matches of one agent by itself';
  const seats = task.seats(options);
  if (header.seats.length !== seats) return `it has ${header.seats.length} seats; the plan has ${seats}`;
  for (const [i, record] of header.seats.entries()) {
    const fault =
      i === measuredSeat(seats, claimed.seed)
        ? await ownFault(record, task, claimed, plan)
        : await otherFault(record, task, plan, isPatient);
    if (fault !== undefined) return `seat ${i + 1}: ${fault}`;
  }
  const { clock, speed, timeoutUs } = framing(task, plan, options, kindOf(claimed, header.seats), claimed.seed, claimed.purpose);
  const planned = { clock, speed, timeoutUs, patient: isPatient ? true : undefined };
  for (const key of ['clock', 'speed', 'timeoutUs', 'patient'] as const)
    if (header[key] !== planned[key]) return `its ${key} is ${String(header[key])}; the plan has ${String(planned[key])}`;
  if (canonicalJson(header.options) !== canonicalJson(options)) return "its task's options are not the plan's";
  return undefined;
}

/** How a model plays by the plan: one that shares a machine with the harness is measured on the virtual clock. By its own record, which every reader sees. */
function kindOf({ kind, purpose }: ClaimedTrace, seats: readonly SeatRecord[]): Entrant['kind'] {
  if (kind === 'bot') return 'bot';
  const isEmbedded = purpose !== 'patient' && seats.some((record) => record.kind === 'model' && hasEmbedded(record.configuration));
  return isEmbedded ? 'embedded' : 'external';
}

/** What the measured seat must be: the entry's own configuration, with nothing added to or taken from its latency. */
async function ownFault(record: SeatRecord, task: AnyTask, claimed: ClaimedTrace, plan: TaskPlan): Promise<string | undefined> {
  const { name, kind, configuration, purpose } = claimed;
  if (kind === 'bot') {
    const entrant = botEntrants(plan).find((each) => each.name === name);
    if (!entrant) return `no bot ${name} in the plan`;
    const expected = await recordOf(task, entrant.player);
    return canonicalJson(record) === canonicalJson(expected) ? undefined : `it is not the bot ${name} as the plan has it`;
  }
  if (record.kind !== 'model') return `a ${record.kind} plays it; a board takes models, each asked by the built-in agent`;
  if (record.name !== name) return `${record.name} plays it, and ${name} was submitted`;
  if (canonicalJson(plannedOf(record.configuration)) !== canonicalJson(configuration))
    return `${name} has another configuration than the bundle says`;
  const given = purpose === 'patient' && task.patient ? patientPlayer(task, { kind: 'bot', bot: '', errorPermille: 0, addedUs: 0 }).givenUs : undefined; // prettier-ignore
  if (record.givenUs !== given) return given === undefined ? `its latency was given (${record.givenUs} us), not measured` : `it was charged ${String(record.givenUs)} us; patient play charges ${given} us`; // prettier-ignore
  if (record.addedUs !== 0 || record.latency !== undefined) return 'latency was injected into its answers; a board takes none';
  if (record.outage !== undefined) return 'an outage of its endpoint was injected; a board takes no such match';
  return record.replayed ? "its latencies are another match's" : undefined;
}

async function otherFault(record: SeatRecord, task: AnyTask, plan: TaskPlan, isPatient: boolean): Promise<string | undefined> {
  const expected = await recordOf(task, otherSide(task, plan, isPatient));
  return canonicalJson(record) === canonicalJson(expected)
    ? undefined
    : `${record.name} plays it as another opponent than the plan's ${expected.name}`;
}

/** A seat's configuration as it was planned. */
export function plannedOf(configuration: Json | undefined): Json {
  return without(configuration, LEARNT);
}

function without(configuration: Json | undefined, keys: readonly string[]): Json {
  if (typeof configuration !== 'object' || configuration === null || Array.isArray(configuration)) return configuration ?? null;
  return Object.fromEntries(Object.entries(configuration).filter(([key]) => !keys.includes(key))) as Json;
}

function playerOf({ header }: Trace, task: AnyTask): string {
  const seats = header.seats.filter(({ kind }) => kind === 'model');
  return canonicalJson([task.name, seats.map(({ name, configuration }) => [name, without(configuration, ['price', 'calledItself'])])]);
}

function notCounting({ footer }: Trace): string | undefined {
  if (!footer) return 'it has no end';
  if (!footer.verdict.counts) return `the match is void: ${footer.verdict.reasons.join(' ')}`;
  return footer.results.over ? undefined : 'it was not played to its end';
}

function playHash({ header, events }: Trace): string | undefined {
  if (header.seats.every(({ givenUs, replayed }) => givenUs !== undefined || replayed)) return undefined;
  const played = events.flatMap((event) => {
    if (event.kind === 'act') return [[event.seat, event.seq, event.at, event.realUs, event.action.plan, event.action.standing ?? null]];
    if (event.kind === 'reject') return [[event.seat, event.seq, event.at, event.realUs]];
    return event.kind === 'miss' ? [[event.seat, event.seq, event.at]] : [];
  });
  const { task, rules, options, seed, speed } = header;
  return createHash('sha256')
    .update(canonicalJson([task, rules, options, seed, speed, played]))
    .digest('hex');
}
