/**
 * A frontier drawn in the page's own colours: latency (logarithmic) against a quality or a reward, a link for each configuration and bot, its
 * intervals as whiskers. Pointing at one, or reaching it by keyboard, tells its figures.
 */
import { decimalsOf, floorOf, latencyTicks, limitsOf, zeroOf, type Limits } from '../../../../harness/report/charts/axes.js';
import { placeLabels, type Box } from '../../../../harness/report/charts/labels.js';
import { ends, membersOf, type ChartPoint, type Mark } from '../../../../harness/report/charts/marks.js';
import { el, setHidden } from '../element.js';
import { targetOf } from '../report/spots.js';
import { colourOf, shapeOf, svg, type MarkKind } from './marks.js';

/** A configuration or bot to be drawn; both of its figures are there. */
export interface PlotPoint {
  point: ChartPoint;
  kind: MarkKind;
  /** The number of its colour. */
  series: number;
  name: string;
  /** What it tells, a line for each figure. */
  lines: readonly string[];
  /** Where it leads. */
  href: string;
}

/** What the figures are. */
export interface PlotAxes {
  /** The y axis's name. */
  name: string;
  scale: 'share' | 'free' | undefined;
  /** Whether places were told by this axis: the frontier is drawn as a staircase. */
  isFrontier: boolean;
  /** One tick of the world, for the axis: `1 frame = 16.7 ms`. */
  tick: string;
}

interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Pixels from one number of the x axis to the next, at least. */
const TICK_ROOM = 34;
const LABEL_HEIGHT = 15;
/** Narrower than this, names are shorter. */
const NARROW = 620;

export class Plot {
  readonly element = el('div', { class: 'frontier-plot' });
  private readonly tip = el('div', { class: 'frontier-tip', 'aria-hidden': 'true', hidden: '' });
  private readonly text = document.createElement('canvas').getContext('2d')!;
  private points: readonly PlotPoint[] = [];
  private axes: PlotAxes = { name: '', scale: 'share', isFrontier: true, tick: '' };
  private links: SVGAElement[] = [];
  private width = 0;
  /** Whom the tip tells of. */
  private told = -1;
  private isTouch = false;

  constructor() {
    new ResizeObserver(() => {
      if (Math.round(this.element.clientWidth) !== this.width) this.draw();
    }).observe(this.element);
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('pointerdown', ({ pointerType }) => (this.isTouch = pointerType === 'touch'), { capture: true });
    this.element.addEventListener('pointerleave', ({ pointerType }) => pointerType !== 'touch' && this.hush());
  }

  /** Shows these points, in the order of their latency for the keyboard. */
  show(points: readonly PlotPoint[], axes: PlotAxes): void {
    this.points = [...points].sort((a, b) => a.point.latency.value! - b.point.latency.value!);
    this.axes = axes;
    this.draw();
  }

  private draw(): void {
    const held = this.links.indexOf(document.activeElement as unknown as SVGAElement);
    const name = held < 0 ? undefined : this.links[held]!.dataset.name;
    this.width = Math.round(this.element.clientWidth);
    this.hush();
    if (this.width === 0 || this.points.length === 0) {
      this.links = [];
      return this.element.replaceChildren();
    }
    const floorMs = floorOf(this.points.map(({ point }) => point));
    const marks = this.points.map(({ point }): Mark => ({ ...point, x: Math.max(point.latency.value! / 1000, floorMs), y: point.quality.value!, colour: '' })); // prettier-ignore
    const limits = limitsOf(marks, this.axes.scale);
    this.text.font = `12px ${getComputedStyle(this.element).fontFamily}`;
    const numbers = Math.max(...limits.y.map((value) => this.widthOf(value.toFixed(decimalsOf(limits.step)))));
    const frame: Frame = { width: this.width, height: this.width < NARROW ? 400 : 470, left: 34 + numbers, right: 12, top: 12, bottom: 58 };
    const at = pixels(frame, limits);
    const picture = svg(
      'svg',
      { viewBox: `0 0 ${frame.width} ${frame.height}`, role: 'group', 'aria-label': `${this.axes.name} against latency: a link for each configuration, in the order of latency; arrow keys go from one to the next` }, // prettier-ignore
      svg('defs', {}, svg('clipPath', { id: 'frontier-clip' }, svg('rect', { x: frame.left, y: frame.top, width: frame.width - frame.left - frame.right, height: frame.height - frame.top - frame.bottom }))), // prettier-ignore
      this.ground(frame, limits, marks, at),
      this.lines(marks, limits, at),
    );
    const names = this.names(marks, at, floorMs, frame);
    this.links = this.points.map((each, i) => this.link(each, marks[i]!, i, at, floorMs));
    picture.append(...this.links, names);
    this.element.replaceChildren(picture, this.tip);
    const back = this.links.findIndex((link) => link.dataset.name === name);
    for (const [i, link] of this.links.entries()) link.tabIndex = i === Math.max(0, back) ? 0 : -1;
    if (name !== undefined) this.links[back]?.focus();
  }

