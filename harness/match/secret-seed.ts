/** A world's seed that nobody can guess. */
import { randomBytes } from 'node:crypto';

/** One of the 2^52 seeds from 2^52 on, drawn by the operating system: a world's generators have wide keys there (envs/random.ts). */
export function secretSeed(): number {
  const bytes = randomBytes(7);
  return 2 ** 52 + (bytes[0]! & 0x0f) * 2 ** 48 + bytes.readUIntBE(1, 6);
}
