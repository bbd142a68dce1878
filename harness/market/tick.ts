/** Which tick a recorded market needs: an order between two ticks cannot be played, so a market quoted more finely gets a finer one. */

/** A cent: the tick unless the prices ask for another. */
export const CENT_MICROS = 10_000;
/** Finer ticks, coarsest first, in micro-units of currency. */
const FINER = [5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1] as const;
/** A few orders off the tick are stubs and odd quotes, and left out; a larger share than this says that the tick is wrong. */
export const MOST_OFF = 0.2;
/** A tick chosen for the prices leaves fewer than this share off. */
const FEW_OFF = 0.01;
const NANOS_A_MICRO = 1000;

/**
 * The tick, in micro-units, for order prices in units of 1e-9: the one given when most prices lie on it, else the coarsest finer one that fits.
 * @returns undefined when not even a millionth does
 */
export function tickFor(nanos: readonly number[], tickMicros: number): number | undefined {
  const off = (tick: number): number => nanos.filter((price) => price % (tick * NANOS_A_MICRO) !== 0).length;
  if (off(tickMicros) <= nanos.length * MOST_OFF) return tickMicros;
  return FINER.find((tick) => tick < tickMicros && off(tick) <= nanos.length * FEW_OFF);
}

/** A tick for people: 0.01. */
export function tickText(tickMicros: number): string {
  return (tickMicros / 1_000_000).toFixed(6).replace(/\.?0+$/, '');
}
