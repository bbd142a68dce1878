/**
 * The one way to play a match between named players, for a single match and for a sweep's cells: who cannot play is refused before
 * anything is started, agents are started and warmed up unscored, cores are shared out, and a match whose endpoint dies is ended.
 */
import { randomBytes } from 'node:crypto';
import type { AnyTask, Json } from '../../envs/environment.js';
import type { SeatRecord, Trace } from '../../scoring/trace/trace.js';
import { parserOf } from '../agents/asker.js';
import { botOf } from '../agents/bot.js';
import type { AgentHandle } from '../agents/spawn.js';
import { loadPrompt, promptFor } from '../configuration/prompts.js';
import type { SharedBudget } from '../endpoints/tally.js';
import { isTeam, membersOf, teamFault, threadsOf } from '../configuration/team.js';
import type { EmbeddedServing, RunningEndpoint } from '../endpoints/start.js';
import { playMatch, resumeMatch, type MatchSheet, type SeatSheet } from '../match/match.js';
import { CheckpointError, type Checkpoint } from '../match/resumption.js';
import { taskNamed } from '../match/tasks.js';
import { AgentError, type AgentLine } from '../protocol/line.js';
import type { MatchServer } from '../protocol/server.js';
import { shareCores, wallClockFault } from './cores.js';
import { EndpointWatch } from './endpoint-watch.js';
import { hasOutage, outageFault, seatOutage } from './outages.js';
import type { Party } from './party.js';
import { Processes, type Route, type SetupEndpoint } from './processes.js';
import { learnt, recordOf } from './record.js';
import { embeddedAmong, SeatError, type ModelSeat, type Player } from './seats.js';
import { WARM_UP_SEED, warmUpMatches } from './warm-up.js';

/** Unscored calls before an agent's first match of a task: enough for an engine of ours to compile, and for others to cache the prompt. */
const WARM_UP_CALLS = { embedded: 12, external: 2 };
const WARM_UP_TIMEOUT_MS = 300_000;
/** How long a stranger or a human may take to connect, unless told. */
const STRANGER_MS = 600_000;

/** A match as planned, with who plays instead of whose tokens. */
export interface SeatedMatch extends Omit<MatchSheet, 'seats' | 'sparing' | 'outages'> {
  players: readonly Player[];
  /** Where the match goes on from, with the players of its seats (harness/seating/resumed.ts). */
  from?: Checkpoint;
  /** The page on which a human plays. */
  page?: string;
  /** How long a stranger or a human may take to connect, in real milliseconds. */
  waitMs?: number;
  /** Other matches that it begins together with; all of them are on seatings beside each other. */
  party?: Party;
  /** Told once everybody sits: the match begins. */
  onSeated?: () => void;
}

/** A model that sits, or a team of them, with what it was started with. */
interface SeatedModel {
  endpoints: SetupEndpoint[];
  agent: AgentHandle;
  seat: number;
}

/** The players' usual other side, where a match names fewer players than its task has seats. */
export function usualPlayer(task: AnyTask, seat: number): Extract<Player, { kind: 'bot' }> {
  const usual = seat === 0 ? task.oracle.continuation : (task.oracle.opponents[0]?.[0] ?? task.oracle.continuation);
  return { kind: 'bot', bot: usual.bot, errorPermille: usual.errorPermille ?? 0, givenUs: usual.delayUs, addedUs: 0 };
}

/** Refuses who cannot play, before anything is started. @throws SeatError, PromptError, Error for a bot that the task has not */
export function checkPlayers(task: AnyTask, players: readonly Player[], clock: 'wall' | 'virtual'): void {
  for (const player of players) {
    if (player.kind === 'bot') botOf(task, player.bot);
    if (player.kind !== 'model') continue;
    for (const { configuration } of membersOf(player.configuration)) {
      loadPrompt(task, promptFor(task, configuration.prompt));
      parserOf(task, configuration.parser);
    }
    const wrong = teamFault(player.configuration, task);
    if (wrong !== undefined) throw new SeatError(wrong);
  }
  const fault = outageFault(players) ?? (clock === 'wall' ? wallClockFault(players) : undefined);
  if (fault !== undefined) throw new SeatError(fault);
}

/** Which of its name this one is, from 0. */
function counted(copies: Map<string, number>, name: string): number {
  const copy = copies.get(name) ?? 0;
  copies.set(name, copy + 1);
  return copy;
}

