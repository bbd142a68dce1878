/**
 * A JSON Schema as an expression over the bytes of an answer, which matches nothing but JSON that is valid under the schema: not every valid
 * spelling, but one order of properties, bounded white space and numbers of bounded digits (see json-text.ts).
 */
import { EmptyLanguageError, type Expression } from './expression.js';
import { integers } from './integers.js';
import type { JsonText } from './json-text.js';
import { regex, RegexError } from './regex.js';
import { disjoint } from './schema-disjoint.js';
import { isObject, kindOf, SchemaError, typesOf, type SchemaObject, type TypeName } from './schema-keywords.js';
import { referred } from './schema-references.js';

type Path = readonly string[];

/** Schemas within each other. */
const MOST_DEPTH = 64;

/** Translates a schema. @throws SchemaError saying where, and what is accepted there */
export function jsonSchema(json: JsonText, schema: unknown): Expression {
  return new Translation(json, schema).schema(schema, []);
}

class Translation {
  /** By reference: what it came to, or `active` while it is being translated. */
  private readonly references = new Map<string, Expression | 'active'>();
  private depth = 0;

  constructor(
    private readonly json: JsonText,
    private readonly root: unknown,
  ) {}

  schema(schema: unknown, at: Path): Expression {
    if (schema === true) return this.json.anyValue();
    if (!isObject(schema)) throw new SchemaError(at, 'a schema is an object or true');
    if (this.depth >= MOST_DEPTH) throw new SchemaError(at, `schemas are nested over ${MOST_DEPTH} deep`);
    this.depth++;
    try {
      return this.ofKind(schema, at);
    } catch (error) {
      if (error instanceof EmptyLanguageError) throw new SchemaError(at, `no value is valid: ${error.message}`);
      throw error;
    } finally {
      this.depth--;
    }
  }

  private ofKind(schema: SchemaObject, at: Path): Expression {
    const kind = kindOf(schema, at);
    switch (kind) {
      case '$ref':
        return this.reference(schema.$ref, at);
      case 'anyOf':
      case 'oneOf':
        return this.alternatives(kind, schema[kind], at);
      case 'const':
        return this.listed(kind, [schema.const], schema, at);
      case 'enum':
        return this.listed(kind, schema.enum, schema, at);
      case 'type':
        return this.json.make.choice(typesOf(schema, at).map((type) => this.ofType(type, schema, at)));
      case 'anything':
        return this.json.anyValue();
    }
  }

  private reference(reference: unknown, at: Path): Expression {
    const target = referred(this.root, reference, at);
    const known = this.references.get(reference as string);
    if (known === 'active') throw new SchemaError([...at, '$ref'], `${String(reference)} leads back to itself; recursion is not supported`);
    if (known !== undefined) return known;
    this.references.set(reference as string, 'active');
    const found = this.schema(target, [...at, '$ref']);
    this.references.set(reference as string, found);
    return found;
  }

  private alternatives(keyword: 'anyOf' | 'oneOf', schemas: unknown, at: Path): Expression {
    if (!Array.isArray(schemas) || schemas.length === 0) throw new SchemaError([...at, keyword], 'a list of at least one schema');
    const options = schemas.map((each, i) => this.schema(each, [...at, keyword, String(i)]));
    if (keyword === 'oneOf') this.requireDisjoint(schemas, at);
    return this.json.make.choice(options);
  }

  private requireDisjoint(schemas: readonly unknown[], at: Path): void {
    for (let i = 0; i < schemas.length; i++) {
      for (let j = 0; j < i; j++) {
        if (disjoint(this.root, schemas[j], schemas[i])) continue;
        const why = 'by type, by listed values or by a required property that lists its values; write anyOf where a value may be both';
        throw new SchemaError([...at, 'oneOf'], `alternatives ${j} and ${i} cannot be told apart ${why}`);
      }
    }
  }

  /** `const` and `enum`: those of the listed values that are of the type beside them. */
  private listed(keyword: 'const' | 'enum', values: unknown, schema: SchemaObject, at: Path): Expression {
    if (!Array.isArray(values) || values.length === 0) throw new SchemaError([...at, keyword], 'a list of at least one value');
    const types = schema.type === undefined ? undefined : typesOf(schema, at);
    const valid = values.filter((value) => !types || types.some((type) => isOfType(value, type)));
    if (valid.length === 0) throw new SchemaError([...at, keyword], `no value is of type ${types?.join(' or ')}`);
    return this.json.make.choice(valid.map((value) => this.json.literal(value)));
  }

