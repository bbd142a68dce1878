/**
 * Sentence forms. What stands in braces is filled in: {X} a name; {finite}, {base}, {gerund} an event; of figures {m} what is measured, {d} where
 * it went, {a} the new figure, {e} the expected or former one, {c} a comparison. Train and held-out share no form; the held-out ones are
 * made of words that the others use too, so that they ask for understanding and not for vocabulary. No form says whether its event is good.
 */
import type { Split, Stance } from './meaning.js';

export const EVENT_FRAMES: Record<Split, Record<Stance, readonly string[]>> = {
  train: {
    said: [
      '{X} {finite}',
      '{X} says it will {base}',
      'Official: {X} {finite}',
      '{X} begins {gerund}',
      'The chief of {X} confirms it {finite}',
      '{X} will {base} this month',
    ],
    denied: [
      '{X} denies it will {base}',
      '{X} says it will not {base}',
      '{X} rejects a report that it {finite}',
      'No truth in talk of {X} {gerund}, chief says',
    ],
    undone: [
      '{X} gives up its plan to {base}',
      '{X} ends talks on {gerund}',
      'Correction: {X} did not {base}',
      '{X} will no longer {base}',
    ],
    rumoured: ['Talk that {X} will {base}', '{X} may {base}, unnamed sources say', 'Rumour has {X} {gerund}'],
    known: [
      '{X} {finite}, as announced last month',
      'As expected, {X} {finite}',
      '{X} repeats that it will {base}',
      'Old news: {X} {finite}',
    ],
    conditional: ['{X} will {base} if a court agrees', 'If its banks agree, {X} will {base}', '{X} needs a permit to {base}'],
    partial: ['{X} {finite}, but in one small unit only', 'One small unit of {X} {finite}'],
  },
  'held-out': {
    said: ['This month {X} {finite}', '{X} confirms it will {base}', 'The chief of {X} says it {finite}', '{X} announced it {finite}'],
    denied: [
      'The chief of {X} denies {gerund}',
      '{X}: no truth in a report that it will {base}',
      '{X} rejects talk that it {finite}',
      '{X} will not {base}, its chief says',
    ],
    undone: ['{X} gives up {gerund}', '{X} ends its plan to {base}', 'Correction: {X} will not {base}', '{X} will {base} no longer'],
    rumoured: ['Unnamed sources say {X} will {base}', 'Rumour that {X} {finite}'],
    known: ['{X} {finite}, as expected', 'As announced last month, {X} will {base}', '{X} repeats it {finite}'],
    conditional: ['If a court agrees, {X} will {base}', '{X} will {base} if its banks agree', '{X} needs its banks to {base}'],
    partial: ['{X} {finite}, in one unit only', 'Only one small unit of {X} will {base}'],
  },
};

export const FIGURE_FRAMES: Record<Split, Record<'said' | 'corrected', readonly string[]>> = {
  train: {
    said: [
      '{X} {m} {d} to {a} mln, {e} mln expected',
      '{X} reports {m} of {a} mln against {e} mln expected',
      '{X}: {m} {a} mln, analysts saw {e} mln',
      'Analysts saw {e} mln of {m} at {X}, it reports {a} mln',
      '{X} {m} {d} but {c} than expected',
      '{X} reports {c} {m} than analysts saw',
    ],
    corrected: ['Correction: {X} {m} {d} to {a} mln, not {e} mln', '{X} corrects its {m} to {a} mln from {e} mln'],
  },
  'held-out': {
    said: [
      '{X} {m} {d}: {a} mln, analysts saw {e} mln',
      'Against {e} mln expected, {X} reports {m} of {a} mln',
      'Analysts expected {m} of {e} mln at {X}, it reports {a} mln',
      '{X} {m} {d} to {a} mln against {e} mln expected',
      '{X} {m} {c} than analysts expected',
    ],
    corrected: ['Not {e} mln but {a} mln: {X} corrects its {m}', 'Correction: {m} of {X} {a} mln, not {e} mln'],
  },
};
