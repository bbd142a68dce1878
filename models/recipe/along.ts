/**
 * What a reference model makes of the news along whole patient matches: at how many looks it says that the index is behind them, and whether
 * rightly, by who understands them and remembers what the index did; and what it earns, beside bots on the same seeds.
 *
 *     node dist/models/recipe/along.js --matches 32 --player tb-1m
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import { everySymbol } from '../../envs/hft/bots/bots.js';
import { newsReader, understanding } from '../../envs/hft/bots/reader.js';
import { SPLITS, type Split } from '../../envs/hft/news/meaning.js';
import type { HftState } from '../../envs/hft/state.js';
import { hft } from '../../envs/hft/task.js';
import { Stream } from '../../envs/random.js';
import { playPatiently } from '../../scoring/reward/patient.js';
import { patientSpecOf } from '../../scoring/reward/patient-spec.js';
import { meanInterval } from '../../scoring/statistics/means.js';
import { modelPlayer, type ModelPlayer } from './evaluate.js';
import { MODELS, SEED_LIMIT } from './material.js';

/** As the quick plan plays them. */
const DURATION_US = 30_000_000;
const GRID_US = 500_000;
/** Who ignores the news: what the others earn is also told over what it earns, seed by seed. */
const UNREAD = 'expert';
const BOTS = [UNREAD, 'reader', 'random'];

/** Looks by what was to be said and what was: nothing (the index knows all), the right way, the wrong way. */
export interface Looks {
  silent: number;
  right: number;
  wrong: number;
  /** Said though the index knew all. */
  late: number;
  /** Not said though it did not. */
  missed: number;
}

/** By how many ticks an answer says the index is behind the news; 0 where it says nothing of the kind. */
export function ticksSaid(answer: string): number {
  return Number(/^([+-]?\d{1,3})\n/.exec(answer)?.[1] ?? 0);
}

/** One patient match. @returns the yield in percent */
async function playAlong(player: ModelPlayer, options: unknown, seed: number, looks: Looks): Promise<number> {
  const { latencyUs } = patientSpecOf(hft);
  const world = hft.create(hft.parseOptions(options), seed);
  let behind = 0;
  const rule = newsReader(understanding(0), (ticks) => (behind = ticks));
  const stream = new Stream(1, 1);
  for (let at = world.nextPublish(0); ; at = world.nextPublish(at + latencyUs)) {
    world.advance(at);
    if (world.over) break;
    const state: HftState = world.observe(0);
    everySymbol(rule, state, stream); // tells by how much the index is behind, at every look
    const answer = await player.write(state);
    const said = ticksSaid(answer);
    if (behind === 0) looks[said === 0 ? 'silent' : 'late']++;
    else looks[said === 0 ? 'missed' : said * behind > 0 ? 'right' : 'wrong']++;
    const parsed = hft.parse(answer, true);
    world.advance(at + latencyUs);
    if (world.over) break;
    if (parsed.kind === 'action') world.act(0, parsed.action, at + latencyUs, latencyUs);
  }
  return world.results().reward[0]! / hft.reward.scale;
}

/** A mean with its 95 % interval, to be printed. */
function rounded(yields: readonly number[]): Record<string, number | null> {
  const { value, low, high } = meanInterval(yields);
  return Object.fromEntries(Object.entries({ value, low, high }).map(([key, x]) => [key, x === null ? null : Number(x.toFixed(4))]));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      matches: { type: 'string', default: '32' },
      precision: { type: 'string', default: 'bf16' },
      news: { type: 'string', default: 'held-out' },
      player: { type: 'string', multiple: true, default: [...MODELS] },
    },
  });
  if (!SPLITS.includes(values.news as Split)) throw new Error(`--news ${values.news}: accepted: ${SPLITS.join(', ')}`);
  const options = { durationUs: DURATION_US, gridUs: GRID_US, market: { kind: 'synthetic', preset: 'news-wire', news: values.news } };
  const seeds = Array.from({ length: Number(values.matches) }, (_, i) => SEED_LIMIT + 300_000 + i);
  const yieldsOf = (bot: string): number[] =>
    [...playPatiently(hft, { bot, errorPermille: 0 }, { options, seeds }).values()].map((reward) => reward / hft.reward.scale);
  const unread = yieldsOf(UNREAD);
  const told = (player: string, yields: readonly number[], more: object = {}): void => {
    const over = yields.map((each, i) => each - unread[i]!);
    const figures = { yieldPercent: rounded(yields), ...(player === UNREAD ? {} : { overExpert: rounded(over) }) };
    console.log(JSON.stringify({ player, news: values.news, matches: yields.length, ...figures, ...more }));
  };
  for (const bot of BOTS) told(bot, bot === UNREAD ? unread : yieldsOf(bot));
  let before: number[] | undefined;
  for (const name of values.player) {
    const player = await modelPlayer(name, values.precision, 'hft');
    const looks: Looks = { silent: 0, right: 0, wrong: 0, late: 0, missed: 0 };
    const yields: number[] = [];
    for (const seed of seeds) yields.push(await playAlong(player, options, seed, looks));
    const over = before && { overBefore: rounded(yields.map((each, i) => each - before![i]!)) };
    told(name, yields, { ...over, precision: values.precision, looks });
    before = yields;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
