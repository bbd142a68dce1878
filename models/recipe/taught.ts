/**
 * The grammar that reading is taught by: the wire's training split and much more of its kind. From the two dozen forms of the split alone a model
 * learns forms; from some hundreds, which say the same things in all orders and with more nouns, what the words in them do. Nothing of the held-out
 * split is in it: neither a form, nor a verb with its noun, nor a name.
 */
import { GRAMMARS, type Grammar } from '../../envs/hft/news/grammar.js';
import type { Kind, Stance } from '../../envs/hft/news/meaning.js';
import type { Mood, Phrase } from '../../envs/hft/news/phrases.js';

/** What is told, in the mood that its place asks for. */
const IT = { finite: 'it {finite}', base: 'it will {base}', gerund: '{gerund}' } as const satisfies Record<Mood, string>;
const THEIRS = { finite: '{X} {finite}', base: '{X} will {base}', gerund: '{X} {gerund}' } as const satisfies Record<Mood, string>;

/** Who says it, or when, before and behind a sentence. */
const BEFORE = ['', 'Official: ', 'Today: ', 'In a statement: ', 'Late news: '];
const BEHIND = ['', ', its chief says', ', it says', ', a statement says', ', its banks say'];
const WHEN = ['', ' this week', ' this month', ' next month', ' today', ' soon'];

/** All ways to put these together. */
function joined(...parts: (readonly string[])[]): string[] {
  return parts.reduce<string[]>((all, part) => all.flatMap((begun) => part.map((end) => begun + end)), ['']);
}

/** A sentence as it is, or with one of the beginnings or ends. */
function told(sentences: readonly string[]): string[] {
  return [...joined(BEFORE, sentences), ...joined(sentences, BEHIND.slice(1))];
}

