/**
 * Has a sweep's cells and banks played by workers: hands them out through the queue, takes what comes back into the sweep's folder, verified, and
 * tells what was set aside. It holds no state of its own: killed and started again, it goes on from the folder and the queue.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { shownAddress } from '../database/address.js';
import { hashOf } from '../configuration/hash.js';
import { packageVersion } from '../host/root.js';
import type { Cell, Entrant } from '../sweep/cells.js';
import { COST, costOf } from '../sweep/costs.js';
import type { Bank, Elsewhere, ElsewhereNews, ElsewhereWork } from '../sweep/elsewhere.js';
import { isHosted } from '../sweep/hosts.js';
import type { Plan } from '../sweep/plan.js';
import { answersOf } from '../sweep/probing.js';
import type { SweepStore } from '../sweep/store.js';
import type { Work } from './work.js';
import type { QueueDatabase } from './connection.js';
import { Hander, SweepTakenOut, type Job, type JobStatus } from './handing.js';
import { madeOf, matchWorkOf, needsOf, planText, playerOf, probesWorkOf } from './job.js';
import { expireLeases } from './leases.js';

/** How often the queue is looked at, and how often for what keeps jobs waiting, in milliseconds. */
const LOOK_MS = 500;
const ASK_MS = 5000;
/** How long an interrupted sweep tries to tell the queue. */
const PAUSE_MS = 5000;

/** Where a folder's sweep is in a queue. */
const fileForm = z.object({ sweep: z.string(), plan: z.string() });
const FILE = 'queue.json';

/** A job with what it stands for. */
type Pending = { entrant: Entrant } & ({ cell: Cell } | { bank: Bank });

export interface CoordinatorSettings {
  plan: Plan;
  store: SweepStore;
  /** How often a cell is tried until it is set aside. */
  mostAttempts: number;
  /** For how long nothing may be played or told until the sweep ends without the rest, in milliseconds. For ever unless told. */
  waitMs?: number;
  signal: AbortSignal;
}

export class Coordinator implements Elsewhere {
  /** What was said already: who waits for whom is told once. */
  private readonly said = new Set<string>();
  private askedAt = -Infinity;
  private wasEmpty = false;
  /** When anything was last seen being played, or told, by `performance.now()`. */
  private movedAt = 0;

  private constructor(
    private readonly queue: QueueDatabase,
    private readonly hander: Hander,
    private readonly settings: CoordinatorSettings,
  ) {}

  /** Enters the sweep into the queue, or goes on with the folder's own. */
  static async open(queue: QueueDatabase, settings: CoordinatorSettings): Promise<Coordinator> {
    const { plan, store, mostAttempts } = settings;
    const text = planText(plan);
    const earlier = earlierIn(store);
    const hash = hashOf(text, 32);
    const known = earlier?.plan === hash ? earlier.sweep : undefined;
    const hander = await queue.patiently(async () => {
      if (earlier && known === undefined) await Hander.remove(queue, earlier.sweep);
      return Hander.open(queue, { known, name: plan.name, plan: text, version: packageVersion(), mostAttempts });
    }, settings.signal);
    store.write(FILE, JSON.stringify({ sweep: hander.sweep, plan: hash } satisfies z.infer<typeof fileForm>), true);
    return new Coordinator(queue, hander, settings);
  }

