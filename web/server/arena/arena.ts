/**
 * An arena: agents that wait are paired, each pairing is played in a process of its own, and what comes of it is kept. Here nothing ticks and nobody
 * is measured.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { keyOf, Stream } from '../../../envs/random.js';
import { Entrance, type WaitingAgent } from '../../../harness/arena/entrance.js';
import { AloneRun } from '../../../harness/arena/alone-run.js';
import { Gallery, type GalleryClock } from '../../../harness/arena/gallery.js';
import { gamesOf, worldsIn, type GameOutcome, type OfBoth } from '../../../harness/arena/order.js';
import { PairingRun, type RunHooks } from '../../../harness/arena/pairing-run.js';
import { arenaTermsDigest, type ArenaTerms } from '../../../harness/arena/terms.js';
import { secretSeed } from '../../../harness/match/secret-seed.js';
import type { Tokens } from '../store/tokens.js';
import { Ladder } from './ladder.js';
import { MOST_TRIES, type ArenaStore, type GameRow, type OpenPairing } from './store.js';

export interface ArenaSettings {
  store: ArenaStore;
  tokens: Tokens;
  /** What is played: terms of a task each. */
  terms: readonly ArenaTerms[];
  host: string;
  port: number;
  allowHosts?: readonly string[];
  /** Ports of match servers; any free ones when absent. */
  matchPorts?: { first: number; last: number };
  /** Worlds that tick at once: a pairing has one, or two where each plays alone; one pairing is played whatever is said. */
  matchesAtOnce: number;
  /** Least real milliseconds from the beginning of one pairing to that of the next. */
  everyMs?: number;
  waitMs?: number;
  awayMs?: number;
  /** By how much later matches are shown to those who watch, real milliseconds; absent: not at all. */
  watchDelayMs?: number;
  /** By which clock they are late; the real one when absent. */
  galleryClock?: GalleryClock;
  /** Where traces lie while they are written. Emptied at the start. */
  playing: string;
  /** What exploration is drawn from; drawn anew each time when absent. */
  explorationSeed?: number;
  say(line: string): void;
}

/** How long an agent may take to come to a match, and be away from it, unless told. */
const WAIT_MS = 10_000;
const AWAY_MS = 10_000;
/** How long nothing is begun after something went wrong here. */
const AFTER_FAULT_MS = 2000;

interface Running {
  run: PairingRun | AloneRun;
  pairing: OpenPairing;
  terms: ArenaTerms;
  agents: readonly [WaitingAgent, WaitingAgent];
  ports: OfBoth<number>;
  /** Those of the agents that did not come to a match. */
  absent: Set<WaitingAgent>;
  /** What was told of it is written down one after the other. */
  written: Promise<void>;
}

export class Arena {
  private readonly ladders = new Map<string, Ladder>();
  private readonly running = new Map<string, Running>();
  private nextBeginMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private again = false;
  private closed = false;

  private constructor(
    private readonly settings: ArenaSettings,
    private readonly entrance: Entrance,
    private readonly gallery: Gallery | undefined,
  ) {}

  /** Opens it: what an earlier one left open is gone on with. @throws when the address cannot be had */
  static async open(settings: ArenaSettings): Promise<Arena> {
    const {
      store,
      tokens,
      terms,
      host,
      port,
      allowHosts,
      playing,
      explorationSeed = randomBytes(4).readUInt32BE(),
      watchDelayMs,
      galleryClock,
      say,
    } = settings;
    rmSync(playing, { recursive: true, force: true });
    mkdirSync(playing, { recursive: true });
    const cut = await store.recover();
    if (cut > 0) say(`${cut} match${cut === 1 ? ' was' : 'es were'} being played when the arena ended: void, and played again`);
    const opened: { arena?: Arena } = {};
    const gallery = watchDelayMs === undefined ? undefined : new Gallery(watchDelayMs, galleryClock);
    const entrance = await Entrance.listen({
      ...{ host, port, allowHosts },
      tasks: terms.map(({ task }) => task),
      identify: async (token) => {
        const { id, holder, scopes } = await tokens.caller(token);
        if (!scopes.includes('play')) throw new Error('this token is not for playing; the operator issues others: --scope play');
        return { token: id, holder };
      },
      arrived: ({ task, name, holder }) => {
        say(`${name} of ${holder} is here for ${task}`);
        opened.arena?.wake();
      },
      gallery,
    });
    const arena = (opened.arena = new Arena(settings, entrance, gallery));
    for (const each of terms) {
      const ladder = new Ladder(new Stream(keyOf(explorationSeed, 0xa7e), 0));
      for (const game of await store.rated(await store.terms(each))) ladder.add(game);
      arena.ladders.set(each.task, ladder);
    }
    arena.wake();
    return arena;
  }

