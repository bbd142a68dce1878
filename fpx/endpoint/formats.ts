/**
 * The form that a request asks its answer to have: OpenAI's `response_format`, or vLLM's `structured_outputs`. What the automaton cannot
 * follow is refused here, by the name of the keyword.
 */
import { z } from 'zod';
import type { Automaton } from '../grammar/automaton.js';
import { formatAutomaton, FormatError, type AnswerFormat } from '../grammar/format.js';
import { ApiError } from './errors.js';

const name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a name of at most 64 letters, digits, _ and -');

/** A value of a body, as it was parsed: zod's own schemas for JSON would leave out what is named `__proto__`. */
const jsonSchema = z.unknown();

const jsonSchemaFormat = z.strictObject({
  type: z.literal('json_schema'),
  json_schema: z.strictObject({
    name,
    description: z.string().nullish(),
    /** Every answer is held to the schema, whether this is true or not. */
    strict: z.boolean().nullish(),
    schema: jsonSchema.refine((schema) => schema !== null && schema !== undefined, 'a JSON Schema is needed'),
  }),
});

/** `response_format` of a request. */
export const responseFormat = z.discriminatedUnion(
  'type',
  [z.strictObject({ type: z.literal('text') }), z.strictObject({ type: z.literal('json_object') }), jsonSchemaFormat],
  'accepted types are text, json_object and json_schema',
);

/** An object, true or false, or a text that is one; nothing at all is for others to see. */
function isSchema(value: unknown): boolean {
  return (
    value === null || ['string', 'boolean', 'undefined'].includes(typeof value) || (typeof value === 'object' && !Array.isArray(value))
  );
}

const structured = {
  json: jsonSchema.refine(isSchema, 'a JSON Schema'),
  json_object: z.literal(true, 'true, or left out'),
  choice: z.array(z.string().min(1)).min(1).max(10_000),
  regex: z.string().min(1).max(10_000),
};
const NAMES = Object.keys(structured).join(', ');

/** `structured_outputs` of a request: one of its keys. */
export const structuredOutputs = z
  .strictObject(
    Object.fromEntries(Object.entries(structured).map(([key, value]) => [key, value.nullish()])) as {
      [K in keyof typeof structured]: z.ZodOptional<z.ZodNullable<(typeof structured)[K]>>;
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? `not supported by the embedded engine; accepted are ${NAMES}` : undefined) },
  )
  .refine((given) => Object.values(given).filter((value) => value !== null && value !== undefined).length === 1, `exactly one of ${NAMES}`);

/** What a request says about the form of its answer. */
export interface FormatFields {
  response_format?: z.output<typeof responseFormat> | null;
  structured_outputs?: z.output<typeof structuredOutputs> | null;
}

/** The format, and the field that asks for it. */
interface Asked {
  format: AnswerFormat;
  where: string;
}

function askedBy({ response_format: response, structured_outputs: given }: FormatFields): Asked | undefined {
  const asked = response?.type !== undefined && response.type !== 'text';
  if (asked && given) throw new ApiError(400, 'structured_outputs: response_format asks for a form as well: leave one of them out', 'invalid_value', 'structured_outputs'); // prettier-ignore
  if (asked && response.type === 'json_object') return { format: { kind: 'json-object' }, where: 'response_format' };
  if (asked && response.type === 'json_schema')
    return { format: { kind: 'json-schema', schema: response.json_schema.schema }, where: 'response_format.json_schema.schema' };
  if (!given) return undefined;
  if (given.choice) return { format: { kind: 'choice', choices: given.choice }, where: 'structured_outputs.choice' };
  if (given.regex) return { format: { kind: 'regex', pattern: given.regex }, where: 'structured_outputs.regex' };
  if (given.json_object) return { format: { kind: 'json-object' }, where: 'structured_outputs.json_object' };
  return { format: { kind: 'json-schema', schema: parsedSchema(given.json) }, where: 'structured_outputs.json' };
}

/** A schema may come as text. */
function parsedSchema(given: unknown): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch (error) {
    throw new ApiError(400, `structured_outputs.json: not JSON: ${(error as Error).message}`, 'invalid_value', 'structured_outputs.json');
  }
}

/** The form that a request asks for; undefined for any text. @throws ApiError naming the keyword that cannot be followed */
export function formatOf(fields: FormatFields): AnswerFormat | undefined {
  const asked = askedBy(fields);
  if (asked === undefined) return undefined;
  const { format, where } = asked;
  try {
    automatonOf(format);
    return format;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const param = [where, ...error.at].join('.');
    throw new ApiError(400, `${param}: ${error.message}`, 'invalid_value', param);
  }
}

/** Forms whose automata are kept: programs ask for the same ones again and again. */
const KEPT = 16;
const automata = new Map<string, Automaton>();

/** The automaton of a form; that of one which was asked for lately is there already. @throws FormatError */
export function automatonOf(format: AnswerFormat): Automaton {
  const key = JSON.stringify(format);
  const found = automata.get(key) ?? formatAutomaton(format);
  automata.delete(key);
  automata.set(key, found);
  const [oldest] = automata.keys();
  if (automata.size > KEPT && oldest !== undefined) automata.delete(oldest);
  return found;
}