  /** Has work done until all of it is told, or the sweep is stopped. @throws StoreError, SweepTakenOut when cells that it waits for are not in the queue any more */
  async play(work: ElsewhereWork, news: ElsewhereNews): Promise<void> {
    const { signal } = this.settings;
    const { jobs, pending } = await this.jobsOf(work);
    if (!(await this.patiently(async () => (await this.hander.hand(jobs), await this.hander.keepOnly(jobs.map(({ id }) => id)), true))))
      return;
    this.movedAt = performance.now();
    while (pending.size > 0 && !signal.aborted) {
      const changed = await this.patiently(async () => (await expireLeases(this.queue), this.hander.news()));
      let isBusy = false;
      const failed: string[] = [];
      for (const status of changed ?? []) {
        const own = pending.get(status.id);
        if (!own || signal.aborted) continue;
        this.tell(status, own.entrant, news);
        if (status.state === 'done') {
          if (await this.collect(status, own, news)) pending.delete(status.id);
          isBusy = true;
          await new Promise((resolve) => setImmediate(resolve)); // an interrupt is heard between two of them
        } else if (status.state === 'failed') {
          await this.fail(status, own, work, news);
          pending.delete(status.id);
          failed.push(status.id);
          isBusy = true;
        }
      }
      // They are told: the news are of others from now on. Handed in again, they are played anew.
      if (failed.length > 0) await this.patiently(() => this.hander.settle(failed));
      if (isBusy) this.movedAt = performance.now();
      await this.look(pending, news);
      if (await this.hasStopped(pending, news)) return this.giveUp(pending, news);
      if (!isBusy) await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async has(machine: string): Promise<boolean> {
    const workers = await this.patiently(() => this.hander.workers());
    return workers?.some((each) => each.machine === machine) ?? false;
  }

  /** The sweep is over: nothing of it stays in the queue. */
  async close(): Promise<void> {
    await this.queue.patiently(() => this.hander.close(), this.settings.signal);
  }

  /** The sweep was stopped: nothing more of it is begun until it goes on; what is being played may be handed in. */
  async pause(): Promise<void> {
    const over = AbortSignal.timeout(PAUSE_MS);
    await this.queue.patiently(() => this.hander.pause(), over).catch(() => undefined); // the queue is away: workers go on until its jobs are done
  }

  private async jobsOf({ planned, cells, banks, machine }: ElsewhereWork): Promise<{ jobs: Job[]; pending: Map<string, Pending> }> {
    const { plan } = this.settings;
    const pending = new Map<string, Pending>();
    const jobs: Job[] = [];
    const add = (id: string, own: Pending, hosted: boolean, work: Work): void => {
      const { entrant } = own;
      pending.set(id, own);
      const taskPlan = plan.tasks[work.task]!.plan;
      jobs.push({
        id,
        ordinal: jobs.length,
        entrant: playerOf(entrant, taskPlan, work.kind),
        hosted,
        ...needsOf(plan, entrant, taskPlan, work.kind),
        on_machine: machine ?? null,
        work: JSON.stringify(work),
      });
    };
    const known = new Map<Entrant, Work['made']>();
    const made = async (entrant: Entrant, task: string): Promise<Work['made']> => {
      if (!known.has(entrant)) known.set(entrant, await madeOf(entrant, task));
      return known.get(entrant)!;
    };
    const placeOf = (cell: Cell): number => planned.findIndex(({ task }) => task.plan === cell.taskPlan);
    // Seed by seed, so that everyone has been played about equally often whenever it is stopped; what is measured goes first.
    const inOrder = [...cells].sort((a, b) => Number(!isHosted(a)) - Number(!isHosted(b)));
    for (const cell of inOrder) {
      const { entrant, task } = cell;
      const work = matchWorkOf(cell, placeOf(cell), await made(entrant, task.name), costOf(cell));
      add(cell.id, { entrant, cell }, isHosted(cell), work);
    }
    for (const bank of banks) {
      const at = planned.indexOf(bank.planned);
      const { entrant } = bank;
      const { name, plan: taskPlan } = bank.planned.task;
      const work = probesWorkOf(entrant, at, await made(entrant, name), taskPlan.probes * COST.probe);
      add(`bank-${at}-${entrant.id}`, { entrant, bank }, false, work);
    }
    return { jobs, pending };
  }

  /** Takes a result. False when it was not what it should be: it is sent back. */
  private async collect({ id, machine }: JobStatus, own: Pending, news: ElsewhereNews): Promise<boolean> {
    const { store } = this.settings;
    const result = await this.patiently(() => this.hander.result(id));
    if (!result) return false;
    const sendBack = async (why: string): Promise<false> => {
      await this.patiently(() => this.hander.sendBack(result, `what ${result.worker} handed in is not its result: ${why}`));
      return false;
    };
    if ('fault' in result) return sendBack(result.fault);
    const { voided, unfinished } = result.outcome;
    if ('cell' in own) {
      const found = await store.accept(own.cell, result.bytes, machine);
      if ('wrong' in found) return sendBack(found.wrong);
      const { counts, reasons } = found.trace.footer!.verdict;
      news.played({ cell: own.cell, trace: found.trace, voided, ...(counts ? {} : { unfinished: unfinished ?? reasons.join(' ') }) });
    } else {
      const { planned, entrant } = own.bank;
      store.write(join('probes', `${planned.task.name}-${entrant.id}.jsonl`), result.bytes, true);
      const { size } = answersOf(planned.probes!, entrant, store);
      if (size < planned.probes!.probes.length) return sendBack(`it has answers to ${size} of ${planned.probes!.probes.length} states`);
      news.asked(own.bank);
    }
    await this.patiently(() => this.hander.settle([id]));
    return true;
  }

  /** Whether nobody has played anything for as long as was to be waited. */
  private async hasStopped(pending: ReadonlyMap<string, Pending>, news: ElsewhereNews): Promise<boolean> {
    const { waitMs = Infinity } = this.settings;
    if (performance.now() - this.movedAt <= waitMs) return false;
    this.askedAt = -Infinity; // what is being played by now was perhaps begun since the last look
    await this.look(pending, news);
    return performance.now() - this.movedAt > waitMs;
  }

  /** Nobody has played anything for as long as was to be waited: what is left is told, and nothing of it is begun any more. */
  private async giveUp(pending: ReadonlyMap<string, Pending>, news: ElsewhereNews): Promise<void> {
    const minutes = (this.settings.waitMs ?? 0) / 60_000;
    const why = `no worker played anything for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} (--wait)`;
    news.say(`${why}: ${pending.size} ${pending.size === 1 ? 'cell is' : 'cells are'} left; the same command goes on with them`);
    for (const own of pending.values())
      if ('cell' in own) news.unplayed({ cell: own.cell, why });
      else news.unasked(own.bank, why);
    await this.patiently(() => this.hander.keepOnly([]));
  }

  /** A job was set aside; where its entrant's endpoint is to blame, so is everything else that waits of it. */
  private async fail(status: JobStatus, own: Pending, { planned }: ElsewhereWork, news: ElsewhereNews): Promise<void> {
    const { name } = own.entrant;
    const why = status.fault ?? 'without a word';
    if (status.gaveUp) {
      const line = `${name} is given up for this run: ${why}. The same command goes on with it later`;
      if (!this.said.has(line)) {
        this.said.add(line);
        news.say(line);
      }
      const ids = planned.flatMap(({ entrants, task }) =>
        entrants
          .filter((each) => each.name === name)
          .flatMap((each) => [playerOf(each, task.plan, 'match'), playerOf(each, task.plan, 'probes')]),
      );
      await this.patiently(() => Promise.all(ids.map((id) => this.hander.giveUp(id, why))));
    }
    const told = status.attempts > 0 ? `set aside after ${status.attempts} ${status.attempts === 1 ? 'attempt' : 'attempts'}: ${why}` : why;
    if ('cell' in own) news.unplayed({ cell: own.cell, why: told });
    else news.unasked(own.bank, told);
  }

  /** What went wrong with a job, once. */
  private tell({ id, attempts, fault, state }: JobStatus, { name }: Entrant, news: ElsewhereNews): void {
    // What is being tried again still tells why.
    const key = `${id} ${state === 'leased' ? attempts - 1 : attempts} ${fault}`;
    if (fault === null || state === 'done' || this.said.has(key)) return;
    this.said.add(key);
    const left = state === 'failed' ? 'it is set aside' : `it is tried again, up to ${this.settings.mostAttempts} times`;
    news.say(`${name}, ${id}: ${fault}; ${left}`);
  }

  /** Says how far it is, and now and then what keeps jobs waiting. */
  private async look(pending: ReadonlyMap<string, Pending>, news: ElsewhereNews): Promise<void> {
    if (performance.now() - this.askedAt < (this.wasEmpty ? LOOK_MS : ASK_MS)) return;
    this.askedAt = performance.now();
    const found = await this.patiently(async () => ({
      counts: await this.hander.counts(),
      workers: await this.hander.workers(),
      wanted: await this.hander.wanted(),
      refusals: await this.hander.refusals(),
      missing: await this.hander.missing([...pending.keys()]),
    }));
    if (!found) return;
    const { counts, workers, wanted, refusals, missing } = found;
    const { leased = 0, waiting = 0 } = counts;
    if (missing.length > 0) throw new SweepTakenOut(`${missing.length} of ${pending.size} cells are no longer in the queue`);
    this.wasEmpty = workers.length === 0;
    if (leased > 0) this.movedAt = this.askedAt;
    news.at(`${workers.length} ${workers.length === 1 ? 'worker' : 'workers'}, ${leased} being played, ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`); // prettier-ignore
    const once = (line: string): void => {
      if (!this.said.has(line)) news.say(line);
      this.said.add(line);
    };
    if (workers.length === 0)
      once(`no worker is there yet: tickbench worker --queue ADDRESS, where ADDRESS is ${shownAddress(this.queue.address)}`);
    for (const { labels, on_machine: only, engine } of workers.length === 0 ? [] : wanted) {
      const isTaken = workers.some((each) => labels.every((label) => each.labels.includes(label)) && (only === null || only === each.machine) && (each.engines || !engine)); // prettier-ignore
      if (isTaken) continue;
      const needs = [...labels.map((label) => `the label ${label}`), ...(only === null ? [] : [`the machine ${only}`]), ...(engine ? ['a whole machine (no --device)'] : [])]; // prettier-ignore
      once(`some cells wait for a worker with ${needs.join(', ')}; none that is there has it`);
    }
    for (const { worker, why } of refusals) once(`${worker} leaves it to others: ${why}`);
  }

  /** Undefined when the sweep was stopped while the queue was away. */
  private async patiently<T>(work: () => Promise<T>): Promise<T | undefined> {
    const { signal } = this.settings;
    try {
      return await this.queue.patiently(work, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }
}

function earlierIn(store: SweepStore): z.infer<typeof fileForm> | undefined {
  const path = join(store.folder, FILE);
  if (!existsSync(path)) return undefined;
  try {
    return fileForm.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined; // entered anew
  }
}