const EVENTS: Record<Stance, readonly string[]> = {
  said: [
    ...told([...joined([THEIRS.finite, THEIRS.base], WHEN), '{X} is {gerund}', '{X} starts {gerund}', '{X} plans on {gerund}']),
    ...joined(['{X} says ', '{X} announces ', '{X} tells its banks ', 'The chief of {X} announced '], [IT.finite, IT.base]),
    ...joined(['Breaking: ', 'Just in: ', 'In a letter to its owners: ', 'Filing: '], [THEIRS.finite, THEIRS.base]),
    ...joined(
      ['{X} decides to {base}', '{X} is set to {base}', '{X} has begun {gerund}', '{X} goes ahead with {gerund}'],
      ['', ' at once', ', papers show'],
    ),
    'The board of {X} votes to {base}',
    'The owners of {X} let it {base}',
    '{X} signs papers and {finite}',
  ],
  denied: [
    ...told(['{X} will not {base}', '{X} is not {gerund}', '{X} has no plan to {base}', '{X} does not {base}']),
    ...joined(['{X} denies ', '{X} rejects '], ['that it will {base}', 'that it {finite}', 'a rumour of {gerund}', 'talk of {gerund}']),
    ...joined(['It is not true that '], [THEIRS.finite, THEIRS.base]),
    ...joined(['False report: ', 'Denied: '], [THEIRS.finite, THEIRS.base]),
    'No truth in a rumour that {X} will {base}',
    'No truth in a report of {X} {gerund}',
    'The chief of {X} rejects that it will {base}',
    '{X} says there is no truth in talk of {gerund}',
    ...joined(
      ['{X} disputes ', '{X} dismisses ', '{X} rebuts '],
      ['that it {finite}', 'claims of {gerund}', 'a report of {gerund}', 'the idea of {gerund}'],
    ),
    ...joined(['Untrue: ', 'Made up: ', 'Wrong, says its chief: '], [THEIRS.finite, THEIRS.base]),
    ...joined(
      ['Reports that '],
      [THEIRS.finite, THEIRS.base].flatMap((it) => [`${it} are wrong`, `${it} are untrue`, `${it} are made up`]),
    ),
    ...joined(
      ['{X} calls it '],
      ['untrue', 'nonsense', 'an invention'].map((word) => `${word} that it will {base}`),
    ),
    '{X} rules out {gerund}',
    '{X} never said it would {base}',
    '{X} has never thought of {gerund}',
    '{X} does not intend to {base}',
    'Nobody at {X} plans to {base}',
    '{X} is far from {gerund}',
    'It is an error that {X} {finite}',
    'There is no plan at {X} to {base}',
  ],
  undone: [
    ...told(['{X} did not {base}', '{X} drops its plan to {base}', '{X} is no longer {gerund}', '{X} no longer wants to {base}']),
    ...joined(['{X} gives up ', '{X} ends ', '{X} stops '], ['talks on {gerund}', 'its plan of {gerund}', 'all work on {gerund}']),
    ...joined(['Correction: ', 'We correct: ', 'Corrected: '], ['{X} does not {base}', '{X} did not {base}', '{X} is not {gerund}']),
    '{X} after all will not {base}',
    ...joined(
      ['{X} scraps ', '{X} shelves ', '{X} abandons ', '{X} withdraws '],
      ['its plan to {base}', 'plans of {gerund}', 'its offer to {base}'],
    ),
    ...joined(['{X} backs out of ', '{X} turns away from ', '{X} changes its mind on '], ['{gerund}', 'its plan of {gerund}']),
    ...joined(['We take back that ', 'We were wrong to write that ', 'Taken back: '], [THEIRS.finite, THEIRS.base]),
    '{X} had said it would {base}, and does not',
    'Our report that {X} {finite} was wrong',
    'The plan of {X} to {base} is off',
    '{X} reverses itself and will not {base}',
    '{X} does not {base} any more',
  ],
  rumoured: [
    ...joined(['Rumour: ', 'Talk of the day: ', 'Sources: ', 'Unnamed sources: '], [THEIRS.finite, THEIRS.base]),
    ...joined(['{X} may {base}', '{X} could {base}', '{X} might soon {base}'], ['', ', sources say', ', rumour has it']),
    'There is talk of {X} {gerund}',
    ...joined(['Word has it that ', 'Some say that ', 'Unconfirmed: ', 'Gossip: ', 'Traders hear that '], [THEIRS.finite, THEIRS.base]),
    ...joined(['Perhaps ', 'Maybe '], [THEIRS.base]),
    '{X} is said to {base}',
    'Nobody confirms yet that {X} will {base}',
    'People close to {X} hint at {gerund}',
    'An unsigned letter says that {X} {finite}',
  ],
  known: [
    ...joined(['As announced, ', 'As known for weeks, ', 'Old news: ', 'No news: '], [THEIRS.finite, THEIRS.base]),
    ...joined([THEIRS.finite, THEIRS.base], [', as it announced', ', as all expected', ', as known last month']),
    '{X} says again that it will {base}',
    '{X} repeats its plan of {gerund}',
    ...joined(['As planned, ', 'No surprise: ', 'Reminder: ', 'Nothing new: ', 'Everybody knew: '], [THEIRS.finite, THEIRS.base]),
    ...joined([THEIRS.finite, THEIRS.base], [', which is no news', ', as it said long ago', ', and nobody is surprised']),
    '{X} keeps to its plan of {gerund}',
    '{X} sticks to what it announced and {finite}',
    'Announced long ago: {X} {finite}',
  ],
  conditional: [
    ...joined(['{X} will {base} if '], ['its parent agrees', 'analysts agree', 'it gets a permit', 'the state agrees']),
    ...joined(['If its parent agrees, ', 'If it gets a permit, ', 'If the state agrees, '], ['{X} will {base}', '{X} wants to {base}']),
    ...joined(['{X} needs a court to {base}', '{X} waits for a permit to {base}'], ['', ', it says']),
    ...joined(
      ['{X} will {base} ', '{X} wants to {base} '],
      ['provided that its banks agree', 'only if a court agrees', 'once it has a permit', 'unless the state objects'],
    ),
    ...joined(
      ['Subject to a permit, ', 'Unless a court objects, ', 'Once its banks agree, ', 'Should the state agree, '],
      ['{X} will {base}', '{X} can {base}'],
    ),
    'The plan of {X} to {base} hangs on a court',
    'Without a permit {X} cannot {base}, and it has asked for one',
  ],
  partial: [
    ...joined([THEIRS.finite, THEIRS.base, '{X} is {gerund}'], [', in a small unit only', ', but only in one unit', ', in one small part']),
    ...joined(['One unit of {X} ', 'A small part of {X} '], ['{finite}', 'will {base}', 'is {gerund}']),
    'Only in one small unit {X} will {base}',
    ...joined(
      ['Just one part of {X} ', 'A single small unit of {X} ', 'One minor arm of {X} '],
      ['{finite}', 'will {base}', 'is {gerund}'],
    ),
    ...joined([THEIRS.finite, THEIRS.base], [', though in one town only', ', but in a minor unit alone', ', in one small arm only']),
    'In one of its many units {X} {finite}',
  ],
};