export interface SeatingOptions {
  /** Bounds the calls of each configuration whose endpoint is not our own engine. */
  budget?: SharedBudget;
  /** Ends the wait for a server that asks to be called later. */
  signal?: AbortSignal;
  /** A seating whose models are used here as well, each in one match at a time; bots are its own. The other one's `stop` ends them all. */
  beside?: Seating;
  /** Model agents are its own, too, so that several of them ask an endpoint at once; by which way each asks it, where not directly. */
  own?: { route?: Route };
  /** How engines of ours serve several that ask. */
  serving?: Pick<EmbeddedServing, 'sequences'>;
}

export class Seating {
  readonly processes: Processes;
  private readonly signal: AbortSignal | undefined;
  private readonly own: SeatingOptions['own'];
  /** Tasks that an agent was warmed up for, by agent and endpoint: either may have been started anew. */
  private readonly warm: WeakMap<AgentHandle, WeakMap<RunningEndpoint, Set<string>>>;
  /** Which of those that share their processes this is, and how many have been made beside it. */
  private readonly lane: number;
  private lanes = 0;

  constructor(
    private readonly server: MatchServer,
    private readonly say: (line: string) => void,
    { budget = {}, signal, beside, own, serving }: SeatingOptions = {},
  ) {
    this.processes = beside?.processes ?? new Processes(server, say, budget, { signal, serving });
    this.own = own;
    this.signal = signal ?? beside?.signal;
    this.warm = beside?.warm ?? new WeakMap();
    this.lane = beside ? ++beside.lanes : 0;
  }

  /** Starts a model and warms it up for a task, as its first match would. @throws EndpointError, AgentError, ConfigurationError */
  async ready(task: AnyTask, options: unknown, configuration: ModelSeat['configuration']): Promise<void> {
    await this.model(task, options, configuration, 0);
  }

  /**
   * Seats everybody, warms up, and plays.
   * @throws SeatError, AgentError, EndpointError, ConfigurationError, PromptError before the match; afterwards as `playMatch`
   */
  async play(match: SeatedMatch): Promise<Trace> {
    const { players, page: _page, onSeated, from, party, ...plan } = match;
    const task = taskNamed(match.task);
    checkPlayers(task, players, match.clock);
    const models: SeatedModel[] = [];
    const agents: AgentHandle[] = [];
    const seats = await this.seatAll(task, match, models, agents);
    if (match.signal?.aborted) throw new AgentError('interrupted before the match');
    const started = models.flatMap(({ endpoints, seat }) => endpoints.map(({ endpoint }) => ({ endpoint, seat })));
    const watch = new EndpointWatch(started, match.signal);
    const engines = started.filter(({ endpoint }) => endpoint.kind === 'embedded').flatMap(({ endpoint }) => endpoint.pid ?? []);
    const [embedded] = embeddedAmong(players);
    const threads = embedded ? threadsOf(embedded.configuration) : 1;
    const pids = agents.flatMap((agent) => agent.process.pid ?? []);
    const shared = match.clock === 'wall' && engines.length > 0 ? shareCores({ pids: engines, threads }, pids) : undefined;
    const outages = players.flatMap((player, seat) => {
      const { agent } = models.find((each) => each.seat === seat) ?? {};
      if (!hasOutage(player) || !agent) return [];
      const place = (pid: number): void => shared?.place(pid);
      return [seatOutage(player, seat, agent, { processes: this.processes, watch, speed: match.speed, place })];
    });
    // What brings an endpoint back goes on where the match ends before, and is waited for: the next match needs it.
    const begun: Promise<unknown>[] = [];
    try {
      const sheet: MatchSheet = {
        ...plan,
        seats,
        outages: outages.map(({ begin, ...each }) => ({
          ...each,
          begin: () => {
            const back = begin();
            begun.push(back);
            return back;
          },
        })),
        // Of matches that keep time on one thread none may spin while another's tick is due.
        sparing: engines.length > 0 || party !== undefined,
        signal: watch.signal,
        onEvent: (event) => {
          watch.see(event);
          match.onEvent?.(event);
        },
      };
      if (engines.length > 0) await this.warmUpMatches(sheet, players, models);
      await party?.ready();
      onSeated?.();
      const tokens = seats.map(({ token }) => token);
      return from ? await resumeMatch(this.server, from, { ...sheet, tokens }) : await playMatch(this.server, sheet);
    } finally {
      watch.stop();
      await Promise.allSettled(begun);
      if (shared && party) party.afterwards(() => shared.restore());
      else shared?.restore();
    }
  }

