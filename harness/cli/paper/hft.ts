/** `tickbench paper hft`: the published trading table, in the published world's own rules or in ours. */
import { Command, Option } from 'commander';
import { hft } from '../../../envs/hft/task.js';
import { paper } from '../../../envs/hft/paper/task.js';
import { tradingClaims } from '../../paper/claims.js';
import { STAND_IN } from '../../paper/entrants.js';
import { paperJson, tableJson } from '../../paper/json.js';
import { paperPlan, playPaper } from '../../paper/play.js';
import { loadPublished } from '../../paper/published.js';
import { tableOf } from '../../paper/rows.js';
import { claimsText, CLAIMS_LEGEND, comparedText, detailsText } from '../../paper/text.js';
import { inLine } from '../../report/figures.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { writeReport } from '../../sweep/report.js';
import { paperOptions } from '../market/paper.js';
import { UsageError, whole } from '../values.js';
import { familyEntrants } from './family.js';
import { checkMatches, inFolder, namedEntrants, unfinishedOf, withMatches, type MatchFlags } from './flags.js';

interface Flags extends MatchFlags {
  taskWorld?: 'own' | 'published';
  market?: string;
  prices?: 'raw' | 'cleaned';
  date?: string;
  from?: string;
  minutes?: number;
  seconds: number;
}

/** Gamma of the mix that stands for the published 14B at 7.2 bits. */
const MIX_GAMMA = 0.2;

/** The verb, for the group that assembles them. */
export function paperHftCommand(): Command {
  return withMatches(new Command('hft'), 12)
    .description('the published trading table beside ours, under the published trading rules or in a market with an order book')
    .addOption(
      new Option(
        '--task-world <whose>',
        'published: its trading rules on bars; own: the preset news-wire. Default: published, or own where the reference models stand in, which were never taught the published prompts',
      ).choices(['own', 'published']),
    ) // prettier-ignore
    .option('--market <files>', 'bars for the published world (ohlc:FILE[,FILE...]); without them days are made up, another for each seed')
    .addOption(new Option('--prices <how>', 'with --market').choices(['raw', 'cleaned']))
    .option('--date <day>', 'with --market: which day')
    .option('--from <time>', 'with --market: visit only from then on')
    .option('--minutes <n>', 'with --market: so many minutes', whole)
    .option('--seconds <n>', 'seconds of a made-up day', whole, 120)
    .addHelpText(
      'after',
      '\nOn files every seed is the same day: intervals then tell what latency moves, not what another day would pay.\n' +
        '\nExamples:\n  $ tickbench paper hft\n  $ tickbench paper hft --endpoint 14B/8=http://host:8001/v1 7B/8=http://host:8002/v1 --market ohlc:AMZN.json',
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  checkMatches(flags);
  const named = await namedEntrants(flags);
  const world = flags.taskWorld ?? (named ? 'published' : 'own');
  const isPublished = world === 'published';
  const market = isPublished ? marketOf(flags) : undefined;
  for (const name of ['market', 'prices', 'date', 'from', 'minutes'] as const)
    if (!isPublished && flags[name] !== undefined) throw new UsageError(`--${name} goes with --task-world published`);
  const task = isPublished ? paper : hft;
  const published = loadPublished().hft;
  await inFolder(flags, `paper-hft-${world}`, async ({ store, say, signal, shown }) => {
    if (market?.summary !== undefined) say(market.summary);
    const entrants = named ?? (await familyEntrants(store, hft.name, MIX_GAMMA, say));
    const plan = paperPlan({
      ...{ name: `paper-hft-${world}`, world: flags.plan ?? (isPublished ? 'paper-rules' : 'paper-market'), task: task.name, entrants, against: 'bot' }, // prettier-ignore
      ...{ matches: flags.matches, firstSeed: flags.firstSeed },
      ...(flags.speed === undefined ? {} : { speed: flags.speed }),
      ...(market ? { options: market.options } : {}),
    });
    // What the rules alone pay somebody as late as each published row, whoever thinks: fixed players at given delays.
    if (isPublished)
      plan.tasks[0]!.plan.bots = [{ bot: 'swing', errorPermille: 0, delaysMs: [...new Set(published.rows.map(({ ms }) => ms))].sort((a, b) => a - b) }]; // prettier-ignore
    const reports = await playPaper(plan, { store, budget: { maxCalls: flags.maxCalls }, signal });
    const table = tableOf(task, entrants, reports, 'reward');
    const claims = tradingClaims(table.rows, table.range);
    const bots = (reports[0]?.rows ?? [])
      .filter(({ kind }) => kind === 'bot')
      .map(({ name, summary }) => ({ name, reward: summary.reward }));
    const [first] = (reports[0]?.rows ?? []).filter(({ kind }) => kind !== 'bot');
    const played = { matches: flags.matches, firstSeed: flags.firstSeed, world, clock: first?.clock, speed: first?.speed, market: market?.told }; // prettier-ignore
    const data = paperJson('hft', { published, played, table: tableJson(table), bots, claims, standIn: named === undefined });
    writeReport(store, reports, data);
    const unfinished = unfinishedOf(reports);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ...data, unfinished })}\n`);
      return;
    }
    const columns = terminalColumns();
    const about = isPublished
      ? `the published trading rules on ${market!.told} (no order book, and time costs nothing: envs/hft/paper/README.md)`
      : 'a market with an order book that has to be read (news-wire), not the published one: yields are on no common scale';
    const text = [
      ...(named ? [] : [STAND_IN]),
      `Ours: ${about}; seeds ${flags.firstSeed} to ${flags.firstSeed + flags.matches - 1}, ${first?.clock} clock at ${first?.speed}x life; ms of world time, mean over actions.`,
      '',
      comparedText(published, table, columns),
      '',
      detailsText(table, columns),
      '',
      ...(bots.length > 0 ? [`Fixed players at given delays, those of the published rows: ${bots.map(({ name, reward }) => `${name} ${inLine(reward)} %`).join(', ')}.`, ''] : []), // prettier-ignore
      claimsText(claims, table.unit, columns),
      '',
      CLAIMS_LEGEND,
      `Published: ${loadPublished().source}. Traces and figures: ${shown}`,
      ...unfinished,
    ];
    process.stdout.write(`${text.map((line) => wrapped(line, columns)).join('\n')}\n`);
  });
}

/** The published world's market: the user's bars, or days made up. @throws UsageError, MarketError, OptionsError */
function marketOf(flags: Flags): { options: Record<string, unknown>; told: string; summary?: string } {
  const { seconds, market, prices, date, from, minutes } = flags;
  if (market === undefined) {
    paperOptions({ prices, date, from, minutes }); // each goes with files, and says so
    return {
      options: { market: { kind: 'practice', symbols: ['ONE'], seconds } },
      told: `made-up days of ${seconds} seconds, another for each seed`,
    };
  }
  const read = paperOptions({ market, prices, date, from, minutes });
  return { options: read.options, told: 'your bars, one day for all seeds', ...(read.market ? { summary: read.market.summary } : {}) };
}
