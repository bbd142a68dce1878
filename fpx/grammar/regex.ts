/**
 * Regular expressions as JavaScript writes them (with the `u` flag) as expressions over bytes. What looks around or back, and flags, have no
 * place in an automaton and are refused by name.
 */
import { RegExpParser, RegExpSyntaxError, type AST } from '@eslint-community/regexpp';
import { others, tidied, type CodeRange } from './characters.js';
import type { Expression, Expressions } from './expression.js';

/** A regular expression that cannot be followed: why, and what is accepted. */
export class RegexError extends Error {
  override name = 'RegexError';
}

/** Writes one character of a tidied set as it stands in the answer. @throws EmptyLanguageError where none of them can stand there */
export type CharacterWriter = (ranges: readonly CodeRange[]) => Expression;

/** Whether what matches is the whole text, or may stand anywhere in it, as in a JSON Schema. */
export type Anchoring = 'whole' | 'anywhere';

/** Copies that counted repetitions come to: what is counted within what is counted multiplies. */
const MOST_COPIES = 10_000;

const LINE_ENDS: CodeRange[] = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const DIGITS: CodeRange[] = [[0x30, 0x39]];
const WORD: CodeRange[] = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]; // prettier-ignore
/** White space and line ends of ECMAScript. */
const SPACE: CodeRange[] = [[0x09, 0x0d], [0x20, 0x20], [0xa0, 0xa0], [0x1680, 0x1680], [0x2000, 0x200a],
  [0x2028, 0x2029], [0x202f, 0x202f], [0x205f, 0x205f], [0x3000, 0x3000], [0xfeff, 0xfeff]]; // prettier-ignore
const ANYTHING = others([]);

/** Translates a pattern. @throws RegexError; EmptyLanguageError where nothing could match */
export function regex(make: Expressions, pattern: string, write: CharacterWriter, anchoring: Anchoring): Expression {
  let tree: AST.Pattern;
  try {
    tree = new RegExpParser({ ecmaVersion: 2024 }).parsePattern(pattern, undefined, undefined, { unicode: true });
  } catch (error) {
    if (error instanceof RegExpSyntaxError) throw new RegexError(error.message);
    throw error;
  }
  return new Translation(make, write, anchoring).pattern(tree);
}

class Translation {
  private copies = 1;

  constructor(
    private readonly make: Expressions,
    private readonly write: CharacterWriter,
    private readonly anchoring: Anchoring,
  ) {}

  /** Each alternative has anchors of its own; they count only at its ends. */
  pattern({ alternatives }: AST.Pattern): Expression {
    const anything = this.make.repeat(this.write(ANYTHING), 0, Infinity);
    const open = this.anchoring === 'anywhere';
    return this.make.choice(
      alternatives.map(({ elements }) => {
        const begins = isAnchor(elements[0], 'start');
        const ends = isAnchor(elements.at(-1), 'end') && elements.length > (begins ? 1 : 0);
        const inner = elements.slice(begins ? 1 : 0, ends ? -1 : undefined).map((each) => this.element(each));
        return this.make.sequence([...(begins || !open ? [] : [anything]), ...inner, ...(ends || !open ? [] : [anything])]);
      }),
    );
  }

  private element(element: AST.Element): Expression {
    switch (element.type) {
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
        return this.write(tidied(charactersOf(element)));
      case 'Group':
        if (element.modifiers) throw refusal(element, 'flags within it');
        return this.alternatives(element.alternatives);
      case 'CapturingGroup':
        return this.alternatives(element.alternatives);
      case 'Quantifier':
        return this.quantified(element);
      case 'Assertion':
        throw refusal(element, '^ and $ are accepted at the ends of the whole, look-around and \\b nowhere');
      default:
        throw refusal(element, 'characters, classes, groups, |, and quantifiers are accepted');
    }
  }

  private alternatives(alternatives: readonly AST.Alternative[]): Expression {
    return this.make.choice(alternatives.map(({ elements }) => this.make.sequence(elements.map((each) => this.element(each)))));
  }

  /** A lazy quantifier matches the same texts as a greedy one. */
  private quantified({ element, min, max }: AST.Quantifier): Expression {
    const outer = this.copies;
    this.copies *= Math.max(1, Number.isFinite(max) ? max : min);
    if (this.copies > MOST_COPIES) throw new RegexError(`counts multiply to ${this.copies}; accepted are ${MOST_COPIES}`);
    const inner = this.element(element);
    this.copies = outer;
    return this.make.repeat(inner, min, max);
  }
}

function isAnchor(element: AST.Element | undefined, kind: 'start' | 'end'): boolean {
  return element?.type === 'Assertion' && element.kind === kind;
}

function refusal({ raw }: AST.Node, accepted: string): RegexError {
  return new RegexError(`${raw}: ${accepted}`);
}

/** The characters that a part of a pattern stands for, not tidied. */
function charactersOf(part: AST.Character | AST.CharacterSet | AST.CharacterClass | AST.CharacterClassElement): CodeRange[] {
  switch (part.type) {
    case 'Character':
      return [[part.value, part.value]];
    case 'CharacterClassRange':
      return [[part.min.value, part.max.value]];
    case 'CharacterClass': {
      const inside = part.elements.flatMap((each) => charactersOf(each as AST.CharacterClassElement));
      return part.negate ? others(tidied(inside)) : inside;
    }
    case 'CharacterSet':
      switch (part.kind) {
        case 'any':
          return others(LINE_ENDS);
        case 'digit':
          return part.negate ? others(DIGITS) : DIGITS;
        case 'space':
          return part.negate ? others(SPACE) : SPACE;
        case 'word':
          return part.negate ? others(WORD) : WORD;
        default:
          throw refusal(part, 'properties of characters are not accepted; write the characters themselves');
      }
    default:
      throw refusal(part, 'accepted in a class are characters, ranges and \\d \\w \\s');
  }
}
