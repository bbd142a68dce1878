/** A request's body by its schema, and a plain refusal for every field that is wrong or not honoured (see fields.ts). */
import type { z } from 'zod';
import { ApiError } from './errors.js';
import { refusalOf } from './fields.js';

/** What is wrong with one field. */
interface Wrong {
  where: string;
  message: string;
  code: 'invalid_value' | 'unsupported_parameter';
}

/** Fields of a body that are not honoured and ask for something. */
function unsupportedFields(body: unknown, honoured: readonly string[]): Wrong[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.entries(body).flatMap(([where, value]): Wrong[] => {
    const message = honoured.includes(where) ? undefined : refusalOf(where, value, honoured);
    return message === undefined ? [] : [{ where, message, code: 'unsupported_parameter' }];
  });
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * A body's bytes as text, without the byte-order mark that some programs put before it. Other bytes are refused rather than replaced:
 * the model would be asked something else. @throws ApiError 400
 */
export function bodyText(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ApiError(400, 'the request body is not UTF-8, the encoding of JSON', 'invalid_json');
  }
}

/** Half of a character of two UTF-16 units, as JSON can write it (`"\\ud800"`): no text, which a tokenizer would take for another character. */
function halfCharacters(body: unknown): Wrong[] {
  const found: Wrong[] = [];
  // A body may be nested deeper than calls can be.
  const left: [where: string, value: unknown][] = [['', body]];
  for (let next = left.pop(); next; next = left.pop()) {
    const [where, value] = next;
    if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
      found.push({ where, message: 'has half a surrogate pair, which is no character', code: 'invalid_value' });
    else if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value).reverse()) left.push([where === '' ? key : `${where}.${key}`, each]);
  }
  return found;
}

/** Parses and validates a body. @throws ApiError 400 naming all wrong fields, the first as `param`, and what they accept */
export function parseBody<S extends z.ZodObject>(schema: S, text: string): z.output<S> {
  if (text.trim() === '') throw new ApiError(400, 'the request body is empty; a JSON object is needed', 'invalid_json');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, `the request body is not JSON: ${(error as Error).message}`, 'invalid_json');
  }
  const parsed = schema.safeParse(body);
  const issues = parsed.success ? [] : parsed.error.issues;
  const wrong = [
    ...issues.map((issue): Wrong => ({ where: whereOf(issue), message: issue.message, code: 'invalid_value' })),
    ...unsupportedFields(body, Object.keys(schema.shape)),
    // A body is looked through only when an escape in it could be such a half: bytes that are one are no UTF-8.
    ...(/\\ud[89a-f]/i.test(text) ? halfCharacters(body) : []),
  ];
  const [first] = wrong;
  if (!parsed.success || first) {
    const lines = wrong.map(({ where, message }) => `${where || 'body'}: ${message}`);
    throw new ApiError(400, lines.join('; '), first?.code ?? null, first?.where || null);
  }
  return parsed.data;
}

/** The field that an issue is about: a key too many is named itself. */
function whereOf(issue: z.core.$ZodIssue): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  return path.map(String).join('.');
}
