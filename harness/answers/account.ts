/**
 * What came of computing a model's recorded answers again: how many were compared, how many are equal, where the first differs, and which
 * could not be computed again and why. Nothing is passed over: `decisions` is `compared`, `left`, `unanswered` and all of `not` together.
 */
import { z } from 'zod';

/** A decision whose recorded answer is not the one computed again. */
const difference = z.object({ seq: z.int(), recorded: z.string(), recomputed: z.string() });

export const answersSchema = z.object({
  /** Finished decisions of the seat. */
  decisions: z.int(),
  /** Those whose answer was computed again, and those of them in which answer and action are as recorded. */
  compared: z.int(),
  equal: z.int(),
  /** Those that could have been computed again, and were left out by a bound. */
  left: z.int(),
  /** Those that brought no answer: none came in time, or the call itself failed. */
  unanswered: z.int(),
  /** Those whose answer cannot be computed again here, by why, a reason each. */
  not: z.array(z.object({ why: z.string(), count: z.int() })),
  /** The earliest difference among those compared. */
  first: difference.optional(),
});

export type AnswersAccount = z.infer<typeof answersSchema>;
export type AnswerDifference = z.infer<typeof difference>;

/** The account of a seat none of whose answers was computed again. @param why a reason */
export function noneCompared(decisions: number, why: string): AnswersAccount {
  return { decisions, compared: 0, equal: 0, left: 0, unanswered: 0, not: decisions > 0 ? [{ why, count: decisions }] : [] };
}

/** Several matches' accounts as one; without their differences, which belong to one match each. */
export function together(accounts: readonly AnswersAccount[]): AnswersAccount {
  const counts = new Map<string, number>();
  for (const { not } of accounts) for (const { why, count } of not) counts.set(why, (counts.get(why) ?? 0) + count);
  const sum = (key: 'decisions' | 'compared' | 'equal' | 'left' | 'unanswered'): number =>
    accounts.reduce((all, each) => all + each[key], 0);
  return {
    decisions: sum('decisions'),
    compared: sum('compared'),
    equal: sum('equal'),
    left: sum('left'),
    unanswered: sum('unanswered'),
    not: [...counts].map(([why, count]) => ({ why, count })),
  };
}

/** Whether every answer that came was computed again, and came out the same. */
export function isAllEqual({ decisions, equal, unanswered }: AnswersAccount): boolean {
  return equal > 0 && equal === decisions - unanswered;
}

/** An account in a line: `240 of 240 equal; 12 decisions brought no answer`. */
export function accountText({ compared, equal, left, unanswered, not }: AnswersAccount): string {
  const parts = [compared > 0 ? `${equal} of ${compared} equal` : 'none compared'];
  if (left > 0) parts.push(`these were drawn, and ${left} were left out by the bound`);
  if (unanswered > 0) parts.push(`${unanswered} decisions brought no answer`);
  for (const { why, count } of not) parts.push(`${count} not computed again: ${why}`);
  return parts.join('; ');
}

/** A difference in a sentence that names the decision. */
export function differenceText({ seq, recorded, recomputed }: AnswerDifference): string {
  return `decision ${seq}: this model at this precision answers ${recomputed} there; recorded is ${recorded}`;
}
