/** Values on the command line: what is accepted, and what is said otherwise. */
import { InvalidArgumentError } from 'commander';

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

/** A whole number from 0. */
export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('a whole number from 0 is expected');
  return value;
}

/** A port number. */
export function portNumber(text: string): number {
  const value = whole(text);
  if (value > 65535) throw new InvalidArgumentError('a port from 0 to 65535 is expected');
  return value;
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
