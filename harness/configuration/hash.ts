/** Hashes of values: what identities are made of. */
import { createHash } from 'node:crypto';

/** The same text for equal values, whatever the order of their keys. Members that are undefined are left out, as JSON leaves them out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** First digits of a SHA-256 over any value that JSON can carry; the order of keys does not count. */
export function hashOf(value: unknown, digits = 10): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, digits);
}
