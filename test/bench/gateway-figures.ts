/** Figures of programs with a gateway and without: as rows of a table, and as a picture. */
import type { RenderedChart } from '../../harness/report/charts/frontier.js';
import { textWidth } from '../../harness/report/charts/font.js';
import { BOT, COLOURS, INK, RULE, SOFT } from '../../harness/report/charts/marks.js';
import { EDGE, heading, LINE, paragraph, rendered, sentences, SIZE, WIDTH, word, type Shape } from '../../harness/report/charts/sheet.js';
import { figure } from '../../harness/report/figures.js';
import type { Played } from './gateway-programs.js';
import type { BenchRow } from './main.js';
import type { BenchRun } from './recorded-run.js';

/** What is told of each setting: its name, its unit, where it comes from, and its panel's title where the picture has it. */
const FIGURES: { name: string; unit: string; by(played: Played): number; panel?: string }[] = [
  { name: 'calls', unit: '1/s', by: ({ callsPerSecond }) => callsPerSecond, panel: 'calls a second' },
  { name: 'prompt computed', unit: 'share', by: ({ reused }) => 1 - reused, panel: 'share of prompt tokens computed' },
  { name: 'latency p50', unit: 'ms', by: ({ p50Ms }) => p50Ms, panel: 'latency p50, ms' },
  { name: 'latency p99', unit: 'ms', by: ({ p99Ms }) => p99Ms, panel: 'latency p99, ms' },
  { name: "Jain's index", unit: '', by: ({ jain }) => jain },
  { name: 'slowest program', unit: 'calls/s', by: ({ slowest }) => slowest },
  { name: 'failed', unit: 'calls', by: ({ failed }) => failed },
];

/**
 * The rows of a setting: means over its runs.
 * @param ours runs with the gateway @param peer without @param peerIs how these went without @param note beside each row
 */
export function rowsOf(setting: string, ours: readonly Played[], peer: readonly Played[], peerIs: string, note: string): BenchRow[] {
  return FIGURES.map(({ name, unit, by }) => {
    const runs = { ours: ours.map(by), peer: peer.map(by) };
    const [mine, other] = [mean(runs.ours), mean(runs.peer)];
    return { case: `${setting}: ${name}`, unit, ours: mine, peer: other, ...(other > 0 && { ratio: mine / other }), note, setting, figure: name, peerIs, runs }; // prettier-ignore
  });
}

function mean(of: readonly number[]): number {
  return of.reduce((total, each) => total + each, 0) / of.length;
}

/** Pixels: between the two columns of panels, of a bar, between settings, of a figure beside its bar, and of a panel's title. */
const BETWEEN = 30;
const BAR = 13;
const GAP = 12;
const FIGURE = 56;
const PANEL_HEAD = 26;

const GATEWAY = COLOURS[0]!;
/** Colours of the peers, by the order in which they come. */
const PEERS = [BOT, COLOURS[4]!];

/**
 * The picture of a run: a panel for each of four figures, in each a pair of bars for each setting, a dot for each run, and below on which host and
 * when. Bars begin at 0; what failed is told in words.
 * @throws RangeError where no row can be drawn
 */