  private ofType(type: TypeName, schema: SchemaObject, at: Path): Expression {
    const { json } = this;
    switch (type) {
      case 'object':
        return this.object(schema, at);
      case 'array':
        return this.array(schema, at);
      case 'string':
        return json.string(this.contents(schema, at));
      case 'integer':
        return this.integer(schema, at);
      case 'number':
        return json.number();
      case 'boolean':
        return json.make.choice([json.literal(true), json.literal(false)]);
      case 'null':
        return json.literal(null);
    }
  }

  private object(schema: SchemaObject, at: Path): Expression {
    const { properties, required = [], additionalProperties } = schema;
    if (!Array.isArray(required) || !required.every((each) => typeof each === 'string'))
      throw new SchemaError([...at, 'required'], 'a list of names');
    const free = properties === undefined && required.length === 0;
    if (additionalProperties !== undefined && additionalProperties !== false && !(free && additionalProperties === true)) {
      const accepted = free
        ? 'accepted are true, false, or properties by name'
        : 'accepted is false: an answer has the named properties alone';
      throw new SchemaError([...at, 'additionalProperties'], accepted);
    }
    if (free && additionalProperties !== false) return this.json.anyObject();
    if (properties !== undefined && !isObject(properties)) throw new SchemaError([...at, 'properties'], 'an object of schemas');
    const named = Object.entries(properties ?? {});
    const missing = required.find((name) => !named.some(([each]) => each === name));
    if (missing !== undefined) throw new SchemaError([...at, 'required'], `${JSON.stringify(missing)} is not among the properties`);
    return this.json.object(
      named.map(([name, value]) => ({
        name,
        value: this.schema(value, [...at, 'properties', name]),
        required: required.includes(name),
      })),
    );
  }

  private array(schema: SchemaObject, at: Path): Expression {
    const item = schema.items === undefined ? this.json.anyValue() : this.schema(schema.items, [...at, 'items']);
    const least = count(schema, 'minItems', at) ?? 0;
    const most = count(schema, 'maxItems', at) ?? Infinity;
    if (least > most) throw new SchemaError([...at, 'maxItems'], `less than minItems, which is ${least}`);
    return this.json.array(item, least, most);
  }

  private contents(schema: SchemaObject, at: Path): Expression {
    const { json } = this;
    const { pattern } = schema;
    const least = count(schema, 'minLength', at) ?? 0;
    const most = count(schema, 'maxLength', at) ?? Infinity;
    if (least > most) throw new SchemaError([...at, 'maxLength'], `less than minLength, which is ${least}`);
    if (pattern === undefined) return json.make.repeat(json.anyCharacter, least, most);
    if (typeof pattern !== 'string') throw new SchemaError([...at, 'pattern'], 'a regular expression');
    const bound = ['minLength', 'maxLength'].find((keyword) => schema[keyword] !== undefined);
    if (bound !== undefined) throw new SchemaError([...at, bound], 'not supported beside pattern; write the length into the pattern');
    try {
      return regex(json.make, pattern, (ranges) => json.characterOf(ranges), 'anywhere');
    } catch (error) {
      if (error instanceof RegexError) throw new SchemaError([...at, 'pattern'], error.message);
      throw error;
    }
  }

  private integer(schema: SchemaObject, at: Path): Expression {
    const bound = (keyword: string): number | undefined => {
      const value = schema[keyword];
      if (value !== undefined && typeof value !== 'number') throw new SchemaError([...at, keyword], 'a number');
      return value;
    };
    const above = bound('exclusiveMinimum') ?? -Infinity;
    const below = bound('exclusiveMaximum') ?? Infinity;
    const least = Math.max(bound('minimum') ?? -Infinity, Math.floor(above) + 1);
    const most = Math.min(bound('maximum') ?? Infinity, Math.ceil(below) - 1);
    return integers(this.json.make, least, most);
  }
}

function isOfType(value: unknown, type: TypeName): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isObject(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/** A keyword's number of characters or items. @throws SchemaError */
function count(schema: SchemaObject, keyword: string, at: Path): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) throw new SchemaError([...at, keyword], 'a whole number from 0');
  return value;
}
