/** Which recorded matches are asked for: by task, sweep, player, opponent, result, clock, verdict and words; as an address holds it. */
import type { MatchFacts } from '../../../../harness/traces/match-facts.js';
import type { TraceListing } from '../../../server/frames.js';

/** What can be chosen, each empty where all are wanted. */
export const CHOICES = ['sweep', 'task', 'who', 'against', 'result', 'clock', 'verdict'] as const;
export type ChoiceName = (typeof CHOICES)[number];
export type Choice = Record<ChoiceName | 'words', string>;

/** What an address asks for; unknown parameters ask for nothing. */
export function choiceOf(parameters: URLSearchParams): Choice {
  const asked = Object.fromEntries(CHOICES.map((name) => [name, parameters.get(name) ?? ''])) as Record<ChoiceName, string>;
  return { ...asked, words: parameters.get('words') ?? '' };
}

/** The address of a choice. */
export function addressOf(choice: Partial<Choice>): string {
  const parameters = new URLSearchParams(Object.entries(choice).filter(([, value]) => value !== ''));
  const query = parameters.toString();
  return `#/matches${query === '' ? '' : `?${query}`}`;
}

/** A seat's result in a word: of two by who won, else by what it earned; none of a match that does not count. */
function resultOf({ outcome, reward }: MatchFacts['seats'][number]): string[] {
  if (outcome !== null) return [outcome === 1 ? 'won' : outcome === 0 ? 'lost' : 'drawn'];
  return reward === null ? [] : [reward > 0 ? 'reward above 0' : reward < 0 ? 'reward below 0' : 'reward of 0'];
}

/** What a match has under each name, the ones to choose from. A match that cannot be read has its folder alone. @param who whose results */
export function valuesOf({ path, match }: TraceListing, who = ''): Record<ChoiceName, readonly string[]> {
  const sweep = [path.split('/', 1)[0]!];
  if (!match) return { sweep, task: [], who: [], against: [], result: [], clock: [], verdict: ['cannot be read'] };
  const names = match.seats.map(({ name }) => name);
  return {
    sweep,
    task: [match.task],
    // Who is measured sits now on this side, now on the other.
    who: names,
    against: names.length > 1 ? names : [],
    result: match.counts === true ? match.seats.filter(({ name }) => who === '' || isNamed(name, who)).flatMap(resultOf) : [],
    clock: [match.patient ? 'patient' : match.clock],
    verdict: [match.counts === null ? 'without an end' : match.counts ? 'counts' : 'void'],
  };
}

/** Whether a seat's name is a configuration's: what is injected into its latencies stands behind it. */
function isNamed(name: string, asked: string): boolean {
  return name === asked || name.startsWith(`${asked} +`) || name.startsWith(`${asked}, `);
}

/** Whether a match is among those that are asked for. Words are looked for in its path, its players, its seed and why it is void. */
export function isChosen(listing: TraceListing, choice: Choice): boolean {
  const values = valuesOf(listing, choice.who);
  const { who, against } = choice;
  for (const name of CHOICES) {
    const asked = choice[name];
    if (asked !== '' && !values[name].some((value) => value === asked || ((name === 'who' || name === 'against') && isNamed(value, asked))))
      return false;
  }
  const seats = listing.match?.seats ?? [];
  if (
    who !== '' &&
    against !== '' &&
    !seats.some((one, i) => isNamed(one.name, who) && seats.some((other, k) => k !== i && isNamed(other.name, against)))
  )
    return false;
  const { path, match } = listing;
  const text = [path, ...(match ? [`seed ${match.seed}`, ...match.seats.map(({ name }) => name), ...match.reasons] : [])].join(' ');
  const told = text.toLowerCase();
  return choice.words.toLowerCase().split(/\s+/).every((word) => told.includes(word)); // prettier-ignore
}
