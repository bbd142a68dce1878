/**
 * The one contract between a world and everything that plays, scores or draws it.
 *
 * A world is a deterministic machine in integer microseconds since the match began. It knows nothing of sockets, models,
 * files or real time. The same options, seed and landings give the same digest on every machine and in the browser.
 */

/** Integer microseconds of world time since the match began. */
export type Micros = number;

/** Anything JSON can carry: what observations, actions, scenes and results are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };

/** What an agent does: the plan of one answer, and what its seat does while it thinks about the next (absent: as before). */
export interface Action<Plan> {
  plan: Plan;
  standing?: string;
}

/** What became of an action when it landed. Rejected parts are told, never thrown: a match goes on. */
export interface Landing {
  /** World time at which it took effect: the later of its arrival and the time the world had already reached. */
  at: Micros;
  accepted: boolean;
  /** Why not, or which part not (one short sentence naming what would be accepted); absent when all of it was taken. */
  reason?: string;
  /** The task's own account of what it did (fills and order ids; the move that began...). */
  detail?: Json;
}

/** What a finished match paid. `reward` is in the task's integer reward unit (see `Task.reward`), one entry a seat. */
export interface Results {
  over: boolean;
  endedAt: Micros;
  reward: number[];
  /**
   * Per seat, the task's own figures, all integers (fills, fees, rounds won...). Four names mean the same in every task that has them, and
   * tables give them as shares: `stale` landed answers of `plans`, and `idle` frames of `liveFrames` in which the seat was free to act.
   */
  seats: Record<string, number>[];
}

/** An opaque copy of everything a world holds, generators included. Only the world that made it (or its twin by the same options) can restore it. */
export type Snapshot = object;

/** A running world. `State` is what a seat observes, `Plan` what it may do, `Scene` what spectators see; all three are JSON. */
export interface Environment<State, Plan, Scene> {
  /** World time already advanced to. */
  readonly now: Micros;
  /** True once the match has ended; `advance` then only moves `now`, and actions are refused with a reason. */
  readonly over: boolean;
  /** Moves the world on to `to` (never back: an earlier `to` does nothing). Additive: any way of splitting it gives the same digest. */
  advance(to: Micros): void;
  /**
   * Lets an action land at max(at, now), advancing the world there first. Equal times are ordered by (time, seat, call).
   * @param latencyUs how long the answer took in world time, observation to landing, as measured: a world may show a seat its own. Part
   *   of the record: playing a match again needs it.
   */
  act(seat: number, action: Action<Plan>, at: Micros, latencyUs?: Micros): Landing;
  /** A seat's agent is gone: its resting orders are cancelled, its plan ends, its standing order goes on. */
  leave(seat: number, at: Micros): void;
  /** Its agent is there again. For worlds that wait for their agents; others do without. */
  back?(seat: number, at: Micros): void;
  /** What the seat was asked was settled without an action: rejected or missed. For worlds that wait for an answer; others do without. */
  unanswered?(seat: number, at: Micros): void;
  /** What this seat may see now. Changes nothing. Never contains hidden state or another seat's private state. */
  observe(seat: number): State;
  /** What a spectator may see now. Changes nothing. */
  scene(): Scene;
  results(): Results;
  /** The seat's reward if the match ended now, in the reward unit (market: marked at the mid). Integer. The oracle's measure. */
  worth(seat: number): number;
  /** 16 hexadecimal digits over the whole state. Changes nothing. */
  digest(): string;
  /** World time of the next moment at which something changes by itself; Infinity when over. */
  nextChange(): Micros;
  /** The first publishing moment strictly after `after`: the market's grid, the game's frames. Observations are pushed at these only. */
  nextPublish(after: Micros): Micros;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
  /** Replaces all randomness that is still to come by that of another seed: how the oracle draws futures that are not the realised one. */
  reseed(seed: number): void;
}

/** What a parser made of an answer so far. `more`: a continuation could still change it, so nothing may be released yet. */
export type Parsed<Plan> = { kind: 'action'; action: Action<Plan> } | { kind: 'rejected'; reason: string } | { kind: 'more' };

/** A scripted player: a pure function of what its seat may see and of its own memory. Randomness comes from its own seeded stream. */
export interface Policy<State, Plan> {
  decide(state: State): Action<Plan>;
}

