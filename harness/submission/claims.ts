/** What an entry proves and what it claims, in words: said wherever one is shown. */

/** How an entry came to be: `reported` by whoever played it on a machine of its own; played on the board's own (`reference`, `live`) by nobody yet. */
export const DIVISIONS = ['reported', 'reference', 'live'] as const;
export type Division = (typeof DIVISIONS)[number];

/** Of an entry of the division `reported`. */
export const PROVEN = [
  'Proven: these actions, landing at these times against these bots on the published seeds, earn this reward under this rules version: every match was played again by the board, and every cell of the plan is there.',
  'Claimed: that this model gave these answers, that it took this long on this hardware, and everything else that the submitter says. A trace replays the world, not the clock.',
] as const;
