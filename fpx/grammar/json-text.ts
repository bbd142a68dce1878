/**
 * JSON as it is written in an answer: which spellings of a value may come. It stands on one line, with a space after commas and colons or
 * without, and numbers have bounded digits: a model cannot write for ever without saying anything, and an answer costs few tokens.
 */
import { character, common, type CodeRange } from './characters.js';
import type { Expression, Expressions } from './expression.js';
import { integers, LARGEST_INTEGER } from './integers.js';

/** How deep values without a schema may be nested in each other. */
export const FREE_DEPTH = 8;

/** Digits after the point, and of the power of ten. */
const FRACTION_DIGITS = 15;
const EXPONENT_DIGITS = 2;

/** Characters that may stand in a string as they are. */
const PLAIN: readonly CodeRange[] = [[0x20, 0x21], [0x23, 0x5b], [0x5d, 0xd7ff], [0xe000, 0x10ffff]]; // prettier-ignore
/** Characters that a string must escape. */
const ESCAPED: readonly CodeRange[] = [[0, 0x1f], [0x22, 0x22], [0x5c, 0x5c]]; // prettier-ignore

/** What JSON is made of, over one maker of expressions. */
export class JsonText {
  /** Any one character of a string, in any of its spellings; of `\u` escapes those that are whole characters alone. */
  readonly anyCharacter: Expression;
  private readonly quote: Expression;
  private readonly comma: Expression;
  private readonly colon: Expression;
  private readonly free: Expression[] = [];

  constructor(readonly make: Expressions) {
    this.quote = make.text('"');
    const gap = make.optional(make.text(' '));
    this.comma = make.sequence([make.text(','), gap]);
    this.colon = make.sequence([make.text(':'), gap]);
    const hex = make.choice([make.range(0x30, 0x39), make.range(0x41, 0x46), make.range(0x61, 0x66)]);
    const digits = (count: number): Expression => make.repeat(hex, count, count);
    const surrogateLess = make.choice([
      make.sequence([make.choice([make.range(0x30, 0x39), ...[...'ABCEFabcef'].map((each) => make.text(each))]), digits(3)]),
      make.sequence([make.choice([make.text('d'), make.text('D')]), make.range(0x30, 0x37), digits(2)]),
    ]);
    const escape = make.choice([...[...'"\\/bfnrt'].map((each) => make.text(each)), make.sequence([make.text('u'), surrogateLess])]);
    this.anyCharacter = make.choice([character(make, PLAIN), make.sequence([make.text('\\'), escape])]);
  }

  /** A value in the one spelling that JSON.stringify gives it. */
  literal(value: unknown): Expression {
    return this.make.text(JSON.stringify(value));
  }

  /** One character of a tidied set within a string: as it is, or in the shortest escape. */
  characterOf(ranges: readonly CodeRange[]): Expression {
    const plain = common(ranges, PLAIN);
    const escapes = common(ranges, ESCAPED).flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, i) => this.make.text(JSON.stringify(String.fromCodePoint(first + i)).slice(1, -1))),
    );
    return this.make.choice([...(plain.length > 0 ? [character(this.make, plain)] : []), ...escapes]);
  }

  /** A string of these contents. */
  string(contents: Expression): Expression {
    return this.make.sequence([this.quote, contents, this.quote]);
  }

  /** A number with or without fraction and power of ten. */
  number(): Expression {
    const { make } = this;
    const digits = (most: number): Expression => make.repeat(make.range(0x30, 0x39), 1, most);
    const fraction = make.sequence([make.text('.'), digits(FRACTION_DIGITS)]);
    const sign = make.optional(make.choice([make.text('+'), make.text('-')]));
    const exponent = make.sequence([make.choice([make.text('e'), make.text('E')]), sign, digits(EXPONENT_DIGITS)]);
    const whole = make.choice([integers(make, -LARGEST_INTEGER, LARGEST_INTEGER), make.text('-0')]);
    return make.sequence([whole, make.optional(fraction), make.optional(exponent)]);
  }

  /** A list of `least` to `most` items. */
  array(item: Expression, least: number, most: number): Expression {
    const { make } = this;
    const further = (from: number): Expression => make.repeat(make.sequence([this.comma, item]), Math.max(0, from), most - 1);
    if (most === 0) return make.text('[]');
    const filled = make.sequence([make.text('['), item, further(least - 1), make.text(']')]);
    return least === 0 ? make.choice([make.text('[]'), filled]) : filled;
  }

  /** An object of named values in this order, of which those that are not required may be missing. */
  object(properties: readonly { name: string; value: Expression; required: boolean }[]): Expression {
    const { make } = this;
    /** What follows, from the last property to the first: after `{` alone, and after a value. */
    let first: Expression | undefined;
    let later = make.nothing;
    for (const { name, value, required } of properties.toReversed()) {
      const pair = make.sequence([this.literal(name), this.colon, value]);
      const [asFirst, asLater] = [make.sequence([pair, later]), make.sequence([this.comma, pair, later])];
      if (required) [first, later] = [asFirst, asLater];
      else [first, later] = [first === undefined ? asFirst : make.choice([asFirst, first]), make.choice([asLater, later])];
    }
    const allOptional = properties.every(({ required }) => !required);
    const filled = first && make.sequence([make.text('{'), first, make.text('}')]);
    return make.choice([...(filled ? [filled] : []), ...(allOptional ? [make.text('{}')] : [])]);
  }

  /** Any object, its values nested at most FREE_DEPTH deep. */
  anyObject(depth = FREE_DEPTH): Expression {
    const { make } = this;
    const pair = make.sequence([this.string(this.anyString()), this.colon, this.anyValue(depth - 1)]);
    const further = make.repeat(make.sequence([this.comma, pair]), 0, Infinity);
    return make.choice([make.text('{}'), make.sequence([make.text('{'), pair, further, make.text('}')])]);
  }

  /** Any value, nested at most so deep. */
  anyValue(depth = FREE_DEPTH): Expression {
    return (this.free[depth] ??= this.make.choice([
      this.string(this.anyString()),
      this.number(),
      ...[true, false, null].map((each) => this.literal(each)),
      ...(depth > 0 ? [this.anyObject(depth), this.array(this.anyValue(depth - 1), 0, Infinity)] : []),
    ]));
  }

  private anyString(): Expression {
    return this.make.repeat(this.anyCharacter, 0, Infinity);
  }
}
