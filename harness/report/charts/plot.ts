/** What a frontier's plot is drawn of: rules, the frontier itself, bots' lines, intervals and marks, as series of echarts. */
import { latencyTicks, type ZeroLatency } from './axes.js';
import { FONT_FAMILY } from './font.js';
import { BOT, ends, INK, look, membersOf, RULE, SOFT, type ChartFrame, type Mark } from './marks.js';

/** Where the axis is broken, among its ticks. */
const BREAK = '//';

/**
 * Round latencies within the axis (1, 2, 5 x powers of ten), each with a rule and its number. A latency of zero, which has no
 * place on a logarithmic axis, stands apart under a 0, with the axis broken beside it.
 */
export function gridLines({ grid }: ChartFrame, [from, to]: [number, number], bottom: number, zero?: ZeroLatency) {
  const data: { value: [number, number]; name: string }[] = [];
  if (zero) data.push({ value: [zero.x, bottom], name: '0' }, { value: [zero.x * 1.25, bottom], name: BREAK });
  for (const { ms, name } of latencyTicks([from, to], zero)) data.push({ value: [ms, bottom], name });
  return {
    type: 'custom',
    silent: true,
    z: 0,
    data,
    renderItem: (params: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const { value, name } = data[params.dataIndex]!;
      const [px, py] = api.coord(value) as [number, number];
      if (name === BREAK) {
        const slash = (dx: number) => ({
          type: 'line',
          shape: { x1: px + dx - 3, y1: py + 6, x2: px + dx + 3, y2: py - 6 },
          style: { stroke: SOFT },
        });
        const gap = { type: 'rect', shape: { x: px - 3, y: py - 3, width: 6, height: 6 }, style: { fill: '#ffffff' } };
        return { type: 'group', children: [gap, slash(-3), slash(3)] };
      }
      return {
        type: 'group',
        children: [
          { type: 'line', shape: { x1: px, y1: grid.top, x2: px, y2: py }, style: { stroke: RULE } },
          { type: 'line', shape: { x1: px, y1: py, x2: px, y2: py + 4 }, style: { stroke: SOFT } },
          { type: 'text', style: { x: px, y: py + 9, text: name, align: 'center', fill: SOFT, font: `12px ${FONT_FAMILY}` } },
        ],
      };
    },
  };
}

/** The frontier as a staircase: between two members, the faster one's quality is what can be had. */
export function frontierLine(marks: readonly Mark[], right: number) {
  const members = membersOf(marks);
  const last = members.at(-1);
  const data = members.map((mark) => [mark.x, mark.y]);
  if (last) data.push([right, last.y]);
  return { type: 'line', step: 'end', symbol: 'none', silent: true, z: 2, data, lineStyle: { color: INK, width: 1.5, opacity: 0.55 } };
}

/** A thin dotted line through each bot's delays. */
export function botLines(marks: readonly Mark[]) {
  const bots = [...new Set(marks.filter((mark) => mark.kind === 'bot').map((mark) => mark.series))];
  return bots.map((bot) => ({
    type: 'line',
    symbol: 'none',
    silent: true,
    z: 1,
    data: marks
      .filter((mark) => mark.kind === 'bot' && mark.series === bot)
      .sort((a, b) => a.x - b.x)
      .map((mark) => [mark.x, mark.y]),
    lineStyle: { color: BOT, width: 1, type: 'dotted' },
  }));
}

/** Interval bars on both axes. */
export function bars(marks: readonly Mark[], floorMs: number) {
  return {
    type: 'custom',
    silent: true,
    z: 3,
    clip: true,
    data: marks.map((mark) => [mark.x, mark.y]),
    renderItem: (params: { dataIndex: number }, api: { coord(value: number[]): number[] }) => {
      const mark = marks[params.dataIndex]!;
      const { left, right, low, high } = ends(mark, floorMs);
      const [x1, y0] = api.coord([left, mark.y]) as [number, number];
      const [x2] = api.coord([right, mark.y]) as [number, number];
      const [x0, y1] = api.coord([mark.x, low]) as [number, number];
      const [, y2] = api.coord([mark.x, high]) as [number, number];
      const style = { stroke: mark.colour, lineWidth: mark.kind === 'bot' ? 1 : 1.5, opacity: mark.kind === 'bot' ? 0.45 : 0.6 };
      const line = (a: number, b: number, c: number, d: number) => ({ type: 'line', shape: { x1: a, y1: b, x2: c, y2: d }, style });
      const cap = 3;
      const children = [line(x0, y1, x0, y2), line(x0 - cap, y1, x0 + cap, y1), line(x0 - cap, y2, x0 + cap, y2)];
      if (x2 - x1 > 1) children.push(line(x1, y0, x2, y0), line(x1, y0 - cap, x1, y0 + cap), line(x2, y0 - cap, x2, y0 + cap));
      return { type: 'group', children };
    },
  };
}

/** The marks themselves. */
export function dots(marks: readonly Mark[]) {
  return { type: 'scatter', silent: true, z: 4, data: marks.map((mark) => ({ value: [mark.x, mark.y], ...look(mark) })) };
}
