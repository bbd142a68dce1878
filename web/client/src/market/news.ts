/** The news of the shown symbol: who is who, and the last items; of those that the index knows by now, what they were worth. */
import type { SceneNewsItem, SymbolSceneView } from '../../../../envs/hft/scene.js';
import { el, setAttribute, setHidden, setText } from '../element.js';
import { clock, signedCount } from '../format.js';

/** As many as a seat sees. */
const ROWS = 3;
/** What there is to understand in an item, by its class. */
const CLASS_WORDS = { 1: 'plain', 2: 'numbers', 3: 'denied, corrected or known', 4: 'relation or condition' } as const;

export class NewsList {
  readonly element: HTMLElement;
  private readonly who = el('p');
  private readonly rows = Array.from({ length: ROWS }, () => el('li', {}, el('span'), el('span'), el('span')));

  constructor() {
    this.element = el('section', { class: 'news', 'aria-label': 'News' }, el('h3', {}, 'News'), this.who, el('ol', {}, ...this.rows));
    this.element.hidden = true;
  }

  draw({ news }: SymbolSceneView): void {
    setHidden(this.element, news === undefined);
    if (news === undefined) return;
    const { own, supplier, rival, customer, parent } = news.names;
    setText(this.who, `${own}; supplier ${supplier}, rival ${rival}, customer ${customer}, parent ${parent}`);
    this.rows.forEach((row, i) => {
      const item = news.items[i];
      const [at, text, worth] = [...row.children] as HTMLElement[];
      setText(at!, item ? clock(item.at, true) : '');
      setText(text!, item?.text ?? '');
      setText(worth!, item ? worthOf(item) : '');
      setAttribute(row, 'data-worth', signOf(item?.effectTicks));
    });
  }
}

function worthOf({ class: kind, effectTicks }: SceneNewsItem): string {
  return kind === undefined || effectTicks === undefined ? '' : `${signedCount(effectTicks)} ticks, ${CLASS_WORDS[kind]}`;
}

function signOf(effectTicks = 0): string {
  return effectTicks > 0 ? 'good' : effectTicks < 0 ? 'bad' : '';
}