export function drawGatewayRun({ name, host, date, rows }: BenchRun, title: string, subtitle: string): RenderedChart {
  const drawn = rows.filter((row) => row.setting !== undefined);
  if (drawn.length === 0) throw new RangeError(`${name}: no row of it can be drawn`);
  const settings = [...new Set(drawn.map((row) => row.setting!))];
  const peers = [...new Set(drawn.map((row) => row.peerIs!))];
  const head = heading(title, [subtitle]);
  const panels = FIGURES.filter(({ panel }) => panel !== undefined);
  const height = PANEL_HEAD + settings.length * (2 * BAR + GAP);
  const left = EDGE + 12 + Math.max(...settings.map((setting) => textWidth(setting, SIZE)));
  const width = (WIDTH - EDGE - left - BETWEEN) / 2;
  const top = head.bottom + 40;
  const shapes: Shape[] = [...head.shapes, ...legend(['gateway', ...peers], head.bottom + 10)];
  panels.forEach(({ name: figureName, panel }, p) => {
    const [x, y] = [left + (p % 2) * (width + BETWEEN), top + Math.floor(p / 2) * (height + 14)];
    const own = settings.map((setting) => drawn.find((row) => row.setting === setting && row.figure === figureName));
    const known = own.flatMap((row) => (row ? [row.ours, row.peer ?? null, ...(row.runs?.ours ?? []), ...(row.runs?.peer ?? [])] : [])).filter((value) => value !== null && Number.isFinite(value)) as number[];
    const most = Math.max(...known, 1e-9);
    shapes.push(word(panel!, x, y, INK, { bold: true }), line(x, y + PANEL_HEAD - 4, x, y + height - GAP + 4));
    settings.forEach((setting, s) => {
      const at = y + PANEL_HEAD + s * (2 * BAR + GAP);
      if (p % 2 === 0) shapes.push(word(setting, EDGE, at + BAR - SIZE / 2 - 1, SOFT));
      const row = own[s];
      shapes.push(...bar(x, at, (width - FIGURE) / most, row?.ours, row?.runs?.ours, GATEWAY));
      shapes.push(...bar(x, at + BAR, (width - FIGURE) / most, row?.peer, row?.runs?.peer, PEERS[peers.indexOf(row?.peerIs ?? '') % PEERS.length] ?? BOT));
    });
  });
  const below = top + Math.ceil(panels.length / 2) * (height + 14) + 2;
  const lines = sentences([failures(drawn), runsText(drawn), `${host.cpu}, ${host.cores} cores, Node ${host.node}, load ${host.loadPermille / 1000} at the start; ${date}; npm run bench -- ${name}`]);
  return rendered(below + lines.length * LINE + 12, [...shapes, ...paragraph(lines, below)]);
} // prettier-ignore

/** A bar, a dot for each run where there were several, and the figure; a dash where there is none. @param scale pixels of one */
function bar(x: number, y: number, scale: number, value: number | null | undefined, runs: readonly (number | null)[] | undefined, fill: string): Shape[] {
  if (value === null || value === undefined || !Number.isFinite(value)) return [word('not measured', x + 5, y - 1, SOFT)];
  const known = (runs ?? []).filter((run) => run !== null);
  const dots = known.length < 2 ? [] : known.map((run): Shape => ({ type: 'circle', silent: true, z: 5, shape: { cx: x + run * scale, cy: y + BAR / 2 - 1, r: 2.5 }, style: { fill: '#ffffff', stroke: INK, lineWidth: 1 } }));
  const end = Math.max(value, ...known) * scale;
  return [
    { type: 'rect', silent: true, z: 3, shape: { x, y, width: Math.max(value * scale, 0.5), height: BAR - 2 }, style: { fill } },
    ...dots,
    word(figure(value), x + end + 6, y - 1, INK),
  ];
} // prettier-ignore

function line(x1: number, y1: number, x2: number, y2: number): Shape {
  return { type: 'line', silent: true, z: 2, shape: { x1, y1, x2, y2 }, style: { stroke: RULE, lineWidth: 1 } };
}

function legend(names: readonly string[], y: number): Shape[] {
  let x = EDGE;
  return names
    .flatMap((text, i) => {
      const at = x;
      x += 18 + textWidth(text, SIZE) + 22;
      const fill = i === 0 ? GATEWAY : PEERS[(i - 1) % PEERS.length]!;
      return [{ type: 'rect', silent: true, z: 3, shape: { x: at, y: y + 1, width: 12, height: 10 }, style: { fill } }, word(text, at + 18, y, SOFT)]; // prettier-ignore
    })
    .concat(word('of calls a second more is better, of all else less', x, y, SOFT));
}

/** Calls that failed are in no other figure. */
function failures(rows: readonly BenchRow[]): string {
  const failed = rows.filter((row) => row.figure === 'failed');
  const of = (side: 'ours' | 'peer'): number => failed.reduce((sum, row) => sum + (row.runs?.[side] ?? []).reduce((total, each) => total + each, 0), 0); // prettier-ignore
  const [ours, peer] = [of('ours'), of('peer')];
  return ours + peer === 0 ? 'No call failed.' : `Calls that failed, which are in no figure: ${ours} with the gateway, ${peer} without.`;
}

function runsText(rows: readonly BenchRow[]): string {
  const counts = rows.flatMap((row) => [row.runs?.ours.length ?? 0, row.runs?.peer.length ?? 0]);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return most === 1
    ? 'One run each, without intervals.'
    : `Means of ${least === most ? most : `${least} to ${most}`} runs each; a dot is a run.`;
}
