/** Numbers and times as files of market data write them, read digit by digit: no float stands between a file and a price or a time. */

/** A decimal number: its digits, and how many of them stand before the point (may be negative, or more than there are). */
interface Decimal {
  negative: boolean;
  digits: string;
  point: number;
}

/** A number in text, scientific notation included; undefined when it is none. */
function decimalOf(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  return { negative: sign === '-', digits: whole + fraction, point: whole.length + Number(exponent) };
}

/** Of a decimal times ten to the `places`: its whole part, and whether what follows is half or more, and anything at all. */
function split({ digits, point }: Decimal, places: number): { whole: number; half: boolean; more: boolean } {
  const at = point + places;
  const whole = at <= 0 ? 0 : Number(digits.slice(0, at).padEnd(at, '0'));
  const rest = at < 0 ? '0' : digits.slice(at);
  return { whole, half: rest.charAt(0) >= '5' && rest !== '', more: /[1-9]/.test(at < 0 ? digits : rest) };
}

/** A decimal times ten to the `places`, rounded to the nearest whole number; undefined when it is no number or is too large to be exact. */
export function scaled(text: string, places: number): number | undefined {
  const decimal = decimalOf(text);
  if (decimal === undefined) return undefined;
  const { whole, half } = split(decimal, places);
  const value = whole + (half ? 1 : 0);
  if (!Number.isSafeInteger(value)) return undefined;
  return decimal.negative && value !== 0 ? -value : value;
}

/** A whole number as a program may write it (`100`, `100.0`, `1e2`); undefined when it is none. */
export function wholeOf(text: string): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const decimal = decimalOf(text);
  if (decimal === undefined) return undefined;
  const { whole, more } = split(decimal, 0);
  if (more || !Number.isSafeInteger(whole)) return undefined;
  return decimal.negative && whole !== 0 ? -whole : whole;
}

/** Whether a cell holds nothing, as libraries and spreadsheets write it. */
export function isAbsent(text: string): boolean {
  return text === '' || /^(nan|na|#?n\/a|<na>|nat|null|none)$/i.test(text);
}

/** Microseconds since midnight as HH:MM:SS, with a fraction where there is one. */
export function timeOfDay(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const fraction = us % 1_000_000;
  const tail = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${tail}`;
}

/** Forms of a moment that `Moments` reads, for refusals. */
export const MOMENT_FORMS =
  'ISO 8601 (2024-08-05T13:30:00.000000001Z, 2024-08-05 09:30:00-04:00), or a number since 1970 in ns, us, ms or s with all its digits';

/** Reads moments, one after another: what is the same in one as in the last is worked out once. */
export class Moments {
  /** How many had no time zone and were taken as UTC. */
  zoneless = 0;
  private known = '';
  private knownUs = 0;

  /**
   * A moment as whole microseconds since 1970; undefined when it is none.
   * A number is of nanoseconds, microseconds, milliseconds or seconds, as its size says; finer digits are cut off, those of seconds rounded.
   */
  read(text: string): number | undefined {
    if (/^\d{18,19}$/.test(text)) return Number(text.slice(0, -3));
    if (/^[\d.]+(?:[eE]\+?\d+)?$/.test(text)) return numeric(text);
    const iso = /^(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d+))?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i.exec(text);
    if (iso === null) return undefined;
    const zone = iso[3] ?? '';
    const key = iso[1]! + zone;
    if (key !== this.known) {
      const us = Date.parse(`${iso[1]!.replaceAll('/', '-').replace(' ', 'T')}${offsetOf(zone)}`) * 1000;
      if (Number.isNaN(us)) return undefined;
      this.known = key;
      this.knownUs = us;
    }
    if (zone === '') this.zoneless++;
    return this.knownUs + Number((iso[2] ?? '').slice(0, 6).padEnd(6, '0'));
  }
}

/** An offset from UTC as Date.parse reads it. */
function offsetOf(zone: string): string {
  const match = /^([+-]\d\d):?(\d\d)?$/.exec(zone);
  return match === null ? 'Z' : `${match[1]}:${match[2] ?? '00'}`;
}

/** Microseconds since 1970 of a number whose size tells its unit; undefined before 1973, after 2286, or when digits have been lost. */
function numeric(text: string): number | undefined {
  const decimal = decimalOf(text);
  if (decimal === undefined) return undefined;
  const digits = decimal.digits.replace(/^0+/, '');
  const point = decimal.point - (decimal.digits.length - digits.length);
  // Spreadsheets show 1.72286E+18: what is left of such a time is right to hours.
  if (/e/i.test(text) && digits.length < 8) return undefined;
  const places =
    point >= 9 && point <= 10
      ? 6
      : point >= 12 && point <= 13
        ? 3
        : point >= 15 && point <= 16
          ? 0
          : point >= 18 && point <= 19
            ? -3
            : undefined;
  if (places === undefined) return undefined;
  return places > 0 ? scaled(text, places) : split(decimal, places).whole;
}
