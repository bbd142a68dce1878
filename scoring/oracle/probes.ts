/**
 * Probe banks: frozen states, with the values of their candidates, that every configuration is asked with the world stopped.
 * Their quality does not depend on latency, opponent or own play. A bank holds the landings of the matches its states come
 * from, so a state is rebuilt exactly by playing them again; the digest says whether it was.
 */
import { z } from 'zod';
import type { Action, AnyEnvironment, AnyTask, Json, Micros } from '../../envs/environment.js';
import { Oracle, positionKey, type Position } from './oracle.js';
import { qualityOf, qualityPart, type Stakes } from '../figures/quality.js';
import type { RatioPart } from '../statistics/ratios.js';
import type { Estimate } from '../statistics/estimate.js';

/** Seeds of probe matches start here; training and sweeps use smaller ones, so no model has seen these states. */
export const PROBE_SEEDS_FROM = 9_000_000;

const micros = z.number().int().min(0);
/** Whole numbers, one for each candidate. */
const integers = z.custom<number[]>((value) => Array.isArray(value) && value.every(Number.isSafeInteger), 'no list of whole numbers');
/** What landed: [at, seat, action, latency]. */
type Landing = [at: Micros, seat: number, action: Json, latencyUs: Micros];
/**
 * A match's landings. A bank holds tens of thousands: one look at each is a tenth of the time that a form for every number of them takes. Actions
 * are taken as they are: what was parsed from JSON is JSON.
 */
const landings = z.custom<Landing[]>(Array.isArray, 'no list').superRefine((list, context) => {
  const wrong = list.findIndex((each) => !isLanding(each));
  if (wrong >= 0)
    context.addIssue({ code: 'custom', path: [wrong], message: 'not [at, seat, action, latency], times in whole microseconds' });
});
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isLanding = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 4 && isCount(value[0]) && isCount(value[1]) && isCount(value[3]);
const script = z.strictObject({ bot: z.string(), delayUs: micros, errorPermille: z.number().int().min(0).max(1000).optional() });
const family = z.strictObject({ continuation: script, opponents: z.array(z.array(script).min(1)) });

export const probeBankSchema = z.strictObject({
  tickbench: z.literal('probes.v1'),
  task: z.string(),
  /** Rules the states and values were made under: another set makes the bank invalid. */
  rules: z.string(),
  /** How the values were made, for readers; the numbers are the task's own oracle's, except `futures`. */
  oracle: z.strictObject({
    horizonUs: micros,
    futures: z.number().int().min(2).multipleOf(2),
    /** Who plays positions on, where it is not the task's own oracle alone: several kinds of players, none of which models are trained on. */
    families: z.array(family).min(1).optional(),
  }),
  reward: z.strictObject({ unit: z.string(), scale: z.number().positive() }),
  matches: z.array(
    z.strictObject({
      seed: z.number().int().min(PROBE_SEEDS_FROM),
      options: z.json(),
      /** Who played: a mix of policies, delays and shares of random actions. */
      seats: z.array(z.strictObject({ bot: z.string(), delayUs: micros, errorPermille: z.number().int().min(0).max(1000) })),
      /** What landed, in order. */
      landings,
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
      choose: integers,
      value: integers,
      best: z.number().int().min(0),
      worst: z.number().int().min(0),
      /** What kind of situation it is, and how many states as they occur in play it stands for, in thousandths. Absent: one. */
      stratum: z.string().optional(),
      weight: z.number().int().positive().optional(),
      /** The same by the task's own oracle, which models may have been trained on. Absent: the values are its own. */
      trained: z.strictObject({ value: integers, best: z.number().int().min(0), worst: z.number().int().min(0) }).optional(),
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
  /** The task's own, by which models may have been trained, of banks that were valued by others. */
  private readonly trainers: Oracle[] = [];
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
    const rebuilt = new Map<ProbeEntry, { position: Position; oracle: Oracle; trainer: Oracle }>();
    bank.matches.forEach((match, index) => {
      const own = entries.filter((entry) => entry.match === index).sort((a, b) => a.landings - b.landings || a.at - b.at);
      if (own.length === 0) return;
      const options: unknown = task.parseOptions(match.options);
      const oracle = new Oracle(task, options, match.seed, bank.oracle.futures, bank.oracle.families);
      const trainer = bank.oracle.families ? new Oracle(task, options, match.seed, bank.oracle.futures) : oracle;
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
        rebuilt.set(entry, { position: positionOf(world, match.seed, entry.at, entry.seat), oracle, trainer });
      }
    });
    for (const entry of entries) {
      const { position, oracle, trainer } = rebuilt.get(entry)!;
      this.positions.push(position);
      this.oracles.push(oracle);
      this.trainers.push(trainer);
      const state: unknown = task.oracle.stopped?.(position.state) ?? position.state;
      this.probes.push({ entry, state: state as Json, text: task.text(state) });
    }
  }

  /** Stakes of an answer to the i-th probe. Candidates are looked up; another action is valued in the same futures. Absent: the standing order. */
  stakes(index: number, action?: Action<Json>): Stakes {
    return this.valued(index, this.probes[index]!.entry, this.oracles[index]!, action, '');
  }

  /** The same by the task's own oracle; undefined where the bank holds no values but its. */
  trainedStakes(index: number, action?: Action<Json>): Stakes | undefined {
    const { trained } = this.probes[index]!.entry;
    return trained && this.valued(index, trained, this.trainers[index]!, action, 'trained ');
  }

  private valued(
    index: number,
    { value, ...ends }: { value: readonly number[]; best: number; worst: number },
    oracle: Oracle,
    action: Action<Json> | undefined,
    by: string,
  ): Stakes {
    const best = value[ends.best]!;
    const worst = value[ends.worst]!;
    if (action === undefined) return { value: value[0]!, best, worst };
    const answer = this.task.write(action);
    const listed = this.probes[index]!.entry.candidates.indexOf(answer);
    if (listed >= 0) return { value: value[listed]!, best, worst };
    const key = `${by}${index} ${answer}`;
    const own = this.unlisted.get(key) ?? oracle.valueOf(this.positions[index]!, action);
    this.unlisted.set(key, own);
    return { value: own, best, worst };
  }

  /** Values all candidates of the i-th probe anew: what the bank should say. */
  revalue(index: number): { choose: number[]; value: number[] } {
    return this.oracles[index]!.valueCandidates(this.positions[index]!);
  }
}

/** A world's state as it is now, for a seat. */
export function positionOf(world: AnyEnvironment, matchSeed: number, at: Micros, seat: number): Position {
  return { snapshot: world.snapshot(), state: world.observe(seat), at, seat, key: positionKey(matchSeed, at, seat) };
}

/**
 * Sums of quality by source match, in the bank's order of matches: the clusters of a probe quality. A state counts as often as states like
 * it occur in play. Equal probes give equal denominators.
 */
export function probeParts(probes: readonly Probe[], stakes: readonly Stakes[]): RatioPart[] {
  const clusters = new Map<number, RatioPart>();
  probes.forEach(({ entry: { match, weight = 1 } }, i) => {
    const { numerator, denominator } = qualityPart([stakes[i]!]);
    const sum = clusters.get(match) ?? { numerator: 0, denominator: 0 };
    clusters.set(match, { numerator: sum.numerator + weight * numerator, denominator: sum.denominator + weight * denominator });
  });
  return [...clusters].sort(([a], [b]) => a - b).map(([, cluster]) => cluster);
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
