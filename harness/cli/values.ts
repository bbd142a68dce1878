/** Values on the command line: what is accepted, and what is said otherwise. */
import { InvalidArgumentError } from 'commander';
import { writeFileSync } from 'node:fs';

/** A command that cannot be carried out as it was written. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** A number above 0. */
export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('a number above 0 is expected');
  return value;
}

/** Longest time in real seconds that a timer can be set to: what is longer would be over at once. */
const MOST_TIMER_S = Math.floor((2 ** 31 - 1) / 1000);

/** Real seconds above 0, as long as a timer can wait at most. */
export function timerSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MOST_TIMER_S))
    throw new InvalidArgumentError(`a number of seconds above 0 is expected, at most ${MOST_TIMER_S} (24 days)`);
  return value;
}

/** A whole number from 0. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('a whole number from 0 is expected');
  return value;
}

/** A whole number from 1. */
export function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 is expected');
  return value;
}

/** A port number. */
export function portNumber(text: string): number {
  const value = whole(text);
  if (value > 65535) throw new InvalidArgumentError('a port from 0 to 65535 is expected');
  return value;
}

/** The name of a picture that is to be written. */
export function pictureName(text: string): string {
  if (!/.\.(?:svg|png)$/.test(text)) throw new InvalidArgumentError('a name that ends in .svg or .png is expected');
  return text;
}

/** Writes a picture in the form that its name ends in. @throws UsageError where it cannot be written */
export function writePicture(path: string, { svg, png }: { svg: string; png: Uint8Array }): void {
  try {
    writeFileSync(path, path.endsWith('.svg') ? svg : png);
  } catch (error) {
    throw new UsageError(`${path}: not written (${(error as Error).message}); accepted: a file in a folder that is there and may be written to`); // prettier-ignore
  }
}

/** A JSON object. */
export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // told below, with what is expected
  }
  throw new InvalidArgumentError('a JSON object is expected, such as {"rounds":1}');
}

/** Numbers with commas between, such as `0,0.25,1`: shares from 0 to 1, or numbers above 0. @throws UsageError naming the flag and the part */
export function numberList(flag: string, text: string, kind: 'shares' | 'amounts'): number[] {
  return text.split(',').map((part) => {
    const value = part.trim() === '' ? NaN : Number(part);
    const isGood = Number.isFinite(value) && (kind === 'shares' ? value >= 0 && value <= 1 : value > 0);
    if (!isGood)
      throw new UsageError(
        `${flag} ${text}: "${part}"; accepted: ${kind === 'shares' ? 'shares from 0 to 1' : 'numbers above 0'}, with commas between`,
      );
    return value;
  });
}
