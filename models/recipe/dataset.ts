/**
 * Records decisions to learn from: matches between players of all strengths and delays, and at each state that a seat sees, what the
 * task's best bot would answer there. The one who plays is seldom that bot, so states that only mistakes lead to are covered too
 * (the labels of DAgger: Ross, Gordon and Bagnell, AISTATS 2011).
 *
 *     node dist/models/recipe/dataset.js hft 150000
 *
 * What is common is thinned out, and so are states in which the news decide nothing: from those that are left much is learnt soon. But who has
 * learnt from them expects news to decide ten times as often as they do, and acts on any doubt. `--as-played` keeps all, for the last part of training.
 */
import { createWriteStream, mkdirSync } from 'node:fs';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Action, AnyTask, Policy } from '../../envs/environment.js';
import { everySymbol } from '../../envs/hft/bots/bots.js';
import { newsReader, understanding } from '../../envs/hft/bots/reader.js';
import type { HftState } from '../../envs/hft/state.js';
import { CHARACTER_NAMES } from '../../envs/fighter/characters.js';
import { Stream, keyOf } from '../../envs/random.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { retold, worth } from './retell.js';
import { SEED_LIMIT, TASKS, WORK, samplesFile, type Sample, type TaskName } from './material.js';

/** Delays that seats play at, in world time: from at once to slower than any reference model. */
const DELAYS_US: Record<TaskName, number> = { hft: 2_500_000, fighter: 700_000 };
/** A state this soon after another of the same seat, with the same answer, teaches nothing new: who answers at once sees every frame. */
const ALIKE_US: Record<TaskName, number> = { hft: 0, fighter: 100_000 };
/** Options that matches are played with: the most usual for half of them or more, the others spread over what a user may choose. */
const OPTIONS: Record<TaskName, (draw: Stream) => unknown> = {
  hft: (draw) => ({
    durationUs: [60_000_000, 30_000_000, 20_000_000, 20_000_000][draw.below(4)],
    market: draw.chance(3, 5)
      ? { kind: 'synthetic', preset: 'news-wire', news: 'train' }
      : { kind: 'synthetic', preset: PRESETS_PLAYED[draw.below(PRESETS_PLAYED.length)] },
  }),
  fighter: (draw) => ({
    rounds: [3, 3, 1, 5][draw.below(4)],
    roundSeconds: [99, 99, 20, 45][draw.below(4)],
    fighters: draw.chance(1, 2) ? ['ash', 'ash'] : [anyCharacter(draw), anyCharacter(draw)],
  }),
};
const anyCharacter = (draw: Stream): string => CHARACTER_NAMES[draw.below(CHARACTER_NAMES.length)]!;
/** Of markets without a wire: the default one for most, and something of every other. */
// prettier-ignore
const PRESETS_PLAYED = ['small-tick', 'small-tick', 'small-tick', 'small-tick', 'news-shock', 'news-shock', 'stressed', 'calm', 'large-tick', 'flash-crash'];
/** The bot whose answers are learnt, and those that most players are, with errors. The market's `reader` is its expert where there is no news. */
const TEACHERS: Record<TaskName, string> = { hft: 'reader', fighter: 'expert' };
const STRONG: Record<TaskName, readonly string[]> = { hft: ['expert', 'reader'], fighter: ['expert'] };
/** Of all states so many in 1000 are kept: few of many matches teach more than many of few. */
const KEPT_PERMILLE: Record<TaskName, number> = { hft: 300, fighter: 400 };
/** Of states that say nothing new about news, so many in 1000 are kept: the same few items are in many of them. */
const QUIET_KEPT_PERMILLE = 250;
/** The task whose answers `teacher.py` replaces by the best of those offered. */
const TAUGHT: TaskName = 'fighter';
const PURPOSE = 77;

type AnyPolicy = Policy<unknown, unknown>;

interface Player {
  policy: AnyPolicy;
  delayUs: number;
}

