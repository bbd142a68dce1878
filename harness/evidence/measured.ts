/** Matches with all that formulas may name, by who played them: from a sweep's folder, or from traces alone. */
import type { Missing, Price } from '../../scoring/figures/cost.js';
import { measuresOf, type MeasuredMatch } from '../../scoring/reward/measures.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { recordedPrice } from '../configuration/price.js';
import { reportTrace } from '../market/report.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { TraceError } from '../traces/reader.js';
import { mostAlike, playedAs, unlike, unlikeText } from './alike.js';
import { readResults, type Results } from './folder.js';
import { knownOf } from './known.js';
import { readMatches } from './matches.js';
import { botOf, PatientPlays } from './patient-play.js';
import { isResults } from './sweep-folder.js';

/** One who played a task, with its matches that count. */
export interface MeasuredPlayer {
  task: string;
  name: string;
  kind: string;
  matches: MeasuredMatch[];
}

/** Players in the order in which they first appear. */
export interface MeasuredPlayers {
  players: MeasuredPlayer[];
  /** What was left out, a sentence each. */
  left: string[];
  /** What has to be known of the players beside each other, a sentence each. */
  notes: string[];
}

/** What was left out in a line, for who reads figures of the rest; none where nothing was. */
export function leftText(left: readonly string[]): string[] {
  return left.length === 0 ? [] : [`Left out: ${left.length}. The first: ${left[0]}`];
}

/** Every figure that matches of some task give, each once. */
export function measureNames(tasks: readonly string[] = taskNames()): string[] {
  return [...new Set(tasks.flatMap((name) => measuresOf(taskNamed(name)).map((each) => each.name)))];
}

/**
 * A seat of a match as it is measured. @param price what its model is paid by; absent: as its trace says
 */
export function measuredMatch(
  trace: Trace,
  seat: number,
  known: { quality?: number; patient?: number; price?: Price } = {},
): MeasuredMatch {
  const price = known.price ?? recordedPrice(trace.header.seats[seat]?.configuration);
  const task = taskNamed(trace.header.task);
  return { task, trace, seat, ...known, ...(price ? { price } : {}), ...(task.trades ? { drawdown: () => drawdownOf(trace, seat) } : {}) };
}

/** The deepest fall of a seat's equity from a peak, in percent of it. */
function drawdownOf(trace: Trace, seat: number): number | Missing {
  try {
    return reportTrace(trace).report.seats[seat]!.drawdown.ppm / 10_000;
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return { missing: error.message };
  }
}

/**
 * Who played the measured matches of a sweep's folder, or all of some traces. Of traces with a model only the models are told. A player's
 * matches are those that most of its were played like: others are left out and told, so that no mean is over two clocks, speeds or worlds.
 * @param paths one sweep's folder, or trace files and folders of them @param prices by configuration, before what traces say
 * @param whole measures of a configuration as a whole that are asked for @throws ResultsError
 */
export async function measuredPlayers(
  paths: readonly string[],
  prices: ReadonlyMap<string, Price> = new Map(),
  whole: readonly string[] = [],
): Promise<MeasuredPlayers> {
  const [first] = paths;
  const { seats, left, results } = paths.length === 1 && isResults(first!) ? await seatsOfSweep(first!) : await seatsOfTraces(paths);
  const groups = new Map<string, Seat[]>();
  for (const seat of seats) {
    const key = JSON.stringify([seat.trace.header.task, seat.kind, seat.name]);
    groups.set(key, [...(groups.get(key) ?? []), seat]);
  }
  const words: string[] = [];
  const plays = results && whole.includes('patient') ? await PatientPlays.of(results.folder) : undefined;
  const players = [...groups.values()].map((all): MeasuredPlayer => {
    const { alike, others } = mostAlike(all, playedAs);
    const { name, kind, trace, seat, identity } = alike[0]!;
    for (const other of others)
      left.push(`${other.path}: ${name} has more matches that were played otherwise: ${unlikeText(playedAs(other), playedAs(alike[0]!))}`);
    const { task } = trace.header;
    const { notes, ...known } = results
      ? knownOf(results, { task, name, identity, bot: botOf(trace.header.seats[seat]!) }, whole, plays)
      : { notes: [] };
    words.push(...notes);
    const price = prices.get(name);
    const matches = alike.map((each) => measuredMatch(each.trace, each.seat, { ...known, ...(price ? { price } : {}) }));
    return { task, name, kind, matches };
  });
  return { players, left, notes: [...notesOf(players), ...words] };
}

/** A seat of a match that counts, by who is told to have it. */
interface Seat {
  path: string;
  trace: Trace;
  seat: number;
  name: string;
  kind: string;
  /** Of a sweep's configuration, as its list of cells has it. */
  identity?: string;
}

/** Seats, what was left out, and the sweep that they are of, if they are. */
interface FoundSeats {
  seats: Seat[];
  left: string[];
  results?: Results;
}

async function seatsOfSweep(folder: string): Promise<FoundSeats> {
  const results = await readResults(folder, ['measure']);
  const seats = results.cells.map(({ path, trace, seat, configuration: name, kind, identity }): Seat => ({ path, trace, seat, name, kind, identity })); // prettier-ignore
  return {
    seats,
    results,
    left: results.left.map(({ task, configuration, seed, why }) => `${task} ${configuration} seed ${seed}: ${why}`),
  };
}

async function seatsOfTraces(paths: readonly string[]): Promise<FoundSeats> {
  const { matches, left } = await readMatches(paths);
  const seats = matches.flatMap(({ path, trace }): Seat[] => {
    const { seats: records, patient, contention } = trace.header;
    if (patient) {
      left.push(`${path}: patient play, whose latency is given`);
      return [];
    }
    if (contention) {
      left.push(`${path}: contention, one of ${contention.agents} agents at one endpoint`);
      return [];
    }
    if (records.some(({ outage }) => outage)) {
      left.push(`${path}: an outage was injected; what that cost is a figure of its own (tickbench report)`);
      return [];
    }
    const models = records.some(({ kind }) => kind === 'model');
    return records.flatMap(({ kind, name }, seat) => (kind === 'model' || !models ? [{ path, trace, seat, name, kind }] : []));
  });
  return { seats, left };
}

/** What of one task's players was not alike: their figures may differ by that. */
function notesOf(players: readonly MeasuredPlayer[]): string[] {
  const first = new Map<string, MeasuredPlayer>();
  return players.flatMap((player) => {
    const like = first.get(player.task) ?? player;
    first.set(player.task, like);
    const found = unlike(player.matches[0]!.trace.header, like.matches[0]!.trace.header);
    return found ? [`NOT ALIKE on ${player.task}: ${found.part} of ${player.name} is ${found.own}, of ${like.name} ${found.other}.`] : [];
  });
}
