/**
 * A chart in a page: the picture, once wide and once for a phone, and over each of its marks a spot that can be pointed at or reached by
 * keyboard and tells the figures behind it. Nothing of it needs a script.
 */
import type { ChartPlace, DrawnChart } from '../charts/frontier.js';
import { FONT_FAMILY } from '../charts/font.js';
import type { Tip } from './against.js';
import { markup, type Markup } from './markup.js';

/** Pages narrower than this get the phone's picture. One with the style sheet's. */
const PHONE = '(max-width: 640px)';

export interface PageChart {
  /** Unique in the page; letters, digits and dashes. */
  id: string;
  /** Above it, and what it shows in a sentence. */
  title: string;
  about: string;
  /** Drawn for half of the page's width, where two stand beside each other. */
  isHalf?: boolean;
  draw(place: Exclude<ChartPlace, 'picture'>): DrawnChart;
  /** In the order of the chart's spots. */
  tips: readonly Tip[];
}

/** A drawn chart: its HTML, and the rules that put its spots in their places. */
export interface PlacedChart {
  markup: Markup;
  rules: string[];
}

/** Draws a chart into the page. @throws RangeError when it has nothing to show */
export function placeChart({ id, title, about, isHalf, draw, tips }: PageChart): PlacedChart {
  const [wide, phone] = [draw(isHalf ? 'half' : 'page'), draw('phone')];
  const there = tips.map((tip, i) => ({ tip, i })).filter(({ i }) => wide.spots[i]);
  const rules = [
    ...there.map(({ i }) => spotRules(id, i, wide)),
    `@media ${PHONE} {\n${there.map(({ i }) => spotRules(id, i, phone)).join('\n')}\n}`,
  ];
  const alt = `${title}. ${about} Points: ${there.map(({ tip }) => `${tip.name}: ${tip.lines.join(', ')}`).join('; ')}.`;
  const figure = markup`<figure class="chart" id="${id}">
<figcaption><p class="chart-title">${title}</p><p>${about}</p></figcaption>
<div class="plot">
<picture><source media="${PHONE}" srcset="${dataUrl(phone)}" width="${phone.width}" height="${phone.height}" /><img src="${dataUrl(wide)}" width="${wide.width}" height="${wide.height}" alt="${alt}" /></picture>
<div class="spots" role="group" aria-label="Points of the chart: ${title}">
${there.map(({ tip, i }) => markup`<span class="spot s${i}" tabindex="0" role="img" aria-label="${tip.name}: ${tip.lines.join(', ')}"><span class="tip"><b>${tip.name}</b>${tip.lines.map((line) => markup`<span>${line}</span>`)}</span></span>\n`)}</div>
</div>
</figure>`; // prettier-ignore
  return { markup: figure, rules };
}

/** A spot's place in a picture, and on which side of it there is room for what it tells. */
function spotRules(id: string, i: number, { spots, width, height }: DrawnChart): string {
  const { x, y } = spots[i]!;
  const percent = (share: number): string => `${(100 * share).toFixed(2)}%`;
  const across = x > width / 2 ? 'left:auto;right:100%' : 'left:100%;right:auto';
  const down = y > height / 2 ? 'top:auto;bottom:50%' : 'top:50%;bottom:auto';
  return `#${id} .s${i}{left:${percent(x / width)};top:${percent(y / height)}}#${id} .s${i} .tip{${across};${down}}`;
}

/** The picture as an address. Readers without the shipped font get one of about its widths; names that count charts drawn before are made alike. */
function dataUrl({ svg }: DrawnChart): string {
  const anywhere = renumbered(svg).replaceAll(FONT_FAMILY, `${FONT_FAMILY}, Verdana, sans-serif`);
  return `data:image/svg+xml;base64,${Buffer.from(anywhere).toString('base64')}`;
}

/** The classes and ids that echarts counts up over all charts of a process, counted in each anew, so that the same results make the same file. */
function renumbered(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/\bzr\d+-([a-z-]+)(\d+)\b/g, (_, what: string, number: string) => {
    const key = `${what}${number}`;
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    return `zr-${what}${numbers.get(key)}`;
  });
}
