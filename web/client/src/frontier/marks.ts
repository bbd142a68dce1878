/** How a frontier's marks look: their shape says the place, their colour the size. Elements of SVG, and the legend made of the same shapes. */
import { el } from '../element.js';

const SVG = 'http://www.w3.org/2000/svg';

/** Colours of the style sheet that sizes are told by, in turn. */
const COLOURS = 6;

/** Makes an element of SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number> = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** What a mark stands for. Bots stand beside the frontier; of a sweep that was broken off nobody's place is known. */
export type MarkKind = 'frontier' | 'tied' | 'dominated' | 'unmeasured' | 'bot';

/** The colour of a series, for the style sheet. @param series its number */
export const colourOf = (kind: MarkKind, series: number): string => (kind === 'bot' ? 'bot' : String(series % COLOURS));

/** A mark around the origin: on the frontier filled with a ring around it, tied hollow, beaten a cross, without a place a square, a bot a diamond. */
export function shapeOf(kind: MarkKind): SVGElement[] {
  if (kind === 'frontier') return [svg('circle', { class: 'ring', r: 10 }), svg('circle', { class: 'solid', r: 6 })];
  if (kind === 'tied') return [svg('circle', { class: 'hollow', r: 6 })];
  if (kind === 'dominated') return [svg('path', { class: 'stroke', d: 'M-5-5L5 5M-5 5L5-5' })];
  if (kind === 'unmeasured') return [svg('rect', { class: 'hollow', x: -5, y: -5, width: 10, height: 10 })];
  return [svg('path', { class: 'solid', d: 'M0-6L6 0L0 6L-6 0Z' })];
}

const MEANS: Record<MarkKind, string> = {
  frontier: 'FRONTIER: each other one is slower or worse beyond doubt',
  tied: 'tied: that cannot be told',
  dominated: 'beaten: another is better beyond doubt',
  unmeasured: 'place not known',
  bot: 'scripted bot, its delay injected',
};

/** What shapes and colours mean, of those that are drawn. @param series sizes and the numbers of their colours */
export function legendOf(series: readonly { name: string; number: number }[], kinds: ReadonlySet<MarkKind>): HTMLElement {
  const entry = (kind: MarkKind | 'swatch', colour: string, text: string): HTMLElement => {
    const shape = kind === 'swatch' ? [svg('rect', { class: 'solid', x: -8, y: -4, width: 16, height: 8, rx: 3 })] : shapeOf(kind);
    const picture = svg('svg', { width: 22, height: 22, viewBox: '-11 -11 22 22', 'aria-hidden': 'true', 'data-colour': colour }, ...shape);
    return el('span', {}, picture, text);
  };
  return el(
    'p',
    { class: 'frontier-legend' },
    ...series.map(({ name, number }) => entry('swatch', colourOf('tied', number), name)),
    ...(Object.keys(MEANS) as MarkKind[]).filter((kind) => kinds.has(kind)).map((kind) => entry(kind, kind === 'bot' ? 'bot' : 'text', MEANS[kind])), // prettier-ignore
  );
}
