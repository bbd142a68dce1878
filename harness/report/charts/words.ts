/** The words of a frontier's chart: what colours and marks mean above the plot, and names beside the marks. */
import type { Pixel } from './drawing.js';
import { FONT_FAMILY, textWidth } from './font.js';
import { placeLabels, type Box, type LabelRequest } from './labels.js';
import { BOT, COLOURS, ends, INK, look, membersOf, SOFT, type ChartFrame, type Mark } from './marks.js';

const LABEL_SIZE = 12;
/** From one line of the legend to the next. */
const LINE = 18;

const graphicText = (text: string, x: number, y: number, fill: string, bold = false) => ({
  type: 'text' as const,
  silent: true,
  z: 10,
  style: { text, x, y, fill, font: `${bold ? 'bold ' : ''}${LABEL_SIZE}px ${FONT_FAMILY}`, verticalAlign: 'middle' as const },
});

/** An entry of the legend. */
export interface LegendEntry {
  text: string;
  look: Pick<Mark, 'status' | 'kind' | 'colour'>;
}

/** What the colours and marks mean. @param series names of models, in the order of their colours */
export function legendOf(series: readonly string[], marks: readonly Mark[]): LegendEntry[] {
  const items: LegendEntry[] = [];
  series.forEach((name, i) =>
    items.push({ text: name, look: { status: 'dominated', kind: 'model', colour: COLOURS[i % COLOURS.length]! } }),
  );
  const used = (test: (mark: Mark) => boolean) => marks.some(test);
  if (used((mark) => mark.status === 'frontier'))
    items.push({ text: 'frontier', look: { status: 'frontier', kind: 'model', colour: '#ffffff' } });
  if (used((mark) => mark.status === 'tied')) items.push({ text: 'tied with it', look: { status: 'tied', kind: 'model', colour: SOFT } });
  if (used((mark) => mark.kind === 'bot')) {
    const injected = used((mark) => mark.kind === 'bot' && mark.injected === true);
    items.push({
      text: injected ? 'scripted bot (injected delay)' : 'scripted bot',
      look: { status: 'dominated', kind: 'bot', colour: BOT },
    });
  }
  return items;
}

/** The entries in lines that fit the frame's width. */
export function legendLines(items: readonly LegendEntry[], { width, grid }: ChartFrame): { entry: LegendEntry; x: number; line: number }[] {
  let [x, line] = [grid.left, 0];
  return items.map((entry) => {
    const taken = 16 + textWidth(entry.text, LABEL_SIZE);
    if (x > grid.left && x + taken > width - 8) [x, line] = [grid.left, line + 1];
    const placed = { entry, x, line };
    x += taken + 20;
    return placed;
  });
}

/** The legend as it is drawn: its last line right above the plot. */
export function legend(items: readonly LegendEntry[], frame: ChartFrame) {
  const placed = legendLines(items, frame);
  const last = placed.at(-1)?.line ?? 0;
  return placed.flatMap(({ entry, x, line }) => {
    const y = frame.grid.top - LINE * (1 + last - line);
    const { symbol, itemStyle } = look(entry.look);
    const size = 10;
    const style = {
      fill: itemStyle.color,
      stroke: 'borderColor' in itemStyle ? itemStyle.borderColor : undefined,
      lineWidth: 'borderWidth' in itemStyle ? itemStyle.borderWidth : 0,
    };
    const mark =
      symbol === 'circle'
        ? { type: 'circle' as const, shape: { cx: x + size / 2, cy: y, r: size / 2 }, style, silent: true }
        : {
            type: 'polygon' as const,
            shape: { points: [[x, y], [x + size / 2, y - size / 2], [x + size, y], [x + size / 2, y + size / 2]] },
            style,
            silent: true,
          }; // prettier-ignore
    const text = graphicText(entry.text, x + size + 6, y, SOFT);
    return [mark, text];
  });
}

/** The words beside a mark: its series once (models: always), its own label, and what was injected. */
function wording(mark: Mark, first: boolean): string {
  if (mark.kind === 'model') return `${mark.series} ${mark.label}${mark.injected ? ' (injected)' : ''}`;
  return first ? `${mark.series} ${mark.label}${mark.injected ? ' (injected)' : ''}` : mark.label;
}

/** Names beside the marks, placed without overlap as far as there is room. @param pixel where a latency and a quality are drawn */
export function labels(marks: readonly Mark[], pixel: Pixel, floorMs: number, { width: across, height: down, grid }: ChartFrame) {
  const area: Box = {
    x: grid.left + 2,
    y: grid.top + 2,
    width: across - grid.left - grid.right - 4,
    height: down - grid.top - grid.bottom - 4,
  };
  const boxes: Box[] = [];
  const lines: Box[] = [];
  for (const mark of marks) {
    const [px, py] = pixel(mark.x, mark.y);
    const size = look(mark).symbolSize;
    boxes.push({ x: px - size / 2, y: py - size / 2, width: size, height: size });
    const { left, right, low, high } = ends(mark, floorMs);
    const [x1] = pixel(left, mark.y);
    const [x2] = pixel(right, mark.y);
    const [, top] = pixel(mark.x, high);
    const [, bottom] = pixel(mark.x, low);
    lines.push({ x: px - 3, y: top, width: 6, height: bottom - top }, { x: x1, y: py - 2, width: x2 - x1, height: 4 });
  }
  const corners = membersOf(marks).map((mark) => pixel(mark.x, mark.y));
  corners.forEach(([x, y], i) => {
    const [right, next] = corners[i + 1] ?? [area.x + area.width, y];
    lines.push({ x, y: y - 2, width: right - x, height: 4 }, { x: right - 2, y: next, width: 4, height: y - next });
  });
  const named = new Set<string>();
  // Models first: when room is short, it is theirs.
  const order = [...marks].sort((a, b) => (a.kind === b.kind ? a.x - b.x : a.kind === 'model' ? -1 : 1));
  const texts = order.map((mark) => {
    const first = mark.kind === 'bot' && !named.has(mark.series);
    named.add(mark.series);
    return wording(mark, first);
  });
  const requests = order.map((mark, i): LabelRequest => {
    const [x, y] = pixel(mark.x, mark.y);
    const bold = mark.status === 'frontier' ? 1.12 : 1;
    return { x, y, width: textWidth(texts[i]!, LABEL_SIZE) * bold, height: LABEL_SIZE + 3, clear: look(mark).symbolSize / 2 + 4 };
  });
  const placed = placeLabels(requests, area, boxes, lines);
  return order.flatMap((mark, i) => {
    const { x, y, width, height, far } = placed[i]!;
    const label = graphicText(texts[i]!, x, y + height / 2, mark.kind === 'bot' ? SOFT : INK, mark.status === 'frontier');
    if (!far) return [label];
    const from = requests[i]!;
    const near = { x: Math.min(Math.max(from.x, x), x + width), y: Math.min(Math.max(from.y, y), y + height) };
    const leader = {
      type: 'line' as const,
      silent: true,
      z: 9,
      shape: { x1: from.x, y1: from.y, x2: near.x, y2: near.y },
      style: { stroke: mark.colour, lineWidth: 0.8, opacity: 0.7 },
    };
    return [leader, label];
  });
}
