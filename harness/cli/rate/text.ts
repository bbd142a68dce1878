/** Ratings for people and for machines. */
import type { RatedComponent, Rating } from '../../../scoring/ratings/rating.js';
import { figure } from '../../report/figures.js';
import { componentLines, endsText, mayBe } from '../../report/ratings.js';
import { tableText, wrapped } from '../../report/text.js';

/** What was rated. */
export interface Rated {
  /** Where the games come from, in a few words. */
  source: string;
  names: readonly string[];
  rating: Rating;
  /** Seeds, where games come in them. */
  seeds?: number;
  left: readonly string[];
}

/** The ratings as data. */
export function ratingJson({ names, rating, seeds, left }: Rated): unknown {
  const { components, across, ridge } = rating;
  return {
    rating: 'rating.v1',
    ...(ridge === undefined
      ? {}
      : { ridge, ridgeAbout: 'strengths are drawn towards each other; players whom no wins join are rated by the ridge alone' }),
    ...(seeds === undefined ? {} : { seeds }),
    gamesAcross: across,
    left,
    components: components.map(({ members, players, seat, tie, draws, games, goodness, notes }) => ({
      names: members.map((member) => names[member]),
      players: players.map(({ player, strength, low, high, rank, games: played, ranks, tied, bootstrap }) => ({
        name: names[player],
        strength,
        low,
        high,
        rank,
        games: played,
        ranks,
        tied: tied?.map((each) => names[each]) ?? null,
        ...(bootstrap ? { bootstrap } : {}),
      })),
      games,
      draws,
      ...(seat ? { firstSeat: seat } : {}),
      ...(tie ? { tie } : {}),
      ...(goodness ? { goodness } : {}),
      notes,
    })),
  };
}

/** The ratings as text. @param columns how wide the terminal is */
export function ratingText({ source, names, rating, seeds, left }: Rated, columns: number): string {
  const { components, across, ridge } = rating;
  const rated = components.filter(({ members }) => members.length > 1);
  const alone = components.filter(({ members }) => members.length === 1);
  const withRidge =
    ridge === undefined
      ? ''
      : ` WITH A RIDGE of ${ridge}: strengths are drawn towards each other, and players whom no wins join are rated by it alone.`;
  const about = seeds === undefined ? 'each game is taken for independent' : `${seeds} seeds, each a unit`;
  const blocks = rated.flatMap((component, i) => [
    '',
    ...(rated.length > 1 ? [`Component ${i + 1} of ${rated.length}, not comparable with the others`, ''] : []),
    table(component, names, seeds !== undefined, columns, ridge),
    '',
    ...componentLines(component),
  ]);
  const singles = alone.map(({ members }) => names[members[0]!]!);
  const text = [
    `${source}: ${names.length} players, ${components.reduce((sum, { games }) => sum + games, across)} games; ${about}.${withRidge}`,
    ...blocks,
    ...(singles.length > 0
      ? ['', `Not comparable with anybody, since no way of wins leads from them to the others and back: ${singles.join(', ')}.`]
      : []),
    ...(across > 0 ? [`${across} games between components rate nobody.`] : []),
    ...(left.length > 0 ? [`Left out: ${left.length}. The first: ${left[0]}`] : []),
    '',
    'Strength: natural logarithm of odds, sum 0 in a component; 95 % interval by the sandwich. May be: the ranks that those leave from whom a player is told apart, all pairs at once at 95 %. More: docs/scores.md',
  ].join('\n');
  return wrapped(text, columns);
}

function table({ players }: RatedComponent, names: readonly string[], seeded: boolean, columns: number, ridge?: number): string {
  const isResampled = seeded && players.some(({ bootstrap }) => bootstrap && bootstrap.low !== null);
  const head = [
    'player',
    'rank',
    'may be',
    ridge === undefined ? 'strength' : 'strength (ridge)',
    '95 % interval',
    ...(isResampled ? ['by resampled seeds'] : []),
    'games',
  ];
  const rows = players.map((each) => [
    names[each.player]!,
    each.rank ?? '-',
    mayBe(each),
    each.strength === null ? '-' : figure(each.strength),
    endsText(each),
    ...(isResampled ? [endsText(each.bootstrap ?? { low: null, high: null })] : []),
    each.games,
  ]);
  return tableText(head, rows, columns, ['left', 'right', 'left', 'right', 'left', ...(isResampled ? (['left'] as const) : []), 'right']);
}