  /** What the agents wrote for people. */
  said(): Promise<string[]> {
    return this.processes.said();
  }

  async stop(): Promise<void> {
    await this.processes.stop();
  }

  private async seatAll(task: AnyTask, match: SeatedMatch, models: SeatedModel[], agents: AgentHandle[]): Promise<SeatSheet[]> {
    const { players } = match;
    const seats: SeatSheet[] = [];
    // A human comes last: the match begins when the seat is taken, not when a model has been loaded.
    const order = [...players.keys()].sort((a, b) => Number(players[a]!.kind === 'human') - Number(players[b]!.kind === 'human'));
    const bots = this.startBots(players);
    const copies = new Map<string, number>();
    for (const seat of order) {
      const player = players[seat]!;
      if (match.signal?.aborted) break;
      const record = await recordOf(task, player);
      if (player.kind === 'bot') {
        const agent = await bots.get(seat)!;
        agents.push(agent);
        seats[seat] = { token: agent.token, record };
      } else if (player.kind === 'model') {
        const { configuration } = player;
        const { endpoints, agent } = await this.model(
          task,
          match.options,
          configuration,
          counted(copies, configuration.name),
          hasOutage(player),
        );
        agents.push(agent);
        models.push({ endpoints, agent, seat });
        const summaries = endpoints.map(({ role, endpoint }) => [role, (endpoint.summary ?? null) as unknown as Json] as const);
        const engine = isTeam(configuration) ? Object.fromEntries(summaries) : summaries[0]![1];
        seats[seat] = { token: agent.token, record: learnt(record, { engine, ...priceOf(configuration) }) };
      } else if (player.kind === 'human') seats[seat] = await this.human(record, player.name, match);
      else if (match.from) seats[seat] = await this.returning(record, seat, match.from, match);
      else seats[seat] = await this.stranger(record, player.name, match);
    }
    return seats;
  }

  /** The bots' agents by their seats. All are started at once, beside a model that is loaded; who waits for one is told why it could not be. */
  private startBots(players: readonly Player[]): Map<number, Promise<AgentHandle>> {
    const copies = new Map<string, number>();
    const starting = new Map<number, Promise<AgentHandle>>();
    for (const [seat, player] of players.entries()) {
      if (player.kind !== 'bot') continue;
      const { bot, errorPermille } = player;
      const agent = this.processes.bot(bot, errorPermille, counted(copies, `${bot} ${errorPermille}`), this.lane);
      agent.catch(() => undefined);
      starting.set(seat, agent);
    }
    return starting;
  }

  /** A model's agent, warmed up for the task by calls that are not scored. */
  private async model(
    task: AnyTask,
    options: unknown,
    configuration: ModelSeat['configuration'],
    copy: number,
    isCut = false,
  ): Promise<Omit<SeatedModel, 'seat'>> {
    const relay =
      isCut && !isTeam(configuration) && configuration.endpoint.kind !== 'embedded' ? await this.processes.relay(configuration) : undefined;
    const { endpoints, agent } = await this.processes.model(configuration, copy, {
      ...(this.own ? { lane: this.lane, ...this.own } : {}),
      relay,
    });
    if (this.isFirst(agent, endpoints, task.name)) {
      const isOurs = endpoints.every(({ endpoint }) => endpoint.kind === 'embedded');
      const count = isOurs ? WARM_UP_CALLS.embedded : WARM_UP_CALLS.external; // who is paid is asked as little as needed
      const warmed = await agent.line.warmUp({ task: task.name, options, seed: WARM_UP_SEED, count }, WARM_UP_TIMEOUT_MS, this.signal);
      if (warmed.note !== undefined) this.say(`${configuration.name}: a call to warm up failed: ${warmed.note}`);
    }
    return { endpoints, agent };
  }

