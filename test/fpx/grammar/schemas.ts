/** Random JSON Schemas of the subset that answers can be kept to, all of whose values end after bounded text. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';

const word = fc.constantFrom('a', 'b', 'do', 'größe', 'a"b', '🙂', 'line\nend', '');
const scalar = fc.oneof(word, fc.integer({ min: -50, max: 50 }), fc.constantFrom(true, false, null, 1.5));
const bounds = fc.tuple(fc.nat(3), fc.nat(3)).map(([least, more]) => ({ least, most: least + more }));

const leaf = fc.oneof(
  bounds.map(({ least, most }) => ({ type: 'string', minLength: least, maxLength: most })),
  fc.constantFrom('^[A-Z][A-Z0-9.]{0,11}$', '^(buy|sell) [1-9]$', '^[^a]{2}\\n?$').map((pattern) => ({ type: 'string', pattern })),
  fc
    .tuple(fc.integer({ min: -2000, max: 2000 }), fc.nat(3000))
    .map(([minimum, more]) => ({ type: 'integer', minimum, maximum: minimum + more })),
  fc.constantFrom({ type: 'integer' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }, { type: ['integer', 'null'] }),
  scalar.map((value) => ({ const: value })),
  fc.uniqueArray(scalar, { minLength: 1, maxLength: 4 }).map((values) => ({ enum: values })),
);

/** Any of them, some levels deep. */
export const anySchema: fc.Arbitrary<object> = fc.letrec<{ schema: object }>((tie) => {
  const named = fc.uniqueArray(fc.tuple(word, tie('schema'), fc.boolean()), { selector: ([name]) => name, maxLength: 4 });
  const object = named.map((properties) => ({
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, schema]) => [name, schema])),
    required: properties.filter(([, , required]) => required).map(([name]) => name),
    additionalProperties: false,
  }));
  const array = fc
    .tuple(tie('schema'), bounds)
    .map(([items, { least, most }]) => ({ type: 'array', items, minItems: least, maxItems: most }));
  const tagged = fc
    .uniqueArray(fc.tuple(fc.constantFrom('buy', 'sell', 'flat'), tie('schema')), { selector: ([tag]) => tag, minLength: 1, maxLength: 3 })
    .map((alternatives) => ({
      oneOf: alternatives.map(([tag, schema]) => ({
        type: 'object',
        properties: { do: { type: 'string', const: tag }, more: schema },
        required: ['do'],
        additionalProperties: false,
      })),
    }));
  const either = fc.tuple(tie('schema'), tie('schema')).map((schemas) => ({ anyOf: schemas }));
  return { schema: fc.oneof({ maxDepth: 3 }, leaf, object, array, tagged, either) };
}).schema;

const ajv = new Ajv2020({ allowUnionTypes: true, validateSchema: false });

/** What another validator says is wrong with a value under a schema; undefined when it is valid. */
export function faultIn(schema: object, value: unknown): string | undefined {
  return ajv.validate(schema, value) ? undefined : ajv.errorsText();
}