/** A bot as users name it. Options and seed give a fresh player with no shared state. */
export interface Bot<State, Plan> {
  name: string;
  /** One sentence for the user. */
  about: string;
  /** `errorPermille`: the share of its decisions replaced by a random legal one (graded randomness). */
  create(settings: { seed: number; errorPermille?: number }): Policy<State, Plan>;
}

/** By whom a position is played on: the own seat after the action, and the mixture for each other seat (see OracleSpec). */
export interface OracleFamily {
  continuation: OracleScript;
  opponents: readonly (readonly OracleScript[])[];
}

/** How a task's oracle values a decision. All of it belongs to the rules digest. */
export interface OracleSpec<State, Plan> extends OracleFamily {
  /** How far ahead futures are played, in world time. */
  horizonUs: Micros;
  /** Futures per candidate, an even number: half choose best and worst, the other half value them. */
  futures: number;
  /** The fixed, published list of actions to compare in this state. The first is always the standing order (an action with an empty plan). */
  candidates(state: State): Action<Plan>[];
  /** The state as a player sees it whose answer lands at once, while the world stands still (probes): its own latency is none. Absent: as it is. */
  stopped?(state: State): State;
  /** The bot by which the own seat goes on after the candidate, and its reaction delay. */
  continuation: OracleScript;
  /** For each other seat the mixture it is played by: future k meets entry k mod the mixture's length, so entries are equally likely. */
  opponents: readonly (readonly OracleScript[])[];
  /** What the frozen bank of probes is drawn from. Absent: the task has no bank. */
  bank?: BankMix<State>;
}

/** The matches from which a task's probe bank is drawn. Each list is gone through in turn, so an entry named twice comes twice as often. */
export interface BankMix<State> {
  bots: readonly string[];
  /** Reaction delays. */
  delaysMs: readonly number[];
  /** The task's options, as users write them: the i-th match is played under the i-th of them in turn. */
  options: readonly Json[];
  /** How long each match is played, in world seconds. */
  playS: number;
  /** Whether a state may be asked about at all; absent: every one may. */
  asks?(state: State): boolean;
  /** The kind of situation a state is: states are drawn evenly over the kinds, each with the weight it has in play. Absent: the task's own kinds. */
  stratum?(state: State): string;
  /** By whom states are played on, prompt and late players of several ideas; the oracle's own, by which models may be trained, is none of them. */
  families: readonly OracleFamily[];
}

/** Who plays a seat in the oracle's futures, how late, and what share of its decisions is random (absent: none). */
export interface OracleScript {
  bot: string;
  delayUs: Micros;
  errorPermille?: number;
}

/**
 * How whole matches of a task are played while the clock waits (patient play), and between whom they are normalised. The latency belongs to
 * the task's own reaction scale: with less of it, what nobody could answer in time looks like skill.
 */
export interface PatientSpec<Options> {
  /** World time from an observation to the landing of its answer, the same for every player that is compared. */
  latencyUs: Micros;
  /** The bot that stands at 0 of the scale. */
  random: string;
  /** The best known bot under these options, which stands at 1. A player may earn more. */
  best(options: Options): string;
}

/**
 * What can be told of an observation at a glance, without working out what to do about it: by this an agent may choose who answers
 * (docs/adaptive.md). Pure functions of what the seat sees, and of nothing else.
 */
export interface Glance<State> {
  /** Goes up when a state could fall into another situation than before, or a gain be counted otherwise. */
  version: number;
  /** Every situation there is, by the names that rules and tables use. Few, so that each comes often enough in a match to be learned about. */
  situations: readonly string[];
  /** Which of them a state is. */
  situation(state: State): string;
  /** What the seat has gained from one of its observations to a later one, in whole `unit`s; undefined where the two cannot be compared. */
  gain(before: State, after: State): number | undefined;
  unit: string;
  /** How long after an observation what was decided on it still shows in the gain, in world time. */
  creditUs: Micros;
}

/** What a task is called: a word that commands, plans and traces use. Which there are is told by harness/match/tasks.ts. */
export type TaskName = string;