/** A player drawn at random: most are strong bots that err at a random rate, the others the task's other bots. */
function drawPlayer(task: AnyTask, draw: Stream, name: TaskName): Player {
  const seed = draw.next();
  const maxDelayUs = DELAYS_US[name];
  const delayUs = draw.chance(1, 5) ? 0 : Math.floor((maxDelayUs * draw.below(1000) * draw.below(1000)) / 1e6);
  const strong = STRONG[name];
  const others = task.bots.filter((bot) => !strong.includes(bot.name));
  const bot = draw.chance(3, 5) ? botNamed(task, strong[draw.below(strong.length)]!) : others[draw.below(others.length)]!;
  return { policy: bot.create({ seed, errorPermille: draw.chance(1, 3) ? 0 : draw.below(601) }), delayUs };
}

function botNamed(task: AnyTask, name: string): AnyTask['bots'][number] {
  const bot = task.bots.find((each) => each.name === name);
  if (!bot) throw new Error(`task ${task.name} has no bot "${name}"; it has ${task.bots.map((each) => each.name).join(', ')}`);
  return bot;
}

interface Pending {
  seat: number;
  at: number;
  latencyUs: number;
  action: Action<unknown>;
}

/** Plays one match and yields the decisions in it, of every seat; of those that look alike the first. @param asPlayed as often as they come */
export function* playMatch(task: AnyTask, seed: number, asPlayed = false): Generator<Sample> {
  const name = TASKS.find((each) => each === task.name);
  if (name === undefined) throw new Error(`${task.name} has nothing to teach; there are ${TASKS.join(' and ')}`);
  const draw = new Stream(keyOf(seed, PURPOSE), 0);
  const options: unknown = task.parseOptions(OPTIONS[name](draw));
  const environment = task.create(options, seed);
  const seats = task.seats(options);
  const teachers = Array.from({ length: seats }, (): AnyPolicy & { ticks?: number } =>
    name === 'hft' ? tellingReader() : botNamed(task, TEACHERS[name]).create({ seed }),
  );
  const blind = botNamed(task, 'expert').create({ seed });
  const players = Array.from({ length: seats }, () => drawPlayer(task, draw, name));
  const looks = players.map((_, seat) => ({ seat, at: environment.nextPublish(draw.below(200_000)) }));
  const pending: Pending[] = [];
  const last = players.map(() => ({ at: -Infinity, answer: '' }));
  while (!environment.over) {
    const look = looks.reduce((a, b) => (b.at < a.at ? b : a));
    pending.sort((a, b) => a.at - b.at || a.seat - b.seat);
    const landing = pending[0];
    if (landing && landing.at <= look.at) {
      pending.shift();
      environment.act(landing.seat, landing.action as Action<never>, landing.at, landing.latencyUs);
      looks[landing.seat]!.at = environment.nextPublish(landing.at);
      continue;
    }
    if (!Number.isFinite(look.at)) break;
    environment.advance(look.at);
    if (environment.over) break;
    const state: unknown = environment.observe(look.seat);
    const teacher = teachers[look.seat]!;
    const answer = task.write(teacher.decide(state) as Action<never>);
    const { ticks = 0 } = teacher;
    const before = last[look.seat]!;
    const kept = draw.chance(KEPT_PERMILLE[name], 1000);
    if (kept && (answer !== before.answer || look.at - before.at >= ALIKE_US[name])) {
      last[look.seat] = { at: look.at, answer };
      if (name === TAUGHT) {
        const offered = task.oracle!.candidates(state).map((each) => task.write(each as Action<never>));
        yield { match: seed, state: task.text(state), answer, offered };
      } else {
        // Where the news decide, every state is kept: it differs from what a player that ignores them answers.
        const unread = task.write(blind.decide(state) as Action<never>);
        const decided = unread !== answer;
        const sample = newsSample(state as HftState, draw);
        if (sample === undefined) yield { match: seed, state: task.text(state), answer };
        else if (decided || asPlayed || draw.chance(QUIET_KEPT_PERMILLE, 1000)) {
          yield {
            match: seed,
            state: task.text(sample.state),
            answer,
            unread,
            ...(ticks === 0 ? {} : { reading: ticks }),
            worths: sample.worths,
          };
        }
      }
    }
    const player = players[look.seat]!;
    pending.push({ seat: look.seat, at: look.at + player.delayUs, latencyUs: player.delayUs, action: player.policy.decide(state) });
    look.at = Infinity;
  }
}

