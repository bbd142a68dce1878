/**
 * Plays groups of matches at the same time against one endpoint. A group counts as a whole or not at all: a match that is played again alone would
 * have nobody beside it. Nothing else is played meanwhile, and no other engine runs for these matches.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Trace } from '../../../scoring/trace/trace.js';
import { EndpointError } from '../../endpoints/errors.js';
import type { SharedBudget } from '../../endpoints/tally.js';
import { describeHost } from '../../host/description.js';
import { AgentError } from '../../protocol/line.js';
import type { MatchServer } from '../../protocol/server.js';
import { Party } from '../../seating/party.js';
import type { Route } from '../../seating/processes.js';
import { Seating } from '../../seating/seating.js';
import { SeatError } from '../../seating/seats.js';
import { callsOf } from '../calls.js';
import { foreign, type Cell } from '../cells.js';
import { isOn, hostOf } from '../hosts.js';
import type { CellResult, UnplayedCell } from '../play.js';
import { StoreError, type SweepStore } from '../store.js';
import { startGatewayBefore, type RunningGateway } from './gateway.js';
import type { CellGroup } from './groups.js';
import type { ContentionPlan } from './plan.js';

/** How often a group is played until it counts: a host too busy for two in a row is seldom quiet for a third, and each takes real time. */
const ATTEMPTS = 2;

/** What a group came to: one result for each of its cells. */
export type GroupResult = (CellResult | UnplayedCell)[];

export interface ContentionSettings {
  server: MatchServer;
  store: SweepStore;
  /** With a tally where calls are bounded: each of several agents would count its own otherwise. */
  budget: SharedBudget;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The group of an earlier run, where all of it counts and was played together on this host. What of one is there otherwise is kept under another
 * name, since it would be in no figure.
 */
export async function recalledGroup(
  { cells }: CellGroup,
  store: Pick<SweepStore, 'finished' | 'setAside'>,
  say: (line: string) => void,
): Promise<CellResult[] | undefined> {
  const found: CellResult[] = [];
  for (const cell of cells) {
    const trace = await store.finished(cell, say);
    if (trace) found.push({ cell, trace, voided: 0 });
  }
  const runs = new Set(found.map(({ trace }) => trace.header.contention?.run));
  const here = hostOf({ host: describeHost() });
  if (found.length === cells.length && runs.size === 1 && found.every(({ trace }) => isOn(here, trace.header))) return found;
  for (const { cell } of found) store.setAside(cell);
  return undefined;
}

/** What is told while groups are played. */
export interface GroupNews {
  /** A group begins. @param told how many at once, and on which seeds */
  next(group: CellGroup, told: string): void;
  played(result: CellResult | UnplayedCell): void;
}

/** Plays groups of one task, configuration by configuration: of two engines the one would compute beside the other. @throws as `ContentionPlayer.play` */
export async function playGroups(
  groups: readonly CellGroup[],
  plan: ContentionPlan,
  settings: ContentionSettings,
  news: GroupNews,
): Promise<void> {
  for (const entrant of new Set(groups.map((group) => group.entrant))) {
    const player = new ContentionPlayer(settings, plan);
    try {
      for (const group of groups.filter((each) => each.entrant === entrant)) {
        const [first] = group.cells;
        news.next(group, `${group.cells.length} at once from seed ${first!.seed}`);
        for (const result of await player.play(group)) news.played(result);
      }
    } finally {
      await player.stop();
    }
  }
}

/** Plays the groups of one configuration on one task. */
class ContentionPlayer {
  private readonly first: Seating;
  private readonly lanes = new Map<number, Seating>();
  private gateway: RunningGateway | undefined;
  private givenUp: string | undefined;

  constructor(
    private readonly settings: ContentionSettings,
    private readonly plan: ContentionPlan,
  ) {
    const { server, say, budget, signal } = settings;
    this.first = new Seating(server, say, {
      budget,
      signal,
      own: {},
      serving: plan.sequences === undefined ? {} : { sequences: plan.sequences },
    });
  }

