/** The end of a match over the stage: who won, or that nobody did, and what each did. */
import type { Json } from '../../../../envs/environment.js';
import type { FighterSceneState } from '../../../../envs/fighter/scene.js';
import { el, setAttribute, setHidden } from '../element.js';
import type { End, Match } from '../watched.js';

/** Rows of the table: what it is called, and the member of a seat's results, in the order shown. Those a result lacks are left out. */
const ROWS: readonly [string, string][] = [
  ['rounds', 'roundsWon'],
  ['hits', 'hits'],
  ['best combo', 'combosBest'],
  ['damage', 'damage'],
  ['guarded', 'blocked'],
  ['throws', 'throws'],
  ['plans', 'plans'],
  ['stale plans', 'stale'],
  ['idle frames', 'idle'],
];

export class Ending {
  readonly element = el('div', { class: 'ending', role: 'status', hidden: '' });
  private shown?: End;

  constructor(private readonly match: Match) {}

  draw(scene: FighterSceneState, end: End | undefined): void {
    const over = scene.over && end !== undefined;
    setHidden(this.element, !over);
    if (!over || this.shown === end) return;
    this.shown = end;
    const names = [0, 1].map((seat) => this.match.seats[seat]?.name ?? `seat ${seat + 1}`);
    const { winner, fighters } = scene;
    // Beside the fighters, not over them.
    setAttribute(this.element, 'data-side', fighters[0].x + fighters[1].x < scene.stage ? 'right' : 'left');
    setAttribute(this.element, 'data-seat', winner === null ? 'none' : String(winner));
    const score = `${fighters[0].wins} : ${fighters[1].wins}`;
    const seats = [0, 1].map((seat) => end.results.seats[seat] as Json | undefined);
    const figure = (seat: number, key: string): string | null => {
      const of = seats[seat];
      const value = of && typeof of === 'object' && !Array.isArray(of) ? of[key] : undefined;
      return typeof value === 'number' ? String(value) : null;
    };
    const rows = ROWS.flatMap(([label, key]) => {
      const [a, b] = [figure(0, key), figure(1, key)];
      return a === null || b === null ? [] : [el('tr', {}, el('td', {}, a), el('th', { scope: 'row' }, label), el('td', {}, b))];
    });
    const head = el(
      'tr',
      {},
      ...[names[0]!, '', names[1]!].map((name, i) => el(i === 1 ? 'td' : 'th', { scope: 'col', class: `name-${i}` }, name)),
    );
    this.element.replaceChildren(
      el('h3', {}, winner === null ? `Draw, ${score}` : `${names[winner]!} wins ${score}`),
      el('table', {}, el('thead', {}, head), el('tbody', {}, ...rows)),
    );
  }
}