/** One of the benchmarks: everything about it that is not a running world. */
export interface Task<Options, State, Plan, Scene> {
  name: TaskName;
  title: string;
  /** Its folder below `envs/`, where its prompts lie; its name when absent. */
  folder?: string;
  /** What it cannot offer, each with the sentence that says why. Whoever needs it refuses by that sentence, or leaves it out. */
  lacks?: { wallClock?: string; oracle?: string; page?: string; keyboard?: string };
  /** Its seats trade: their matches have a trading report (fills, markouts, makers' share). */
  trades?: true;
  /** Changes whenever the same options, seed and landings could give another digest or another score. */
  rules: string;
  /** The integer reward unit and how to print it: `shown = reward / scale` followed by `unit`. */
  reward: {
    unit: string;
    scale: number;
    about: string;
    /** Where every match's reward lies, in the integer unit; absent: without bound. Few matches say more when it is known. */
    range?(options: Options): { low: number; high: number };
  };
  /** One world tick in world time (a frame; the publishing grid): what lateness is judged against, and the unit latency is also shown in. */
  tick(options: Options): { us: number; name: string };
  /** Validates a user's options, fills defaults. @throws OptionsError naming the path, what was found and what is accepted. */
  parseOptions(raw: unknown): Options;
  /** The options, checked or as written, as agents may know them: without what is still to come (recorded prices). Absent: all of them. */
  publicOptions?(options: unknown): Json;
  /** Options for unscored calls before a match under these: they show nothing of what is still to come. Absent: the same. */
  rehearsalOptions?(options: unknown): unknown;
  seats(options: Options): number;
  /** World time that a match lasts at most; undefined where that depends on how long its agents think. */
  lengthUs(options: Options): Micros | undefined;
  create(options: Options, seed: number): Environment<State, Plan, Scene>;
  /** The compact text of a state: what `{{state}}` in a prompt becomes, and what an observation carries beside its JSON. */
  text(state: State): string;
  /** What kind of decision a state asks for, in a few words: reports split quality by it. Absent, or undefined of a state: no kinds are told apart. */
  situation?(state: State): string | undefined;
  /** What an agent may choose by, before anybody has thought. Absent: nothing is told apart, so no agent can learn whom to ask when. */
  glance?: Glance<State>;
  /** The actions a prompt lists for `{{actions}}`, from the same table the parser reads. */
  actionsText(): string;
  /**
   * Reads an answer so far; `ended` says that no more text will come. Pure. Rejections say what was found and what is accepted.
   * @param release `early` (the default): an action that opens the answer counts as soon as its end is marked, whatever follows; `end`:
   *   nothing is released before the end, and what stands last on its own counts
   */
  parse(answer: string, ended: boolean, release?: 'early' | 'end'): Parsed<Plan>;
  /** Other parsers a configuration may choose by name, where there is more than one form of answer. */
  parsers?: Readonly<Record<string, (answer: string, ended: boolean, release?: 'early' | 'end') => Parsed<Plan>>>;
  /** The canonical answer for an action: `parse(write(action), true)` gives the action back. What models are trained on. */
  write(action: Action<Plan>): string;
  /** Checks an action that came as JSON over the protocol. @throws OptionsError */
  parseAction(raw: unknown): Action<Plan>;
  /** JSON Schema of an action's plan, for the published protocol and for guided decoding. */
  planSchema(): Json;
  /** Legal standing orders, the default first. */
  standingOrders: readonly string[];
  bots: readonly Bot<State, Plan>[];
  oracle: OracleSpec<State, Plan>;
  /** Absent: its matches cannot be played patiently. */
  patient?: PatientSpec<Options>;
  /** What a match of two was worth to a seat: 1 won, 0 lost, a half for a draw. Absent: its matches have no winner. */
  outcome?(results: Results, seat: number): 0 | 0.5 | 1;
  /**
   * What of a match's results is counted as a success: costs are told for each, and formulas may name it by `measure`. May be below 0, or no
   * whole number. `range`: where every match's count lies; absent: without bound. Absent: the task counts none.
   */
  success?: {
    name: string;
    measure: string;
    count(results: Results, seat: number): number;
    range?(options: Options): { low: number; high: number };
  };
  /** How many of a seat's answers so far the scene counts as landed in a situation that had changed. Absent: the task counts none. */
  staleAnswers?(scene: Scene, seat: number): number;
  /** What began with this very scene that a human in the seat would react to, in a word; reaction times run from it. Where the task has a keyboard. */
  stimulus?(scene: Scene, seat: number): string | undefined;
}

/** A refusal at the boundary of a world: what was wrong, where, and what would be accepted. */
export class OptionsError extends Error {
  override name = 'OptionsError';
}

/** A task whose type parameters the holder does not care about. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the harness carries states and plans through as opaque JSON
export type AnyTask = Task<any, any, any, any>;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above
export type AnyEnvironment = Environment<any, any, any>;
