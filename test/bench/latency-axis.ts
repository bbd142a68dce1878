/**
 * `npm run bench -- latency-axis`: which one number of a player's latencies tells best what it will earn. Scripted players play both tasks
 * on the virtual clock with latencies drawn from distributions of the same median, over the same seeds; each candidate number is then held
 * against the rewards: how much of their variance a curve in it explains (R2 of a quadratic in its logarithm), and the rank correlation.
 */
import type { AnyTask } from '../../envs/environment.js';
import { fighter } from '../../envs/fighter/task.js';
import { hft } from '../../envs/hft/task.js';
import { keyOf, Stream } from '../../envs/random.js';
import { playOn, scripted, type Player, type SeatScript } from '../../scoring/oracle/rollout.js';
import { quantile } from '../../scoring/statistics/quantiles.js';
import { spearman } from '../../scoring/statistics/ranks.js';
import { normal, uniform } from '../scoring/statistics/coverage.js';
import type { BenchRow } from './main.js';

/** Latencies over their median. */
const DISTRIBUTIONS: Record<string, (stream: Stream) => number> = {
  constant: () => 1,
  'lognormal, sigma 0.5': (stream) => Math.exp(0.5 * normal(stream)),
  'lognormal, sigma 1': (stream) => Math.exp(normal(stream)),
  'one in twenty takes ten times as long': (stream) => (uniform(stream) < 0.05 ? 10 : 1),
  'two humps': (stream) => {
    const at = uniform(stream);
    return at < 0.45 ? 0.4 : at < 0.55 ? 1 : 2.2;
  },
  'uniform from 0': (stream) => 2 * uniform(stream),
};

/** Latencies of matches, each in the order of its decisions. */
type Matches = readonly (readonly number[])[];

/** One task as it is played: who, against whom, at which medians. */
interface Setting {
  name: string;
  task: AnyTask;
  options: unknown;
  bot: string;
  opponent?: SeatScript;
  mediansMs: readonly number[];
  seeds: number;
}

const opponent = { bot: 'expert', delayUs: 200_000, errorPermille: 200 };
const fight = { task: fighter, options: { rounds: 1, roundSeconds: 20 }, opponent, mediansMs: [130, 200, 300, 430], seeds: 250 };
const market = { task: hft, mediansMs: [200, 400, 800, 1500], seeds: 80 };
const marketOf = (preset: string) => ({ durationUs: 60_000_000, gridUs: 100_000, market: { kind: 'synthetic', preset } });
const SETTINGS: readonly Setting[] = [
  { name: 'fight, expert', bot: 'expert', ...fight },
  { name: 'fight, mixed', bot: 'mixed', ...fight },
  { name: 'stressed market, expert', bot: 'expert', options: marketOf('stressed'), ...market },
  { name: 'news-wire market, reader', bot: 'reader', options: marketOf('news-wire'), ...market },
];

/** Mean latency over decisions. */
function meanLatency(matches: Matches): number {
  const all = matches.flat();
  return all.reduce((sum, each) => sum + each, 0) / all.length;
}

/** Mean latency, each weighted by its own length: the latency of the answer that is under way at a moment of the match. */
function weightedLatency(matches: Matches): number {
  const all = matches.flat();
  return all.reduce((sum, each) => sum + each * each, 0) / all.reduce((sum, each) => sum + each, 0);
}

/**
 * Mean over time of the age of what is acted on. An answer lands after its latency, the next observation is pushed then, and until the next
 * answer lands the seat goes on by the one it has: while an answer L is awaited, the age grows from the latency L' of the one before to
 * L' + L. So it is sum(L' L + L^2 / 2) / sum(L), the average age of information (Kaul, Yates & Gruteser 2012).
 */
function ageOfAction(matches: Matches): number {
  let age = 0;
  let time = 0;
  for (const latencies of matches)
    for (let i = 1; i < latencies.length; i++) {
      const latency = latencies[i]!;
      age += latencies[i - 1]! * latency + (latency * latency) / 2;
      time += latency;
    }
  return age / time;
}

