/** The fighting game: the corners and the timer above the stage, the stage's canvas, and the end of a match over it. */
import type { FighterScene, FighterSceneState } from '../../../../envs/fighter/scene.js';
import { el, setAttribute, setText } from '../element.js';
import { signedCount } from '../format.js';
import type { SeatFigure } from '../seats.js';
import { isCalm, onTheme, theme } from '../theme.js';
import type { Match, SceneFrame, Watched } from '../watched.js';
import type { Course } from '../replay/course.js';
import type { WorldView } from '../world.js';
import { READY } from './calls.js';
import { Combos } from './combos.js';
import { Corner } from './corner.js';
import { Ending } from './ending.js';
import { FrameMeter } from './meter.js';
import { stageHeight } from './scenery.js';
import { drawStage } from './stage.js';

const FRAMES_A_SECOND = 60;
/** How often the picture is put in words for those who cannot see it. */
const DESCRIBE_EVERY_MS = 1500;

export class FighterView implements WorldView {
  readonly element: HTMLElement;
  private readonly corners: Corner[];
  private readonly timer = el('strong', { class: 'timer', 'aria-label': 'Seconds left' });
  private readonly round = el('span', { class: 'round' });
  private readonly step = el('span', { class: 'step' });
  private readonly canvas = el('canvas', { id: 'stage', role: 'img', 'aria-label': 'The stage' });
  private readonly boxes = el('input', { type: 'checkbox', id: 'boxes' });
  private readonly frameData = el('input', { type: 'checkbox', id: 'frame-data' });
  private readonly meter = new FrameMeter();
  private readonly combos = new Combos();
  /** Frames of a recorded match on which somebody was touched. */
  private readonly contacts: number[] = [];
  /** By frame of a recorded match, the first seat's health less the second's. */
  private readonly leads: number[] = [];
  /** Hits of a recorded match, each with the seat that landed it. */
  private readonly landed: { frame: number; seat: number }[] = [];
  private lastHit = -1;
  private readonly ending: Ending;
  private readonly roundFrames: number;
  private readonly resize: ResizeObserver;
  private readonly stopTheme: () => void;
  private width = 0;
  private scene?: FighterSceneState;
  private describedAt = -Infinity;

  constructor(private readonly match: Match) {
    this.corners = match.seats.slice(0, 2).map((seat, i) => new Corner(seat.name, i, seat.kind === 'human'));
    this.ending = new Ending(match);
    this.roundFrames = roundFramesOf(match);
    const frame = el('div', { class: 'stage-frame' }, this.canvas, this.ending.element);
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
    this.note(this.scene);
  }

  learn(shown: unknown, frame: number): void {
    const scene = shown as FighterSceneState;
    this.note(scene);
    this.leads[frame] = scene.fighters[0].health - scene.fighters[1].health;
    for (const { id, seat, damage } of scene.hits) if (id > this.lastHit && damage > 0) this.landed.push({ frame, seat: 1 - seat });
    this.lastHit = Math.max(this.lastHit, scene.hits.at(-1)?.id ?? -1);
    if (scene.hits.at(-1)?.frame === scene.frame && this.contacts.at(-1) !== scene.frame) this.contacts.push(scene.frame);
  }

  moments(): { frames: readonly number[]; called: string } {
    return { frames: this.contacts, called: 'hit' };
  }

  course(): Course {
    const about = `health of ${this.match.seats[0]?.name ?? 'seat 1'} less ${this.match.seats[1]?.name ?? 'seat 2'}’s`;
    return { lines: [{ about, values: this.leads, text: signedCount }], marks: this.landed, called: 'hit' };
  }

  private note(scene: FighterSceneState): void {
    this.meter.note(scene);
    this.combos.note(scene);
  }

  draw({ stepUs, end }: Watched): void {
    const { scene } = this;
    if (!scene) return;
    scene.fighters.forEach((fighter, seat) =>
      this.corners[seat]?.draw(fighter, scene, runs(fighter, scene) ? (this.combos.at(scene.frame, seat)?.damage ?? 0) : 0),
    );
    this.ending.draw(scene, end);
    setText(this.timer, String(Math.ceil(scene.timer / FRAMES_A_SECOND)));
    setText(
      this.round,
      scene.over
        ? 'over'
        : scene.pause > READY
          ? `round ${scene.round} over`
          : scene.pause > 0
            ? `round ${scene.round}: get ready`
            : `round ${scene.round} of ${scene.rounds}`,
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
      { label: 'character', text: fighter.character },
      { label: 'meter', text: String(fighter.meter) },
      { label: 'stale answers', text: String(fighter.stale) },
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
    drawStage(this.canvas, this.width, height, this.scene, theme(), {
      boxes: this.boxes.checked,
      frameData: this.frameData.checked,
      combos: [0, 1].map((seat) => this.combos.at(this.scene!.frame, seat)),
      roundFrames: this.roundFrames,
      calm: isCalm(),
    });
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

/** Whether a combo on this fighter still runs: none does on somebody who has fallen, nor once the round is over. */
function runs(fighter: FighterScene, scene: FighterSceneState): boolean {
  return fighter.combo > 0 && fighter.health > 0 && scene.pause === 0 && !scene.over;
}

/** Frames of a whole round of this match; Infinity when the match does not say. */
function roundFramesOf({ options }: Match): number {
  const seconds = options && typeof options === 'object' && !Array.isArray(options) ? options['roundSeconds'] : undefined;
  return (typeof seconds === 'number' ? seconds : Infinity) * FRAMES_A_SECOND;
}
