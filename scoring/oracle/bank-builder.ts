/** How a probe bank is made: scripted matches are played, states of every kind of situation are drawn from them, and their actions valued. */
import type { AnyEnvironment, AnyTask, Json, Micros, OracleFamily } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import { extremes, Oracle, type Position } from './oracle.js';
import { positionOf, PROBE_SEEDS_FROM, ProbeError, type ProbeBank, type ProbeEntry, type ProbeMatch } from './probes.js';
import { playOn, scripted, type SeatScript } from './rollout.js';

/* eslint-disable @typescript-eslint/no-explicit-any -- states are the task's own */

/** What a bank is made from. Each recipe is one match; its states are drawn among the observations of the named seat. */
export interface BankRecipe {
  matches: { seed: number; options: Json; seats: SeatScript[]; probedSeat: number }[];
  /** World time to which matches are played. */
  playUs: Micros;
  /** Which observations are worth asking about; all of them when absent. */
  asks?(state: any): boolean;
  /**
   * The kind of situation a state is. States are drawn evenly over the kinds and each stands for as many as occur in play, so that what is
   * rare is there and what is frequent counts. Absent: those at which most is at stake are kept, out of `drawn` that are looked at.
   */
  stratum?(state: any): string;
  /** States kept of each match. */
  kept: number;
  drawn?: number;
  futures: number;
  /** Who plays positions on; the task's own oracle when absent. Its values are kept beside. */
  families?: readonly OracleFamily[];
}

/** An observation of a recipe's match that may become a probe: the how manyth of those worth asking about, and its kind of situation. */
export interface Seen {
  place: number;
  stratum?: string;
}

/** Which observations of each match to value, in their order: all that must be known of other matches to value one. */
export interface DrawnBank {
  byMatch: readonly (readonly Seen[])[];
  /** For each kind of situation how many states one of its probes stands for. */
  weights: ReadonlyMap<string, number>;
}

/** A match of a bank with its states valued. */
export interface ValuedBankMatch {
  match: ProbeMatch;
  entries: ProbeEntry[];
}

/**
 * Plays the recipe's matches and values their states.
 * @param onEntry told after each valued state (building takes minutes).
 * @throws ProbeError for a seed below the reserved range, OracleError where the futures cannot be shared out among the families.
 */
export function buildBank(task: AnyTask, recipe: BankRecipe, onEntry?: (done: number) => void): ProbeBank {
  const drawn = drawBank(task, recipe);
  let done = 0;
  const valued = drawn.byMatch.map((own, index) => valueMatch(task, recipe, index, own, () => onEntry?.(++done)));
  return assembleBank(task, recipe, drawn, valued);
}

/** Plays all matches and draws the states to look at. @throws ProbeError for a seed below the reserved range */
export function drawBank(task: AnyTask, recipe: BankRecipe): DrawnBank {
  const strata = new Strata();
  const byMatch = recipe.matches.map((plan) => {
    if (plan.seed < PROBE_SEEDS_FROM) throw new ProbeError(`seed ${plan.seed} is not reserved for probes: use ${PROBE_SEEDS_FROM} and up`);
    const seen: Seen[] = [];
    playMatch(task, plan, recipe, (place, { state }) => seen.push({ place, stratum: recipe.stratum?.(state) }));
    const stream = new Stream(keyOf(plan.seed, 0xba2c), 0);
    return recipe.stratum ? strata.draw(seen, recipe.kept, stream) : drawAny(seen, recipe.drawn ?? recipe.kept, stream);
  });
  return { byMatch, weights: strata.weights() };
}

/**
 * Plays one match again and values its drawn states. Matches may be valued by different processes.
 * @throws OracleError where the futures cannot be shared out among the families
 */
export function valueMatch(
  task: AnyTask,
  recipe: BankRecipe,
  index: number,
  drawn: readonly Seen[],
  onEntry?: () => void,
): ValuedBankMatch {
  const plan = recipe.matches[index]!;
  const { seed } = plan;
  const wanted = new Set(drawn.map(({ place }) => place));
  const found = new Map<number, Omit<Kept, 'stratum'>>();
  const match = playMatch(task, plan, recipe, (place, { world, at, seat, landings }) => {
    if (wanted.has(place)) found.set(place, { position: positionOf(world, seed, at, seat), digest: world.digest(), landings });
  });
  const options: unknown = task.parseOptions(plan.options);
  const oracle = new Oracle(task, options, seed, recipe.futures, recipe.families);
  const trainer = recipe.families && new Oracle(task, options, seed, recipe.futures);
  const states = drawn.map(({ place, stratum }): Kept => ({ ...found.get(place)!, stratum }));
  const kept = recipe.stratum ? states : mostAtStake(states, recipe.kept, oracle);
  const entries = kept.map(({ position, digest, landings, stratum, choosing }) => {
    const { candidates, choose, value, best, worst } = oracle.valueCandidates(position, choosing);
    const trained = trainer?.valueCandidates(position);
    onEntry?.();
    const { at, seat } = position;
    const entry: ProbeEntry = {
      id: `${task.name}-${seed}-${at}`,
      match: index,
      landings,
      at,
      seat,
      digest,
      candidates: candidates.map((action) => task.write(action)),
      choose,
      value,
      best,
      worst,
    };
    if (stratum !== undefined) entry.stratum = stratum;
    if (trained) entry.trained = { value: trained.value, best: trained.best, worst: trained.worst };
    return entry;
  });
  // What came after the last state is not needed to rebuild any.
  match.landings.length = Math.max(0, ...entries.map((entry) => entry.landings));
  return { match, entries };
}

