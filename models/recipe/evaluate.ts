/**
 * Plays the reference models, weights as committed, against the task's random bot, and says by how much they earn more: paired
 * matches (the same seed, seat and delay, once played by the model and once by random), mean difference with its 95 % interval. The
 * world stands still while the model computes and then charges the given delay, so the result does not depend on the machine.
 *
 *     node dist/models/recipe/evaluate.js --matches 50
 *
 * With `--probes N` it asks each player the first N states of a task's probe bank instead, and prints their quality, and its difference
 * from the player before, answers to the same states held against each other.
 *
 *     node dist/models/recipe/evaluate.js --probes 512 --player expert --player tb-1m --player tb-4m
 *
 * A player may name a precision of its own (`--player tb-1m/fp8 --player tb-1m/fp4`), and
 * `--bank FILE` takes another bank than the task's own (harness/oracle/build-banks.ts makes larger ones).
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Action, AnyTask, Json, Micros } from '../../envs/environment.js';
import { loadEngine } from '../../fpx/endpoint/engine.js';
import { parsePrecisionMap } from '../../fpx/formats/precision.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { runBotProbes, runProbes, type ProbeRun } from '../../harness/oracle/probe.js';
import { loadPrompt } from '../../harness/configuration/prompts.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { Probes } from '../../scoring/oracle/probes.js';
import { qualityDifference } from '../../scoring/figures/quality.js';
import { meanInterval } from '../../scoring/statistics/means.js';
import { ratioOfSums } from '../../scoring/statistics/ratios.js';
import { MODELS, SEED_LIMIT, TASKS, modelFolder, type TaskName } from './material.js';

/** What a seat answers to a state; undefined when its answer held no action. */
export type Decide = (state: unknown) => Promise<Action<unknown> | undefined>;

/** What a model's answers came to over some decisions. */
export interface Tally {
  decisions: number;
  parsed: number;
  /** Answers that are the expert's own, as written. */
  expert: number;
}

/** A reference model as a player of one task: what it writes about a state, and what that is as an action. */
export interface ModelPlayer {
  write(state: unknown): Promise<string>;
  decide: Decide;
  tally: Tally;
}

/** A reference model through the embedded engine, greedy. */
export async function modelPlayer(model: string, precision: string, name: TaskName): Promise<ModelPlayer> {
  const task = taskNamed(name);
  const engine = await loadEngine({ modelDir: modelFolder(model), precision: parsePrecisionMap(precision), threads: 1, prefixCache: true });
  const prompt = loadPrompt(task, 'reference');
  const expert = botPlayer(task, 'expert', 0);
  const tally: Tally = { decisions: 0, parsed: 0, expert: 0 };
  const write = async (state: unknown): Promise<string> => {
    const { system, user } = prompt.fill(task.text(state));
    const text = engine.template.render([
      { role: 'system', content: system },
      { role: 'user', content: user },
    ]);
    const sampling = { temperature: 0, topP: 1, topK: 0, seed: 0 };
    const request = { prompt: engine.tokenizer.encode(text), maxTokens: 48, stop: [], sampling };
    return (await engine.generator.generate(request, () => undefined)).text;
  };
  const decide: Decide = async (state) => {
    const answer = await write(state);
    const parsed = task.parse(answer, true);
    tally.decisions++;
    if (parsed.kind === 'action') tally.parsed++;
    const wanted = await expert(state);
    if (wanted && answer === task.write(wanted as Action<never>)) tally.expert++;
    return parsed.kind === 'action' ? (parsed.action as Action<unknown>) : undefined;
  };
  return { write, decide, tally };
}

function botPlayer(task: AnyTask, name: string, seed: number): Decide {
  const bot = task.bots.find((each) => each.name === name);
  if (!bot) throw new Error(`task ${task.name} has no bot "${name}"`);
  const policy = bot.create({ seed });
  return (state) => Promise.resolve(policy.decide(state));
}

/** Options of the matches played: the market has news of the held-out forms. */
const PLAYED: Record<TaskName, unknown> = { hft: { market: { kind: 'synthetic', preset: 'news-wire' } }, fighter: {} };

/** Plays a match on the virtual clock, each seat with its delay from observation to landing. @returns each seat's reward as shown to people */
export async function playMatch(task: AnyTask, seed: number, players: { decide: Decide; delayUs: Micros }[]): Promise<number[]> {
  const environment = task.create(task.parseOptions(PLAYED[task.name as TaskName]), seed);
  const seats = players.map((_, seat) => ({
    seat,
    lookAt: environment.nextPublish(-1),
    landAt: Infinity,
    action: undefined as Action<unknown> | undefined,
  }));
  while (!environment.over) {
    const next = seats.reduce((a, b) => (Math.min(b.lookAt, b.landAt) < Math.min(a.lookAt, a.landAt) ? b : a));
    const player = players[next.seat]!;
    if (next.landAt < Infinity) {
      environment.advance(next.landAt);
      if (next.action && !environment.over) environment.act(next.seat, next.action as Action<never>, next.landAt, player.delayUs);
      next.lookAt = environment.nextPublish(next.landAt);
      next.landAt = Infinity;
    } else {
      environment.advance(next.lookAt);
      if (environment.over) break;
      next.action = await player.decide(environment.observe(next.seat));
      next.landAt = next.lookAt + player.delayUs;
      next.lookAt = Infinity;
    }
  }
  return environment.results().reward.map((reward) => reward / task.reward.scale);
}

