/**
 * Duels between scripted players of a task for two: who wins how often, over seeds, sides swapped. In process, at given delays, by the same
 * rules as a scored seat in a match. Each answer's delay is drawn a little around the given one, since players without any chance in them
 * would repeat the same few games.
 */
import type { AnyTask, Micros } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import { playOn, scripted, type Player, type SeatScript } from '../oracle/rollout.js';
import { wilson } from '../statistics/shares.js';
import type { Estimate } from '../statistics/estimate.js';

/** What duels are played with. Seeds are `firstSeed` and the ones after it; the first player sits at seat 1 on every second of them. */
export interface DuelSettings {
  options: unknown;
  games: number;
  firstSeed: number;
  /** Each answer's delay is uniform over the given one and so many ticks to either side, as far as that is above 0. */
  jitterTicks: number;
}

/** What a game was worth to a player: 1 won, 0 lost, a half for a draw. */
export type Points = 0 | 0.5 | 1;

/** Games of one player against another. `share`: of the points, with Wilson's interval over games. */
export interface DuelResult {
  first: SeatScript;
  second: SeatScript;
  points: Points[];
  wins: number;
  draws: number;
  losses: number;
  share: Estimate;
  /** The interval lies wholly above a half, or wholly below. */
  apart: 'above' | 'below' | null;
}

const JITTER = 0x717;

/** Plays one game and tells the first player's points. @param own the seat it takes @throws RangeError for a task without winners */
export function playDuel(
  task: AnyTask,
  players: readonly [SeatScript, SeatScript],
  seed: number,
  own: number,
  settings: DuelSettings,
): Points {
  if (!task.outcome) throw new RangeError(`${task.name}: its matches have no winner, so there are no duels`);
  const options: unknown = task.parseOptions(settings.options);
  const world = task.create(options, seed);
  const tickUs = task.tick(options).us;
  const seated = [0, 1].map((seat): Player => {
    const script = players[seat === own ? 0 : 1];
    const player = scripted(task, seat, script, keyOf(seed, seat), world.nextPublish(0));
    return { ...player, drawDelayUs: jittered(script.delayUs, settings.jitterTicks, tickUs, new Stream(keyOf(seed, JITTER), seat)) };
  });
  playOn(world, seated, Infinity);
  return task.outcome(world.results(), own);
}

/** Delays around one, the mean kept: the range is as wide below as above. */
function jittered(delayUs: Micros, ticks: number, tickUs: Micros, stream: Stream): () => Micros {
  const most = Math.min(ticks, Math.floor(delayUs / tickUs));
  return () => delayUs + stream.between(-most, most) * tickUs;
}

/** All games of a pair. @param played told after each game */
export function playDuels(task: AnyTask, first: SeatScript, second: SeatScript, settings: DuelSettings, played?: () => void): DuelResult {
  const points = Array.from({ length: settings.games }, (_, i) => {
    const each = playDuel(task, [first, second], settings.firstSeed + i, i % 2, settings);
    played?.();
    return each;
  });
  const count = (worth: Points): number => points.filter((each) => each === worth).length;
  const share = wilson(count(1) + count(0.5) / 2, points.length);
  const apart = share.low! > 0.5 ? 'above' : share.high! < 0.5 ? 'below' : null;
  return { first, second, points, wins: count(1), draws: count(0.5), losses: count(0), share, apart };
}
