/** The fighting game: names, health, rounds and timer above the stage, and the stage's canvas. */
import type { FighterScene, FighterSceneState } from '../../../../envs/fighter/scene.js';
import { el, setAttribute, setShare, setText } from '../element.js';
import type { SeatFigure } from '../seats.js';
import { onTheme, theme } from '../theme.js';
import type { Match, SceneFrame, Watched } from '../watched.js';
import type { WorldView } from '../world.js';
import { FrameMeter } from './meter.js';
import { drawStage, stageHeight } from './stage.js';

const FRAMES_A_SECOND = 60;
/** How often the picture is put in words for those who cannot see it. */
const DESCRIBE_EVERY_MS = 1500;

class HealthBar {
  readonly element: HTMLElement;
  private readonly meter = el('div', { class: 'health', role: 'meter', 'aria-valuemin': '0' }, el('i'));
  private readonly figure = el('span', { class: 'health-figure' });
  private readonly pips = el('span', { class: 'pips', role: 'img' });

  constructor(
    private readonly name: string,
    seat: number,
  ) {
    this.element = el(
      'div',
      { class: 'corner', 'data-seat': String(seat) },
      el('div', { class: 'corner-line' }, el('span', { class: 'corner-name' }, name), this.pips, this.figure),
      this.meter,
    );
    setAttribute(this.meter, 'aria-label', `Health of ${name}`);
  }

  draw(fighter: FighterScene, scene: FighterSceneState): void {
    setShare(this.meter, '--share', fighter.health / scene.health);
    setAttribute(this.meter, 'aria-valuemax', String(scene.health));
    setAttribute(this.meter, 'aria-valuenow', String(fighter.health));
    setAttribute(this.meter, 'data-low', fighter.health * 4 <= scene.health ? 'yes' : 'no');
    setText(this.figure, String(fighter.health));
    const needed = Math.floor(scene.rounds / 2) + 1;
    while (this.pips.childElementCount < needed) this.pips.append(el('i'));
    [...this.pips.children].forEach((pip, i) => setAttribute(pip, 'data-won', i < fighter.wins ? 'yes' : 'no'));
    setAttribute(this.pips, 'aria-label', `${this.name}: ${fighter.wins} of ${needed} rounds`);
  }
}

export class FighterView implements WorldView {
  readonly element: HTMLElement;
  private readonly corners: HealthBar[];
  private readonly timer = el('strong', { class: 'timer', 'aria-label': 'Seconds left' });
  private readonly round = el('span', { class: 'round' });
  private readonly step = el('span', { class: 'step' });
  private readonly canvas = el('canvas', { id: 'stage', role: 'img', 'aria-label': 'The stage' });
  private readonly boxes = el('input', { type: 'checkbox', id: 'boxes' });
  private readonly frameData = el('input', { type: 'checkbox', id: 'frame-data' });
  private readonly meter = new FrameMeter();
  private readonly resize: ResizeObserver;
  private readonly stopTheme: () => void;
  private width = 0;
  private scene?: FighterSceneState;
  private describedAt = -Infinity;

  constructor(private readonly match: Match) {
    this.corners = match.seats.slice(0, 2).map((seat, i) => new HealthBar(seat.name, i));
    const frame = el('div', { class: 'stage-frame' }, this.canvas);
    const legend = el(
      'div',
      { class: 'legend' },
      ...(['startup', 'active', 'recovery'] as const).map((phase) => el('span', { class: 'key', 'data-phase': phase }, phase)),
      this.step,
      el('label', { class: 'toggle', for: 'boxes' }, this.boxes, 'Show boxes'),
      el('label', { class: 'toggle', for: 'frame-data' }, this.frameData, 'Show frame data'),
    );
    this.element = el(
      'div',
      { class: 'panel fight' },
      el(
        'div',
        { class: 'hud' },
        this.corners[0]?.element ?? '',
        el('div', { class: 'time' }, this.timer, this.round),
        this.corners[1]?.element ?? '',
      ),
      frame,
      this.meter.element,
      legend,
    );
    this.resize = new ResizeObserver(([entry]) => {
      this.width = Math.floor(entry!.contentRect.width);
      this.paint();
    });
    this.resize.observe(frame);
    this.stopTheme = onTheme(() => this.paint());
    this.boxes.addEventListener('change', () => this.paint());
    this.frameData.addEventListener('change', () => {
      this.meter.show(this.frameData.checked);
      this.paint();
    });
  }

  take(frame: SceneFrame): void {
    this.scene = frame.scene as unknown as FighterSceneState;
    this.meter.note(this.scene);
  }

  learn(world: { scene(): unknown }): void {
    this.meter.note(world.scene() as FighterSceneState);
  }

  draw({ stepUs }: Watched): void {
    const { scene } = this;
    if (!scene) return;
    scene.fighters.forEach((fighter, seat) => this.corners[seat]?.draw(fighter, scene));
    setText(this.timer, String(Math.ceil(scene.timer / FRAMES_A_SECOND)));
    setText(
      this.round,
      scene.over ? 'over' : scene.pause > 0 ? `round ${scene.round}: get ready` : `round ${scene.round} of ${scene.rounds}`,
    );
    const frames = Math.round(stepUs / this.match.tickUs);
    setText(this.step, this.match.clock === 'virtual' && frames > 1 ? `the world went on by ${frames} frames` : '');
    this.paint();
    this.describe(scene);
  }

  figures(): SeatFigure[][] {
    return (this.scene?.fighters ?? []).map((fighter) => [
      { label: 'plan', text: fighter.plan === '' ? '–' : `${fighter.plan} (${fighter.planLeft} frames left)`, wide: true },
      { label: 'standing order', text: fighter.standing, wide: true },
    ]);
  }

  close(): void {
    this.resize.disconnect();
    this.stopTheme();
  }

  private paint(): void {
    if (!this.scene || this.width < 1) return;
    const height = stageHeight(this.width);
    if (this.canvas.style.height !== `${height}px`) this.canvas.style.height = `${height}px`;
    drawStage(this.canvas, this.width, height, this.scene, theme(), this.boxes.checked, this.frameData.checked);
    if (this.frameData.checked) this.meter.draw(this.scene.frame, this.width);
  }

  private describe(scene: FighterSceneState): void {
    const now = performance.now();
    if (now - this.describedAt < DESCRIBE_EVERY_MS) return;
    this.describedAt = now;
    const each = scene.fighters.map((fighter, i) => `${this.match.seats[i]?.name ?? `seat ${i + 1}`}: ${fighter.pose.move.replaceAll('_', ' ')}, ${fighter.pose.phase}, ${fighter.health} health`); // prettier-ignore
    setAttribute(
      this.canvas,
      'aria-label',
      `The stage. ${each.join('. ')}. ${Math.abs(scene.fighters[0].x - scene.fighters[1].x)} pixels apart.`,
    );
  }
}