  /** Rules and numbers of both axes, and their names. */
  private ground(frame: Frame, { x, y, step }: Limits, marks: readonly Mark[], at: Pixel): SVGElement {
    const group = svg('g', { class: 'ground', 'aria-hidden': 'true' });
    const bottom = frame.height - frame.bottom;
    for (let i = Math.ceil(y[0] / step - 1e-9); i * step <= y[1] + step * 1e-9; i++) {
      const value = i * step;
      const [, py] = at(x[0], value);
      const text = value.toFixed(decimalsOf(step));
      group.append(
        svg('line', {
          class: i === 0 ? 'nought' : '',
          x1: frame.left,
          x2: frame.width - frame.right,
          y1: py,
          y2: py,
        }),
        svg('text', { x: frame.left - 6, y: py + 4, 'text-anchor': 'end' }, Number(text) === 0 ? text.replace('-', '') : text.replace('-', '\u2212')), // prettier-ignore
      );
    }
    const zero = zeroOf(marks);
    let last = -Infinity;
    for (const { ms, name } of [...(zero ? [{ ms: zero.x, name: '0' }] : []), ...latencyTicks(x, zero)]) {
      const [px] = at(ms, y[0]);
      group.append(svg('line', { x1: px, x2: px, y1: frame.top, y2: bottom + 4 }));
      if (px - last < TICK_ROOM) continue;
      last = px;
      group.append(svg('text', { x: px, y: bottom + 18, 'text-anchor': 'middle' }, name));
    }
    // Between a latency of zero and the others the axis is broken.
    if (zero) group.append(svg('text', { x: at(zero.x * 1.25, y[0])[0], y: bottom + 5, 'text-anchor': 'middle' }, '//'));
    const middle = (frame.left + frame.width - frame.right) / 2;
    const across = frame.width < NARROW ? 'mean latency, ms of world time (log)' : `mean latency in world time, ms (log)  ·  ${this.axes.tick}  ·  lower is better`; // prettier-ignore
    group.append(
      svg('text', { x: middle, y: frame.height - 14, 'text-anchor': 'middle' }, across),
      svg('text', { transform: `translate(14 ${(frame.top + bottom) / 2}) rotate(-90)`, 'text-anchor': 'middle' }, `${this.axes.name}  ·  higher is better`), // prettier-ignore
    );
    return group;
  }

  /** The frontier as a staircase, and a thin line through each bot's delays. */
  private lines(marks: readonly Mark[], { x }: Limits, at: Pixel): SVGElement {
    const group = svg('g', { 'aria-hidden': 'true', 'clip-path': 'url(#frontier-clip)' });
    const path = (points: readonly [number, number][], steps: boolean): string =>
      points.map(([px, py], i) => (i === 0 ? `M${px} ${py}` : steps ? `H${px}V${py}` : `L${px} ${py}`)).join('');
    for (const bot of new Set(marks.filter(({ kind }) => kind === 'bot').map(({ series }) => series))) {
      const own = marks.filter(({ kind, series }) => kind === 'bot' && series === bot);
      group.append(svg('path', { class: 'bot-line', d: path(own.map((mark) => at(mark.x, mark.y)), false) })); // prettier-ignore
    }
    const members = membersOf(marks);
    const last = members.at(-1);
    if (this.axes.isFrontier && last)
      group.append(svg('path', { class: 'staircase', d: path([...members.map((mark) => at(mark.x, mark.y)), at(x[1], last.y)], true) })); // prettier-ignore
    return group;
  }

  /** A mark with its whiskers, as a link. */
  private link({ kind, series, name, lines, href }: PlotPoint, mark: Mark, i: number, at: Pixel, floorMs: number): SVGAElement {
    const [px, py] = at(mark.x, mark.y);
    const { left, right, low, high } = ends(mark, floorMs);
    const [[x1], [x2], [, y1], [, y2]] = [at(left, mark.y), at(right, mark.y), at(mark.x, low), at(mark.x, high)];
    const whiskers = [
      ...(y1 - y2 > 1 ? [`M${px} ${y1}V${y2}M${px - 3} ${y1}h6M${px - 3} ${y2}h6`] : []),
      ...(x2 - x1 > 1 ? [`M${x1} ${py}H${x2}M${x1} ${py - 3}v6M${x2} ${py - 3}v6`] : []),
    ];
    const link = svg(
      'a',
      { href, class: 'spot-link', 'data-name': name, 'data-colour': colourOf(kind, series), 'data-place': kind, 'aria-label': `${name}: ${lines.join('; ')}` }, // prettier-ignore
      svg('path', { class: 'whisker', d: whiskers.join(''), 'clip-path': 'url(#frontier-clip)' }),
      svg('g', { transform: `translate(${px} ${py})` }, svg('circle', { class: 'reach', r: 14 }), ...shapeOf(kind)),
    );
    link.addEventListener('pointerenter', ({ pointerType }) => pointerType !== 'touch' && this.tell(i, px, py));
    link.addEventListener('focus', () => link.matches(':focus-visible') && this.tell(i, px, py));
    link.addEventListener('blur', () => this.hush());
    // A finger has no way to point: its first touch tells, its second follows.
    let wasTold = false;
    link.addEventListener('pointerdown', () => (wasTold = this.told === i && !this.tip.hidden), { capture: true });
    link.addEventListener('click', (event) => {
      if (!this.isTouch || wasTold) return;
      event.preventDefault();
      this.tell(i, px, py);
    });
    return link;
  }

