/**
 * The record of one match, as data: what scoring, replay, the spectator's page and verification all read.
 * Writing, compressing and hash-chaining files is the harness's business; here are the types and the invariants.
 *
 * Order: events are in the order in which they took effect in the world. Observations are not stored: they are rederived by
 * replaying the landings (`act`, `leave`) into a fresh environment and calling `observe` at an observation's `at`.
 */
import type { Contention } from './contention.js';
import type { SeatLatency } from './injected.js';
import type { Outage } from './outage.js';
import type { Action, Json, Landing, Micros, Results, TaskName } from '../../envs/environment.js';

/**
 * Why a model call brought no answer. `refused`: no connection, or it was closed before an answer began. `timeout`: longer than the
 * request's own limit. `http`: an error status. `failed`: an error event inside the stream. `dropped`: the stream broke off. `nonsense`:
 * bytes that are not the API's. `cancelled`: by the caller. `budget`: not made, because the budget is spent.
 */
export const FAILURE_KINDS = ['refused', 'timeout', 'http', 'failed', 'dropped', 'nonsense', 'cancelled', 'budget'] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

/** An agent that has several configurations: which of them it asked for this decision, and in which situation it saw itself. */
export interface Choice {
  arm: string;
  /** One of the task's own (`Task.glance`). */
  situation: string;
}

/** What the decision `seq` brought, as its agent saw it later: the task's gain, counted over so much world time. */
export interface Earned {
  seq: number;
  gain: number;
  overUs: Micros;
}

/** What a planner beside a fast configuration had said by an observation, about a state that was `ageUs` of world time old then. */
export interface Advice {
  text: string;
  ageUs: Micros;
  /** It was still being written. */
  unfinished?: true;
}

/** A planner's calls that ended since the decision before. */
export interface PlannerCalls {
  ended: number;
  failures: FailureKind[];
  /** What the last failed one said. */
  error?: string;
}

/** Stamps of one model call, diagnostics only (agent's own clock, real microseconds since its observation arrived). */
export interface Telemetry {
  requestUs?: number;
  firstTokenUs?: number;
  releasedUs?: number;
  lastTokenUs?: number;
  promptTokens?: number;
  cachedTokens?: number;
  completionTokens?: number;
  /** What the model answered, at most 400 characters. */
  answer?: string;
  /** Why the call gave no action: `refused`, `timeout`, `http 429`, `unparsed: ...`, `cut: ...`. */
  error?: string;
  /** Share of the request's wall time that its threads were really on a processor, in permille, as an embedded endpoint tells it. */
  cpuPermille?: number;
  /** Of an agent that chooses whom it asks. */
  choice?: Choice;
  /** Earlier decisions whose gain it learned of with this observation. */
  earned?: Earned[];
  /** Of an agent with a planner: what was put before the fast configuration, and the planner's calls. */
  advice?: Advice[];
  planner?: PlannerCalls;
}

/**
 * How long processes of ours waited for a processor while a decision was open, in real microseconds, as the match measured it from outside
 * (see scoring/trace/waits.ts): the harness (the match's thread and the agent), and an endpoint that computes on the same host.
 */
export interface ProcessorWait {
  harnessUs: number;
  endpointUs?: number;
}

