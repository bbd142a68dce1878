/** The API's forms of the live division; the others are in forms.ts. */
import { z } from 'zod';
import { sha256Text } from '../../../harness/submission/manifest.js';
import type { ToldMatch, ToldRatings, ToldRunning } from '../leaderboard/live.js';
import { idText, paging, terms, word } from './forms.js';

export const ratingsQuery = z.strictObject({ task: word, division: z.literal('live', 'accepted: live').default('live'), terms: terms.optional() }); // prettier-ignore
export const arenaMatchesQuery = z.strictObject({ terms: terms.optional(), player: idText.optional(), ...paging });

const estimate = z.object({ value: z.number().nullable(), low: z.number().nullable(), high: z.number().nullable(), n: z.int(), atLeast: z.literal(true).optional() }); // prettier-ignore
const number = z.number().nullable();

const livePlayer = z.object({
  id: idText,
  name: z.string(),
  holder: z.string(),
  rank: z.int().nullable(),
  ranks: z.object({ best: z.int(), worst: z.int() }).nullable().meta({ description: 'The best and the worst rank that the games leave, at 95 %.' }),
  strength: number.meta({ description: 'A natural logarithm of odds; the sum in a component is 0. Null where its games have no best strengths.' }),
  low: number,
  high: number,
  reward: estimate.nullable().meta({ description: "What it earned a match, in the table's rewardUnit; null where both play in one world." }),
  matches: z.int(),
  won: z.int(),
  drawn: z.int(),
  lost: z.int(),
  forfeited: z.int().meta({ description: 'Those of the lost ones in which it was not there.' }),
  latencyMs: estimate.meta({ description: 'As it was measured, the way to the agent included, in milliseconds of world time.' }),
  latencyLessRoundTripMs: estimate.meta({ description: 'The same without round trips. Ranks nobody: an agent can answer pings late.' }),
  roundTripMs: number.meta({ description: 'Median round trip to the agent in real milliseconds, by WebSocket pings.' }),
}); // prettier-ignore

export const ratingsForm = z
  .object({
    division: z.literal('live'),
    task: z.string(),
    rules: z.string(),
    terms: z.string(),
    rewardUnit: z.string().nullable().meta({ description: 'Null where both play in one world: there a reward is of the two.' }),
    played: z.object({
      alone: z.literal(true).optional().meta({ description: 'Each plays a world of its own on the same seed.' }),
      options: z.unknown(),
      clock: z.string(),
      speed: z.number(),
      timeoutUs: z.int(),
      givenUs: z.int().optional(),
    }),
    components: z
      .array(z.object({ players: z.array(livePlayer), matches: z.int(), notes: z.array(z.string()) }))
      .meta({ description: 'Players whom wins and draws join both ways, strongest first; across components nobody is compared.' }),
    across: z.int().meta({ description: 'Matches between players of different components.' }),
    proven: z.string(),
  })
  .meta({ id: 'Ratings' }) satisfies z.ZodType<ToldRatings>;

const who = z.object({ id: idText, name: z.string(), holder: z.string() });

export const arenaMatch = z.object({
  pairing: z.string(),
  match: z.int().meta({ description: '1: the first player had the first seat; 2: sides swapped. Where each plays alone there is one.' }),
  task: z.string(),
  mode: z.enum(['together', 'alone']).meta({ description: 'alone: each in a world of its own, on the same seed; whoever earned more has won.' }),
  terms: z.string(),
  first: who,
  second: who,
  status: z.enum(['playing', 'played', 'forfeited', 'void']),
  why: z.string().nullable(),
  points: number.meta({ description: 'Of the first player: 1 won, 0 lost, 0.5 drawn.' }),
  rewards: z.tuple([number, number]).nullable().meta({ description: "In the task's integer unit, first and second player. Null of one who played alone and was gone, or whose own world does not count." }),
  chosenBy: z.string().meta({ description: 'By which rule the two were paired.' }),
  seed: z.int().nullable().meta({ description: 'Null while the pairing is played.' }),
  trace: sha256Text.nullable().meta({ description: 'Null while the pairing is played, and where there is none. Where each played alone: the first player\'s.' }),
  otherTrace: sha256Text.nullable().meta({ description: 'The second player\'s, where each played alone.' }),
  beganAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
}) satisfies z.ZodType<ToldMatch>; // prettier-ignore

export const arenaMatchesForm = z.object({ matches: z.array(arenaMatch), next: z.string().nullable() }).meta({ id: 'ArenaMatches' });

const runningMatch = arenaMatch.pick({ pairing: true, match: true, task: true, mode: true, terms: true, first: true, second: true, beganAt: true }).extend({
  watch: z
    .array(z.object({ match: z.string(), whose: z.string() }))
    .meta({ description: 'Streams of it: WebSocket live?match=MATCH on this server. Two where each plays alone. Empty where none is shown.' }),
}); // prettier-ignore

export const runningForm = z
  .object({
    isOpen: z.boolean().meta({ description: 'Whether an arena runs beside this board.' }),
    watchDelayS: number.meta({ description: 'By how many seconds matches are shown later; null: not at all.' }),
    matches: z.array(runningMatch).meta({ description: 'The newest first; without anything from which their worlds could be known.' }),
  })
  .meta({ id: 'RunningMatches' }) satisfies z.ZodType<ToldRunning>;
