/** Reads an item by the grammar that made it: the text and who is who, nothing else. What the bot `reader` understands by. */
import { GRAMMARS, type Grammar } from './grammar.js';
import { type Meaning, type Role, ROLES, STANCES } from './meaning.js';
import type { Cast } from './names.js';
import { AMOUNT_SIZES, COMPARISONS, MEASURES, MOODS, PERCENT_SIZES, type Phrase, THING_SIZES, VERBS } from './phrases.js';

/** One form as a pattern, and what to make of its parts. */
interface Reader {
  pattern: RegExp;
  meaning(parts: Record<string, string>, who: Role): Meaning | undefined;
}

/** What can stand in a form's braces. */
const SLOTS: Readonly<Record<string, string>> = {
  X: '(?<X>[A-Z][a-z]+)',
  finite: '(?<event>.+)',
  base: '(?<event>.+)',
  gerund: '(?<event>.+)',
  m: `(?<m>${MEASURES.map(({ noun }) => noun).join('|')})`,
  d: '(?:rose|grew|fell|shrank)',
  a: '(?<a>\\d+\\.\\d)',
  e: '(?<e>\\d+\\.\\d)',
  c: `(?<c>${Object.keys(COMPARISONS).join('|')})`,
};

function patternOf(frame: string): RegExp {
  return new RegExp(`^${frame.replace(/\{(\w+)\}/g, (_, slot: string) => SLOTS[slot]!)}$`);
}

const THING = /^(\S+) an? (?:(small|large) )?(?:[a-z]+ )?([a-z]+)$/;
const AMOUNT = /^(\S+) its (?:[a-z]+ )??([a-z]+)(?: (slightly|sharply)| by (\d+) percent)?$/;

/** Kind, sign and size of an event's words. */
function readEvent(
  text: string,
  known: ReadonlyMap<string, Phrase>,
): Pick<Extract<Meaning, { what: 'event' }>, 'kind' | 'sign' | 'size'> | undefined {
  const thing = THING.exec(text);
  if (thing) {
    const phrase = known.get(`${thing[1]} ${thing[3]}`);
    return phrase && { kind: phrase.kind, sign: phrase.sign, size: sizeOf(THING_SIZES, thing[2]) };
  }
  const amount = AMOUNT.exec(text);
  if (!amount) return undefined;
  const phrase = known.get(`${amount[1]} ${amount[2]}`);
  const percent = Number(amount[4]);
  const size = amount[4] === undefined ? sizeOf(AMOUNT_SIZES, amount[3]) : PERCENT_SIZES.findIndex(([, most]) => percent <= most);
  return phrase && { kind: phrase.kind, sign: phrase.sign, size: size as 0 | 1 | 2 };
}

function sizeOf(words: readonly string[], word: string | undefined): 0 | 1 | 2 {
  return words.indexOf(word ?? '') as 0 | 1 | 2;
}

/** The forms of a grammar. */
function formsOf(grammar: Grammar): Reader[] {
  // Where a verb with its noun is good or bad: `cuts output`.
  const known = new Map(
    grammar.phrases.flatMap((phrase) => MOODS.map((mood) => [`${VERBS[phrase.verb]![mood]} ${phrase.noun}`, phrase] as const)),
  );
  return [
    ...STANCES.flatMap((stance) =>
      grammar.events[stance].map((frame): Reader => {
        return {
          pattern: patternOf(frame),
          meaning: (parts, who) => {
            const event = readEvent(parts.event!, known);
            return event && { what: 'event', who, ...event, stance };
          },
        };
      }),
    ),
    ...(['said', 'corrected'] as const).flatMap((stance) =>
      grammar.figures[stance].map((frame): Reader => {
        return {
          pattern: patternOf(frame),
          meaning: ({ m, a, e, c }, who) => {
            const { kind, better } = MEASURES.find(({ noun }) => noun === m)!;
            const surprise = c === undefined ? tenths(a!) - tenths(e!) : COMPARISONS[c]!;
            return { what: 'figure', who, kind, better, surprise, stance };
          },
        };
      }),
    ),
  ];
}

/** 4.1 as 41. */
function tenths(figure: string): number {
  return Number(figure.replace('.', ''));
}

/** Somebody who understands these grammars: what an item means to the company that the cast calls its own; undefined where it is no item of theirs, or about a stranger. */
export function readerOf(grammars: readonly Grammar[]): (text: string, cast: Cast) => Meaning | undefined {
  const forms = grammars.flatMap(formsOf);
  return (text, cast) => {
    for (const { pattern, meaning } of forms) {
      const groups = pattern.exec(text)?.groups;
      if (groups === undefined) continue;
      const who = ROLES.find((role) => cast[role] === groups.X);
      if (who === undefined) continue;
      const read = meaning(groups, who);
      if (read !== undefined) return read;
    }
    return undefined;
  };
}

/** Understands all that a wire prints. */
export const readItem = readerOf(Object.values(GRAMMARS));
