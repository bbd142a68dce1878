/** `tickbench fighter duels`: does being earlier win, does being better win, and does any single idea beat care? */
import { Command } from 'commander';
import { fighter } from '../../../envs/fighter/task.js';
import { playDuels, type DuelResult, type DuelSettings } from '../../../scoring/ratings/duels.js';
import { delayMs } from '../../../scoring/ratings/ladder.js';
import type { SeatScript } from '../../../scoring/oracle/rollout.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { jsonObject, UsageError, whole } from '../values.js';
import { redraws, tableText, terminalColumns, wrapped } from '../../report/text.js';

/** The careful reference policy, and the bots that are variants of it or look ahead: all others have one idea each. */
export const REFERENCE = 'expert';
const CAREFUL: readonly string[] = [REFERENCE, 'mixed', 'search'];

/** The pairs, in the order in which they are shown. */
export type DuelPair = { axis: 'delay' | 'errors' | 'one idea' | 'seats'; first: SeatScript; second: SeatScript };

const DELAYS: readonly (readonly [number, number])[] = [[6, 12], [12, 24], [24, 48]]; // prettier-ignore
const ERRORS: readonly (readonly [number, number])[] = [[0, 250], [250, 500], [500, 1000]]; // prettier-ignore
const EQUAL_DELAYS: readonly number[] = [6, 12, 24];
const SPAM_DELAYS: readonly number[] = [6, 12];

/** A bot's seat at a delay in frames. */
export function script(bot: string, frames: number, errorPermille = 0): SeatScript {
  return { bot, delayUs: Math.floor((frames * 1_000_000) / 60), errorPermille };
}

/** All pairs of the table: both axes, every bot of one idea, and the reference against itself. */
export function duelPairs(): DuelPair[] {
  const spam = fighter.bots.map((bot) => bot.name).filter((name) => !CAREFUL.includes(name));
  return [
    ...DELAYS.map(([early, late]): DuelPair => ({ axis: 'delay', first: script(REFERENCE, early), second: script(REFERENCE, late) })),
    ...EQUAL_DELAYS.flatMap((delay) =>
      ERRORS.map(([few, many]): DuelPair => ({
        axis: 'errors',
        first: script(REFERENCE, delay, few),
        second: script(REFERENCE, delay, many),
      })),
    ),
    ...spam.flatMap((bot) =>
      SPAM_DELAYS.map((delay): DuelPair => ({ axis: 'one idea', first: script(bot, delay), second: script(REFERENCE, delay) })),
    ),
    { axis: 'seats', first: script(REFERENCE, 12), second: script(REFERENCE, 12) },
  ];
}

/** A bot of one idea may not win more than this share of the points against the reference. */
const ONE_IDEA_MOST = 0.55;

/** One thing that the table must show: of how many pairs it is true, and the pair that is nearest to failing it. */
export type DuelCheck = { says: string; holds: number; of: number; nearest: string };

/** What the table must show, checked: both axes pay by intervals above a half, and no single idea beats care. */
export function duelChecks(pairs: readonly DuelPair[], results: readonly DuelResult[]): DuelCheck[] {
  const check = (axis: DuelPair['axis'], says: string, holds: (each: DuelResult) => boolean, least: boolean): DuelCheck => {
    const of = results.filter((_, i) => pairs[i]!.axis === axis);
    const shares = [...of].sort((a, b) => (least ? 1 : -1) * (a.share.value! - b.share.value!));
    const [nearest] = shares;
    const name = nearest ? `${playerName(nearest.first)} against ${playerName(nearest.second)}, ${percent(nearest.share)} %` : '-';
    return { says, holds: of.filter(holds).length, of: of.length, nearest: name };
  };
  return [
    check('delay', 'the earlier one is ahead, its interval above 50 %', ({ apart }) => apart === 'above', true),
    check('errors', 'the less random one is ahead, its interval above 50 %', ({ apart }) => apart === 'above', true),
    check(
      'one idea',
      `a bot of one idea has at most ${Math.round(ONE_IDEA_MOST * 100)} %`,
      ({ share }) => share.value! <= ONE_IDEA_MOST,
      false,
    ),
    check('seats', 'neither seat is favoured', ({ apart }) => apart === null, false),
  ];
}