/** The bot `reader`, that also tells what it reads. */
function tellingReader(): AnyPolicy & { ticks: number } {
  const rule = newsReader(understanding(0), (ticks) => (teacher.ticks = ticks));
  const stream = new Stream(keyOf(0, PURPOSE), 2);
  const teacher = { ticks: 0, decide: (state: unknown) => everySymbol(rule, state as HftState, stream) as Action<unknown> };
  return teacher;
}

/** A market's state with its news told in other words, and what each item is worth; undefined where there is no wire. */
function newsSample(state: HftState, draw: Stream): { state: HftState; worths: number[] } | undefined {
  const [only, ...others] = state.symbols;
  if (only?.news === undefined || others.length > 0) return undefined;
  const news = retold(only.news, draw) ?? only.news;
  return { state: { ...state, symbols: [{ ...only, news }] }, worths: news.items.map(({ text }) => worth(text, news.names)) };
}

/** An answer without its numbers: what counts as one kind when common kinds are thinned out. */
export function kindOf(answer: string): string {
  return answer.replace(/-?\d+/g, '#');
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { 'as-played': { type: 'boolean', default: false } }, allowPositionals: true });
  const asPlayed = values['as-played'];
  const [name, wanted = '150000', firstSeed = '1000000'] = positionals;
  if (!TASKS.includes(name as TaskName)) throw new Error(`usage: dataset.js ${TASKS.join('|')} [SAMPLES] [FIRST SEED] [--as-played]`);
  const taskName = name as TaskName;
  const task = taskNamed(taskName);
  mkdirSync(WORK, { recursive: true });
  const out = createWriteStream(samplesFile(taskName));
  const keep = new Stream(keyOf(Number(firstSeed), PURPOSE), 1);
  const seen = new Map<string, number>();
  const kept = new Map<string, number>();
  let total = 0;
  let written = 0;
  let seed = Number(firstSeed);
  for (; written < Number(wanted); seed++) {
    if (seed >= SEED_LIMIT) throw new Error(`seeds from ${SEED_LIMIT} on are not trained on`);
    for (const sample of playMatch(task, seed, asPlayed)) {
      const kind = kindOf(sample.answer);
      const count = (seen.get(kind) ?? 0) + 1;
      seen.set(kind, count);
      total++;
      // A kind that is a share s of all is kept with probability 0.2 / sqrt(s), at most 1: rare answers all stay, the commonest become a fifth or more.
      const probability = asPlayed ? 1 : Math.min(1, 0.2 / Math.sqrt(count / total));
      if (!keep.chance(Math.floor(probability * 1e6), 1_000_000)) continue;
      kept.set(kind, (kept.get(kind) ?? 0) + 1);
      if (!out.write(JSON.stringify(sample) + '\n')) await once(out, 'drain');
      if (++written >= Number(wanted)) break;
    }
  }
  out.end();
  await once(out, 'finish');
  const table = [...kept].sort((a, b) => b[1] - a[1]).map(([kind, count]) => `${count}\t${seen.get(kind)}\t${kind}`);
  console.log(
    `${taskName}: ${written} samples of ${total} decisions, ${seed - Number(firstSeed)} matches\nkept\tseen\tkind\n${table.slice(0, 60).join('\n')}`,
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
