/**
 * Cells: one configuration or bot on one task with one seed. A cell knows what the header of its trace has to say, and its id carries
 * a hash of that, so that a second run knows what is finished and whatever could change a result is played anew.
 */
import type { AnyTask, Json } from '../../envs/environment.js';
import { plannedContention, type PlannedContention } from '../../scoring/trace/contention.js';
import type { SeatLatency } from '../../scoring/trace/injected.js';
import type { Outage } from '../../scoring/trace/outage.js';
import type { TraceHeader } from '../../scoring/trace/trace.js';
import { canonicalJson, hashOf } from '../configuration/hash.js';
import { identityOf } from '../seating/identity.js';
import { ConfigurationError } from '../configuration/configuration.js';
import { embeddedMembers, isTeam, teamFault, type Setup } from '../configuration/team.js';
import { PATIENT_TIMEOUT_US } from '../match/patient.js';
import { taskNamed } from '../match/tasks.js';
import { PROTOCOL } from '../protocol/frames.js';
import { asPlanned, recordOf } from '../seating/record.js';
import { patientPlayer } from '../seating/patient.js';
import { modelPlayer, seatName, type Player } from '../seating/seats.js';
import { usualPlayer } from '../seating/seating.js';
import type { Plan, TaskPlan } from './plan.js';

/** One player of the sweep on one task: a row of its table. */
export interface Entrant {
  /** Unique among the entrants of a task, a file name: what everything that is known of an entrant is kept under. */
  id: string;
  name: string;
  /** `embedded` shares this machine's cores and is measured alone on the virtual clock; `external` plays in wall-clock time. */
  kind: 'embedded' | 'external' | 'bot';
  player: Player;
  /** What plays where it is a model: one configuration or a team of them. */
  configuration?: Setup;
  bot?: { name: string; errorPermille: number; delayUs: number; latency?: SeatLatency };
  /** Hash of what the entrant is on this task, whatever it is called. */
  identity: string;
  /** The entrant itself, where this is what one of several hosts measured of it (see hosts.ts). */
  measured?: Entrant;
}

/** What a cell's trace has to say in its header. */
export type Planned = Pick<TraceHeader, 'task' | 'rules' | 'options' | 'seed' | 'clock' | 'speed' | 'patient' | 'timeoutUs' | 'seats'> & {
  contention?: PlannedContention;
};

export interface Cell {
  id: string;
  task: AnyTask;
  taskPlan: TaskPlan;
  options: unknown;
  entrant: Entrant;
  seed: number;
  clock: 'wall' | 'virtual';
  speed: number;
  /**
   * Why the cell is played: the measurement itself, the same without a clock that runs, the winners' wall-clock confirmation, the measurement with an
   * injected outage, or to see what others at the same endpoint cost.
   */
  purpose: 'measure' | 'patient' | 'confirm' | 'recovery' | 'contention';
  /** Which seat the entrant takes: alternates with the seed, so that no side is favoured. */
  seat: number;
  /** Everybody who plays, by seat. */
  players: Player[];
  planned: Planned;
}

/**
 * Everybody who is measured on a task: the plan's configurations, but those that it does without, then its bots.
 * @throws ConfigurationError when two could be taken for one, or one that is done without is not there
 */
export async function entrantsOf(plan: Plan, { name, plan: taskPlan }: Plan['tasks'][number]): Promise<Entrant[]> {
  const task = taskNamed(name);
  const unknown = taskPlan.without.find((each) => !plan.configurations.some((configuration) => configuration.name === each));
  if (unknown !== undefined) {
    const names = plan.configurations.map((each) => each.name).join(', ') || 'none';
    throw new ConfigurationError(`tasks.${name}.without: no configuration "${unknown}" in the plan; it has ${names}`);
  }
  // Nobody plays against itself.
  const others = plan.configurations.filter((each) => each !== taskPlan.rival && !taskPlan.without.includes(each.name));
  const models = others.map(async (configuration): Promise<Entrant> => {
    const fault = teamFault(configuration, task);
    if (fault !== undefined) throw new ConfigurationError(fault);
    const kind = embeddedMembers(configuration).length > 0 ? 'embedded' : 'external';
    const player = modelPlayer(configuration);
    const identity = hashOf([await identityOf(configuration, task), player.latency ?? {}], 16);
    return { id: idOf(configuration.name, identity), name: configuration.name, kind, player, configuration, identity };
  });
  const entrants = [...(await Promise.all(models)), ...botEntrants(taskPlan)];
  for (const [i, own] of entrants.entries()) {
    const twin = entrants.slice(0, i).find((each) => each.name === own.name || each.id === own.id);
    if (twin)
      throw new ConfigurationError(
        `${name}: "${twin.name}" and "${own.name}" cannot be told apart; the entrants' names must differ, they are the rows of the table`,
      );
  }
  return entrants;
}

