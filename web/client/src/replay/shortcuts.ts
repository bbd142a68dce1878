/** The keys of a recorded match, as a sheet that `?` opens. */
import { el } from '../element.js';

/** In the order in which people need them. */
const KEYS: readonly (readonly [string, string])[] = [
  ['Space', 'play, pause'],
  ['← →', 'a frame back, on; with Shift sixty'],
  [', .', 'to the last, the next hit or fill'],
  ['[ ]', 'to the last, the next decision of the list'],
  ['Home End', 'to the beginning, to the end'],
  ['f', 'full screen'],
  ['?', 'this sheet'],
];

/** Made once; opened and closed by its key, Escape and its button. */
export class Shortcuts {
  readonly element = el('dialog', { class: 'shortcuts', 'aria-label': 'Keys' });

  constructor() {
    const close = el('button', { type: 'button', class: 'more' }, 'Close');
    close.addEventListener('click', () => this.element.close());
    const rows = KEYS.map(([keys, what]) =>
      el('div', {}, el('dt', {}, ...keys.split(' ').map((key) => el('kbd', {}, key))), el('dd', {}, what)),
    );
    this.element.append(el('h2', {}, 'Keys'), el('dl', {}, ...rows), close);
  }

  flip(): void {
    if (this.element.open) this.element.close();
    else this.element.showModal();
  }
}
