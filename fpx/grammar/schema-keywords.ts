/** Which keywords of JSON Schema are followed, and where; every other one is refused by name. */

/** A schema that cannot be followed: where in it, why, and what is accepted. */
export class SchemaError extends Error {
  override name = 'SchemaError';

  /** @param at the way from the top to what is wrong, the keyword last */
  constructor(
    readonly at: readonly string[],
    message: string,
  ) {
    super(message);
  }
}

/** A schema that is an object: what its keywords say. */
export type SchemaObject = Readonly<Record<string, unknown>>;

export const TYPES = ['object', 'array', 'string', 'integer', 'number', 'boolean', 'null'] as const;
export type TypeName = (typeof TYPES)[number];

/** Keywords that only describe, or that others refer to. */
const ANNOTATIONS = new Set([
  ...['title', 'description', '$comment', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$schema', '$id', '$defs', 'definitions'],
]);

/** Beside each of these nothing stands but what describes; beside `const` and `enum` also a type. */
const ALONE = ['$ref', 'anyOf', 'oneOf', 'const', 'enum'] as const;

/** What else may be said of values of a type. */
export const TYPE_KEYWORDS: Readonly<Record<TypeName, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties'],
  array: ['items', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'pattern'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
  number: [],
  boolean: [],
  null: [],
};

/** What kind of schema it is: the keyword that stands alone in it, `type`, or `anything` when it says nothing. */
export type SchemaKind = (typeof ALONE)[number] | 'type' | 'anything';

export function isObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The types that a schema names. @throws SchemaError */
export function typesOf(schema: SchemaObject, at: readonly string[]): TypeName[] {
  const named = [schema.type].flat();
  if (named.length === 0 || !named.every((each): each is TypeName => (TYPES as readonly unknown[]).includes(each)))
    throw new SchemaError([...at, 'type'], `accepted are ${TYPES.join(', ')}, or a list of them`);
  return [...new Set(named)];
}

/** Tells what kind of schema it is. @throws SchemaError naming the first keyword that has no place in it */
export function kindOf(schema: SchemaObject, at: readonly string[]): SchemaKind {
  const said = Object.keys(schema).filter((keyword) => !ANNOTATIONS.has(keyword) && schema[keyword] !== undefined);
  const alone = ALONE.find((keyword) => said.includes(keyword));
  if (alone !== undefined) {
    const beside = alone === 'const' || alone === 'enum' ? [alone, 'type'] : [alone];
    refuseOthers(said, beside, at, `beside ${alone}`);
    return alone;
  }
  if (said.length === 0) return 'anything';
  if (schema.type === undefined) {
    const known = said.find((keyword) => Object.values(TYPE_KEYWORDS).some((each) => each.includes(keyword)));
    if (known !== undefined) throw new SchemaError([...at, known], 'a "type" is needed beside it');
    refuseOthers(said, [], at, 'in a schema');
  }
  const types = typesOf(schema, at);
  refuseOthers(said, ['type', ...types.flatMap((type) => TYPE_KEYWORDS[type])], at, `of type ${types.join(' or ')}`);
  return 'type';
}

function refuseOthers(said: readonly string[], accepted: readonly string[], at: readonly string[], where: string): void {
  const other = said.find((keyword) => !accepted.includes(keyword));
  if (other === undefined) return;
  const names = accepted.length > 0 ? accepted : [...ALONE, 'type'];
  throw new SchemaError([...at, other], `not supported ${where}; accepted are ${names.join(', ')}`);
}
