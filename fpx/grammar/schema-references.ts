/** `$ref` within one schema: `#/$defs/order` and the like, by JSON Pointer (RFC 6901). */
import { isObject, SchemaError } from './schema-keywords.js';

/** What a reference points to. @throws SchemaError when it leads out of the schema or nowhere */
export function referred(root: unknown, reference: unknown, at: readonly string[]): unknown {
  if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference))
    throw new SchemaError([...at, '$ref'], 'accepted are references within the schema, such as #/$defs/name');
  let found = root;
  for (const step of reference.split('/').slice(1)) {
    const name = decoded(step, at).replaceAll('~1', '/').replaceAll('~0', '~');
    const inside: unknown = (isObject(found) || Array.isArray(found)) && Object.hasOwn(found, name) ? (found as never)[name] : undefined;
    if (inside === undefined) throw new SchemaError([...at, '$ref'], `${reference} is not in the schema`);
    found = inside;
  }
  return found;
}

function decoded(step: string, at: readonly string[]): string {
  try {
    return decodeURIComponent(step);
  } catch {
    throw new SchemaError([...at, '$ref'], `${step} cannot be read`);
  }
}