const FIGURES: Grammar['figures'] = {
  said: [
    ...joined(
      ['{X} {m} {d}: ', '{X} {m} ', '{X} has {m} of ', 'Official: {X} {m} '],
      ['{a} mln, expected {e} mln', '{a} mln after {e} mln expected'],
    ),
    ...joined(
      ['Expected {e} mln, ', 'Analysts wanted {e} mln, ', 'With {e} mln expected, '],
      ['{X} {m} {a} mln', '{X} reports {a} mln of {m}'],
    ),
    ...joined(['{X} {m} at {a} mln where '], ['{e} mln was expected', 'analysts had {e} mln']),
    '{X} {m} {d} to {a} mln, analysts had {e} mln',
    'Analysts had {e} mln for {m} of {X}, it has {a} mln',
    '{X} {m} are {c} than analysts saw',
    '{X} {m} {d}, {c} than expected',
    'As {X} says, {c} {m} than expected',
    'Official: {X} {m} {c} than banks expected',
    ...joined(
      ['{X} {m} of {a} mln ', '{X} {m} come to {a} mln ', '{X} reports {m} of {a} mln '],
      ['against {e} mln expected', 'where banks saw {e} mln', 'after a forecast of {e} mln', ', {e} mln was forecast'],
    ),
    ...joined(
      ['Forecast {e} mln, actual {a} mln: ', 'Expected {e} mln, got {a} mln: ', 'Actual {a} mln, forecast {e} mln: '],
      ['{m} of {X}', '{X} {m}'],
    ),
    ...joined(
      ['Banks saw ', 'The market expected ', 'Forecasts had '],
      ['{m} of {X} at {e} mln, they are {a} mln', '{e} mln of {m} at {X}, in fact it is {a} mln'],
    ),
    'With {m} of {a} mln {X} compares to {e} mln forecast',
    '{e} mln of {m} was expected at {X}, {a} mln it is',
    '{a} mln of {m} at {X}, forecasts had {e} mln',
    ...joined(
      ['{X} {m} turn out ', '{X} surprises with {m} ', 'At {X} {m} are '],
      ['{c} than forecast', '{c} than banks thought', '{c} than seen before'],
    ),
  ],
  corrected: [
    ...joined(
      ['Correction: ', 'Corrected: ', 'We correct: '],
      ['{X} {m} {a} mln, it was {e} mln', '{X} has {m} of {a} mln and not {e} mln'],
    ),
    '{X} says its {m} {d} to {a} mln, not to {e} mln',
    '{X} {m} are {a} mln, not {e} mln as reported',
    ...joined(['Not {e} mln but {a} mln: ', 'It is {a} mln and not {e} mln: '], ['{m} of {X}', '{X} {m}']),
    ...joined(
      ['We wrote that ', 'Earlier we gave word that '],
      ['{X} has {m} of {e} mln, it is {a} mln', '{X} {m} were {e} mln, right is {a} mln'],
    ),
    '{X} restates its {m}: {a} mln, before {e} mln',
    '{X} had told of {e} mln of {m}, now it is {a} mln',
    'Right is {a} mln, wrong was {e} mln: {m} of {X}',
  ],
};

/** Nouns that no wire has, with every verb that goes with them: what a verb does to one it does to the others. */
const NOUNS: readonly [Kind, Phrase['shape'], good: readonly string[], bad: readonly string[], nouns: readonly string[]][] = [
  ['demand', 'thing', ['win', 'gain'], ['lose', 'miss'], ['deal', 'tender', 'buyer']],
  ['supply', 'thing', ['open', 'reopen'], ['close', 'halt'], ['mine', 'factory', 'depot']],
  ['supply', 'amount', ['expand', 'raise', 'lift'], ['cut', 'lower'], ['production', 'capacity']],
  ['price', 'amount', ['raise', 'lift'], ['cut', 'lower'], ['rates', 'tariffs', 'charges']],
  ['money', 'amount', ['raise', 'lift'], ['cut', 'lower'], ['payout', 'target', 'guidance']],
];

const PHRASES: readonly Phrase[] = NOUNS.flatMap(([kind, shape, good, bad, nouns]) => {
  const all = (verbs: readonly string[], sign: 1 | -1): Phrase[] =>
    verbs.flatMap((verb) => nouns.map((noun): Phrase => ({ verb, noun, shape, kind, sign })));
  return [...all(good, 1), ...all(bad, -1)];
});

/** Parts put together in all ways may come to a form that the wire keeps from training: those are left out. */
const KEPT_OUT = new Set([...Object.values(GRAMMARS['held-out'].events).flat(), ...Object.values(GRAMMARS['held-out'].figures).flat()]);
const { events, figures, phrases: known, products } = GRAMMARS.train;

/** The wire's forms, repeated until they are about a third of all, so that they are not lost among the others. */
function more(wire: readonly string[], others: readonly string[]): string[] {
  const free = [...new Set(others)].filter((form) => !KEPT_OUT.has(form) && !wire.includes(form));
  const times = Math.max(1, Math.round(free.length / 2 / wire.length));
  return [...Array.from({ length: times }, () => wire).flat(), ...free];
}

const stances = Object.entries(EVENTS) as [Stance, readonly string[]][];

export const TAUGHT: Grammar = {
  events: Object.fromEntries(stances.map(([stance, forms]) => [stance, more(events[stance], forms)] as const)) as Record<Stance, string[]>,
  figures: { said: more(figures.said, FIGURES.said), corrected: more(figures.corrected, FIGURES.corrected) },
  phrases: [...known, ...known, ...PHRASES],
  products: [...products, 'paper', 'glass', 'steel', 'paint', 'wheel', 'pipe'],
};
