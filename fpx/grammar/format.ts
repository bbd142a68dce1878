/** What form an answer must have, as plain data, and its automaton. */
import { Automaton } from './automaton.js';
import { ALL_CHARACTERS, character, common } from './characters.js';
import { EmptyLanguageError, Expressions, type Expression } from './expression.js';
import { jsonSchema } from './json-schema.js';
import { JsonText } from './json-text.js';
import { regex, RegexError } from './regex.js';
import { SchemaError } from './schema-keywords.js';

/** The form of an answer. */
export type AnswerFormat =
  | { readonly kind: 'json-schema'; readonly schema: unknown }
  | { readonly kind: 'json-object' }
  /** One of these texts. */
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** A text that this matches as a whole. */
  | { readonly kind: 'regex'; readonly pattern: string };

/** A form that cannot be followed. `at`: where in the schema; empty for other forms. */
export class FormatError extends Error {
  override name = 'FormatError';

  constructor(
    readonly at: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

function expressionOf(make: Expressions, format: AnswerFormat): Expression {
  switch (format.kind) {
    case 'json-schema':
      return jsonSchema(new JsonText(make), format.schema);
    case 'json-object':
      return new JsonText(make).anyObject();
    case 'choice':
      return make.choice(format.choices.map((each) => make.text(each)));
    case 'regex':
      return regex(make, format.pattern, (ranges) => character(make, common(ranges, ALL_CHARACTERS)), 'whole');
  }
}

/** The automaton of the answers that have this form. @throws FormatError */
export function formatAutomaton(format: AnswerFormat): Automaton {
  const make = new Expressions();
  try {
    return new Automaton(make, expressionOf(make, format));
  } catch (error) {
    if (error instanceof SchemaError) throw new FormatError(error.at, error.message);
    if (error instanceof RegexError) throw new FormatError([], error.message);
    if (error instanceof EmptyLanguageError) throw new FormatError([], `nothing could match: ${error.message}`);
    throw error;
  }
}
