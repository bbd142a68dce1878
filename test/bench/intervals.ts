/**
 * `npm run bench -- intervals`: how often the intervals we print hold the figure they are of. Matches of scripted players on both tasks are
 * played on the virtual clock and recorded; samples of 6, 12 and 30 of them are drawn with replacement, and each interval is held against
 * the figure of all. The peer is the percentile bootstrap over matches, on the same samples. In per cent; 95 is what is claimed.
 */
import type { AnyTask } from '../../envs/environment.js';
import { fighter } from '../../envs/fighter/task.js';
import { hft } from '../../envs/hft/task.js';
import { keyOf, Stream } from '../../envs/random.js';
import { loadBank } from '../../harness/oracle/bank.js';
import { runBotProbes } from '../../harness/oracle/probe.js';
import { latencyQuantile, meanLatency, type LatencyPart } from '../../scoring/figures/latency.js';
import { qualityDifference, qualityOf } from '../../scoring/figures/quality.js';
import { Probes } from '../../scoring/oracle/probes.js';
import { playOn, scripted, type Player, type SeatScript } from '../../scoring/oracle/rollout.js';
import { patientEnds, patientParts, patientPlay, playPatiently } from '../../scoring/reward/patient.js';
import { clusterBootstrap } from '../../scoring/statistics/bootstrap.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { meanInterval } from '../../scoring/statistics/means.js';
import { differenceInterval } from '../../scoring/statistics/pairing.js';
import { quantile } from '../../scoring/statistics/quantiles.js';
import type { RatioPart } from '../../scoring/statistics/ratios.js';
import { clusteredShare } from '../../scoring/statistics/shares.js';
import { coverageOf, normal, SIZES } from '../scoring/statistics/coverage.js';
import type { BenchRow } from './main.js';

const REPLICATES = 2000;
/** Of a match's latencies so many are enough for its quantiles. */
const FIRST = 40;
/** Bootstrap intervals are made of so many resamples each, and tried on fewer samples: they are slow. */
const PEER = { replicates: 200, tried: 300 };

/** A recorded match: the reward in the shown unit, the latencies of the seat's answers, its figures at the end. */
interface Recorded {
  seed: number;
  reward: number;
  latencies: number[];
  figures: Record<string, number>;
}

/** Matches of one player. Its latencies jitter from answer to answer, and a host is now quicker and now slower from match to match. */
function record(task: AnyTask, options: unknown, own: SeatScript, opponent: SeatScript | undefined, count: number): Recorded[] {
  const parsed: unknown = task.parseOptions(options);
  return Array.from({ length: count }, (_, i) => {
    const seed = i + 1;
    const world = task.create(parsed, seed);
    const seats = task.seats(parsed);
    const seat = seed % seats;
    const stream = new Stream(keyOf(seed, own.delayUs), 0x1a7);
    const host = own.delayUs * Math.exp(0.05 * normal(stream));
    const players: Player[] = [];
    for (let each = 0; each < seats; each++) {
      const script = each === seat ? own : opponent;
      if (!script) continue;
      const player = scripted(task, each, script, keyOf(seed, each), world.nextPublish(0));
      players.push(each === seat ? { ...player, drawDelayUs: () => Math.round(host * Math.exp(0.2 * normal(stream))) } : player);
    }
    const latencies: number[] = [];
    playOn(world, players, Infinity, { landed: (who, _at, _action, latencyUs) => who === seat && latencies.push(latencyUs) });
    const { reward, seats: figures } = world.results();
    return { seed, reward: reward[seat]! / task.reward.scale, latencies, figures: figures[seat]! };
  });
}

/** Rows of one figure: every size, beside the percentile bootstrap of the same statistic. */
function rowsOf<Match>(
  name: string,
  population: readonly Match[],
  interval: (matches: readonly Match[]) => Estimate,
  { replicates = REPLICATES, value = (matches: readonly Match[]): number => interval(matches).value ?? NaN } = {},
): BenchRow[] {
  const truth = interval(population).value!;
  const percentile = (matches: readonly Match[]): Estimate => {
    const { low, high } = clusterBootstrap(matches, value, { replicates: PEER.replicates, seed: 1 });
    return { value: null, low, high, n: matches.length };
  };
  return SIZES.map((size) => {
    const settings = { size, stream: new Stream(keyOf(size, 0xc0), 0) };
    const ours = coverageOf(population, interval, truth, { ...settings, replicates });
    const tried = Math.min(PEER.tried, replicates / 4);
    const peer = coverageOf(population, percentile, truth, { ...settings, stream: new Stream(keyOf(size, 0xc0), 0), replicates: tried });
    return {
      case: `${name}, ${size} matches`,
      unit: '% held',
      ours: 100 * ours.covered,
      peer: 100 * peer.covered,
      note: `${Number(truth.toPrecision(3))}; width ${Number(ours.width.toPrecision(2))}, peer ${Number(peer.width.toPrecision(2))}`,
    };
  });
}

