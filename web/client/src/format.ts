/** Numbers as people read them. World times come in microseconds, prices in integer ticks, money in integer micro-units. */

/** Up to a second in ms, then in seconds: `84 ms`, `1.32 s`. */
export function duration(us: number): string {
  const ms = us / 1000;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** A clock: `0:07`, `12:40`; with tenths where asked. */
export function clock(us: number, tenths = false): string {
  const seconds = Math.max(0, us / 1e6);
  const whole = tenths ? Math.floor(seconds * 10) / 10 : Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  return `${minutes}:${(whole - minutes * 60).toFixed(tenths ? 1 : 0).padStart(tenths ? 4 : 2, '0')}`;
}

/** A price in the market's currency, with as many decimals as a tick needs. */
export function price(ticks: number, tickMicros: number): string {
  return ((ticks * tickMicros) / 1e6).toFixed(priceDecimals(tickMicros));
}

/** Half of a price in ticks, such as the mid from bid plus ask: one decimal more than a price. */
export function halfPrice(ticks2: number, tickMicros: number): string {
  return ((ticks2 * tickMicros) / 2e6).toFixed(priceDecimals(tickMicros) + 1);
}

export function priceDecimals(tickMicros: number): number {
  let places = 0;
  for (let micros = 1_000_000; micros > 1 && tickMicros % micros !== 0; micros /= 10) places++;
  return places;
}

const money = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const signed = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' });
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const signedWhole = new Intl.NumberFormat('en', { maximumFractionDigits: 0, signDisplay: 'exceptZero' });

export const cash = (micros: number): string => minus(money.format(micros / 1e6));
export const profit = (micros: number): string => minus(signed.format(micros / 1e6));
export const count = (n: number): string => minus(whole.format(n));
export const signedCount = (n: number): string => minus(signedWhole.format(n));

/** Parts per million as a signed percentage: `+0.034 %`. */
export function percent(ppm: number): string {
  return minus(`${ppm > 0 ? '+' : ''}${(ppm / 10_000).toFixed(3)} %`);
}

/** A figure with so many decimals; what rounds to nothing has no sign. */
export function decimals(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? (0).toFixed(digits) : minus(text);
}

/** Thousandths as a signed number of two decimals. */
export const points = (thousandths: number): string => minus(signed.format(thousandths / 1000));

/** A real minus sign: it is as wide as a plus. */
function minus(text: string): string {
  return text.replace('-', '\u2212');
}
