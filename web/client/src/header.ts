/** The top line: what is played, under which clock, and how far the sweep is. */
import { byId, el, setHidden, setText } from './element.js';
import { count } from './format.js';
import { isFiles } from './source.js';
import { titleOf } from './tasks.js';
import type { Watched } from './watched.js';

const CLOCKS = {
  wall: 'wall clock: the world runs on while the agent thinks',
  virtual: 'virtual: the world waits while the agent thinks',
} as const;

const PATIENT = 'patient: the world waits, and every answer is charged the same given latency';

/** About how long something takes still, in words. */
export function timeLeft(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s left`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s left`;
}

export class Header {
  private readonly task = el('strong', { class: 'task' });
  private readonly clock = el('span', { class: 'chip clock' });
  private readonly speed = el('span', { class: 'chip' });
  private readonly recorded = isFiles
    ? el('a', { class: 'chip recorded', href: './index.html#matches' }, 'recorded · back to the report')
    : el('a', { class: 'chip recorded', href: '#', title: 'Back to the live match' }, 'recorded · back to live');
  private readonly seed = el('span', { class: 'chip quiet' });
  private readonly progress = byId('sweep-progress');
  private readonly label = el('span', { class: 'progress-label' });
  private readonly bar = el('progress', { 'aria-label': 'Sweep' });
  private readonly figures = el('span', { class: 'progress-figures' });

  constructor() {
    const [live, sweeps] = byId('pages').querySelectorAll('a');
    if (isFiles) {
      live!.textContent = 'Report';
      live!.href = './index.html';
      setHidden(sweeps!, true);
    }
    byId('match-line').append(this.task, this.clock, this.speed, this.seed, this.recorded);
    this.progress.append(this.label, this.bar, this.figures);
  }

  /** @param recorded whether the match is one of the past */
  draw({ match, progress, end, isOfArena }: Watched, recorded = false): void {
    setHidden(byId('match-line'), !match && !recorded);
    setHidden(this.recorded, !recorded);
    if (match) {
      setText(this.task, titleOf(match.task));
      setText(this.clock, match.patient ? PATIENT : CLOCKS[match.clock]);
      this.clock.dataset.clock = match.clock;
      const speed = match.speed === 1 ? 'life speed' : `speed × ${Number(match.speed.toFixed(3))}`;
      const late = match.behindUs ? ` · shown ${Math.round(match.behindUs / 1_000_000)} s late` : '';
      setText(this.speed, speed + late);
      const seed = match.seed ?? end?.seed;
      setText(this.seed, seed === undefined ? (isOfArena ? 'seed told on the board, afterwards' : 'seed told at the end') : `seed ${seed}`);
      const title = `${match.seats.map((seat) => seat.name).join(' – ')} · Tickbench`;
      if (document.title !== title) document.title = title;
    }
    setHidden(this.progress, !progress);
    if (progress) {
      setText(this.label, progress.label);
      this.bar.max = Math.max(1, progress.total);
      this.bar.value = progress.done;
      const rate = progress.perMinute > 0 ? ` · ${count(progress.perMinute)}/min` : '';
      const left = progress.done < progress.total ? ` · ${timeLeft(progress.leftS)}` : ' · done';
      setText(this.figures, `${progress.done}/${progress.total}${rate}${left}`);
    }
  }
}