  /** Names beside the marks, as far as there is room. */
  private names(marks: readonly Mark[], at: Pixel, floorMs: number, frame: Frame): SVGElement {
    const [marksAt, whiskers]: [Box[], Box[]] = [[], []];
    for (const mark of marks) {
      const [px, py] = at(mark.x, mark.y);
      const { left, right, low, high } = ends(mark, floorMs);
      const [[x1], [x2], [, y1], [, y2]] = [at(left, mark.y), at(right, mark.y), at(mark.x, low), at(mark.x, high)];
      marksAt.push({ x: px - 8, y: py - 8, width: 16, height: 16 });
      whiskers.push({ x: px - 3, y: y2, width: 6, height: y1 - y2 }, { x: x1, y: py - 2, width: x2 - x1, height: 4 });
    }
    const area = { x: frame.left + 2, y: frame.top + 2, width: frame.width - frame.left - frame.right - 4, height: frame.height - frame.top - frame.bottom - 4 }; // prettier-ignore
    const names = this.points.map(({ name }) => this.shortened(name, area.width / 2));
    const requests = marks.map((mark, i) => {
      const [x, y] = at(mark.x, mark.y);
      return { x, y, width: this.widthOf(names[i]!) + 2, height: LABEL_HEIGHT, clear: 11 };
    });
    const group = svg('g', { class: 'names', 'aria-hidden': 'true' });
    for (const [i, { x, y, width, height, far }] of placeLabels(requests, area, marksAt, whiskers).entries()) {
      const request = requests[i]!;
      if (far) {
        const [tx, ty] = [Math.max(x, Math.min(request.x, x + width)), Math.max(y, Math.min(request.y, y + height))];
        group.append(svg('line', { x1: request.x, y1: request.y, x2: tx, y2: ty }));
      }
      group.append(svg('text', { x: x + 1, y: y + height - 3.5, 'data-kind': this.points[i]!.kind }, names[i]!));
    }
    return group;
  }

  /** As much of a name as so many pixels hold; who points at its mark reads the whole. */
  private shortened(name: string, room: number): string {
    if (this.widthOf(name) <= room) return name;
    const characters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
    while (characters.length > 1 && this.widthOf(`${characters.join('')}\u2026`) > room) characters.pop();
    return `${characters.join('')}\u2026`;
  }

  private tell(i: number, px: number, py: number): void {
    const { name, lines } = this.points[i]!;
    this.told = i;
    this.tip.replaceChildren(
      el('strong', {}, name),
      ...lines.map((line) => el('span', {}, line)),
      el('em', {}, 'its matches: click or Enter'),
    );
    setHidden(this.tip, false);
    const { offsetWidth, offsetHeight } = this.tip;
    const left = px + 18 + offsetWidth < this.width ? px + 18 : px - 18 - offsetWidth;
    this.tip.style.setProperty('left', `${Math.max(0, Math.min(left, this.width - offsetWidth))}px`);
    this.tip.style.setProperty('top', `${Math.max(0, py - offsetHeight - 14)}px`);
  }

  private hush(): void {
    this.told = -1;
    setHidden(this.tip, true);
  }

  private key(event: KeyboardEvent): void {
    if (event.key === 'Escape') return this.hush();
    const i = this.links.indexOf(event.target as SVGAElement);
    const to = i < 0 ? undefined : targetOf(event.key, i, this.links.length);
    if (to === undefined) return;
    event.preventDefault();
    for (const [j, link] of this.links.entries()) link.tabIndex = j === to ? 0 : -1;
    this.links[to]!.focus();
  }

  private widthOf(text: string): number {
    return Math.ceil(this.text.measureText(text).width);
  }
}

/** Where a latency (ms) and a quality are drawn. */
type Pixel = (ms: number, quality: number) => [number, number];

function pixels({ width, height, left, right, top, bottom }: Frame, { x, y }: Limits): Pixel {
  const [from, to] = [Math.log(x[0]), Math.log(x[1])];
  return (ms, quality) => [
    left + ((Math.log(ms) - from) / (to - from)) * (width - left - right),
    height - bottom - ((quality - y[0]) / (y[1] - y[0])) * (height - top - bottom),
  ];
}