  /** Plays a group until it counts, a few times at most. @throws StoreError, and what `Seating.play` throws about anything but its own processes */
  async play(group: CellGroup): Promise<GroupResult> {
    const { store, signal } = this.settings;
    for (let [attempt, voided] = [1, 0]; ; attempt++, voided++) {
      const why = this.givenUp;
      if (why !== undefined) return group.cells.map((cell) => ({ cell, why }));
      const traces = await this.attempt(group);
      if (!traces) continue;
      const results = traces.map((trace, i): CellResult => ({ cell: group.cells[i]!, trace, voided }));
      const bad = results.find(({ trace }) => !trace.footer!.verdict.counts);
      if (!bad) for (const { cell } of results) store.vouch(cell);
      if (!bad || signal?.aborted) return results;
      const calls = results.map(({ trace, cell }) => callsOf(trace, cell.seat));
      if (calls.some(({ spent }) => spent)) this.giveUp(group, 'its budget for calls is spent');
      else if (calls.some(({ dead }) => dead)) this.giveUp(group, `its endpoint is dead: ${calls.find(({ dead }) => dead)!.reason ?? 'no call was answered'}`);
      if (attempt === ATTEMPTS || this.givenUp !== undefined) return results.map((result) => ({ ...result, unfinished: whyUnfinished(result, bad) }));
      for (const { cell } of results) store.setAside(cell);
    }
  } // prettier-ignore

  /** Ends its agents, its gateway and its engine. */
  async stop(): Promise<void> {
    await this.first.stop();
    await this.gateway?.stop();
  }

  private giveUp({ entrant }: CellGroup, why: string): void {
    this.givenUp = why;
    this.settings.say(`${entrant.name} is given up under contention for this run: ${why}. The same command goes on with it later`);
  }

  /** Plays a group once; undefined when one of its agents or its endpoint could not be started, which gives it up. */
  private async attempt(group: CellGroup): Promise<Trace[] | undefined> {
    const { signal } = this.settings;
    const party = new Party(group.cells.length);
    const run = randomBytes(8).toString('hex');
    const stopped = new AbortController();
    try {
      // One after another: what is started for the first is there for the others.
      const seatings: Seating[] = [];
      for (const cell of group.cells) seatings.push(await this.seatingOf(group, cell));
      const playing = group.cells.map(async (cell, i) => {
        try {
          return await this.match(cell, seatings[i]!, { party, run, signal: signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal });
        } catch (error) {
          // Those that wait for it, and those that play, are not what was planned any more.
          party.fail(error);
          stopped.abort('another match of its group could not be played');
          throw error;
        }
      });
      await Promise.allSettled(playing);
      return await Promise.all(playing);
    } catch (error) {
      if (signal?.aborted || !(error instanceof EndpointError || error instanceof AgentError || error instanceof SeatError)) throw error;
      this.giveUp(group, error.message);
      return undefined;
    } finally {
      party.end();
    }
  } // prettier-ignore

  /** Where an agent of the group is seated, its model loaded and warmed up. */
  private async seatingOf({ configuration }: CellGroup, { task, options, planned }: Cell): Promise<Seating> {
    const { agent, tenant } = planned.contention!;
    let seating = this.lanes.get(agent);
    if (!seating) {
      const { server, say, budget } = this.settings;
      const endpoint = await this.first.processes.endpoint(configuration);
      if (this.plan.gateway) this.gateway ??= await startGatewayBefore(endpoint, configuration, this.plan.gateway);
      const route: Route | undefined = this.gateway && { url: this.gateway.url, ...(tenant ? { tenant: tenant.name } : {}) };
      seating = new Seating(server, say, { budget, beside: this.first, own: route ? { route } : {} });
      this.lanes.set(agent, seating);
    }
    await seating.ready(task, options, configuration);
    return seating;
  }

  /** One match of a group. */
  private async match(cell: Cell, seating: Seating, { run, ...how }: { party: Party; run: string; signal: AbortSignal }): Promise<Trace> {
    const { store, signal } = this.settings;
    const { id, task, options, seed, clock, speed, players, planned } = cell;
    const { timeoutUs, contention } = planned;
    const tracePath = store.tracePath(cell);
    const trace = await seating.play({
      ...{ id, task: task.name, options, seed, clock, speed, timeoutUs, players, tracePath, ...how },
      contention: { ...contention!, run },
    });
    const { verdict } = trace.footer!;
    if (!existsSync(tracePath) && !signal?.aborted)
      throw new StoreError(`the trace of ${task.name} ${cell.entrant.name} seed ${seed} could not be kept: ${verdict.reasons.join(' ')}`);
    const other = foreign(cell, trace.header);
    if (other !== undefined)
      throw new StoreError(
        `${task.name} ${cell.entrant.name} changed while the sweep ran (${other}); the same command plays it as it is now`,
      );
    return trace;
  }
}

/** Why a match of a group that does not count as a whole is to be played again. */
function whyUnfinished({ trace: { footer } }: CellResult, bad: CellResult): string {
  const { counts, reasons } = footer!.verdict;
  return counts ? `played beside a match that does not count: ${bad.trace.footer!.verdict.reasons[0]}` : reasons.join(' ');
}