/** A task plan's bots, one entrant for each delay. */
export function botEntrants(plan: TaskPlan): Entrant[] {
  return plan.bots.flatMap(({ bot, delaysMs, errorPermille, latency }) =>
    delaysMs.map((delayMs) => {
      const delayUs = Math.round(delayMs * 1000);
      const settings = { name: bot, errorPermille, delayUs, ...(latency ? { latency } : {}) };
      const player: Player = { kind: 'bot', bot, errorPermille, givenUs: delayUs, addedUs: 0, ...(latency ? { latency } : {}) };
      const [name, identity] = [seatName(player), hashOf(settings, 16)];
      return { id: idOf(name, identity), name, kind: 'bot' as const, player, bot: settings, identity };
    }),
  );
}

function idOf(name: string, identity: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60);
  return `${slug}-${identity.slice(0, 10)}`;
}

/** The cell of one entrant, one seed. Its id is a file name. @param options of the task, parsed @param more `addedUs`: injected into the entrant's latency @throws ConfigurationError, PromptError */
export async function makeCell(
  task: AnyTask,
  taskPlan: TaskPlan,
  options: unknown,
  entrant: Entrant,
  seed: number,
  purpose: Cell['purpose'],
  { addedUs = 0, contention }: { addedUs?: number; contention?: PlannedContention } = {},
): Promise<Cell> {
  const isPatient = purpose === 'patient';
  const { clock, speed, seat, timeoutUs } = framing(task, taskPlan, options, entrant.kind, seed, purpose);
  const measured: Player = { ...entrant.player, addedUs: entrant.player.addedUs + addedUs };
  const disturbed = purpose === 'recovery' ? { outage: plannedOutage(taskPlan, entrant) } : {};
  const own = isPatient ? patientPlayer(task, entrant.player) : { ...measured, ...disturbed };
  const opponent = otherSide(task, taskPlan, isPatient);
  const players = Array.from({ length: task.seats(options) }, (_, i) => (i === seat ? own : opponent));
  const planned: Planned = {
    task: task.name,
    rules: task.rules,
    options: options as Json,
    seed,
    clock,
    speed,
    ...(isPatient ? { patient: true as const } : {}),
    ...(contention ? { contention } : {}),
    timeoutUs,
    seats: await Promise.all(players.map((player) => recordOf(task, player))),
  };
  const hash = hashOf([PROTOCOL, planned]);
  const slug = entrant.id.slice(0, entrant.id.lastIndexOf('-'));
  const how = contention ? `${contention.agents}-agents` : purpose === 'measure' || purpose === 'confirm' ? clock : purpose;
  const id = `${task.name}-${slug}-${seed}-${how}-${hash}`;
  return { id, task, taskPlan, options, entrant, seed, clock, speed, purpose, seat, players, planned };
}

/** How a cell's match runs, whoever plays it. @param options of the task, parsed */
export function framing(
  task: AnyTask,
  taskPlan: TaskPlan,
  options: unknown,
  kind: Entrant['kind'],
  seed: number,
  purpose: Cell['purpose'],
): Pick<Cell, 'clock' | 'speed' | 'seat'> & Pick<Planned, 'timeoutUs'> {
  const isPatient = purpose === 'patient';
  const isReal = purpose === 'confirm' || purpose === 'contention';
  const real = !isPatient && (kind === 'external' || isReal);
  const clock = real && task.lacks?.wallClock === undefined ? 'wall' : 'virtual';
  const ownSpeed = isReal ? (taskPlan.confirmSpeed ?? taskPlan.speed) : taskPlan.speed;
  const speed = isPatient ? 1 : kind === 'external' ? taskPlan.externalSpeed : ownSpeed;
  const timeoutUs = isPatient ? PATIENT_TIMEOUT_US : Math.round(taskPlan.timeoutMs * 1000);
  return { clock, speed, seat: measuredSeat(task.seats(options), seed), timeoutUs };
}

/** The seat that a cell's entrant takes: alternates with the seed where there are several. */
export function measuredSeat(seats: number, seed: number): number {
  return seats > 1 ? seed % 2 : 0;
}

/** Who takes the other seat of a cell. In a patient match nobody's latency is drawn or measured; a bot keeps the delay that it is given. */
export function otherSide(task: AnyTask, taskPlan: TaskPlan, isPatient: boolean): Player {
  if (taskPlan.rival) return isPatient ? patientPlayer(task, modelPlayer(taskPlan.rival)) : modelPlayer(taskPlan.rival);
  const { latency: drawn, ...steady } = opponentOf(task, taskPlan);
  return drawn && !isPatient ? { ...steady, latency: drawn } : steady;
}

