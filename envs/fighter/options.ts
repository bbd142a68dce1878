/** A fight's options, checked once at the boundary. */
import { z } from 'zod';
import { OptionsError } from '../environment.js';
import { CHARACTER_NAMES } from './characters.js';

export type Options = {
  /** Rounds played at most: 1, 3 or 5; the match ends when one side has more than half. */
  rounds: number;
  /** Seconds of a round. */
  roundSeconds: number;
  /** Health at the start of a round. */
  health: number;
  /** The character of each seat. */
  fighters: [string, string];
};

const characterName = z.enum(CHARACTER_NAMES as [string, ...string[]], { error: `accepted: ${CHARACTER_NAMES.join(', ')}` });

const schema = z.strictObject({
  rounds: z.union([z.literal(1), z.literal(3), z.literal(5)], { error: 'accepted: 1, 3 or 5' }).default(3),
  roundSeconds: z
    .int({ error: 'accepted: whole seconds from 3 to 99' })
    .min(3, 'accepted: whole seconds from 3 to 99')
    .max(99, 'accepted: whole seconds from 3 to 99')
    .default(99),
  health: z
    .int({ error: 'accepted: a whole number from 100 to 5000' })
    .min(100, 'accepted: a whole number from 100 to 5000')
    .max(5000, 'accepted: a whole number from 100 to 5000')
    .default(1000),
  fighters: z
    .tuple([characterName, characterName], { error: `accepted: two of ${CHARACTER_NAMES.join(', ')}` })
    .default([CHARACTER_NAMES[0]!, CHARACTER_NAMES[0]!]),
});

/** Checks options and fills defaults. @throws OptionsError naming the option, what was found and what is accepted. */
export function parseOptions(raw: unknown): Options {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  throw new OptionsError(describe(parsed.error, raw, 'fighter options'));
}

/** One sentence for the first thing wrong in `raw`: where, what was found, what would be accepted. */
export function describe(error: z.ZodError, raw: unknown, what: string): string {
  const issue = error.issues[0]!;
  let found: unknown = raw;
  for (const key of issue.path) found = (found as Record<PropertyKey, unknown> | null | undefined)?.[key];
  const where = issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
  const keys = issue.code === 'unrecognized_keys' ? `; options are ${Object.keys(schema.shape).join(', ')}` : '';
  return `${what}${where}: found ${(JSON.stringify(found) ?? 'nothing').slice(0, 80)}; ${issue.message}${what.endsWith('options') ? keys : ''}`;
}