/** Each takes the latencies of every match, in order. */
const CANDIDATES: Record<string, (matches: Matches) => number> = {
  p50: (matches) => pooled(matches, 0.5),
  p90: (matches) => pooled(matches, 0.9),
  'mean of p50 and p90': (matches) => (pooled(matches, 0.5) + pooled(matches, 0.9)) / 2,
  mean: meanLatency,
  'weighted by length': weightedLatency,
  'age of what is acted on': ageOfAction,
};

function pooled(matches: Matches, p: number): number {
  return quantile(
    matches.flat().sort((a, b) => a - b),
    p,
  );
}

/** One match: the reward in the shown unit and the latencies of the seat's answers. */
function play({ task, options, bot, opponent: other }: Setting, draw: () => number, seed: number): { reward: number; latencies: number[] } {
  const parsed: unknown = task.parseOptions(options);
  const world = task.create(parsed, seed);
  const seats = task.seats(parsed);
  const own = seed % seats;
  const first = world.nextPublish(0);
  const players: Player[] = [];
  for (let seat = 0; seat < seats; seat++) {
    const script = seat === own ? { bot, delayUs: 0, errorPermille: 0 } : other;
    if (!script) continue;
    const player = scripted(task, seat, script, keyOf(seed, seat), first);
    players.push(seat === own ? { ...player, drawDelayUs: draw } : player);
  }
  const latencies: number[] = [];
  playOn(world, players, Infinity, { landed: (seat, _at, _action, latencyUs) => seat === own && latencies.push(latencyUs) });
  return { reward: world.results().reward[own]! / task.reward.scale, latencies };
}

/** Variance explained by the best quadratic in x, by ordinary least squares. */
function explained(x: readonly number[], y: readonly number[]): number {
  const centre = x.reduce((a, b) => a + b, 0) / x.length;
  const columns = [0, 1, 2].map((power) => x.map((each) => (each - centre) ** power));
  // Orthogonal columns one after another (Gram & Schmidt); what each explains adds up.
  const basis: number[][] = [];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, each, i) => sum + each * b[i]!, 0);
  for (const column of columns) {
    let rest = column;
    for (const each of basis) rest = rest.map((value, i) => value - (dot(column, each) / dot(each, each)) * each[i]!);
    if (dot(rest, rest) > 1e-9) basis.push(rest);
  }
  const mean = y.reduce((a, b) => a + b, 0) / y.length;
  const total = y.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return basis.slice(1).reduce((sum, each) => sum + dot(y, each) ** 2 / dot(each, each), 0) / total;
}

export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const setting of SETTINGS) {
    const points = setting.mediansMs.flatMap((medianMs) =>
      Object.entries(DISTRIBUTIONS).map(([distribution, drawn]) => {
        const matches = Array.from({ length: setting.seeds }, (_, i) => {
          const stream = new Stream(keyOf(i, medianMs), 0x1a7);
          return play(setting, () => Math.max(1000, Math.round(1000 * medianMs * drawn(stream))), i + 1);
        });
        const reward = matches.reduce((sum, each) => sum + each.reward, 0) / matches.length;
        return { medianMs, distribution, reward, latencies: matches.map((each) => each.latencies) };
      }),
    );
    const rewards = points.map(({ reward }) => reward);
    for (const { medianMs, distribution, reward, latencies } of points) {
      const figures = Object.entries(CANDIDATES).map(([name, of]) => `${name} ${(of(latencies) / 1000).toFixed(0)}`);
      rows.push({ case: `${setting.name}: ${medianMs} ms, ${distribution}`, unit: setting.task.reward.unit, ours: reward, note: `ms: ${figures.join(', ')}` }); // prettier-ignore
    }
    for (const [name, of] of Object.entries(CANDIDATES)) {
      const x = points.map(({ latencies }) => Math.log(of(latencies)));
      const ranks = -spearman(x, rewards);
      rows.push({ case: `${setting.name}: reward by ${name}`, unit: 'R2', ours: explained(x, rewards), note: `rank correlation with less latency ${ranks.toFixed(3)}` }); // prettier-ignore
    }
  }
  return rows;
}
