/** `tickbench paper fighter`: the published fighting table, played as duels between configurations or against one opponent. */
import { Command } from 'commander';
import { fighter } from '../../../envs/fighter/task.js';
import { fightingClaims } from '../../paper/claims.js';
import { readEntrants, STAND_IN, type PaperEntrant } from '../../paper/entrants.js';
import { paperJson, tableJson } from '../../paper/json.js';
import { paperPlan, playPaper, type PaperMatches } from '../../paper/play.js';
import { loadPublished } from '../../paper/published.js';
import { tableOf } from '../../paper/rows.js';
import { claimsText, CLAIMS_LEGEND, comparedText, detailsText } from '../../paper/text.js';
import { terminalColumns, wrapped } from '../../report/text.js';
import { writeReport } from '../../sweep/report.js';
import { UsageError } from '../values.js';
import { familyEntrants } from './family.js';
import { checkMatches, inFolder, namedEntrants, settingsOf, unfinishedOf, withMatches, type MatchFlags } from './flags.js';

interface Flags extends MatchFlags {
  against: string;
}

/** Gamma of the mix that stands for the published 3B at 6.8 bits. */
const MIX_GAMMA = 0.3;

/** The verb, for the group that assembles them. */
export function paperFighterCommand(): Command {
  return withMatches(new Command('fighter'), 4)
    .description('the published fighting table beside ours: duels between configurations on the same seeds, sides mirrored')
    .option('--against <who>', "each (everybody against everybody), bot (the plan's opponent), or FILE.yaml: one configuration", 'each')
    .addHelpText(
      'after',
      '\nWith `each` every pair plays every seed twice, sides changed. Ratings are natural logarithms of odds.\n' +
        '\nExamples:\n  $ tickbench paper fighter\n  $ tickbench paper fighter --endpoint 3B/8=http://host:8001/v1 7B/8=http://host:8002/v1 --matches 20',
    )
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  checkMatches(flags);
  const named = await namedEntrants(flags);
  const { against } = flags;
  const published = loadPublished().fighter;
  await inFolder(flags, 'paper-fighter', async ({ store, say, signal, shown }) => {
    const entrants = named ?? (await familyEntrants(store, fighter.name, MIX_GAMMA, say));
    if (against === 'each' && entrants.length < 2) throw new UsageError('--against each: accepted: two endpoints or more');
    const rival = against === 'each' || against === 'bot' ? against : await rivalOf(against, entrants, flags);
    const how: PaperMatches = {
      ...{ name: 'paper-fighter', world: flags.plan ?? 'paper-fighter', task: fighter.name, entrants, against: rival },
      ...{ matches: flags.matches, firstSeed: flags.firstSeed, withoutBots: true },
      ...(flags.speed === undefined ? {} : { speed: flags.speed }),
    };
    const plan = paperPlan(how);
    const reports = await playPaper(plan, { store, budget: { maxCalls: flags.maxCalls }, signal });
    const table = tableOf(fighter, entrants, reports, against === 'bot' ? 'reward' : 'points');
    const claims = fightingClaims(table.rows, table.range);
    const { clock, speed } = { clock: reports[0]?.rows[0]?.clock ?? '-', speed: reports[0]?.rows[0]?.speed ?? 0 };
    const played = { matches: flags.matches, firstSeed: flags.firstSeed, against: against === 'each' || against === 'bot' ? against : 'one configuration', clock, speed }; // prettier-ignore
    const data = paperJson('fighter', { published, played, table: tableJson(table), claims, standIn: named === undefined });
    writeReport(store, reports, data);
    const unfinished = unfinishedOf(reports);
    if (flags.json) {
      process.stdout.write(`${JSON.stringify({ ...data, unfinished })}\n`);
      return;
    }
    const columns = terminalColumns();
    const value =
      against === 'bot'
        ? `reward in ${fighter.reward.unit}`
        : `the share of points${against === 'each' ? ' of all duels' : ''}, a draw counting half`;
    const text = [
      ...(named ? [] : [STAND_IN]),
      `Ours: ${fighter.title}, seeds ${flags.firstSeed} to ${flags.firstSeed + flags.matches - 1}, ${clock} clock at ${speed}x life; ms of world time, mean over actions; ${value}. Not the published game: its rating and ours are on no common scale.`,
      '',
      comparedText(published, table, columns),
      '',
      detailsText(table, columns),
      '',
      claimsText(claims, table.unit, columns),
      '',
      CLAIMS_LEGEND,
      `Published: ${loadPublished().source}. Traces and figures: ${shown}`,
      ...unfinished,
    ];
    process.stdout.write(`${text.map((line) => wrapped(line, columns)).join('\n')}\n`);
  });
}

/** The one configuration that everybody plays. @throws ConfigurationError, UsageError for one that is of another kind */
async function rivalOf(text: string, entrants: readonly PaperEntrant[], flags: Flags): Promise<PaperEntrant['configuration']> {
  const [rival] = await readEntrants([text], settingsOf(flags));
  const { configuration } = rival!;
  const isEmbedded = (each: PaperEntrant['configuration']): boolean => each.endpoint.kind === 'embedded';
  if (entrants.some((each) => isEmbedded(each.configuration) !== isEmbedded(configuration)))
    throw new UsageError(`--against ${text}: plays on another clock than the others; accepted: of one kind with them`);
  return entrants.find((each) => each.configuration.name === configuration.name)?.configuration ?? configuration;
}
