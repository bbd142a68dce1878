/** A fighter's corner above the stage: name, character, rounds won, health, meter, and what it does by itself when no plan runs. */
import type { FighterScene, FighterSceneState } from '../../../../envs/fighter/scene.js';
import { el, setAttribute, setHidden, setShare, setText } from '../element.js';

/** A full meter, which pays for a super. */
const FULL = 100;

export class Corner {
  readonly element: HTMLElement;
  private readonly character = el('span', { class: 'character' });
  private readonly health = el(
    'div',
    { class: 'health', role: 'meter', 'aria-valuemin': '0' },
    el('i', { class: 'health-late' }),
    el('i', { class: 'health-now' }),
  );
  private readonly figure = el('span', { class: 'health-figure' });
  private readonly pips = el('span', { class: 'pips', role: 'img' });
  private readonly power = el('div', { class: 'power', role: 'meter', 'aria-valuemin': '0', 'aria-valuemax': String(FULL) }, el('i'));
  private readonly full = el('span', { class: 'power-full' }, 'super ready');
  private readonly standing = el('b');
  private readonly order = el('div', { class: 'order' }, el('span', {}, 'standing order '), this.standing);

  constructor(
    private readonly name: string,
    seat: number,
    human: boolean,
  ) {
    this.element = el(
      'div',
      { class: 'corner', 'data-seat': String(seat) },
      el('div', { class: 'corner-line' }, el('span', { class: 'corner-name' }, name), this.character, ...(human ? [el('span', { class: 'chip division' }, 'human division')] : []), this.pips, this.figure),
      this.health,
      el('div', { class: 'power-line' }, this.power, this.full, this.order),
    ); // prettier-ignore
    setAttribute(this.health, 'aria-label', `Health of ${name}`);
    setAttribute(this.power, 'aria-label', `Meter of ${name}`);
  }

  /** @param lost health that a running combo has cost, shown behind what is left */
  draw(fighter: FighterScene, scene: FighterSceneState, lost: number): void {
    const most = fighter.fullHealth;
    setShare(this.health, '--share', fighter.health / most);
    setShare(this.health, '--late', (fighter.health + lost) / most);
    setAttribute(this.health, 'aria-valuemax', String(most));
    setAttribute(this.health, 'aria-valuenow', String(fighter.health));
    setAttribute(this.health, 'data-low', fighter.health * 4 <= most ? 'yes' : 'no');
    setText(this.figure, String(fighter.health));
    setText(this.character, fighter.character);
    const needed = Math.floor(scene.rounds / 2) + 1;
    while (this.pips.childElementCount < needed) this.pips.append(el('i'));
    [...this.pips.children].forEach((pip, i) => setAttribute(pip, 'data-won', i < fighter.wins ? 'yes' : 'no'));
    setAttribute(this.pips, 'aria-label', `${this.name}: ${fighter.wins} of ${needed} rounds`);
    setShare(this.power, '--share', fighter.meter / FULL);
    setAttribute(this.power, 'aria-valuenow', String(fighter.meter));
    setAttribute(this.power, 'data-full', fighter.meter >= FULL ? 'yes' : 'no');
    setHidden(this.full, fighter.meter < FULL);
    setText(this.standing, fighter.standing.replaceAll('_', ' '));
  }
}
