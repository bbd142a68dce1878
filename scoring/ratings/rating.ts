/**
 * Ratings of players who met in games of two. Players are put into strongly connected components first: within one, strengths by maximum
 * likelihood, their intervals, who is tied with whom, and whether the games look as the model says; across components nothing is compared.
 */
import { keyOf, Stream } from '../../envs/random.js';
import { CONFIDENCE, LEAST_MATCHES } from '../statistics/estimate.js';
import { quantile } from '../statistics/quantiles.js';
import { components } from './components.js';
import { fitStrengths, placesOf, type Draws, type Fit, type FitSettings } from './fit.js';
import { goodnessOf, type Goodness } from './goodness.js';
import { gamesIn, summed, type Tally } from './tally.js';
import { covarianceOfGames, covarianceOfSeeds, single, standardErrors, tiedSets, type Covariance } from './uncertainty.js';

/** An interval; null at an end that is not known. */
export interface Ends {
  low: number | null;
  high: number | null;
}

/** One player. Strengths are natural logarithms of odds, their sum 0 in a component. */
export interface RatedPlayer extends Ends {
  player: number;
  /** Null where the component's games have no best strengths: a note says why. */
  strength: number | null;
  /** By strength, from 1; equal strengths share one; null without. */
  rank: number | null;
  /** Games within the component. */
  games: number;
  /** The best and the worst rank that those leave from whom it is told apart. */
  ranks: { best: number; worst: number } | null;
  /** From whom it is not told, all pairs of the component at once at 95 %; null where there are no intervals. */
  tied: number[] | null;
  /** The interval by resampling seeds, where games come in seeds. */
  bootstrap?: Ends;
}

/** A figure of the model beside the strengths. */
export interface Term extends Ends {
  value: number;
}

/** A component: its players in descending strength. */
export interface RatedComponent {
  /** In ascending order. */
  members: number[];
  players: RatedPlayer[];
  games: number;
  /** What the first seat is worth, in the strengths' unit; absent where seats do not count, or it has no finite value. */
  seat?: Term;
  /** Odds that a game of equals is drawn, to 1 for each of both other outcomes: e^tie; absent where draws are no outcome. */
  tie?: Term;
  draws: 'none' | Draws;
  goodness?: Goodness;
  /** What was left out of the model and why, in sentences. */
  notes: string[];
}

export interface Rating {
  components: RatedComponent[];
  /** Games between players of different components: they rate nobody. */
  across: number;
  /** Where one was asked for: strengths are drawn towards each other, and players whom no wins join are rated by it alone. */
  ridge?: number;
}

export interface RatingSettings {
  /** The games' seats count: the first seat's worth is told beside the strengths. */
  seat?: boolean;
  /** Games come in seeds, each list of them one: what intervals are made of. Else every game is independent of the others. */
  seeded?: boolean;
  ridge?: number;
  /** Resamples of the bootstrap over seeds; 0: none. */
  resamples?: number;
}

/** Resamples of the bootstrap over seeds unless told, its seed, and the share of them that may have no finite strengths. */
const BOOTSTRAP = { replicates: 1000, seed: 1, lost: (1 - CONFIDENCE) / 2 };
/** A bootstrap is made up to so many players: each resample is a fit of its own. */
export const BOOTSTRAPPED = 60;

/**
 * Rates the players 0 to `players` - 1.
 * @param units games in lists, each a seed's where they come in seeds
 */
export function rate(players: number, units: readonly (readonly Tally[])[], settings: RatingSettings = {}): Rating {
  const { seat = false, seeded = false, ridge = 0, resamples = BOOTSTRAP.replicates } = settings;
  const all = summed(units.flat(), seat);
  const groups = ridge > 0 ? [Array.from({ length: players }, (_, i) => i)] : components(players, all);
  const rated = groups.map((members) => {
    const number = new Map(members.map((player, i) => [player, i]));
    const within = (tallies: readonly Tally[]): Tally[] =>
      tallies.flatMap((tally) => {
        const [first, second] = [number.get(tally.first), number.get(tally.second)];
        return first === undefined || second === undefined ? [] : [{ ...tally, first, second }];
      });
    return component(members, within(all), seeded ? units.map(within) : undefined, { seat, ridge, resamples });
  });
  const across = gamesIn(all) - rated.reduce((sum, { games }) => sum + games, 0);
  return { components: rated, across, ...(ridge > 0 ? { ridge } : {}) };
}

function component(
  members: number[],
  tallies: Tally[],
  seeds: Tally[][] | undefined,
  { seat, ridge, resamples }: Required<Omit<RatingSettings, 'seeded'>>,
): RatedComponent {
  const games = gamesIn(tallies);
  const alone = { members, games, draws: 'none' as const, notes: [] };
  if (members.length === 1)
    return { ...alone, players: [{ ...unknown(members[0]!, games), strength: 0, rank: 1, ranks: { best: 1, worst: 1 }, tied: [] }] };
  const notes: string[] = [];
  const fit = fitted(members.length, tallies, seat, ridge, notes);
  if (!fit) return { ...alone, notes, players: gamesOf(members.length, tallies).map((played, i) => unknown(members[i]!, played)) };
  const covariance = seeds ? covarianceOfSeeds(fit, seeds) : covarianceOfGames(fit, tallies);
  if (!covariance) notes.push('Fewer than three seeds: no intervals.');
  const { settings, parameters } = fit;
  const { seat: seatAt, tie: tieAt } = placesOf(members.length, settings);
  const goodness = goodnessOf(fit, tallies);
  const term = (at: number): Term | undefined =>
    at < 0 ? undefined : { value: parameters[at]!, ...endsOf(parameters[at]!, at, covariance) };
  const [seatTerm, tieTerm] = [term(seatAt), term(tieAt)];
  return {
    members,
    games,
    players: playersOf(members, tallies, fit, covariance, seeds && bootstrap(fit, seeds, resamples, notes)),
    ...(seatTerm ? { seat: seatTerm } : {}),
    ...(tieTerm ? { tie: tieTerm } : {}),
    draws: tallies.every(({ drawn }) => drawn === 0) ? 'none' : settings.draws,
    ...(goodness ? { goodness } : {}),
    notes,
  };
}