/** Puts the bank together from its matches, in the recipe's order. */
export function assembleBank(task: AnyTask, recipe: BankRecipe, { weights }: DrawnBank, valued: readonly ValuedBankMatch[]): ProbeBank {
  const entries = Array.from({ length: recipe.kept }, (_, turn) => valued.map((own) => own.entries[turn])).flat();
  const { families } = recipe;
  return {
    tickbench: 'probes.v1',
    task: task.name,
    rules: task.rules,
    oracle: { horizonUs: task.oracle.horizonUs, futures: recipe.futures, ...(families ? { families: families as never } : {}) },
    reward: { unit: task.reward.unit, scale: task.reward.scale },
    matches: valued.map(({ match }) => match),
    entries: entries
      .filter((entry) => entry !== undefined)
      .map((entry) => (entry.stratum === undefined ? entry : { ...entry, weight: weights.get(entry.stratum)! })),
  };
}

/** A drawn state as it was played. */
interface Kept {
  position: Position;
  digest: string;
  landings: number;
  stratum?: string;
  choosing?: number[];
}

/** States by chance, all as likely. */
function drawAny(seen: Seen[], count: number, stream: Stream): Seen[] {
  const drawn: Seen[] = [];
  while (drawn.length < count && seen.length > 0) drawn.push(...seen.splice(stream.below(seen.length), 1));
  return drawn;
}

/** The states at which most is at stake by the choosing half of the futures. */
function mostAtStake(drawn: readonly Kept[], count: number, oracle: Oracle): Kept[] {
  const chosen = drawn.map((each) => ({ ...each, choosing: oracle.chooseCandidates(each.position) }));
  return chosen.sort((a, b) => range(b.choosing) - range(a.choosing)).slice(0, count);
}

function range(values: readonly number[]): number {
  const { best, worst } = extremes(values);
  return values[best]! - values[worst]!;
}

/** Keeps count of the kinds of situations over all matches: how often each occurs, and how often it was drawn. */
class Strata {
  private readonly occurred = new Map<string, number>();
  private readonly drawn = new Map<string, number>();

  /** Draws states of one match: each of the kind that was drawn least so far, the first by name among equals, and there by chance. */
  draw(seen: readonly Seen[], count: number, stream: Stream): Seen[] {
    const byKind = new Map<string, Seen[]>();
    for (const each of seen) {
      const kind = each.stratum!;
      byKind.set(kind, [...(byKind.get(kind) ?? []), each]);
      this.occurred.set(kind, (this.occurred.get(kind) ?? 0) + 1);
    }
    const kept: Seen[] = [];
    while (kept.length < count && byKind.size > 0) {
      const [kind] = [...byKind.keys()].sort((a, b) => this.times(a) - this.times(b) || (a < b ? -1 : 1));
      const own = byKind.get(kind!)!;
      kept.push(...own.splice(stream.below(own.length), 1));
      this.drawn.set(kind!, this.times(kind!) + 1);
      if (own.length === 0) byKind.delete(kind!);
    }
    return kept;
  }

  /** For each kind how many states as they occur one of its probes stands for, in thousandths, 1000 on the average over the probes. */
  weights(): Map<string, number> {
    const [all, probes] = [sum(this.occurred), sum(this.drawn)];
    return new Map(
      [...this.drawn].map(([kind, drawn]) => [kind, Math.max(1, Math.round((1000 * probes * this.occurred.get(kind)!) / (all * drawn)))]),
    );
  }

  private times(kind: string): number {
    return this.drawn.get(kind) ?? 0;
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** An observation as it happens. */
interface Moment {
  world: AnyEnvironment;
  state: any;
  at: Micros;
  seat: number;
  /** How many actions have landed by then. */
  landings: number;
}

/** @param onSeen told of every observation of the probed seat that is worth asking about, with its place among them */
function playMatch(
  task: AnyTask,
  plan: BankRecipe['matches'][number],
  { playUs, asks }: BankRecipe,
  onSeen: (place: number, moment: Moment) => void,
): ProbeMatch {
  const world = task.create(task.parseOptions(plan.options), plan.seed);
  const landings: ProbeMatch['landings'] = [];
  let seen = 0;
  const first = world.nextPublish(0);
  const players = plan.seats.map((script, seat) => scripted(task, seat, script, keyOf(plan.seed, seat), first));
  playOn(world, players, playUs, {
    observed: (seat, at, state) => {
      if (seat !== plan.probedSeat || asks?.(state) === false) return;
      onSeen(seen++, { world, state, at, seat, landings: landings.length });
    },
    landed: (seat, at, action, latencyUs) => landings.push([at, seat, action as unknown as Json as never, latencyUs]),
  });
  const { seed, options, seats } = plan;
  return { seed, options: options as never, seats, landings };
}
