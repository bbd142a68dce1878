/** The agents' thinking over world time, a lane a seat: a bar from the observation to the moment the decision landed, and now as a line. */
import { byId, el, setAttribute, setHidden, setText } from './element.js';
import { duration } from './format.js';
import { pageOf } from './tasks.js';
import { onTheme, theme } from './theme.js';
import { shownBehindUs, type Match, type Watched } from './watched.js';

const LANE = 22;
const FONT = '11px ui-sans-serif, system-ui, sans-serif';

export class Lanes {
  private readonly canvas = el('canvas', { id: 'lanes-canvas', role: 'img' });
  private readonly stale = el('span', { class: 'key', 'data-mark': 'stale' });
  private readonly key = el(
    'div',
    { class: 'legend' },
    el('span', { class: 'key', 'data-mark': 'landed' }, 'a decision landed'),
    this.stale,
  );
  private readonly frame = el('div', { class: 'panel lanes' }, this.canvas, this.key);
  private width = 0;
  private last?: Watched;

  constructor() {
    byId('lanes').replaceChildren(this.frame);
    new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry!.contentRect.width);
      if (this.last) this.draw(this.last);
    }).observe(this.frame);
    onTheme(() => this.last && this.draw(this.last));
  }

  begin(match: Match): void {
    this.canvas.style.height = `${match.seats.length * LANE + 18}px`;
    const { stale } = pageOf(match.task);
    setHidden(this.key, stale === undefined);
    setText(this.stale, `stale: ${stale?.means ?? ''}`);
    setAttribute(this.canvas, 'aria-label', 'When each agent thought, and when its decisions landed');
  }

  draw(watched: Watched): void {
    this.last = watched;
    const { match, scene } = watched;
    const context = this.canvas.getContext('2d');
    if (!context || !match || !scene || this.width < 1) return;
    const height = match.seats.length * LANE + 18;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(this.width * ratio), Math.round(height * ratio)] as const;
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    context.reset();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colors = theme();
    const behind = shownBehindUs(match);
    const from = scene.at - behind;
    const to = scene.at + Math.max(watched.aheadUs, behind * 0.06);
    const x = (at: number): number => ((at - from) / (to - from)) * this.width;
    const now = x(scene.at);
    context.font = FONT;
    context.textBaseline = 'middle';
    match.seats.forEach(({ kind }, seat) => {
      const top = seat * LANE + 3;
      const color = colors.seats[seat % colors.seats.length]!;
      context.globalAlpha = 0.5;
      context.fillStyle = colors.line;
      context.fillRect(0, top, this.width, LANE - 6);
      const bar = (start: number, end: number, outcome: string | null, stale = false): void => {
        const left = Math.max(0, x(start));
        const right = Math.min(this.width, x(end));
        if (right < 0 || left > this.width) return;
        context.fillStyle = outcome === 'reject' ? colors.startup : outcome === 'miss' ? colors.ask : color;
        // A human is asked nothing: only when the keys landed is shown.
        if (kind === 'human') return context.fillRect(Math.max(0, right - 1), top - 1, 2, LANE - 4);
        // What is still to land is only sketched.
        context.globalAlpha = end > scene.at ? 0.3 : 0.75;
        context.fillRect(left, top + 2, Math.max(1, right - left), LANE - 10);
        if (end < scene.at || outcome !== null) {
          context.globalAlpha = 1;
          context.fillStyle = outcome === 'act' ? colors.text : context.fillStyle;
          context.fillRect(Math.max(0, right - 1), top - 1, 2, LANE - 4);
          if (stale && end <= scene.at) this.staleMark(context, right, top + 2);
        }
        const words = duration(end - start);
        // What is being thought now is drawn over its beginning.
        const underNow = start < scene.at && end > scene.at;
        if (outcome !== null && !underNow && right - left > context.measureText(words).width + 10) {
          context.globalAlpha = 1;
          context.fillStyle = end > scene.at ? colors.text : colors.stageTop; // a sketched bar is pale
          context.fillText(words, left + 5, top + LANE / 2 - 3);
        }
      };
      for (const span of watched.spans[seat] ?? []) if (span.outcome !== null) bar(span.from, span.at, span.outcome, span.stale);
      const since = scene.thinking[seat]?.since;
      if (since !== null && since !== undefined && !watched.end && kind !== 'human') {
        context.globalAlpha = 1;
        context.fillStyle = color;
        context.fillRect(Math.max(0, x(since)), top + 2, Math.max(1, now - Math.max(0, x(since))), LANE - 10);
      }
    });
    context.globalAlpha = 1;
    context.fillStyle = colors.active;
    context.fillRect(now - 0.75, 0, 1.5, match.seats.length * LANE);
    this.axis(context, from, to, x, match.seats.length * LANE + 8);
  }

  /** The head of a landing in a changed situation. */
  private staleMark(context: CanvasRenderingContext2D, x: number, y: number): void {
    context.fillStyle = theme().startup;
    context.beginPath();
    context.moveTo(x, y + 4);
    context.lineTo(x - 5, y - 4);
    context.lineTo(x + 5, y - 4);
    context.fill();
  }

  /** World seconds under the lanes. */
  private axis(context: CanvasRenderingContext2D, from: number, to: number, x: (at: number) => number, y: number): void {
    const colors = theme();
    let step = 500_000;
    while ((to - from) / step > 12) step *= 2;
    context.fillStyle = colors.muted;
    context.textAlign = 'center';
    for (let at = Math.max(0, Math.ceil(from / step) * step); at <= to; at += step) {
      const place = x(at);
      if (place < 16 || place > this.width - 16) continue;
      context.fillText(`${Number((at / 1e6).toFixed(1))} s`, place, y + 2);
      context.fillRect(place, y - 8, 1, 4);
    }
    context.textAlign = 'start';
  }
}