function unknown(player: number, games: number): RatedPlayer {
  return { player, strength: null, low: null, high: null, rank: null, games, ranks: null, tied: null };
}

/** How many of a component's games each of its members was in. */
function gamesOf(members: number, tallies: readonly Tally[]): number[] {
  const games = new Array<number>(members).fill(0);
  for (const { first, second, won, drawn, lost } of tallies) for (const player of [first, second]) games[player]! += won + drawn + lost;
  return games;
}

/** The richest model that has a finite best: without the seat's worth, then with draws as halves, where the games fit ever better without end. */
function fitted(players: number, tallies: readonly Tally[], seat: boolean, ridge: number, notes: string[]): Fit | undefined {
  const drawn = tallies.some((tally) => tally.drawn > 0);
  if (tallies.every(({ won, lost }) => won + lost === 0)) {
    notes.push('Every game was drawn: nothing tells these players apart.');
    return undefined;
  }
  const richest: FitSettings = { seat, draws: drawn ? 'outcome' : 'half', ridge };
  const tries: [FitSettings, string?][] = [[richest]];
  if (seat) tries.push([{ ...richest, seat: false }, "The first seat's worth has no finite value by these games and is left out."]);
  if (drawn)
    tries.push([
      { ...richest, seat: false, draws: 'half' },
      'The chance of a draw has no finite value by these games: a draw counts as half a win for both.',
    ]);
  for (const [settings, note] of tries) {
    const fit = fitStrengths(players, tallies, settings);
    if (note !== undefined) notes.push(note);
    if (fit) return fit;
  }
  notes.push('The best strengths were not found.');
  return undefined;
}

function endsOf(value: number, at: number, covariance: Covariance | undefined): Ends {
  if (!covariance) return { low: null, high: null };
  const half = single(covariance) * standardErrors(covariance)[at]!;
  return Number.isFinite(half) ? { low: value - half, high: value + half } : { low: null, high: null };
}

function playersOf(
  members: number[],
  tallies: readonly Tally[],
  fit: Fit,
  covariance: Covariance | undefined,
  resampled: Ends[] | undefined,
): RatedPlayer[] {
  const strengths = fit.parameters.slice(0, members.length);
  const errors = covariance && standardErrors(covariance);
  const half = covariance && single(covariance);
  const isKnown = covariance !== undefined && errors!.every((each) => Number.isFinite(each));
  const tied = isKnown ? tiedSets(strengths, covariance) : undefined;
  const games = gamesOf(members.length, tallies);
  return members
    .map((player, i) => {
      const strength = strengths[i]!;
      const stronger = strengths.filter((each) => each > strength + 1e-9).length;
      const apart = (sign: number): number =>
        strengths.filter((each, k) => k !== i && sign * (each - strength) > 0 && !tied![i]!.includes(k)).length;
      return {
        player,
        strength,
        ...(isKnown ? { low: strength - half! * errors![i]!, high: strength + half! * errors![i]! } : { low: null, high: null }),
        rank: 1 + stronger,
        games: games[i]!,
        ranks: tied ? { best: 1 + apart(1), worst: members.length - apart(-1) } : null,
        tied: tied ? tied[i]!.map((k) => members[k]!) : null,
        ...(resampled ? { bootstrap: resampled[i]! } : {}),
      } satisfies RatedPlayer;
    })
    .sort((a, b) => b.strength - a.strength || a.player - b.player);
}

/** Each player's interval by resampling seeds; without ends where too many resamples have no finite strengths. */
function bootstrap(fit: Fit, seeds: readonly (readonly Tally[])[], replicates: number, notes: string[]): Ends[] | undefined {
  const { players, settings } = fit;
  if (players > BOOTSTRAPPED) {
    notes.push(`No bootstrap: it is made up to ${BOOTSTRAPPED} players.`);
    return undefined;
  }
  if (seeds.length < LEAST_MATCHES || replicates === 0) return undefined;
  const stream = new Stream(keyOf(BOOTSTRAP.seed, 0xb7a7e), 0);
  const values: Float64Array[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const resample = Array.from({ length: seeds.length }, () => seeds[stream.below(seeds.length)]!);
    const tallies = summed(resample.flat(), settings.seat);
    const isJoined = settings.ridge > 0 || components(players, tallies).length === 1;
    // A resample without a draw has the same strengths as one in which draws are no outcome.
    const draws = tallies.some(({ drawn }) => drawn > 0) ? settings.draws : 'half';
    const from = fit.parameters.slice(0, placesOf(players, { seat: settings.seat, draws }).size);
    const again = isJoined ? fitStrengths(players, tallies, { ...settings, draws, from }) : undefined;
    if (again) values.push(again.parameters);
  }
  const lost = replicates - values.length;
  const isEnough = lost <= BOOTSTRAP.lost * replicates;
  if (!isEnough) notes.push(`No bootstrap: ${lost} of ${replicates} resamples of the seeds have no finite strengths.`);
  return Array.from({ length: players }, (_, i): Ends => {
    if (!isEnough) return { low: null, high: null };
    const sorted = values.map((each) => each[i]!).sort((a, b) => a - b);
    return { low: quantile(sorted, BOOTSTRAP.lost), high: quantile(sorted, 1 - BOOTSTRAP.lost) };
  });
}
