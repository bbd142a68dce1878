/** How deep JSON is nested: thousands of levels would overflow the stack of whatever walks through them. */

/** The number of the first line of JSON that is nested over `most` levels deep, from 1; 0 when none is. Read before it is parsed. */
export function deepLine(text: string, most: number): number {
  let [line, depth, quoted] = [1, 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10) [line, depth, quoted] = [line + 1, 0, false];
    else if (quoted) {
      if (code === 92) i++;
      else if (code === 34) quoted = false;
    } else if (code === 34) quoted = true;
    else if (code === 91 || code === 123) {
      if (++depth > most) return line;
    } else if (code === 93 || code === 125) depth--;
  }
  return 0;
}
