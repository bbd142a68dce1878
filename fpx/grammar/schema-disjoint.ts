/**
 * Whether two schemas have no value in common, as far as that shows without trying values: by type, by listed values, or, of objects, by a
 * property that both must have and that tells them apart. `oneOf` needs it, since a value of two alternatives is not valid.
 */
import { isObject, type SchemaObject } from './schema-keywords.js';
import { referred } from './schema-references.js';

/** References that are followed one after the other. */
const MOST_STEPS = 64;

/** True only where no value can be of both. Schemas that are not well-formed are never disjoint. */
export function disjoint(root: unknown, a: unknown, b: unknown, steps = MOST_STEPS): boolean {
  if (!isObject(a) || !isObject(b) || steps === 0) return false;
  const within = (x: unknown, y: unknown): boolean => disjoint(root, x, y, steps - 1);
  if (a.$ref !== undefined) return within(referred(root, a.$ref, []), b);
  if (b.$ref !== undefined) return within(a, referred(root, b.$ref, []));
  const parts = a.anyOf ?? a.oneOf;
  if (Array.isArray(parts)) return parts.every((each) => within(each, b));
  if (b.anyOf !== undefined || b.oneOf !== undefined) return within(b, a);
  const [typesA, typesB] = [types(a), types(b)];
  const common = typesA.filter((type) => typesB.includes(type));
  if (typesA.length > 0 && typesB.length > 0 && common.length === 0) return true;
  const [valuesA, valuesB] = [scalars(a), scalars(b)];
  if (valuesA && valuesB) return !valuesA.some((value) => valuesB.includes(value));
  if (!common.every((type) => type === 'object') || common.length === 0) return false;
  const [propertiesA, propertiesB] = [properties(a), properties(b)];
  const [requiredA, requiredB] = [required(a), required(b)];
  return (
    requiredA.some((name) => requiredB.includes(name) && within(propertiesA[name], propertiesB[name])) ||
    requiredA.some((name) => closed(b) && !Object.hasOwn(propertiesB, name)) ||
    requiredB.some((name) => closed(a) && !Object.hasOwn(propertiesA, name))
  );
}

/** Types of a schema's values, integers as numbers; empty when it does not say. */
function types(schema: SchemaObject): string[] {
  const listed = values(schema);
  if (listed) return listed.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value));
  return [schema.type ?? []].flat().map((type) => (type === 'integer' ? 'number' : String(type)));
}

function values(schema: SchemaObject): unknown[] | undefined {
  if (Object.hasOwn(schema, 'const')) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

/** The listed values of a schema that lists nothing but strings, numbers, booleans and null. */
function scalars(schema: SchemaObject): unknown[] | undefined {
  const listed = values(schema);
  return listed?.every((value) => typeof value !== 'object' || value === null) ? listed : undefined;
}

function properties(schema: SchemaObject): SchemaObject {
  return isObject(schema.properties) ? schema.properties : {};
}

function required(schema: SchemaObject): string[] {
  return Array.isArray(schema.required) ? schema.required.filter((each) => typeof each === 'string') : [];
}

function closed(schema: SchemaObject): boolean {
  return schema.additionalProperties === false;
}
