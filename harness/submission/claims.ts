/** What an entry proves and what it claims, in words: said wherever one is shown. */

/** How an entry came to be: `reported` by whoever played it on a machine of its own; `live`: played in the board's arena, against its clock; `reference`: measured on the board's own machine, by nobody yet. */
export const DIVISIONS = ['reported', 'reference', 'live'] as const;
export type Division = (typeof DIVISIONS)[number];

/** Of an entry of the division `reported`. */
export const PROVEN = [
  'Proven: these actions, landing at these times against these bots on the published seeds, earn this reward under this rules version: every match was played again by the board, and every cell of the plan is there.',
  'Claimed: that this model gave these answers, that it took this long on this hardware, and everything else that the submitter says. A trace replays the world, not the clock.',
] as const;

/** Of a rating of the division `live`. @param alone each played a world of its own */
export function provenLive(alone: boolean): string {
  const how = alone ? 'both of a match on the same one at the same time, each alone against the crowd' : 'each twice with sides swapped';
  return `Proven: these agents played these matches against the clock of the board, on seeds that nobody knew before, ${how}; latencies are as the board measured them, the way to the agent included. Not proven: what an agent is made of, or that no human or other program helped it.`;
}
