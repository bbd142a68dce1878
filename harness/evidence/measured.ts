/** Matches with all that formulas may name, by who played them: from a sweep's folder, or from traces alone. */
import type { Missing, Price } from '../../scoring/figures/cost.js';
import { measuresOf, type MeasuredMatch } from '../../scoring/reward/measures.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { recordedPrice } from '../configuration/price.js';
import { reportTrace } from '../market/report.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { TraceError } from '../traces/reader.js';
import { isResults, knownQuality, readResults } from './folder.js';
import { readMatches } from './matches.js';

/** One who played a task, with its matches that count. */
export interface MeasuredPlayer {
  task: string;
  name: string;
  kind: string;
  matches: MeasuredMatch[];
}

/** Players in the order in which they first appear, and what was left out, a sentence each. */
export interface MeasuredPlayers {
  players: MeasuredPlayer[];
  left: string[];
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
 * Who played the measured matches of a sweep's folder, or all of some traces. Of traces with a model only the models are told.
 * @param paths one sweep's folder, or trace files and folders of them @param prices by configuration, before what traces say
 */
export async function measuredPlayers(paths: readonly string[], prices: ReadonlyMap<string, Price> = new Map()): Promise<MeasuredPlayers> {
  const players = new Map<string, MeasuredPlayer>();
  const add = (task: string, name: string, kind: string, match: MeasuredMatch): void => {
    const key = `${task} ${kind} ${name}`;
    const player = players.get(key) ?? { task, name, kind, matches: [] };
    player.matches.push(match);
    players.set(key, player);
  };
  const [first] = paths;
  if (paths.length === 1 && isResults(first!)) {
    const results = await readResults(first!);
    for (const { trace, seat, task, configuration, kind, purpose } of results.cells) {
      if (purpose !== 'measure') continue;
      const price = prices.get(configuration);
      add(
        task,
        configuration,
        kind,
        measuredMatch(trace, seat, { ...knownQuality(results, task, configuration), ...(price ? { price } : {}) }),
      );
    }
    const left = results.left.filter(({ purpose }) => purpose === 'measure');
    return {
      players: [...players.values()],
      left: left.map(({ task, configuration, seed, why }) => `${task} ${configuration} seed ${seed}: ${why}`),
    };
  }
  const { matches, left } = await readMatches(paths);
  for (const { path, trace } of matches) {
    const { task, seats, patient } = trace.header;
    if (patient) left.push(`${path}: patient play, whose latency is given`);
    else {
      const shown = seats.flatMap(({ kind }, seat) => (kind === 'model' || !seats.some((each) => each.kind === 'model') ? [seat] : []));
      for (const seat of shown) {
        const price = prices.get(seats[seat]!.name);
        add(task, seats[seat]!.name, seats[seat]!.kind, measuredMatch(trace, seat, price ? { price } : {}));
      }
    }
  }
  return { players: [...players.values()], left };
}
