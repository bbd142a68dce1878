/** Times of day, as published bars name them. */

/** Seconds since midnight of HH:MM or HH:MM:SS; undefined when it is no time of day. */
export function secondOfDay(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(time);
  return match === null ? undefined : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/** HH:MM:SS of a second of the day. */
export function timeOfDay(second: number): string {
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
}