/** The bot that takes the other seat. */
export function opponentOf(task: AnyTask, { opponent }: TaskPlan): Extract<Player, { kind: 'bot' }> {
  if (!opponent) return usualPlayer(task, 1);
  const { bot, delayMs, errorPermille, latency } = opponent;
  return { kind: 'bot', bot, errorPermille, givenUs: Math.round(delayMs * 1000), addedUs: 0, ...(latency ? { latency } : {}) };
}

/** All measuring cells of one task, seed by seed, so that a sweep that is cut off has played everyone about equally often. */
export async function measuringCells(planned: Plan['tasks'][number], entrants: readonly Entrant[]): Promise<Cell[]> {
  const task = taskNamed(planned.name);
  const options: unknown = task.parseOptions(planned.plan.options);
  const { first, count } = planned.plan.seeds;
  const cells: Cell[] = [];
  for (let seed = first; seed < first + count; seed++)
    for (const entrant of entrants) cells.push(await makeCell(task, planned.plan, options, entrant, seed, 'measure'));
  return cells;
}

/** The patient cells of those entrants that are models; a bot plays its patient matches in process. */
export async function patientCells(planned: Plan['tasks'][number], entrants: readonly Entrant[]): Promise<Cell[]> {
  const task = taskNamed(planned.name);
  const options: unknown = task.parseOptions(planned.plan.patient.options);
  const cells: Cell[] = [];
  for (const seed of patientSeeds(planned.plan))
    for (const entrant of entrants) if (!entrant.bot) cells.push(await makeCell(task, planned.plan, options, entrant, seed, 'patient'));
  return cells;
}

/** What is done to an entrant's endpoint in its recovery matches. @throws ConfigurationError when the plan does not say for how long it is cut off */
function plannedOutage({ recovery }: TaskPlan, { name, kind }: Entrant): Outage {
  const { atMs, cutMs } = recovery!;
  const atUs = Math.round(atMs * 1000);
  if (kind === 'embedded') return { atUs };
  if (cutMs === undefined)
    throw new ConfigurationError(
      `recovery.cutMs: ${name} has an endpoint that is not ours to kill; accepted: world milliseconds for which it is cut off`,
    );
  return { atUs, forUs: Math.max(1, Math.round(cutMs * 1000)) };
}

/** The cells with an injected outage: of single configurations, since a team has several endpoints, and a bot none. @throws ConfigurationError */
export async function recoveryCells(planned: Plan['tasks'][number], entrants: readonly Entrant[]): Promise<Cell[]> {
  const { recovery, seeds, options: written } = planned.plan;
  if (!recovery) return [];
  const task = taskNamed(planned.name);
  const options: unknown = task.parseOptions(written);
  const cells: Cell[] = [];
  for (let seed = seeds.first; seed < seeds.first + recovery.matches; seed++)
    for (const entrant of entrants)
      if (entrant.configuration && !isTeam(entrant.configuration))
        cells.push(await makeCell(task, planned.plan, options, entrant, seed, 'recovery'));
  return cells;
}

/** The seeds of a plan on which patient matches are played. */
export function patientSeeds({ seeds, patient }: TaskPlan): number[] {
  return Array.from({ length: patient.matches }, (_, i) => seeds.first + i);
}

/** Why a trace is not this cell's, in words; undefined when its header says what was planned. */
export function foreign({ id, planned }: Cell, header: TraceHeader): string | undefined {
  if (header.id !== id) return `it is the trace of ${header.id}`;
  for (const part of ['task', 'rules', 'seed', 'clock', 'speed', 'patient', 'timeoutUs'] as const)
    if (header[part] !== planned[part]) return `its ${part} is ${String(header[part])}, and ${String(planned[part])} was planned`;
  const contention = header.contention && plannedContention(header.contention);
  if (canonicalJson(contention ?? null) !== canonicalJson(planned.contention ?? null))
    return contention ? 'it was played beside others than were planned' : 'it was played without others beside it';
  if (canonicalJson(header.options) !== canonicalJson(planned.options)) return "its task's options are others";
  if (header.seats.length !== planned.seats.length) return `it has ${header.seats.length} seats, and ${planned.seats.length} were planned`;
  const other = header.seats.findIndex((seat, i) => canonicalJson(asPlanned(seat)) !== canonicalJson(planned.seats[i]));
  return other < 0 ? undefined : `seat ${other + 1} is not ${planned.seats[other]!.name} as it is now`;
}
