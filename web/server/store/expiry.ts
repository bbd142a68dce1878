/** Until when a token is good, as an operator writes it. */

/** Milliseconds of each unit that may be written. */
const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
/** As far ahead as anybody may say: a number far beyond is a slip. */
const MOST_MS = 100 * 366 * UNITS.d;
/** What may be written, for whoever wrote something else. */
export const EXPIRY_FORMS =
  'a time from now such as 90m, 12h, 30d or 2w, or a day or time to come such as 2031-01-31 (UTC) or 2031-01-31T18:00:00Z';

/** Reads it: `30d` from now, or a day (its first moment, UTC) or time. @returns milliseconds since 1970; undefined when it is none, past, or beyond a century */
export function expiryOf(text: string, nowMs: number): number | undefined {
  const [, count, unit] = /^(\d{1,7})([mhdw])$/.exec(text) ?? [];
  const at = count === undefined ? dateOf(text) : nowMs + Number(count) * UNITS[unit as keyof typeof UNITS];
  return at !== undefined && at > nowMs && at <= nowMs + MOST_MS ? at : undefined;
}

function dateOf(text: string): number | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d)?Z)?$/.exec(text) ?? [];
  const at = day === undefined ? NaN : Date.parse(text);
  // A day that no month has would be read as one of the next.
  return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day ? undefined : at;
}
