/**
 * The confirmation of a sweep: its winner on the wall clock, on seeds of their own. A host that ticks in real time plays slower than one that
 * waits, so the same answers would come sooner in the world: what is missing of the latency at which the winner was measured is added.
 */
import { taskNamed } from '../match/tasks.js';
import type { AnyTask, Micros } from '../../envs/environment.js';
import { describeHost } from '../host/description.js';
import { wallClockFault } from '../seating/cores.js';
import { makeCell, type Cell, type Entrant } from './cells.js';
import type { Elsewhere } from './elsewhere.js';
import type { Plan } from './plan.js';
import { isOn, type MeasuringHost } from './hosts.js';
import type { Planned } from './planned.js';
import type { CellResult } from './play.js';
import { recommendAmong } from './recommended.js';
import type { Row } from './rows.js';
import type { Standing } from './standing.js';

/** Who is confirmed: the configuration that a sweep tells to take, of those whose engine is on this host. */
export function winnerOf(task: AnyTask, rows: readonly Row[], cells: readonly CellResult[]): Row | undefined {
  const able = rows.filter(({ kind }) => kind === 'embedded');
  const { take } = recommendAmong(task, able, cells).recommendation;
  return able.find(({ name }) => name === take);
}

/** A task's confirmation: whom it confirms, its matches, and the host of the row that it confirms, where hosts are told apart. */
export interface Confirmation {
  entrant: Entrant;
  cells: Cell[];
  host?: MeasuringHost;
}

/** The confirmation of a task as things stand, or why there is none; undefined where none is asked for. */
export async function confirmationOf(planned: Planned, standing: Standing): Promise<Confirmation | { why: string } | undefined> {
  const { task, entrants, score } = planned;
  const { results, hosts } = standing.apart(planned);
  const winner = winnerOf(taskNamed(task.name), standing.rows(planned, []), results);
  if (!winner) {
    const isAsked = task.plan.confirmSeeds.count > 0 && entrants.some(({ kind }) => kind === 'embedded');
    return isAsked ? { why: `no embedded configuration has ${score ? 'a score' : 'a match that counts'}` } : undefined;
  }
  const { entrant } = winner;
  const cells = await confirmingCells(task, { ...winner, entrant: entrant.measured ?? entrant });
  const host = winner.host === undefined ? undefined : hosts.find(({ name }) => name === winner.host);
  return { entrant, cells, ...(host ? { host } : {}) };
}

/**
 * Why those of a confirmation's matches that are missing cannot be played: it confirms a row on its own host, and nowhere else.
 * @param elsewhere plays on other machines; absent: this one plays
 */
export async function confirmingFault({ entrant, cells, host }: Confirmation, elsewhere?: Elsewhere): Promise<string | undefined> {
  const [first] = cells;
  if (!first) return undefined;
  if (host && elsewhere && !(await elsewhere.has(host.name))) return `${host.name}, which measured ${entrant.name}, is no longer there`;
  if (host && !elsewhere && !isOn(host, { host: describeHost() })) return `${host.name} measured ${entrant.name}, and this is another host`;
  return first.clock === 'wall' ? wallClockFault(first.players, elsewhere && host ? Number(host.cores) : undefined) : undefined;
}

/** The matches that confirm it. */
export async function confirmingCells({ name, plan }: Plan['tasks'][number], winner: Row): Promise<Cell[]> {
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(plan.options);
  const { first, count } = plan.confirmSeeds;
  const addedUs = missingUs(winner, plan.confirmSpeed ?? plan.speed);
  const cells: Cell[] = [];
  for (let seed = first; seed < first + count; seed++)
    cells.push(await makeCell(task, plan, options, winner.entrant, seed, 'confirm', { addedUs }));
  return cells;
}

/** Added latency is given in whole milliseconds: less is nothing that could be told. */
const STEP_US = 1000;

/** World time to be added so that a configuration measured at its own speed is as late in the median at the confirmation's. */
export function missingUs(
  { summary, speed }: Pick<Row, 'speed'> & { summary: Pick<Row['summary'], 'realP50Us'> },
  confirmSpeed: number,
): Micros {
  const missing = (summary.realP50Us.value ?? 0) * (speed - confirmSpeed);
  return Math.max(0, Math.round(missing / STEP_US) * STEP_US);
}