function matchRows(
  task: AnyTask,
  options: unknown,
  opponent: SeatScript | undefined,
  bots: readonly SeatScript[],
  count: number,
): BenchRow[] {
  const bounds = task.reward.range?.(task.parseOptions(options));
  const range = bounds && { low: bounds.low / task.reward.scale, high: bounds.high / task.reward.scale };
  const played = bots.map((own) => ({ name: `${task.name}, ${own.bot} at ${own.delayUs / 1000} ms`, matches: record(task, options, own, opponent, count) })); // prettier-ignore
  const rewards = played.flatMap(({ name, matches }) => rowsOf(`${name}: reward`, matches.map(({ reward }) => reward), (some) => meanInterval(some, { range }))); // prettier-ignore
  const differences = played.slice(1).flatMap(({ name, matches }) => {
    const less = matches.map(({ reward }, i) => played[0]!.matches[i]!.reward - reward);
    return rowsOf(`${played[0]!.name} less ${name}: reward`, less, (some) => differenceInterval(some, { range }));
  });
  const [{ name, matches }] = played as [(typeof played)[0]];
  const waits = matches.map(({ latencies, seed }): LatencyPart => ({ seed, numerator: latencies.reduce((a, b) => a + b, 0) / 1000, denominator: latencies.length })); // prettier-ignore
  const samples = matches.map(({ latencies }) => latencies.slice(0, FIRST).map((us) => ({ us: us / 1000, censored: false })));
  const pooled = (p: number) => (some: typeof samples) => quantile(some.flatMap((each) => each.map(({ us }) => us)).sort((a, b) => a - b), p); // prettier-ignore
  const quantiles = [0.5, 0.9].flatMap((p) => rowsOf(`${name}: latency p${100 * p}, ms`, samples, (some) => latencyQuantile(some, p), { replicates: 400, value: (some) => pooled(p)([...some]) })); // prettier-ignore
  const shares = (['stale', 'idle'] as const).flatMap((key) => {
    const of = key === 'stale' ? 'plans' : 'liveFrames';
    const parts = matches.map(({ figures }) => ({ successes: figures[key] ?? 0, trials: figures[of] ?? 0 }));
    return parts.some(({ trials }) => trials > 0) ? rowsOf(`${name}: ${key}, a share`, parts, clusteredShare) : [];
  });
  return [...rewards, ...differences, ...rowsOf(`${name}: mean latency, ms`, waits, meanLatency), ...quantiles, ...shares];
}

function qualityRows(task: AnyTask, states: number, bots: readonly string[]): BenchRow[] {
  const probes = new Probes(task, loadBank(task.name), states);
  const parts = bots.map((bot) => runBotProbes(probes, { bot, seed: 1 }).parts);
  return differenceRows(task, 'probe quality', bots, parts, qualityOf);
}

/** Rows of a ratio of each player, and of what the first has more than the second. */
function differenceRows(
  task: AnyTask,
  figure: string,
  bots: readonly string[],
  parts: readonly (readonly RatioPart[])[],
  interval: (some: readonly RatioPart[]) => Estimate,
): BenchRow[] {
  const single = bots.flatMap((bot, i) => rowsOf(`${task.name}, ${bot}: ${figure}`, parts[i]!, interval));
  const pairs = parts[0]!.map((part, i) => ({ a: part, b: parts[1]![i]! }));
  const difference = (some: typeof pairs): Estimate =>
    qualityDifference(
      some.map(({ a }) => a),
      some.map(({ b }) => b),
    );
  return [...single, ...rowsOf(`${task.name}, ${bots[0]} less ${bots[1]}: ${figure}`, pairs, (some) => difference([...some]))];
}

/** Patient play of scripted players, and their difference on the same seeds: the frontier's quality. */
function patientRows(task: AnyTask, options: unknown, opponent: SeatScript | undefined, bots: readonly [string, string]): BenchRow[] {
  const settings = { options, opponent, seeds: Array.from({ length: 120 }, (_, i) => i + 1) };
  const ends = patientEnds(task, options);
  const scale = { random: playPatiently(task, ends.random, settings), best: playPatiently(task, ends.best, settings) };
  const parts = bots.map((bot) => patientParts(playPatiently(task, { bot, errorPermille: 0 }, settings), scale));
  return differenceRows(task, 'patient play', bots, parts, patientPlay);
}

export async function bench(): Promise<BenchRow[]> {
  const script = (bot: string, delayMs: number, errorPermille = 0): SeatScript => ({ bot, delayUs: delayMs * 1000, errorPermille });
  const fights = [script('expert', 100), script('expert', 200), script('expert', 400), script('expert', 250, 200), script('random', 100)];
  const traders = [script('expert', 300), script('expert', 1000), script('maker', 300), script('random', 1000)];
  const market = { durationUs: 60_000_000, gridUs: 100_000, market: { kind: 'synthetic', preset: 'stressed' } };
  return [
    ...matchRows(fighter, { rounds: 1, roundSeconds: 20 }, script('expert', 200, 200), fights, 500),
    ...matchRows(fighter, { rounds: 1, roundSeconds: 10 }, script('expert', 200, 200), [script('expert', 150), script('expert', 300)], 500),
    ...matchRows(hft, market, undefined, traders, 250),
    ...patientRows(fighter, { rounds: 1, roundSeconds: 10 }, script('expert', 200, 200), ['expert', 'rush']),
    ...patientRows(hft, { ...market, market: { kind: 'synthetic', preset: 'news-wire' } }, undefined, ['expert', 'keywords']),
    ...qualityRows(fighter, 512, ['expert', 'rush', 'random']),
    ...qualityRows(hft, 256, ['expert', 'momentum']),
  ];
}
