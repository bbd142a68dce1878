/**
 * Words of the scheduler. A **program** is one agent's string of calls that share a growing prefix, with a world between them; a **call** is one
 * request of it; a **backend** is a server whose KV cache holds what programs have read so far; a **tenant** is whom programs belong to.
 *
 * Times are milliseconds of a clock that only goes forward and that the caller gives; tokens are the model's.
 */

/** How the scheduler decides; every figure may be configured. */
export interface SchedulerSettings {
  /** Share of a backend's capacity above which programs between calls are paused, and to which newcomers may fill it. */
  highMark: number;
  /** Share of the capacity down to which they are paused then: the gap to the high mark keeps it from pausing at every call. */
  lowMark: number;
  /** Tokens that every program is charged beyond its estimate: templates and what an estimate misses. */
  marginTokens: number;
  /** Tokens that one block of a shared prefix stands for. Too few count a shared prefix partly twice, which is the safe side. */
  blockTokens: number;
  /** How long a program between calls keeps its place against programs that wait. */
  holdMs: number;
  /**
   * How long a call waits before it goes before others, to where programs have had their places for as long. After twice this time a backend is
   * cleared for it.
   */
  forceAfterMs: number;
  /** How long a call waits at most before it is refused: nothing served it, forced or not. */
  refuseAfterMs: number;
  /** How long a program may be silent before it ends. */
  leaseMs: number;
  /** Calls that may wait in all; one more is refused. */
  mostWaiting: number;
  /** Programs at once, those that act included; the first call of one more is refused. */
  mostPrograms: number;
  /** Tenants' weights: shares of service while several want it. A tenant that is not named weighs 1. */
  weights: Readonly<Record<string, number>>;
  /** Service (tokens by weight) that a tenant must have had more than another before its programs between calls give way to the other's. */
  quantumTokens: number;
}

export const DEFAULT_SETTINGS: SchedulerSettings = {
  highMark: 0.95,
  lowMark: 0.8,
  marginTokens: 64,
  blockTokens: 256,
  holdMs: 2000,
  forceAfterMs: 10_000,
  refuseAfterMs: 120_000,
  leaseMs: 600_000,
  mostWaiting: 8192,
  mostPrograms: 65_536,
  weights: {},
  quantumTokens: 16_384,
};

/** A call as it arrives. */
export interface CallRequest {
  /** Its number: the caller's own, never used twice. */
  id: number;
  /** The program's name, unique among all tenants' programs. */
  program: string;
  tenant: string;
  /** The program is this call alone and ends with it. */
  oneOff?: boolean;
  /** Tokens of the prompt by the caller's estimate. */
  promptTokens: number;
  /** Most tokens that the answer may have, as far as anybody knows. */
  outputTokens: number;
  /** Names of the prompt's blocks, in order. Each name stands for all the text up to its block's end, so equal names mean equal prefixes. */
  blocks: readonly string[];
  /** Backends that may serve it; all of them when absent. */
  backends?: readonly string[];
  /** When its answer is of no use any more. */
  deadlineMs?: number;
  /** Of one tenant's calls the higher go first. */
  priority?: number;
  /** A program whose prefix this one shares: a new program is placed beside it where there is room. */
  parent?: string;
  /** It waits for something that is not the scheduler's, and starts only after `unhold`. Deadlines and bounds hold for it all the same. */
  held?: boolean;
}

/**
 * How a call went. Counts that the server did not tell are absent: the estimates stand for them, and nothing does where the call failed, or was
 * given up before anything of it was answered.
 */
export interface CallEnd {
  /** `done`: answered to its end; `cancelled`: the client went away; `failed`: the server or the connection did. */
  outcome: 'done' | 'cancelled' | 'failed';
  promptTokens?: number;
  outputTokens?: number;
  /** Prompt tokens that the server had cached. */
  cachedTokens?: number;
  /** When the first byte of the answer came. */
  firstByteMs?: number;
}

/** Why a call is not served. */
export type RefusalReason =
  /** By the times of calls like it, its answer would land after its deadline. */
  | 'deadline_unreachable'
  /** The prompt and its answer fit into no backend's cache. */
  | 'context_exceeds_capacity'
  /** Too many calls wait, or too many programs live. */
  | 'overloaded'
  /** It waited as long as a call may. */
  | 'waited_too_long'
  /** It has a deadline, and no backend that may serve it is there: a failure of the servers', not a lateness. */
  | 'no_backend'
  /** Its program was released. */
  | 'program_released';

/** Why a program ended: it was released, it was silent too long, it was one call, or none of its calls was ever served. */
export type EndReason = 'released' | 'lease' | 'one-off' | 'unserved';

/** What the scheduler decided: the caller carries it out. */
export type Decision =
  | { kind: 'start'; call: number; program: string; backend: string; waitedMs: number }
  | { kind: 'refuse'; call: number; program: string; reason: RefusalReason; estimateMs?: number }
  /** A program between calls lost its place in a backend's cache. Nothing is to be done. */
  | { kind: 'pause'; program: string; backend: string }
  | { kind: 'end'; program: string; reason: EndReason; view: ProgramView };

/** What may be seen of a program. */
export interface ProgramView {
  program: string;
  tenant: string;
  /** `reasoning`: a call runs; `waiting`: one waits; `acting`: between calls, its place kept; `paused`: between calls without a place. */
  status: 'reasoning' | 'waiting' | 'acting' | 'paused';
  /** The backend that holds its cache, as far as is known. */
  backend?: string;
  contextTokens: number;
  waitingCalls: number;
  silentMs: number;
  /** Calls by how they ended, and refused ones. */
  calls: { done: number; cancelled: number; failed: number; refused: number };
  promptTokens: number;
  cachedTokens: number;
  outputTokens: number;
  /** Time in all: calls waiting, up to first bytes (prefill and the server's own queue), from there to their ends, and between calls. */
  times: { waitedMs: number; prefillMs: number; decodeMs: number; actingMs: number };
  pauses: number;
  /** How often it was placed on another backend than the one before. */
  moves: number;
}

/** What may be seen of a backend. */
export interface BackendView {
  backend: string;
  up: boolean;
  /** Undefined: not known, and then taken for unlimited. */
  capacityTokens?: number;
  /** Tokens that its programs are charged, shared prefixes counted once. */
  usedTokens: number;
  running: number;
  programs: number;
}
