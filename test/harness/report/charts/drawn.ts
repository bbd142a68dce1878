/** What a chart's SVG shows: its words, and where they stand. */

/** All words, in the order in which they are drawn. */
export function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

/** Where some words stand, in pixels. @throws Error where they do not */
export function whereIs(svg: string, text: string): { x: number; y: number } {
  const [tag] = [...svg.matchAll(/<text([^>]*)>([^<]*)<\/text>/g)].filter(([, , own]) => own === text).map(([, attributes]) => attributes!);
  if (tag === undefined) throw new Error(`no words "${text}"; there are ${textsOf(svg).join(', ')}`);
  const moved = /translate\(([-\d.]+)[ ,]+([-\d.]+)\)/.exec(tag);
  const own = (name: string): number => Number(new RegExp(` ${name}="([-\\d.]+)"`).exec(tag)?.[1] ?? 0);
  return { x: own('x') + Number(moved?.[1] ?? 0), y: own('y') + Number(moved?.[2] ?? 0) };
}