  /** Plays pieces of the match unscored. Only among our own: nobody else should have to play what counts for nothing, or pay for it. */
  private async warmUpMatches(sheet: MatchSheet, players: readonly Player[], models: readonly SeatedModel[]): Promise<void> {
    if (sheet.patient) return; // nothing is measured
    if (!players.every((player) => player.kind === 'bot' || embeddedAmong([player]).length > 0)) return;
    const first = models.map(({ agent, endpoints }) => this.isFirst(agent, endpoints, `${sheet.task}, ${sheet.clock} clock`));
    if (first.includes(true)) {
      const seats = sheet.seats.map(({ record: { outage: _outage, ...record }, ...seat }) => ({ ...seat, record }));
      await warmUpMatches(this.server, { ...sheet, seats, outages: [], onEvent: undefined, onBegin: undefined });
    }
  }

  /** Whether this agent does so for the first time with any of these endpoints. */
  private isFirst(agent: AgentHandle, endpoints: readonly SetupEndpoint[], what: string): boolean {
    return endpoints.map(({ endpoint }) => this.isFirstWith(agent, endpoint, what)).includes(true);
  }

  private isFirstWith(agent: AgentHandle, endpoint: RunningEndpoint, what: string): boolean {
    const byEndpoint = this.warm.get(agent) ?? new WeakMap<RunningEndpoint, Set<string>>();
    this.warm.set(agent, byEndpoint);
    const seen = byEndpoint.get(endpoint) ?? new Set();
    byEndpoint.set(endpoint, seen);
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  }

  private async stranger(record: SeatRecord, name: string, match: SeatedMatch): Promise<SeatSheet> {
    const token = randomBytes(16).toString('hex');
    const { url } = this.server;
    const waitMs = match.waitMs ?? STRANGER_MS;
    this.say(`waiting ${Math.round(waitMs / 1000)} s for ${name}. Start an agent of your own, for example:`);
    this.say(`  TICKBENCH_TOKEN=${token} python3 examples/agent.py ${url}`);
    this.say(`  TICKBENCH_TOKEN=${token} npx tickbench agent ${url} --bot NAME     (or --config FILE.yaml)`);
    this.say(
      `  or connect to ${url}/agent and say {"type":"hello","protocol":"tickbench.v1","token":"${token}","name":"${name}"} (docs/protocol.md)`,
    );
    const line = this.server.admit(token, name, match.task);
    await this.arrival(line, name, match);
    return { token, record: learnt(record, { calledItself: line.calledItself }) };
  }

  /** A stranger's agent that played before the checkpoint: it comes back by the token it was given then. One that was away then may come later. */
  private async returning(record: SeatRecord, seat: number, { events, state }: Checkpoint, match: SeatedMatch): Promise<SeatSheet> {
    const token = state.seats[seat]!.tokenHash;
    if (token === null) throw new CheckpointError(`seats.${seat}.tokenHash: null; by it ${record.name} would be let in again`);
    const line = this.server.admitSealed(token, record.name, match.task);
    const went = events.findLast((event) => event.seat === seat && (event.kind === 'leave' || event.kind === 'return'));
    if (went?.kind !== 'leave') {
      const waitMs = match.waitMs ?? STRANGER_MS;
      this.say(`waiting ${Math.round(waitMs / 1000)} s for ${record.name} to come back to ${this.server.url} by the token it has`);
      await this.arrival(line, record.name, match);
    }
    return { token, record };
  }

  /** Somebody at the page. What they see is no observation a decision but the stream, so they are a division of their own. */
  private async human(record: SeatRecord, name: string, match: SeatedMatch): Promise<SeatSheet> {
    const token = randomBytes(16).toString('hex');
    this.say(`take the seat of ${name}: ${match.page ?? ''}#/play?${new URLSearchParams({ server: this.server.url, token }).toString()}`);
    await this.arrival(this.server.admit(token, name, match.task), name, match);
    return { token, record };
  }

  private async arrival(line: AgentLine, name: string, { signal, waitMs = STRANGER_MS }: SeatedMatch): Promise<void> {
    const arriving = line.connected(waitMs);
    const interrupted = new Promise<never>((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new AgentError(`interrupted while waiting for ${name}`)), { once: true });
    });
    await Promise.race([arriving, interrupted]);
    this.say(`${name} is here`);
  }
}

/** The price of a single configuration, where its file names one; a team has none of its own. */
function priceOf(setup: ModelSeat['configuration']): { price?: Json } {
  return isTeam(setup) || !setup.price ? {} : { price: setup.price };
}
