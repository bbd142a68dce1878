/** The deepest fall of a seat's equity from a peak before it. */
import type { Micros } from '../../../envs/environment.js';
import type { AccountPath } from './record.js';

export interface Drawdown {
  /** Largest fall, in micro-units and in ppm of the peak it fell from. 0: equity never fell. */
  micros: number;
  ppm: number;
  /** The peak and the trough of that fall; null when there was none. */
  peakAt: Micros | null;
  troughAt: Micros | null;
  /** Longest time from a peak until equity was that high again, or the match ended. */
  underUs: Micros;
}

/** The maximum drawdown over the sampled equity; what happened between two samples is not seen. */
export function drawdown(path: AccountPath): Drawdown {
  const worst: Drawdown = { micros: 0, ppm: 0, peakAt: null, troughAt: null, underUs: 0 };
  let peak = -Infinity;
  let peakAt = 0;
  path.equityMicros.forEach((equity, i) => {
    const at = path.at[i]!;
    // The time under water ends when the old peak is reached again.
    if (i > 0 && (equity < peak || path.equityMicros[i - 1]! < peak)) worst.underUs = Math.max(worst.underUs, at - peakAt);
    if (equity >= peak) {
      peak = equity;
      peakAt = at;
    } else if (peak - equity > worst.micros) {
      Object.assign(worst, { micros: peak - equity, ppm: Math.round(((peak - equity) * 1_000_000) / peak), peakAt, troughAt: at });
    }
  });
  return worst;
}
