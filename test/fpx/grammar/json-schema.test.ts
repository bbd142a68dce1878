import { expect } from 'chai';
import fc from 'fast-check';
import { formatAutomaton, FormatError } from '../../../fpx/grammar/format.js';
import { FREE_DEPTH } from '../../../fpx/grammar/json-text.js';
import { gaussians } from '../random-model.js';
import { anySchema, faultIn } from './schemas.js';
import { takes, walk } from './walks.js';

const uniform = (seed: number): (() => number) => {
  const next = gaussians(seed);
  return () => Math.abs(next() * 1000) % 1;
};
const automatonOf = (schema: unknown) => formatAutomaton({ kind: 'json-schema', schema });

describe('JSON Schemas as automata', () => {
  it('write nothing but valid values', () => {
    let written = 0;
    fc.assert(
      fc.property(anySchema, fc.nat(), (schema, seed) => {
        const automaton = automatonOf(schema);
        for (let i = 0; i < 3; i++) {
          const text = walk(automaton, uniform(seed + i));
          if (text === undefined) continue;
          written++;
          expect(faultIn(schema, JSON.parse(text)), `${JSON.stringify(schema)} wrote ${text}`).to.equal(undefined);
        }
      }),
      { numRuns: 150 },
    );
    expect(written).to.be.greaterThan(350);
  });

  it('take every whole number between two bounds and no other', () => {
    const bound = fc.oneof(fc.integer({ min: -1100, max: 1100 }), fc.integer({ min: -1e15 + 1, max: 1e15 - 1 }));
    fc.assert(
      fc.property(bound, bound, fc.array(bound, { maxLength: 20 }), (a, b, others) => {
        const [minimum, maximum] = [Math.min(a, b), Math.max(a, b)];
        const automaton = automatonOf({ type: 'integer', minimum, maximum });
        for (const value of [minimum, maximum, minimum - 1, maximum + 1, 0, -1, 1, 10, ...others])
          expect(takes(automaton, String(value)), `${value} of [${minimum}, ${maximum}]`).to.equal(value >= minimum && value <= maximum);
        for (const text of ['-0', '00', '01', '+1', '1.0', '1e1', '']) expect(takes(automaton, text), text).to.equal(false);
      }),
      { numRuns: 300 },
    );
    const open = automatonOf({ type: 'integer', exclusiveMinimum: 1.5, exclusiveMaximum: 4 });
    expect([0, 1, 2, 3, 4].filter((value) => takes(open, String(value)))).to.deep.equal([2, 3]);
  });

  it('take JSON on one line, with a space after commas and colons or without', () => {
    const automaton = automatonOf({
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'integer' }, maxItems: 3 }, b: { type: ['string', 'null'] }, c: { type: 'number' } },
      required: ['b'],
    });
    for (const text of ['{"b":null}', '{"a": [], "b": "x"}', '{"a":[1, 2,3],"b":"\\u00e9é\\n🙂","c":-1.5e+3}', '{"b": "", "c": -0.5}'])
      expect(takes(automaton, text), text).to.equal(true);
    const wrong = [
      '{}',
      '{"a":[]}',
      '{"c":1,"b":null}',
      '{"b":null,}',
      '{"b":"a\nb"}',
      '{"b":"\\ud83d"}',
      '{"a":[1,2,3,4],"b":null}',
      '{ "b":null}',
    ];
    for (const text of [...wrong, '{"b":null}\n', '{"b":null,"d":1}', '{"b":null,"b":null}', '{"b":1}'])
      expect(takes(automaton, text), text).to.equal(false);
  });

  it('count characters, not bytes, and not spellings', () => {
    const automaton = automatonOf({ type: 'string', minLength: 2, maxLength: 3 });
    for (const text of ['"ab"', '"🙂🙂🙂"', '"\\n\\u0041é"']) expect(takes(automaton, text), text).to.equal(true);
    for (const text of ['"a"', '"🙂"', '"abcd"', '"\\n\\u0041éx"', '"ab']) expect(takes(automaton, text), text).to.equal(false);
  });

  it('hold strings to patterns, which may match anywhere unless they are anchored', () => {
    const matches = (pattern: string, text: string): boolean => takes(automatonOf({ type: 'string', pattern }), text);
    expect(matches('^[A-Z][A-Z0-9.]{0,11}$', '"SYN2"')).to.equal(true);
    expect(matches('^[A-Z][A-Z0-9.]{0,11}$', '"syn2"')).to.equal(false);
    expect(matches('b', '"abc"')).to.equal(true);
    expect(matches('^b', '"abc"')).to.equal(false);
    expect(matches('"', '"a\\"b"')).to.equal(true);
    expect(matches('^\\n\\\\$', '"\\n\\\\"')).to.equal(true);
    expect(matches('^.$', '"\\n"')).to.equal(false);
  });

  it('follow references, which may be of use twice', () => {
    const schema = {
      $defs: { 'a/b': { enum: ['x', 'y'] }, pair: { type: 'array', items: { $ref: '#/$defs/a~1b' }, minItems: 2, maxItems: 2 } },
      type: 'object',
      properties: { one: { $ref: '#/$defs/pair' }, two: { $ref: '#/$defs/pair', description: 'the other' } },
      required: ['one', 'two'],
      additionalProperties: false,
    };
    expect(takes(automatonOf(schema), '{"one": ["x", "y"], "two": ["y", "y"]}')).to.equal(true);
    expect(takes(automatonOf(schema), '{"one": ["x"], "two": ["y", "y"]}')).to.equal(false);
  });

  it('nest free values to a bound', () => {
    const automaton = formatAutomaton({ kind: 'json-object' });
    const nested = (depth: number): string => `{"a":`.repeat(depth) + '1' + '}'.repeat(depth);
    expect(takes(automaton, nested(FREE_DEPTH))).to.equal(true);
    expect(takes(automaton, nested(FREE_DEPTH + 1))).to.equal(false);
    expect(takes(automaton, '[1]')).to.equal(false);
    expect(takes(automatonOf({ type: 'object' }), '{"x": [1, {"y": "z"}]}')).to.equal(true);
    expect(takes(automatonOf({ type: 'object', properties: {}, additionalProperties: false }), '{"x": 1}')).to.equal(false);
  });

  const object = (properties: object, more: object = {}) => ({ type: 'object', properties, additionalProperties: false, ...more });
  const refused: [what: string, schema: unknown, at: string, why: RegExp][] = [
    ['an unknown keyword', { type: 'string', format: 'date' }, 'format', /accepted are type, minLength/],
    ['a keyword of another type', { type: 'string', minimum: 1 }, 'minimum', /of type string/],
    ['a bound of numbers', { type: 'number', minimum: 1 }, 'minimum', /of type number; accepted are type/],
    ['allOf', { allOf: [{ type: 'string' }] }, 'allOf', /\$ref, anyOf, oneOf/],
    ['a keyword without a type', { properties: {} }, 'properties', /a "type" is needed/],
    ['what stands beside anyOf', { anyOf: [{ type: 'string' }], minLength: 3 }, 'minLength', /beside anyOf/],
    [
      'what stands deep inside',
      object({ a: { type: 'array', items: { type: 'array', uniqueItems: true } } }),
      'properties.a.items.uniqueItems',
      /not supp/,
    ],
    ['additional properties', { type: 'object', properties: {}, additionalProperties: true }, 'additionalProperties', /accepted is false/],
    ['a required property that is not there', object({}, { required: ['x'] }), 'required', /"x" is not among/],
    ['recursion', { $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } }, $ref: '#/$defs/a' }, '$ref.items.$ref', /recursion/],
    ['a reference to elsewhere', { $ref: 'https://example.org/x' }, '$ref', /#\/\$defs\/name/],
    ['a reference to nothing', { $ref: '#/$defs/x' }, '$ref', /not in the schema/],
    ['a type there is not', { type: 'text' }, 'type', /object, array, string/],
    ['no value at all', { type: 'integer', minimum: 5, maximum: 4 }, '', /no whole number from 5 to 4/],
    ['an enum of nothing', { enum: [] }, 'enum', /at least one/],
    ['an enum of other types', { type: 'string', enum: [1] }, 'enum', /no value is of type string/],
    ['false', { type: 'array', items: false }, 'items', /an object or true/],
    ['a pattern with a length', { type: 'string', pattern: 'a', maxLength: 3 }, 'maxLength', /beside pattern/],
    ['a pattern that looks around', { type: 'string', pattern: '(?!a)b' }, 'pattern', /look-around/],
    [
      'alternatives that overlap',
      { oneOf: [{ type: 'integer' }, { type: 'number' }] },
      'oneOf',
      /alternatives 0 and 1 cannot be told apart/,
    ],
    [
      'objects that overlap',
      { oneOf: [object({ a: { type: 'null' } }), object({ b: { type: 'null' } })] },
      'oneOf',
      /cannot be told apart/,
    ],
  ];
  for (const [what, schema, at, why] of refused) {
    it(`refuse ${what}`, () => {
      expect(() => automatonOf(schema))
        .to.throw(FormatError, why)
        .with.property('at')
        .that.deep.equals(at === '' ? [] : at.split('.'));
    });
  }

  it('take alternatives of oneOf that a required property tells apart, or one that only one may have', () => {
    const tagged = (tag: string) => object({ do: { const: tag }, n: { type: 'integer' } }, { required: ['do'] });
    const automaton = automatonOf({ oneOf: [tagged('a'), tagged('b'), { type: 'null' }] });
    for (const text of ['{"do": "a"}', '{"do": "b", "n": 3}', 'null']) expect(takes(automaton, text)).to.equal(true);
    const other = automatonOf({ oneOf: [object({ x: { type: 'null' } }, { required: ['x'] }), object({ y: { type: 'null' } })] });
    expect(takes(other, '{"x": null}')).to.equal(true);
  });
});