/** One line of the evaluation. */
export interface Row {
  task: TaskName;
  player: string;
  precision: string | null;
  delayUs: Micros;
  matches: number;
  /** Mean reward a match, and the mean of the same matches less random's; each with its 95 % interval. */
  reward: { value: number | null; low: number | null; high: number | null };
  overRandom: { value: number | null; low: number | null; high: number | null };
  unit: string;
  parsed: number | null;
  sameAsExpert: number | null;
}

const round = ({ value, low, high }: { value: number | null; low: number | null; high: number | null }): Row['reward'] => {
  const short = (x: number | null): number | null => (x === null ? null : Number(x.toPrecision(4)));
  return { value: short(value), low: short(low), high: short(high) };
};

/** Plays one player (a model, or a bot by its name) of one task. Seat and delay are the same for it and for the random bot it is paired with. */
export async function evaluate(name: TaskName, player: string, precision: string, delayUs: Micros, matches: number): Promise<Row> {
  const task = taskNamed(name);
  const model = (MODELS as readonly string[]).includes(player) ? await modelPlayer(player, precision, name) : undefined;
  const rewards: number[] = [];
  const differences: number[] = [];
  for (let i = 0; i < matches; i++) {
    const seed = SEED_LIMIT + 100_000 + i;
    const seats = task.seats(task.parseOptions({}));
    const own = i % seats;
    const line = (decide: Decide): { decide: Decide; delayUs: Micros }[] =>
      Array.from({ length: seats }, (_, seat) => ({ decide: seat === own ? decide : botPlayer(task, 'random', seed * 8 + seat), delayUs }));
    const reward = (await playMatch(task, seed, line(model?.decide ?? botPlayer(task, player, seed))))[own]!;
    const random = (await playMatch(task, seed, line(botPlayer(task, 'random', seed * 8 + own))))[own]!;
    rewards.push(reward);
    differences.push(reward - random);
  }
  const tally = model?.tally;
  return {
    task: name,
    player,
    precision: model ? precision : null,
    delayUs,
    matches,
    reward: round(meanInterval(rewards)),
    overRandom: round(meanInterval(differences)),
    unit: task.reward.unit,
    parsed: tally ? Number((tally.parsed / tally.decisions).toFixed(4)) : null,
    sameAsExpert: tally ? Number((tally.expert / tally.decisions).toFixed(4)) : null,
  };
}

/** A player's answers to the first states of a task's bank, the world stopped. */
export async function probe(probes: Probes, player: string, precision: string): Promise<ProbeRun> {
  if (!(MODELS as readonly string[]).includes(player)) return runBotProbes(probes, { bot: player, seed: 1 });
  const { decide } = await modelPlayer(player, precision, probes.task.name as TaskName);
  return runProbes(probes, async (_text, state) => ({ action: (await decide(state)) as Action<Json> | undefined, latencyUs: 0 }));
}

/** Delays at which the tasks are hard enough to tell players apart: half a second of market, twelve frames of fight. */
const DELAY_US: Record<TaskName, Micros> = { hft: 500_000, fighter: 200_000 };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      matches: { type: 'string', default: '50' },
      probes: { type: 'string' },
      bank: { type: 'string' },
      precision: { type: 'string', default: 'bf16' },
      task: { type: 'string', multiple: true, default: [...TASKS] },
      player: { type: 'string', multiple: true, default: ['expert', ...MODELS] },
    },
  });
  for (const task of values.task as TaskName[]) {
    if (values.probes !== undefined) {
      const probes = new Probes(taskNamed(task), loadBank(task, values.bank), Number(values.probes));
      let before: ProbeRun | undefined;
      for (const player of values.player) {
        const [name, precision = values.precision] = player.split('/') as [string, string?];
        const run = await probe(probes, name, precision);
        const more = before && { overBefore: round(qualityDifference(run.parts, before.parts)) };
        console.log(
          JSON.stringify({ task, player, states: run.asked, rejected: run.rejected, quality: round(ratioOfSums(run.parts)), ...more }),
        );
        before = run;
      }
      continue;
    }
    for (const player of values.player)
      console.log(JSON.stringify(await evaluate(task, player, values.precision, DELAY_US[task], Number(values.matches))));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