export type TraceEvent =
  /** An observation was pushed. `at` is its intended publishing moment; `lateUs` by how much real time it went out late (0 on the virtual clock). */
  | { kind: 'observe'; seat: number; seq: number; at: Micros; lateUs: number }
  /**
   * The answer to `seq` landed in the world at `at`. latencyUs = at - the observation's `at` (world); realUs what it took on the server's
   * clock, before any added delay; `wait` is absent where the latency is given or the host cannot tell.
   */
  | {
      kind: 'act';
      seat: number;
      seq: number;
      at: Micros;
      latencyUs: Micros;
      realUs: number;
      action: Action<Json>;
      landing: Landing;
      wait?: ProcessorWait;
      telemetry?: Telemetry;
    }
  /**
   * The agent answered, but with no action that could land; the standing order went on. `failure`: there was no answer to read, because the
   * model call itself failed. Only an agent of our own is believed about that (a seat of kind `model`); anybody else's is left out.
   */
  | {
      kind: 'reject';
      seat: number;
      seq: number;
      at: Micros;
      latencyUs: Micros;
      realUs: number;
      reason: string;
      failure?: FailureKind;
      wait?: ProcessorWait;
      telemetry?: Telemetry;
    }
  /** No answer within the match's time limit: right-censored at `latencyUs`. */
  | { kind: 'miss'; seat: number; seq: number; at: Micros; latencyUs: Micros; wait?: ProcessorWait }
  /** The seat's agent went, or came back. */
  | { kind: 'leave'; seat: number; at: Micros; reason: string }
  | { kind: 'return'; seat: number; at: Micros }
  /** A frame that was refused (malformed, oversized, too frequent, wrong type, wrong seq): counted, told to the agent, never fatal. */
  | { kind: 'error'; seat: number; at: Micros; code: string; detail: string }
  /** How late, in real microseconds, each publishing moment since the last such event was reached (wall clock only); the last of them is at or before `at`. */
  | { kind: 'ticks'; seat?: undefined; at: Micros; lateUs: number[] }
  /**
   * Round trips to a stranger's agent since the last such event, in real microseconds, in the order in which they came back; `lost`: how many
   * pings were not answered; `aheadUs`: its date less the match's, as messages of it that told its date came in. See scoring/trace/trips.ts.
   */
  | { kind: 'trips'; seat: number; at: Micros; us: number[]; lost?: number; aheadUs?: number[] }
  /**
   * The seat's endpoint was taken away, as its record plans, and could be called again. `realUs`: how long it was away, in real microseconds. The time
   * of `up` is the world's when the endpoint was back. See scoring/trace/outage.ts.
   */
  | { kind: 'outage'; seat: number; at: Micros; state: 'down' | 'up'; realUs?: number }
  /**
   * Energy that the processors of the match's host took since the match began, went on from a checkpoint, or was told this the last time: whole
   * microjoules by counter, all that ran there, in so many real microseconds. No counter: one went away, was set back or stood still. Absent where the host does not show it (`host.energy` says why).
   */
  | { kind: 'energy'; seat?: undefined; at: Micros; realUs: number; uj: Record<string, number> }
  /**
   * The match was taken up again from a checkpoint, and its record goes on here. `pausedMs`: how long it stood still, by the dates of the two
   * hosts; null where they contradict each other. `missed`: seats whose open decision was given up, because their agents could think on while
   * the wall clock stood still. `host`: where it goes on.
   */
  | { kind: 'moved'; seat?: undefined; at: Micros; pausedMs: number | null; missed: number[]; host: Json };

/** Who sat where. */
export interface SeatRecord {
  /** The name in tables: a configuration's or a bot's. */
  name: string;
  kind: 'model' | 'bot' | 'stranger' | 'human';
  /** World time added to every answer of this seat (injected: shown as such), and the given latency when it is not measured. */
  addedUs: Micros;
  givenUs?: Micros;
  /** Its latencies were taken from another match's record, so they are not what its answers took here. */
  replayed?: true;
  /** Latency models of the seat's feed, order entry and response, in world time (injected, like `addedUs`). Absent: none. */
  latency?: SeatLatency;
  /** What is done to its endpoint in the match (injected, too). Absent: nothing. */
  outage?: Outage;
  /** Everything about the configuration that is not secret: model, precision map, bits, endpoint kind, request settings. */
  configuration?: Json;
}

export interface TraceHeader {
  tickbench: 'trace.v1';
  id: string;
  task: TaskName;
  rules: string;
  options: Json;
  seed: number;
  clock: 'wall' | 'virtual';
  /** World microseconds per real microsecond. */
  speed: number;
  /** One tick in world microseconds: what lateness is judged against. */
  tickUs: Micros;
  timeoutUs: Micros;
  /** A seat whose agent is away is asked all the same, and misses: its absence is charged like lateness. Absent in older traces. */
  asksAbsent?: true;
  /** The match is void where round trips to a stranger's agent vary by more, in real microseconds (`jitterUs` of scoring/trace/trips.ts). Absent: by whatever. */
  jitterUs?: number;
  /** Patient play: the clock waited, and what a seat was charged is given. Its reward is no measured one. Absent: latency was measured. */
  patient?: true;
  /** It was played beside others against one endpoint. Absent: nobody else of its sweep asked that meanwhile. */
  contention?: Contention;
  seats: SeatRecord[];
  host: Json;
  /** Wall-clock start, ISO 8601; for people, never for scoring. */
  startedAt: string;
}

/** Whether a match counts. Void reasons are sentences. */
export interface Verdict {
  counts: boolean;
  reasons: string[];
  /** The match is void because a budget ended it, or no call of a model was answered: it has to be played again. Only beside `counts: false`. */
  unfinished?: true;
  /** What else is to be known of it, in sentences: nothing that voids it. */
  notes?: string[];
}

/** Real-time lateness of the match's ticks, in microseconds (all zero on the virtual clock). */
export interface Lateness {
  ticks: number;
  p50Us: number;
  p99Us: number;
  maxUs: number;
  /** Ticks that were over two ticks late. */
  over: number;
}

export interface TraceFooter {
  results: Results;
  digest: string;
  verdict: Verdict;
  lateness: Lateness;
  /**
   * Seats for whose open decision the virtual clock had waited as long as it does, in vain: it would have been missed, had the world not ended before its
   * deadline. Absent: none.
   */
  givenUp?: number[];
  endedAt: string;
}

/** A whole trace in memory. `footer` is absent when the match was cut off: such a trace is void. */
export interface Trace {
  header: TraceHeader;
  events: TraceEvent[];
  footer?: TraceFooter;
}
