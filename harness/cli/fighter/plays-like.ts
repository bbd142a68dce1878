/** `tickbench fighter plays-like WHO`: the reaction delay at which the reference policy is an agent's equal. */
import { Command } from 'commander';
import { fighter } from '../../../envs/fighter/task.js';
import { playDuels, type DuelSettings } from '../../../scoring/ratings/duels.js';
import { playsLike, type PlaysLike, type RatedGame } from '../../../scoring/ratings/plays-like.js';
import type { Division } from '../../../scoring/figures/standings.js';
import type { SeatScript } from '../../../scoring/oracle/rollout.js';
import { percent, playerName, REFERENCE, script } from './duels.js';
import { ratedTraces } from './traces.js';
import { parseSeat } from '../../seating/seats.js';
import { jsonObject, UsageError, whole } from '../values.js';
import { redraws, tableText, terminalColumns, wrapped } from '../../report/text.js';

/** Delays of the reference, in frames: 33 ms to two seconds. */
const LADDER = '2,4,6,9,12,16,20,24,30,36,48,60,90,120';

interface Flags {
  delay?: number;
  errors?: number;
  traces?: string[];
  agent?: string;
  delays: string;
  games: number;
  firstSeed: number;
  jitter: number;
  options: Record<string, unknown>;
  json?: boolean;
}

/** An agent and what its games come to. */
interface Rated {
  name: string;
  /** A human's rating is one of its own division: it sees a continuous stream. */
  division: Division;
  rating: PlaysLike;
}

/** The verb, for the group that assembles them. */
export function fighterPlaysLikeCommand(): Command {
  return new Command('plays-like')
    .argument('[who]', 'a bot, NAME or NAME:ERROR%@DELAY')
    .description(`the reaction delay at which the reference policy (${REFERENCE}) is an agent's equal`)
    .option('--delay <ms>', "the bot's reaction delay in milliseconds", number)
    .option('--errors <%>', "the share of the bot's decisions replaced by random legal ones, in percent", number)
    .option(
      '--traces <files...>',
      `instead of a bot: recorded matches of any agents against bot:${REFERENCE}@DELAY; files, 'PATTERNS*' or folders`,
    )
    .option('--agent <name>', 'with --traces: only this agent (its name in the record)')
    .option('--delays <frames,...>', "the reference's delays in frames", LADDER)
    .option('--games <n>', 'games at each of them, one seed each, sides swapped on every second', whole, 100)
    .option('--first-seed <n>', 'the first seed', whole, 1)
    .option('--jitter <frames>', "each answer's delay is drawn from so many frames around the given one", whole, 1)
    .option('--options <json>', "the task's options", jsonObject, {})
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The share of points against the reference is fitted to rise with its delay (isotonic regression); the rating is the delay at which the
fit passes a half; its interval is a bootstrap's over games, widened to every delay whose own interval holds a half.

Examples:
  $ tickbench fighter plays-like rush --delay 100
  $ tickbench fighter plays-like expert:30%@200ms
  $ for d in 100 200 400 800; do for s in 1 2 3 4 5; do tickbench run fighter --seat model:fpx-configs/1m-fp8.yaml \\
      --seat bot:${REFERENCE}@\${d}ms --seed $s --trace rated/$d-$s.jsonl.gz; done; done
  $ tickbench fighter plays-like --traces rated`,
    )
    .action(rate);
}

function number(text: string): number {
  const value = Number(text);
  if (!(value >= 0) || text.trim() === '') throw new UsageError(`"${text}": a number from 0 is expected`);
  return value;
}

async function rate(who: string | undefined, flags: Flags): Promise<void> {
  if ((who === undefined) === (flags.traces === undefined))
    throw new UsageError('a bot is expected, or --traces with recorded matches, not both');
  if (flags.agent !== undefined && flags.traces === undefined) throw new UsageError('--agent goes with --traces');
  const recorded = flags.traces && (await ratedTraces(fighter, flags.traces, REFERENCE, flags.agent));
  const rated: Rated[] = recorded
    ? recorded.agents.map(({ name, division, games }) => ({ name, division, rating: playsLike(games) }))
    : [ratedBot(scriptOf(who!, flags), flags)];
  const left = recorded?.left ?? [];
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ task: fighter.name, rules: fighter.rules, reference: REFERENCE, rated, left })}\n`);
  else process.stdout.write(`${[...rated.map((each) => shown(each)), ...left.map((why) => `Left out: ${why}`)].join('\n')}\n`);
}

