/** Work on a text that is asked for again and again, done once for each of the latest texts. */

/** @param most texts remembered; the oldest is forgotten first @returns the same as `work`, which must depend on its text alone */
export function remembered<T>(work: (text: string) => T, most = 64): (text: string) => T {
  const done = new Map<string, T>();
  return (text) => {
    const known = done.get(text);
    if (known !== undefined) return known;
    const result = work(text);
    if (done.size >= most) done.delete(done.keys().next().value!);
    done.set(text, result);
    return result;
  };
}
