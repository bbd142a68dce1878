/** Which tick a market of published prices needs: what lies between two ticks cannot be played, so one quoted more finely gets a finer one. */

/** A cent: the tick unless the prices ask for another. */
export const CENT_MICROS = 10_000;
/** Finer ticks, coarsest first, in micro-units of currency. */
const FINER = [5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1] as const;
/** A few prices off the tick are odd quotes; a larger share than this says that the tick is wrong. */
export const MOST_OFF = 0.2;
/** A tick chosen for the prices leaves at most this share off. */
const FEW_OFF = 0.01;

/**
 * The tick for prices, in micro-units: the one given when most prices lie on it, else the coarsest finer one that fits.
 * @param isOn whether a price lies on a tick of so many micro-units @param tickMicros the tick if nothing speaks against it
 * @param may whether another tick may be chosen @returns undefined when none fits
 */
export function tickFor(
  prices: readonly number[],
  isOn: (price: number, tickMicros: number) => boolean,
  tickMicros: number,
  may: (tickMicros: number) => boolean = () => true,
): number | undefined {
  const off = (tick: number): number => prices.reduce((count, price) => (isOn(price, tick) ? count : count + 1), 0);
  if (off(tickMicros) <= prices.length * MOST_OFF) return tickMicros;
  return FINER.find((tick) => tick < tickMicros && may(tick) && off(tick) <= prices.length * FEW_OFF);
}

/** The coarsest finer tick that may be chosen, whatever the prices. */
export function finerTick(may: (tickMicros: number) => boolean): number | undefined {
  return FINER.find(may);
}

/** Whether a price in units of 1e-9 lies on a tick. */
export function onTick(nanos: number, tickMicros: number): boolean {
  return nanos % (tickMicros * 1000) === 0;
}

/** A tick for people: 0.01. */
export function tickText(tickMicros: number): string {
  const whole = Math.floor(tickMicros / 1_000_000);
  const fraction = String(tickMicros % 1_000_000).padStart(6, '0').replace(/0+$/, ''); // prettier-ignore
  return fraction === '' ? String(whole) : `${whole}.${fraction}`;
}
