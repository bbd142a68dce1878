/**
 * The whole of a recorded match in a strip under its controls: how the lead or the profit went, when hits or fills came, and which decisions were
 * late, refused or missed. A click or a drag goes there; the keyboard's way is the slider above it.
 */
import type { ReadDecision } from '../../../../harness/traces/answers.js';
import { el, setAttribute, setShare } from '../element.js';
import { onTheme, theme } from '../theme.js';
import type { Course, CourseLine } from './course.js';

const LINES = 44;
const ROW = 10;
/** Empty space above and below the lines. */
const MARGIN = 3;

/** What the strip is drawn from. */
export interface Shown {
  course: Course;
  decisions: readonly ReadDecision[];
  seats: number;
  /** The frame at which something that happened at a world time shows. */
  frameAt(us: number): number;
  last: number;
}

export class Overview {
  readonly element: HTMLElement;
  private readonly canvas = el('canvas', { id: 'overview', role: 'img' });
  private readonly legend = el('div', { class: 'legend' });
  private readonly now = el('i', { class: 'overview-now' });
  private readonly resize: ResizeObserver;
  private readonly stopTheme: () => void;
  private shown?: Shown;
  private width = 0;
  private frame = 0;

  constructor(seek: (frame: number) => void) {
    const strip = el('div', { class: 'overview-strip' }, this.canvas, this.now);
    this.element = el('div', { class: 'panel overview' }, strip, this.legend);
    this.resize = new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry!.contentRect.width);
      this.paint();
    });
    this.resize.observe(strip);
    this.stopTheme = onTheme(() => this.paint());
    const go = (event: PointerEvent): void => {
      const { left, width } = strip.getBoundingClientRect();
      if (this.shown && width > 0) seek(Math.round(((event.clientX - left) / width) * this.shown.last));
    };
    strip.addEventListener('pointerdown', (event) => {
      strip.setPointerCapture(event.pointerId);
      go(event);
    });
    strip.addEventListener('pointermove', (event) => event.buttons === 1 && strip.hasPointerCapture(event.pointerId) && go(event));
  }

  /** Lays the match out. */
  show(shown: Shown): void {
    this.shown = shown;
    const { course } = shown;
    this.canvas.style.height = `${LINES + ROW * shown.seats + 2}px`;
    this.legend.replaceChildren(
      ...course.lines.map((line) => el('span', { class: 'overview-line' }, `${line.about}: ${rangeOf(line)}`)),
      el('span', { class: 'key', 'data-mark': 'landed' }, course.called),
      el('span', { class: 'key', 'data-mark': 'lost' }, 'stale, refused, rejected or missed answer'),
    );
    setAttribute(this.canvas, 'aria-label', describe(shown));
    this.paint();
  }

  /** Where the match is now. */
  draw(frame: number): void {
    this.frame = frame;
    setShare(this.now, '--at', this.shown && this.shown.last > 0 ? this.frame / this.shown.last : 0);
  }

  close(): void {
    this.resize.disconnect();
    this.stopTheme();
  }

  private paint(): void {
    const { shown, width } = this;
    const context = this.canvas.getContext('2d');
    if (!context || !shown || width < 1) return;
    const height = LINES + ROW * shown.seats + 2;
    const ratio = window.devicePixelRatio || 1;
    [this.canvas.width, this.canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colors = theme();
    const x = (frame: number): number => (frame / Math.max(1, shown.last)) * width;
    const { lines, marks } = shown.course;
    const together = lines.filter(({ isOwnScale }) => !isOwnScale);
    for (const line of lines) drawLine(context, line, line.isOwnScale ? [line] : together, x, width);
    for (const { frame, seat } of marks) {
      context.fillStyle = colors.seats[seat % colors.seats.length]!;
      context.fillRect(x(frame) - 1, LINES + ROW * seat + 1, 2, ROW - 2);
    }
    for (const { seat, at, outcome, isStale } of shown.decisions) {
      if (outcome === 'landed' && !isStale) continue;
      context.fillStyle = outcome === 'missed' ? colors.ask : colors.startup;
      context.fillRect(x(shown.frameAt(at)) - 1, LINES + ROW * seat + 4, 2, ROW - 5);
    }
  }
}

/** One line: its zero, and its steps in its seat's colour, or in the colour of whoever leads. */
function drawLine(
  context: CanvasRenderingContext2D,
  line: CourseLine,
  scale: readonly CourseLine[],
  x: (frame: number) => number,
  width: number,
): void {
  const colors = theme();
  const [low, high] = extent(scale);
  const y = (value: number): number => MARGIN + (1 - (value - low) / Math.max(1e-9, high - low)) * (LINES - 2 * MARGIN);
  context.fillStyle = colors.line;
  context.fillRect(0, y(0), width, 1);
  const stepX = Math.max(1, Math.floor(line.values.length / (2 * width)));
  for (let frame = 0; frame + stepX < line.values.length; frame += stepX) {
    const value = line.values[frame]!;
    const next = line.values[frame + stepX]!;
    const owner = line.seat ?? (value >= 0 ? 0 : 1);
    context.globalAlpha = line.isOwnScale ? 0.35 : 1;
    context.fillStyle = line.isOwnScale ? colors.muted : colors.seats[owner % colors.seats.length]!;
    // On whole pixels: what overlaps would show as stripes.
    const [from, to] = [Math.floor(x(frame)), Math.floor(x(frame + stepX))];
    // Nobody's line is filled to its zero: the side shows who leads. Others are lines.
    if (line.seat === undefined && !line.isOwnScale)
      context.fillRect(from, Math.min(y(value), y(0)), to - from, Math.abs(y(value) - y(0)) || 1);
    else {
      context.fillRect(from, y(value) - 0.75, to - from, 1.5);
      context.fillRect(to - 0.75, Math.min(y(value), y(next)), 1.5, Math.abs(y(next) - y(value)));
    }
  }
  context.globalAlpha = 1;
}

/** From the least to the most of lines on one scale, zero always between. */
function extent(lines: readonly CourseLine[]): [number, number] {
  let [low, high] = [0, 0];
  for (const { values } of lines)
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return [low, high];
}

function rangeOf(line: CourseLine): string {
  const { values, text } = line;
  const [low, high] = extent([line]);
  return `${text(low)} to ${text(high)}, ${text(values.at(-1) ?? 0)} at the end`;
}

function describe({ course, decisions }: Shown): string {
  const lost = decisions.filter(({ outcome, isStale }) => outcome !== 'landed' || isStale).length;
  const lines = course.lines.map((line) => `${line.about} ${rangeOf(line)}`);
  return `The whole match. ${lines.join('; ')}. ${course.marks.length} ${course.called} marks, ${decisions.length} decisions, ${lost} of them stale, refused, rejected or missed.`;
}
