/**
 * Probe banks: frozen states, with the values of their candidates, that every configuration is asked with the world stopped.
 * Their quality does not depend on latency, opponent or own play. A bank holds the landings of the matches its states come
 * from, so a state is rebuilt exactly by playing them again; the digest says whether it was.
 */
import { z } from 'zod';
import type { Action, AnyEnvironment, AnyTask, Json, Micros } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import { extremes, Oracle, positionKey, type Position } from './oracle.js';
import { qualityOf, qualityPart, type Stakes } from '../figures/quality.js';
import { playOn, scripted, type SeatScript } from './rollout.js';
import type { RatioPart } from '../statistics/ratios.js';
import type { Estimate } from '../statistics/estimate.js';

/** Seeds of probe matches start here; training and sweeps use smaller ones, so no model has seen these states. */
export const PROBE_SEEDS_FROM = 9_000_000;

const micros = z.number().int().min(0);
const integer = z.number().int();

export const probeBankSchema = z.strictObject({
  tickbench: z.literal('probes.v1'),
  task: z.string(),
  /** Rules the states and values were made under: another set makes the bank invalid. */
  rules: z.string(),
  /** How the values were made, for readers; the numbers are the task's own oracle's, except `futures`. */
  oracle: z.strictObject({ horizonUs: micros, futures: z.number().int().min(2).multipleOf(2) }),
  reward: z.strictObject({ unit: z.string(), scale: z.number().positive() }),
  matches: z.array(
    z.strictObject({
      seed: z.number().int().min(PROBE_SEEDS_FROM),
      options: z.json(),
      /** Who played: a mix of policies, delays and shares of random actions. */
      seats: z.array(z.strictObject({ bot: z.string(), delayUs: micros, errorPermille: z.number().int().min(0).max(1000) })),
      /** What landed, in order: [at, seat, action, latency]. */
      landings: z.array(z.tuple([micros, z.number().int().min(0), z.json(), micros])),
    }),
  ),
  entries: z.array(
    z.strictObject({
      id: z.string(),
      /** Which match, and how many of its landings came before the state. */
      match: z.number().int().min(0),
      landings: z.number().int().min(0),
      at: micros,
      seat: z.number().int().min(0),
      digest: z.string().regex(/^[0-9a-f]{16}$/),
      /** Canonical answers of the candidates; the first is the standing order. Values: 1/VALUE_SCALE reward units less the first's. */
      candidates: z.array(z.string()).min(1),
      choose: z.array(integer),
      value: z.array(integer),
      best: z.number().int().min(0),
      worst: z.number().int().min(0),
    }),
  ),
});

export type ProbeBank = z.infer<typeof probeBankSchema>;
export type ProbeMatch = ProbeBank['matches'][number];
export type ProbeEntry = ProbeBank['entries'][number];

/** A bank that does not fit the code: other rules, or a state that is not rebuilt exactly. */
export class ProbeError extends Error {
  override name = 'ProbeError';
}

/** Checks a bank that came from a file. @throws ProbeError naming the place. */
export function parseProbeBank(raw: unknown): ProbeBank {
  const parsed = probeBankSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new ProbeError(`probe bank: ${issue.path.join('.') || '(top)'}: ${issue.message}`);
}

/** A rebuilt state, ready to be asked and valued. */
export interface Probe {
  entry: ProbeEntry;
  state: Json;
  text: string;
}

/** A bank with its states rebuilt. Each match is played once, whatever the number of its entries. */
export class Probes {
  readonly probes: Probe[] = [];
  private readonly positions: Position[] = [];
  private readonly oracles: Oracle[] = [];
  /** Values of unlisted actions, by probe and canonical answer: configurations tend to give the same ones. */
  private readonly unlisted = new Map<string, number>();

