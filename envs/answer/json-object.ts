/** JSON in answers: where an object ends in a text that still streams in, which is how a reader knows that it is whole, and what it holds. */

/** The index of the brace that closes the object beginning at `start`, braces inside strings not counted; undefined while it is open. @param pair `[]` for arrays */
export function closingBrace(text: string, start: number, pair: '{}' | '[]' = '{}'): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c === '\\') i++;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === pair[0]) depth++;
    else if (c === pair[1] && --depth === 0) return i;
  }
  return undefined;
}

/** What a JSON text holds; commas too many and single quotes are borne with. Null when it is no JSON. */
export function jsonIn(text: string): unknown {
  const fewer = text.replace(/,\s*(?=[}\]])/g, '');
  return parsed(text) ?? parsed(fewer) ?? parsed(fewer.replaceAll("'", '"'));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