function scriptOf(who: string, flags: Flags): SeatScript {
  const tickUs = fighter.tick(fighter.parseOptions({})).us;
  const spec = parseSeat(who.startsWith('bot:') ? who : `bot:${who}`, tickUs);
  if (spec.kind !== 'bot') throw new UsageError(`${who}: a bot is expected, such as expert:30%@200ms; other agents are rated by --traces`);
  if (!fighter.bots.some((bot) => bot.name === spec.bot))
    throw new UsageError(`${who}: ${fighter.name} has ${fighter.bots.map((bot) => bot.name).join(', ')}`);
  const delayUs = flags.delay === undefined ? (spec.givenUs ?? 0) + spec.addedUs : Math.round(flags.delay * 1000);
  const errorPermille = flags.errors === undefined ? spec.errorPermille : Math.round(flags.errors * 10);
  if (errorPermille > 1000) throw new UsageError(`--errors ${flags.errors}: at most 100`);
  return { bot: spec.bot, delayUs, errorPermille };
}

function ratedBot(who: SeatScript, flags: Flags): Rated {
  const delays = flags.delays.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (delays.some(Number.isNaN)) throw new UsageError(`--delays "${flags.delays}": whole frames, joined by commas, are expected`);
  if (flags.games < 2) throw new UsageError(`--games ${flags.games}: at least 2, sides are swapped`);
  const settings: DuelSettings = { options: flags.options, games: flags.games, firstSeed: flags.firstSeed, jitterTicks: flags.jitter };
  const told = redraws(process.stderr) && !flags.json;
  const games = delays.flatMap((delay, i): RatedGame[] => {
    if (told) process.stderr.write(`\r${i + 1} of ${delays.length} delays `);
    // Other seeds on each rung, so that the rungs are independent.
    const { points } = playDuels(fighter, who, script(REFERENCE, delay), { ...settings, firstSeed: flags.firstSeed + i * flags.games });
    return points.map((each) => ({ delay, points: each }));
  });
  if (told) process.stderr.write('\r\x1b[K');
  return { name: playerName(who), division: 'agents', rating: playsLike(games) };
}

/** A delay in frames, and in milliseconds. */
const ms = (frames: number): string => `${((frames * 1000) / 60).toFixed(0)} ms`;

function shown({ name, division, rating: { delay, rungs } }: Rated): string {
  const columns = terminalColumns();
  const rows = rungs.map((rung) => [
    `${REFERENCE} at ${rung.delay} frames (${ms(rung.delay)})`,
    rung.share.n,
    percent(rung.share),
    (rung.fitted * 100).toFixed(1),
  ]);
  const bound = delay.atMost ? 'at most ' : delay.atLeast ? 'at least ' : '';
  const end = (value: number | null): string => (value === null ? 'beyond the ladder' : value.toFixed(1));
  const value = delay.value!;
  const text = [
    `${division === 'human' ? 'Human division: ' : ''}${name} plays like ${REFERENCE} at ${bound}${value.toFixed(1)} frames (${ms(value)}), 95 % interval [${end(delay.low)}, ${end(delay.high)}], ${delay.n} games (${fighter.rules}).`,
    '',
    tableText(['against', 'games', 'share of points, %', 'fitted, %'], rows, columns),
  ].join('\n');
  return wrapped(text, columns);
}