  /**
   * @param count only the first so many entries (the bank's order mixes its matches).
   * @throws ProbeError when the bank is of other rules or a state's digest differs.
   */
  constructor(
    readonly task: AnyTask,
    readonly bank: ProbeBank,
    count = bank.entries.length,
  ) {
    if (bank.task !== task.name || bank.rules !== task.rules) {
      throw new ProbeError(`probe bank of ${bank.task} rules ${bank.rules}; these are ${task.name} ${task.rules}: build the bank again`);
    }
    const entries = bank.entries.slice(0, count);
    const rebuilt = new Map<ProbeEntry, { position: Position; oracle: Oracle }>();
    bank.matches.forEach((match, index) => {
      const own = entries.filter((entry) => entry.match === index).sort((a, b) => a.landings - b.landings || a.at - b.at);
      if (own.length === 0) return;
      const options: unknown = task.parseOptions(match.options);
      const oracle = new Oracle(task, options, match.seed, bank.oracle.futures);
      const world = task.create(options, match.seed);
      let landed = 0;
      for (const entry of own) {
        for (; landed < entry.landings; landed++) {
          const [at, seat, action, latencyUs] = match.landings[landed]!;
          world.act(seat, action as unknown as Action<Json>, at, latencyUs);
        }
        world.advance(entry.at);
        if (world.digest() !== entry.digest) {
          throw new ProbeError(`probe ${entry.id}: rebuilt state has digest ${world.digest()}, the bank says ${entry.digest}`);
        }
        rebuilt.set(entry, { position: positionOf(world, match.seed, entry.at, entry.seat), oracle });
      }
    });
    for (const entry of entries) {
      const { position, oracle } = rebuilt.get(entry)!;
      this.positions.push(position);
      this.oracles.push(oracle);
      const state: unknown = task.oracle.stopped?.(position.state) ?? position.state;
      this.probes.push({ entry, state: state as Json, text: task.text(state) });
    }
  }

  /** Stakes of an answer to the i-th probe. Candidates are looked up; another action is valued in the same futures. Absent: the standing order. */
  stakes(index: number, action?: Action<Json>): Stakes {
    const { entry } = this.probes[index]!;
    const best = entry.value[entry.best]!;
    const worst = entry.value[entry.worst]!;
    if (action === undefined) return { value: entry.value[0]!, best, worst };
    const answer = this.task.write(action);
    const listed = entry.candidates.indexOf(answer);
    if (listed >= 0) return { value: entry.value[listed]!, best, worst };
    const key = `${index} ${answer}`;
    const value = this.unlisted.get(key) ?? this.oracles[index]!.valueOf(this.positions[index]!, action);
    this.unlisted.set(key, value);
    return { value, best, worst };
  }

  /** Values all candidates of the i-th probe anew: what the bank should say. */
  revalue(index: number): { choose: number[]; value: number[] } {
    return this.oracles[index]!.valueCandidates(this.positions[index]!);
  }
}

function positionOf(world: AnyEnvironment, matchSeed: number, at: Micros, seat: number): Position {
  return { snapshot: world.snapshot(), state: world.observe(seat), at, seat, key: positionKey(matchSeed, at, seat) };
}

/** Sums of quality by source match, in the bank's order of matches: the clusters of a probe quality. Equal probes give equal denominators. */
export function probeParts(probes: readonly Probe[], stakes: readonly Stakes[]): RatioPart[] {
  const clusters = new Map<number, Stakes[]>();
  probes.forEach(({ entry }, i) => {
    const cluster = clusters.get(entry.match) ?? [];
    cluster.push(stakes[i]!);
    clusters.set(entry.match, cluster);
  });
  return [...clusters].sort(([a], [b]) => a - b).map(([, cluster]) => qualityPart(cluster));
}

/** Probe quality with its interval over the source matches. */
export function probeQuality(parts: readonly RatioPart[]): Estimate {
  return qualityOf(parts);
}

/** Probe quality in one kind of situation: how many probes ask for it, and how well they were answered. */
export interface SituationQuality {
  situation: string;
  asked: number;
  quality: Estimate;
}

/** Probe quality split by the task's kinds of situation, in the order of their names; nothing where the task tells none apart. */
export function qualityBySituation({ task, probes }: Probes, stakes: readonly Stakes[]): SituationQuality[] {
  const groups = new Map<string, { probes: Probe[]; stakes: Stakes[] }>();
  probes.forEach((probe, i) => {
    const name = task.situation?.(probe.state);
    if (name === undefined) return;
    const group = groups.get(name) ?? { probes: [], stakes: [] };
    group.probes.push(probe);
    group.stakes.push(stakes[i]!);
    groups.set(name, group);
  });
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, group]) => ({
      situation: name,
      asked: group.probes.length,
      quality: probeQuality(probeParts(group.probes, group.stakes)),
    }));
}

