/** Sizes and bits of models as people say them, and which of ours stands where a published one does. */

/** Parameters that a size tells: 1.5e9 of `1.5B`; undefined for what tells none. */
export function parametersOf(size: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([MB])$/i.exec(size ?? '');
  return match ? Number(match[1]) * (match[2]!.toUpperCase() === 'B' ? 1e9 : 1e6) : undefined;
}

/** The sizes among some rows, smallest first, each once; what tells no number of parameters is left out. */
export function sizesOf(rows: Iterable<{ size?: string }>): string[] {
  const sizes = new Set([...rows].flatMap(({ size }) => (size !== undefined && parametersOf(size) !== undefined ? [size] : [])));
  return [...sizes].sort((a, b) => parametersOf(a)! - parametersOf(b)!);
}

/**
 * Which of our sizes stands where each published one does: the same where ours are the published ones; else in order, the smallest where
 * the smallest is and the largest where the largest is. A published size for which ours are too few has none.
 * @param published smallest first @param ours smallest first
 */
export function counterparts(published: readonly string[], ours: readonly string[]): Map<string, string> {
  if (ours.some((size) => published.includes(size))) return new Map(published.filter((size) => ours.includes(size)).map((size) => [size, size])); // prettier-ignore
  const found = new Map<string, string>();
  if (ours.length === 1) return found.set(published.at(-1)!, ours[0]!);
  for (const [i, size] of ours.entries()) {
    const place = Math.round((i * (published.length - 1)) / (ours.length - 1));
    if (!found.has(published[place]!)) found.set(published[place]!, size);
  }
  return found;
}

/** How a number of bits is counted in the publication: 16, or 8 - 4 gamma by count of linear layers. */
export function publishedBits({ label, gammaByCount }: { label: string; gammaByCount: number }): number | undefined {
  if (label === 'bf16') return 16;
  return label.includes('bf16') ? undefined : 8 - 4 * gammaByCount;
}

/** Bits that count as the same: rows are set beside each other, and pooled, by them. */
export function sameBits(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6;
}