interface Flags {
  games: number;
  firstSeed: number;
  jitter: number;
  options: Record<string, unknown>;
  json?: boolean;
}

/** The verb, for the group that assembles them. */
export function fighterDuelsCommand(): Command {
  return new Command('duels')
    .description('the reference policy against slower and more random selves, and every bot of one idea against it')
    .option('--games <n>', 'games a pair, one seed each, sides swapped on every second', whole, 300)
    .option('--first-seed <n>', 'the first seed', whole, 1)
    .option('--jitter <frames>', "each answer's delay is drawn from so many frames around the given one", whole, 1)
    .option('--options <json>', "the task's options", jsonObject, {})
    .option('--json', 'print one JSON object, points of every game included')
    .addHelpText(
      'after',
      '\nDelays are given, not measured. A draw counts half. "apart" says that the 95 % interval has 50 % on one side.\n\nExample:\n  $ tickbench fighter duels --games 400',
    )
    .action(duels);
}

function duels(flags: Flags): void {
  if (flags.games < 2) throw new UsageError(`--games ${flags.games}: at least 2, sides are swapped`);
  const settings: DuelSettings = { options: flags.options, games: flags.games, firstSeed: flags.firstSeed, jitterTicks: flags.jitter };
  const pairs = duelPairs();
  const told = redraws(process.stderr) && !flags.json;
  const results = pairs.map(({ first, second }, i) => {
    if (told) process.stderr.write(`\r${i + 1} of ${pairs.length} pairs `);
    return playDuels(fighter, first, second, settings);
  });
  if (told) process.stderr.write('\r\x1b[K');
  process.stdout.write(`${flags.json ? JSON.stringify(json(settings, pairs, results)) : shown(settings, pairs, results)}\n`);
}

/** A player's name in tables: delays of the fighting game are told in frames too. */
export function playerName({ bot, delayUs, errorPermille }: SeatScript): string {
  const errors = errorPermille === 0 ? '' : ` ${errorPermille / 10}% random`;
  return `${bot}${errors} at ${Math.round((delayUs * 60) / 1_000_000)} frames (${delayMs(delayUs)})`;
}

/** A share with its interval, in percent. */
export function percent({ value, low, high }: Estimate): string {
  const [v, l, h] = [value, low, high].map((each) => (each === null ? '-' : (each * 100).toFixed(1)));
  return `${v} [${l}, ${h}]`;
}

function shown(settings: DuelSettings, pairs: readonly DuelPair[], results: readonly DuelResult[]): string {
  const columns = terminalColumns();
  const head = ['first', 'second', 'axis', 'won', 'drawn', 'lost', 'share of points, %', 'apart'];
  const rows = results.map(({ first, second, wins, draws, losses, share, apart }, i) => [
    playerName(first),
    playerName(second),
    pairs[i]!.axis,
    wins,
    draws,
    losses,
    percent(share),
    apart ?? 'no',
  ]);
  const { games, firstSeed, jitterTicks } = settings;
  const text = [
    `${fighter.title} (${fighter.rules}). ${games} games a pair, seeds ${firstSeed} to ${firstSeed + games - 1}, sides swapped; a draw counts half; Wilson's 95 % interval over games.`,
    `Delays are given, in world time, each answer's drawn from ${jitterTicks} frame${jitterTicks === 1 ? '' : 's'} around it.`,
    '',
    tableText(head, rows, columns),
    '',
    ...duelChecks(pairs, results).map(
      ({ says, holds, of, nearest }) => `${holds === of ? 'Holds' : 'FAILS'} in ${holds} of ${of}: ${says}. Nearest: ${nearest}.`,
    ),
  ].join('\n');
  return wrapped(text, columns);
}

function json(settings: DuelSettings, pairs: readonly DuelPair[], results: readonly DuelResult[]): unknown {
  return {
    task: fighter.name,
    rules: fighter.rules,
    ...settings,
    pairs: results.map((each, i) => ({ axis: pairs[i]!.axis, ...each })),
    checks: duelChecks(pairs, results),
  };
}
