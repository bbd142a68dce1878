/**
 * A formula over named figures, such as `reward - 0.1 * log(costUsd + 1)`. mathjs reads it; what it read is walked, and only numbers, known
 * names, arithmetic and the functions below are taken over into an evaluation of our own. So there is nothing in a formula that could be
 * assigned, reached into, looped or called but these functions, and it is bounded before it is read: characters, depth, nodes.
 */
import { parse, type MathNode } from './mathjs.js';

/** A formula that is refused: what was found where, and what is accepted. */
export class ExpressionError extends Error {
  override name = 'ExpressionError';
}

/** A formula that has been read. */
export interface Expression {
  text: string;
  /** The names in it, each once, in order of their letters. */
  names: string[];
  /** Its value; may be infinite or no number. @param figures by name; every name in it is asked for */
  value(figures: (name: string) => number): number;
}

export const LIMITS = { characters: 400, depth: 24, nodes: 120 };

/** Functions, each with the number of arguments that it takes. */
const FUNCTIONS: Readonly<Record<string, { least: number; most: number; of: (...values: number[]) => number }>> = {
  abs: { least: 1, most: 1, of: Math.abs },
  sqrt: { least: 1, most: 1, of: Math.sqrt },
  exp: { least: 1, most: 1, of: Math.exp },
  log: { least: 1, most: 1, of: Math.log },
  log2: { least: 1, most: 1, of: Math.log2 },
  log10: { least: 1, most: 1, of: Math.log10 },
  floor: { least: 1, most: 1, of: Math.floor },
  ceil: { least: 1, most: 1, of: Math.ceil },
  round: { least: 1, most: 1, of: Math.round },
  sign: { least: 1, most: 1, of: Math.sign },
  min: { least: 1, most: 8, of: Math.min },
  max: { least: 1, most: 8, of: Math.max },
};

type Evaluate = (figures: (name: string) => number) => number;

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  pow: (a, b) => Math.pow(a, b),
};

/** Reads a formula. @param names the figures that there are @throws ExpressionError */
export function parseExpression(text: string, names: readonly string[]): Expression {
  bound(text);
  let read: MathNode;
  try {
    read = parse(text);
  } catch (error) {
    throw new ExpressionError(`"${text}" is no formula: ${(error as Error).message}`);
  }
  const used = new Set<string>();
  let nodes = 0;
  const evaluate = taken(read, 1);
  return { text, names: [...used].sort(), value: evaluate };

  function taken(node: MathNode, depth: number): Evaluate {
    if (++nodes > LIMITS.nodes) throw new ExpressionError(`a formula of over ${LIMITS.nodes} parts; that many are accepted at most`);
    if (depth > LIMITS.depth)
      throw new ExpressionError(`parts of a formula are nested over ${LIMITS.depth} deep; that is accepted at most`);
    const part = node as unknown as Part;
    if (part.type === 'ParenthesisNode') return taken(part.content, depth + 1);
    if (part.type === 'ConstantNode') return constant(part.value);
    if (part.type === 'SymbolNode') return figure(part.name);
    if (part.type === 'OperatorNode') return operation(part, depth);
    if (part.type === 'FunctionNode') return call(part, depth);
    throw new ExpressionError(`"${node.toString()}" is no arithmetic (${node.type}); ${accepted()}`);
  }

  function figure(name: string): Evaluate {
    if (Object.hasOwn(FUNCTIONS, name)) throw new ExpressionError(`"${name}" is a function; accepted: ${name}(...)`);
    if (!names.includes(name)) throw new ExpressionError(`no measure "${name}"; there are ${names.join(', ')}`);
    used.add(name);
    return (figures) => figures(name);
  }

  function operation(part: Extract<Part, { type: 'OperatorNode' }>, depth: number): Evaluate {
    if (part.implicit) throw new ExpressionError(`"${part.args.join(' ')}": an operator is missing between these; ${accepted()}`);
    const args = part.args.map((each) => taken(each, depth + 1));
    const [a, b] = args;
    if (args.length === 1 && part.fn === 'unaryMinus') return (figures) => -a!(figures);
    if (args.length === 1 && part.fn === 'unaryPlus') return a!;
    const how = Object.hasOwn(OPERATORS, part.fn) ? OPERATORS[part.fn] : undefined;
    if (!how || args.length !== 2) throw new ExpressionError(`the operator "${part.op}"; ${accepted()}`);
    return (figures) => how(a!(figures), b!(figures));
  }

  function call(part: Extract<Part, { type: 'FunctionNode' }>, depth: number): Evaluate {
    const name = (part.fn as unknown as Part).type === 'SymbolNode' ? (part.fn as unknown as { name: string }).name : '';
    const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!known) throw new ExpressionError(`no function "${part.fn.toString()}"; there are ${Object.keys(FUNCTIONS).join(', ')}`);
    const { least, most, of } = known;
    if (part.args.length < least || part.args.length > most)
      throw new ExpressionError(`${name} with ${part.args.length} arguments; accepted: ${least === most ? least : `${least} to ${most}`}`);
    const args = part.args.map((each) => taken(each, depth + 1));
    return (figures) => of(...args.map((each) => each(figures)));
  }
}

/**
 * Reads a formula that scores match by match: it names a figure of a match at least, or its interval over matches would be of no width.
 * @param whole of the names, those that are the same in all of a player's matches @throws ExpressionError
 */
export function parseScore(text: string, names: readonly string[], whole: readonly string[]): Expression {
  const expression = parseExpression(text, names);
  if (expression.names.some((name) => !whole.includes(name))) return expression;
  const ofMatch = names.filter((name) => !whole.includes(name)).join(', ');
  const what =
    expression.names.length === 0 ? 'no measure' : `nothing but ${expression.names.join(' and ')}, of a configuration as a whole`;
  throw new ExpressionError(
    `"${text}" names ${what}, so that all matches would have one score and it no interval; expected is one of a match: ${ofMatch}`,
  );
}

/** The kinds of node that are looked into. */
type Part =
  | { type: 'ParenthesisNode'; content: MathNode }
  | { type: 'ConstantNode'; value: unknown }
  | { type: 'SymbolNode'; name: string }
  | { type: 'OperatorNode'; fn: string; op: string; args: MathNode[]; implicit?: boolean }
  | { type: 'FunctionNode'; fn: MathNode; args: MathNode[] };

function constant(value: unknown): Evaluate {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ExpressionError(`"${String(value)}" is no number that can be reckoned with`);
  return () => value;
}

/** Refuses what is too long, too deep or not made of a formula's characters, before anything reads it. */
function bound(text: string): void {
  if (text.trim() === '') throw new ExpressionError(`an empty formula; ${accepted()}`);
  if (text.length > LIMITS.characters)
    throw new ExpressionError(`a formula of ${text.length} characters; accepted: at most ${LIMITS.characters}`);
  const odd = /[^A-Za-z0-9_.+\-*/^(), ]/u.exec(text);
  if (odd)
    throw new ExpressionError(
      `"${odd[0]}" (U+${odd[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}) at character ${odd.index + 1}; ${accepted()}`,
    );
  let depth = 0;
  for (const each of text) {
    if (each === '(') depth++;
    if (each === ')') depth--;
    if (depth > LIMITS.depth) throw new ExpressionError(`parentheses are nested over ${LIMITS.depth} deep; that is accepted at most`);
  }
}

function accepted(): string {
  return `accepted: numbers, measures, + - * / ^, parentheses, and ${Object.keys(FUNCTIONS).join(', ')}`;
}
