/** The axes of a frontier's chart: their limits, their round numbers, and where a latency of zero goes. Pure: the page draws by them too. */
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import type { ChartPoint, Mark } from './marks.js';

/** Where a latency of zero is drawn on the logarithmic axis, in milliseconds: a little left of the smallest other one. */
export function floorOf(points: readonly Pick<ChartPoint, 'latency'>[]): number {
  const positive = points.map((point) => point.latency.value! / 1000).filter((ms) => ms > 0);
  return positive.length > 0 ? Math.min(...positive) / (positive.length < points.length ? 2 : 1) : 1;
}

/** Both axes' limits, and the step of the one with the qualities. */
export interface Limits {
  x: [number, number];
  y: [number, number];
  step: number;
}

/** The longest axis in tenths or fifths. */
const MOST_OF_SHARES = 3;

/** What of a mark counts for the axes. */
type Placed = Pick<Mark, 'x' | 'y'> & { quality: Pick<Estimate, 'low' | 'high'> };

/** Axis limits around the marks, one at least: a factor of room on the logarithmic side, tenths on the other. */
export function limitsOf(marks: readonly Placed[], scale: 'share' | 'free' = 'share'): Limits {
  const xs = marks.map((mark) => mark.x);
  const lows = marks.map((mark) => mark.quality.low ?? mark.y);
  const highs = marks.map((mark) => mark.quality.high ?? mark.y);
  const [worst, best] = [Math.min(...marks.map((mark) => mark.y)), Math.max(...marks.map((mark) => mark.y))];
  // Intervals may reach past what a quality can be, or far away: the axis follows the figures, and bars are cut off at its ends.
  const low = Math.max(worst - 0.35, Math.min(...lows), Math.min(0.02, worst));
  const high = Math.min(best + 0.35, Math.max(...highs), Math.max(0.98, best));
  const x: [number, number] = [Math.min(...xs) / 1.35, Math.max(...xs) * 1.6];
  // Shares of next to nothing have no end: they are figures like any others.
  if (scale === 'free' || high - low > MOST_OF_SHARES) return { x, ...freeLimits(worst, best, lows, highs) };
  const y: [number, number] = [Math.floor(low * 10 - 0.2) / 10, Math.ceil(high * 10 + 0.2) / 10];
  return { x, y, step: y[1] - y[0] > 1.2 ? 0.2 : 0.1 };
}

/** Figures that differ by less than this, or by less than this share of themselves, are drawn as the same. */
const LEAST_SPAN = 1e-6;

/** Limits for figures of any size, in round steps: around the values, and as much of their intervals as leaves the values apart. */
function freeLimits(worst: number, best: number, lows: readonly number[], highs: readonly number[]): Omit<Limits, 'x'> {
  const [lowest, highest] = [Math.min(...lows), Math.max(...highs)];
  const room = best > worst ? (best - worst) * 1.5 : Infinity;
  const [low, high] = [Math.max(lowest, worst - room), Math.min(highest, best + room)];
  const most = Math.max(Math.abs(low), Math.abs(high), LEAST_SPAN);
  const span = high - low > LEAST_SPAN * most ? high - low : most;
  const decade = 10 ** Math.floor(Math.log10(span / 5));
  const step = decade * ([1, 2, 5].find((each) => span / (decade * each) <= 7) ?? 10);
  return { y: [Math.floor(low / step - 0.2) * step, Math.ceil(high / step + 0.2) * step], step };
}

/** Decimals of the numbers at an axis with this step. */
export const decimalsOf = (step: number): number => Math.max(1, -Math.floor(Math.log10(step) + 1e-9));

/** Where a latency of zero is drawn on a logarithmic axis, and the first latency that has a place of its own. Milliseconds. */
export interface ZeroLatency {
  x: number;
  first: number;
}

/** The zero of a chart that has a mark there. */
export function zeroOf(marks: readonly Pick<Mark, 'latency' | 'x'>[]): ZeroLatency | undefined {
  const zero = marks.find((mark) => mark.latency.value! <= 0);
  return zero && { x: zero.x, first: Math.min(...marks.filter((mark) => mark.latency.value! > 0).map((mark) => mark.x)) };
}

/** Round latencies within the axis (1, 2, 5 x powers of ten) and how they are written; none that would stand at the zero. Milliseconds. */
export function latencyTicks([from, to]: readonly [number, number], zero?: ZeroLatency): { ms: number; name: string }[] {
  const ticks: { ms: number; name: string }[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(from)); decade <= to; decade *= 10) {
    for (const step of [1, 2, 5]) {
      const ms = decade * step;
      if (ms < (zero ? zero.first * 0.8 : from) || ms > to) continue;
      ticks.push({ ms, name: ms >= 1 ? ms.toLocaleString('en-US') : String(Number(ms.toPrecision(2))) });
    }
  }
  return ticks;
}