/** What a bank is made from. Each recipe is one match; its states are drawn among the observations of the named seat. */
export interface BankRecipe {
  matches: { seed: number; options: Json; seats: SeatScript[]; probedSeat: number }[];
  /** World time to which matches are played. */
  playUs: Micros;
  /** Which observations are worth asking about; all of them when absent. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- states are the task's own
  asks?(state: any): boolean;
  /** States kept of each match, out of `drawn` that are looked at: those at which most is at stake by the choosing half of the futures. */
  kept: number;
  drawn: number;
  futures: number;
}

/**
 * Plays the recipe's matches and values their states.
 * @param onEntry told after each valued state (building takes minutes).
 * @throws ProbeError for a seed below the reserved range.
 */
export function buildBank(task: AnyTask, recipe: BankRecipe, onEntry?: (done: number) => void): ProbeBank {
  const matches: ProbeMatch[] = [];
  const byMatch: ProbeEntry[][] = [];
  let done = 0;
  recipe.matches.forEach((plan, index) => {
    if (plan.seed < PROBE_SEEDS_FROM) throw new ProbeError(`seed ${plan.seed} is not reserved for probes: use ${PROBE_SEEDS_FROM} and up`);
    const { match, seen } = playMatch(task, plan, recipe);
    const oracle = new Oracle(task, task.parseOptions(plan.options), plan.seed, recipe.futures);
    const stream = new Stream(keyOf(plan.seed, 0xba2c), 0);
    const drawn: Seen[] = [];
    while (drawn.length < recipe.drawn && seen.length > 0) drawn.push(...seen.splice(stream.below(seen.length), 1));
    const chosen = drawn.map((each) => ({ ...each, chosen: oracle.chooseCandidates(each.position) }));
    chosen.sort((a, b) => range(b.chosen) - range(a.chosen));
    byMatch.push(
      chosen.slice(0, recipe.kept).map(({ position, digest, landings, chosen: choosing }) => {
        const { candidates, choose, value, best, worst } = oracle.valueCandidates(position, choosing);
        onEntry?.(++done);
        const { at, seat } = position;
        const texts = candidates.map((action) => task.write(action));
        return {
          id: `${task.name}-${plan.seed}-${at}`,
          match: index,
          landings,
          at,
          seat,
          digest,
          candidates: texts,
          choose,
          value,
          best,
          worst,
        };
      }),
    );
    // What came after the last state is not needed to rebuild any.
    match.landings.length = Math.max(0, ...byMatch[index]!.map((entry) => entry.landings));
    matches.push(match);
  });
  const entries = Array.from({ length: recipe.kept }, (_, turn) => byMatch.map((own) => own[turn])).flat();
  return {
    tickbench: 'probes.v1',
    task: task.name,
    rules: task.rules,
    oracle: { horizonUs: task.oracle.horizonUs, futures: recipe.futures },
    reward: { unit: task.reward.unit, scale: task.reward.scale },
    matches,
    entries: entries.filter((entry) => entry !== undefined),
  };
}

interface Seen {
  position: Position;
  digest: string;
  landings: number;
}

function range(values: readonly number[]): number {
  const { best, worst } = extremes(values);
  return values[best]! - values[worst]!;
}

function playMatch(task: AnyTask, plan: BankRecipe['matches'][number], { playUs, asks }: BankRecipe): { match: ProbeMatch; seen: Seen[] } {
  const world = task.create(task.parseOptions(plan.options), plan.seed);
  const landings: ProbeMatch['landings'] = [];
  const seen: Seen[] = [];
  const first = world.nextPublish(0);
  const players = plan.seats.map((script, seat) => scripted(task, seat, script, keyOf(plan.seed, seat), first));
  playOn(world, players, playUs, {
    observed: (seat, at, state) => {
      if (seat !== plan.probedSeat || asks?.(state) === false) return;
      seen.push({ position: positionOf(world, plan.seed, at, seat), digest: world.digest(), landings: landings.length });
    },
    landed: (seat, at, action, latencyUs) => landings.push([at, seat, action as unknown as Json as never, latencyUs]),
  });
  const { seed, options, seats } = plan;
  return { match: { seed, options: options as never, seats, landings }, seen };
}