  /** Where it listens: ws://HOST:PORT */
  get url(): string {
    return this.entrance.url;
  }

  /** Pairings that are being played now. */
  get playing(): number {
    return this.running.size;
  }

  /** Somebody may be waiting for a match. */
  wake(): void {
    this.again = true;
    if (this.closed) return;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
  }

  /** Ends it; what is being played is void. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.looking;
    for (const { run } of this.running.values()) run.kill();
    while (this.running.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    this.gallery?.close();
    await this.entrance.close();
  }

  private async look(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      try {
        for (const terms of this.settings.terms) while (this.mayBegin(terms) && (await this.beginOne(terms)));
      } catch (error) {
        this.settings.say(`arena: ${(error as Error).message}; tried again in ${AFTER_FAULT_MS / 1000} s`);
        this.notBefore(Date.now() + AFTER_FAULT_MS);
      }
    }
  }

  /** Whether another pairing may begin now; else it is looked again when it may. */
  private mayBegin(terms: ArenaTerms): boolean {
    const worlds = [...this.running.values()].reduce((sum, { terms: of }) => sum + worldsOf(of), worldsOf(terms));
    if (this.closed || (this.running.size > 0 && worlds > this.settings.matchesAtOnce)) return false;
    const now = Date.now();
    if (now >= this.nextBeginMs) return true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), this.nextBeginMs - now);
    return false;
  }

  private notBefore(atMs: number): void {
    this.nextBeginMs = Math.max(this.nextBeginMs, atMs);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), this.nextBeginMs - Date.now());
  }

  /** Begins a pairing of some who wait for this task, where there is one. */
  private async beginOne(terms: ArenaTerms): Promise<boolean> {
    const { store } = this.settings;
    const waiting = await this.waiting(terms.task);
    if (waiting.size < 2) return false;
    const digest = arenaTermsDigest(terms);
    const left = (await store.open(digest)).find(
      ({ id, first, second, games }) => !this.running.has(id) && isEnded(games[0]) && waiting.has(first) && waiting.has(second),
    );
    const next = left ? undefined : this.ladders.get(terms.task)!.next([...waiting].map(([player, { holder }]) => ({ player, holder })));
    const pairing = left ?? (next && (await store.begin(digest, next.first.player, next.second.player, secretSeed(), next.by)));
    if (!pairing) return false;
    this.begin(pairing, terms, [waiting.get(pairing.first)!, waiting.get(pairing.second)!]);
    return true;
  }

  /** Who is here for a task and plays nothing, by player. Of one holder's tokens under the same name the one that came last plays. */
  private async waiting(task: string): Promise<Map<string, WaitingAgent>> {
    const running = [...this.running.values()];
    const tokens = new Set(running.flatMap(({ agents }) => agents.map(({ token }) => token)));
    const players = new Set(running.flatMap(({ pairing }) => [pairing.first, pairing.second]));
    const waiting = new Map<string, WaitingAgent>();
    for (const agent of this.entrance.here(task)) {
      if (tokens.has(agent.token) || !(await this.isWelcome(agent))) continue;
      const { id } = await this.settings.store.player(agent.task, agent.holder, agent.name);
      if (!players.has(id)) waiting.set(id, agent);
    }
    return waiting;
  }

  /** Whether its token is still good and it is still connected; one whose token is not any more is sent away. */
  private async isWelcome(agent: WaitingAgent): Promise<boolean> {
    const why = await this.settings.tokens.whyNot(agent.token);
    if (why === null) return agent.line.isConnected;
    this.entrance.dismiss(agent, why, 'revoked');
    return false;
  }

  private begin(pairing: OpenPairing, terms: ArenaTerms, agents: readonly [WaitingAgent, WaitingAgent]): void {
    const { host, allowHosts = [], waitMs = WAIT_MS, awayMs = AWAY_MS, watchDelayMs, playing, everyMs = 0, say } = this.settings;
    this.nextBeginMs = Math.max(this.nextBeginMs, Date.now() + everyMs);
    const [first, second] = agents.map(({ name }) => ({ name, token: randomBytes(16).toString('hex') }));
    const done = pairing.games.filter(isEnded).map(({ game }) => game);
    const ports = this.freePorts(worldsOf(terms));
    const order = {
      ...{ id: pairing.id, terms, seed: pairing.seed, agents: [first!, second!] as const },
      ...{ games: gamesOf(terms).filter((game) => !done.includes(game)), folder: join(playing, pairing.id) },
      ...{ host, port: ports[0], allowHosts, waitMs, awayMs, watchDelayMs },
    };
    for (const match of terms.alone ? worldsIn(pairing.id) : order.games.map((game) => worldsIn(pairing.id)[game]))
      this.gallery?.open(match);
    const hooks: RunHooks = {
      listening: (taken) => {
        // One that has come back as another player meanwhile is not the one that was paired.
        for (const [i, agent] of agents.entries())
          if (agent.task === terms.task && agent.name === order.agents[i]!.name)
            this.entrance.assign(agent, {
              ...{ type: 'assignment', pairing: pairing.id, task: terms.task, url: `ws://${agent.host}:${taken[i]}` },
              ...{ token: order.agents[i]!.token, matches: order.games.length, withinMs: waitMs },
            });
      },
      begins: (game) => this.write(pairing.id, () => this.settings.store.gameBegins(pairing.id, game)),
      ended: (outcome) => this.write(pairing.id, () => this.ended(pairing, outcome)),
      shown: (match, kind, text) => this.gallery?.take(match, kind, text),
      over: (fault) => this.write(pairing.id, () => this.over(pairing.id, fault)),
    };
    const run = terms.alone ? new AloneRun(order, ports, hooks) : new PairingRun(order, hooks);
    this.running.set(pairing.id, { run, pairing, terms, agents, ports, absent: new Set(), written: Promise.resolve() });
    const how = terms.alone ? `${terms.task}, each alone` : terms.task;
    say(`${pairing.id}: ${agents.map(({ name, holder }) => `${name} of ${holder}`).join(' against ')}, ${how}`);
  }

  /** Writes down what was told of a pairing, in the order in which it was told. */
  private write(id: string, work: () => Promise<void>): void {
    const running = this.running.get(id);
    if (!running) return;
    running.written = running.written
      .then(work)
      .catch((error: Error) => this.settings.say(`${id}: it could not be kept: ${error.message}`));
  }

  private async ended({ id }: OpenPairing, outcome: GameOutcome): Promise<void> {
    const { store, say } = this.settings;
    // One that did not begin, since somebody did not come, is told of by its end alone.
    if (outcome.trace === null && outcome.figures === null) await store.gameBegins(id, outcome.game);
    await store.gameEnds(id, outcome);
    const { game, status, why, points, came } = outcome;
    const running = this.running.get(id)!;
    for (const [i, agent] of running.agents.entries()) if (!came[i]) running.absent.add(agent);
    say(`${id}, match ${game + 1}: ${status}${points === null ? '' : `, ${points} to ${1 - points}`}${why === null ? '' : `: ${why}`}`);
  }

  private async over(id: string, fault: string | null): Promise<void> {
    const { store, playing, say } = this.settings;
    const { agents, pairing, terms, absent } = this.running.get(id)!;
    try {
      if (fault !== null) {
        say(`${id}: ${fault}`);
        this.notBefore(Date.now() + AFTER_FAULT_MS);
      }
      // One whose result could not be kept is void, too: its players have seen its world.
      await store.cutOff(id, fault ?? 'its result could not be kept');
      const counts = await store.settle(id);
      if (!counts) this.notBefore(Date.now() + AFTER_FAULT_MS); // whatever spoilt it may pass
      const games = await store.gamesOf(id);
      if (counts)
        for (const { points } of games)
          this.ladders.get(terms.task)?.add({ first: pairing.first, second: pairing.second, points: points! });
      if (counts === undefined) say(`${id}: its match is played again when both are here, ${MOST_TRIES} times at most`);
    } finally {
      for (const agent of agents) this.entrance.release(agent, id);
      // One that cannot or will not go where it is sent would cost the next rival its time, too.
      for (const agent of absent) this.entrance.dismiss(agent, 'it did not come to its match', 'done');
      for (const match of worldsIn(id)) this.gallery?.over(match);
      this.running.delete(id);
      rmSync(join(playing, id), { recursive: true, force: true });
      this.wake();
    }
  }

  /** Ports for as many worlds; the second is the first's again where there is one. */
  private freePorts(worlds: number): OfBoth<number> {
    const { matchPorts } = this.settings;
    if (!matchPorts) return [0, 0];
    const taken = new Set([...this.running.values()].flatMap(({ ports }) => ports));
    const free = [];
    for (let port = matchPorts.first; port <= matchPorts.last; port++) if (!taken.has(port)) free.push(port);
    if (free.length < worlds) throw new Error(`of the ports from ${matchPorts.first} to ${matchPorts.last} too few are free of matches`);
    return [free[0]!, free[worlds - 1]!];
  }
}

/** How many worlds a pairing by these terms has at once, each in a process and on a port of its own. */
export function worldsOf({ alone }: Pick<ArenaTerms, 'alone'>): number {
  return alone ? 2 : 1;
}

/** Whether a match was played to its end, or forfeited. */
function isEnded(game: GameRow | undefined): boolean {
  return game?.status === 'played' || game?.status === 'forfeited';
}
