/**
 * Regular expressions over bytes, as data. Equal ones are one object, so that they can be told apart by their numbers.
 * None of them has an empty language: whatever has begun to match can be brought to an end.
 */

/** What is matched; `id` is its number within its `Expressions`. */
export type Expression = { readonly id: number } & (
  | { readonly kind: 'range'; readonly low: number; readonly high: number }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly of: Expression; readonly least: number; readonly most: number }
);

/** A part of a language would be empty: there is nothing that it could match. */
export class EmptyLanguageError extends Error {
  override name = 'EmptyLanguageError';
}

const encoder = new TextEncoder();

/** Makes expressions. Those of different makers must not be mixed. */
export class Expressions {
  private readonly known = new Map<string, Expression>();
  /** Matches nothing but the empty string. */
  readonly nothing = this.sequence([]);

  /** One byte from `low` to `high`. */
  range(low: number, high: number): Expression {
    return this.intern(`b${low}-${high}`, (id) => ({ id, kind: 'range', low, high }));
  }

  /** One after the other. */
  sequence(parts: readonly Expression[]): Expression {
    if (parts.length === 1) return parts[0]!;
    return this.intern(`s${parts.map(({ id }) => id).join()}`, (id) => ({ id, kind: 'sequence', parts }));
  }

  /** Any one of several. @throws EmptyLanguageError for none */
  choice(options: readonly Expression[]): Expression {
    const distinct = [...new Set(options)];
    if (distinct.length === 0) throw new EmptyLanguageError('a choice of nothing');
    if (distinct.length === 1) return distinct[0]!;
    return this.intern(`c${distinct.map(({ id }) => id).join()}`, (id) => ({ id, kind: 'choice', options: distinct }));
  }

  /** `of` from `least` to `most` times (Infinity: without end). @throws EmptyLanguageError when that is no number of times */
  repeat(of: Expression, least: number, most: number): Expression {
    if (least > most) throw new EmptyLanguageError(`at least ${least} and at most ${most}`);
    if (most === 0) return this.nothing;
    if (least === 1 && most === 1) return of;
    return this.intern(`r${of.id},${least},${most}`, (id) => ({ id, kind: 'repeat', of, least, most }));
  }

  /** `of`, or nothing. */
  optional(of: Expression): Expression {
    return this.repeat(of, 0, 1);
  }

  /** Exactly these bytes. */
  bytes(bytes: Iterable<number>): Expression {
    return this.sequence(Array.from(bytes, (byte) => this.range(byte, byte)));
  }

  /** Exactly this text, in UTF-8. */
  text(text: string): Expression {
    return this.bytes(encoder.encode(text));
  }

  private intern(key: string, make: (id: number) => Expression): Expression {
    let found = this.known.get(key);
    if (found === undefined) this.known.set(key, (found = make(this.known.size)));
    return found;
  }
}
