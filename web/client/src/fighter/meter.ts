/** The frame meter: what each fighter did on each of the last frames, a cell a frame, so that advantage can be counted by eye. */
import type { FighterScene, FighterSceneState, Phase } from '../../../../envs/fighter/scene.js';
import { el, setHidden } from '../element.js';
import { onTheme, theme, type Theme } from '../theme.js';

/** Frames shown. */
const SHOWN = 90;
const ROW = 14;
const FONT = '10px ui-sans-serif, system-ui, sans-serif';
const PHASES: readonly Phase[] = ['idle', 'startup', 'active', 'recovery', 'hit', 'block', 'down', 'held'];
/** A frame that no scene told of. */
const UNKNOWN = 255;
/** Added to a phase's place on a frame of hitstop. */
const FROZEN = 16;

/** One fighter's phases by frame. */
class PhaseLog {
  private codes = new Uint8Array(1024).fill(UNKNOWN);

  set(frame: number, { pose, stop }: FighterScene): void {
    if (frame >= this.codes.length) {
      const grown = new Uint8Array(2 * Math.max(frame, this.codes.length)).fill(UNKNOWN);
      grown.set(this.codes);
      this.codes = grown;
    }
    this.codes[frame] = PHASES.indexOf(pose.phase) + (stop > 0 ? FROZEN : 0);
  }

  at(frame: number): Phase | undefined {
    return PHASES[(this.codes[frame] ?? UNKNOWN) % FROZEN];
  }

  /** Whether hitstop held the fighter on a frame. */
  frozen(frame: number): boolean {
    const code = this.codes[frame] ?? UNKNOWN;
    return code !== UNKNOWN && code >= FROZEN;
  }
}

function colorOf(phase: Phase, colors: Theme): string {
  switch (phase) {
    case 'idle':
      return colors.line;
    case 'held':
      return colors.seats[2]!;
    case 'hit':
      return colors.seats[3]!;
    case 'block':
      return colors.hurt;
    case 'down':
      return colors.muted;
    default:
      return colors[phase];
  }
}

export class FrameMeter {
  readonly element: HTMLElement;
  private readonly canvas = el('canvas', { role: 'img', 'aria-label': 'What each fighter did on each of the last frames' });
  private readonly logs = [new PhaseLog(), new PhaseLog()];
  private drawn?: { frame: number; width: number };

  constructor() {
    const keys = [
      ['hit', 'hit stun'],
      ['block', 'block stun'],
      ['held', 'held'],
      ['frozen', 'paler: hitstop, not counted'],
    ].map(([phase, words]) => el('span', { class: 'key', 'data-phase': phase! }, words!));
    this.element = el('div', { class: 'meter' }, this.canvas, el('div', { class: 'legend' }, ...keys, `the last ${SHOWN} frames, now at the right`)); // prettier-ignore
    this.canvas.style.height = `${2 * ROW + 4}px`;
    this.element.hidden = true;
    onTheme(() => this.drawn && !this.element.hidden && this.draw(this.drawn.frame, this.drawn.width));
  }

  show(shown: boolean): void {
    setHidden(this.element, !shown);
  }

  /** Notes a scene, in whatever order they come. */
  note(scene: FighterSceneState): void {
    scene.fighters.forEach((fighter, seat) => this.logs[seat]!.set(scene.frame, fighter));
  }

  draw(frame: number, panelWidth: number): void {
    this.drawn = { frame, width: panelWidth };
    const context = this.canvas.getContext('2d');
    const width = panelWidth - 32;
    if (!context || width < 1) return;
    const height = 2 * ROW + 4;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) [this.canvas.width, this.canvas.height] = size;
    context.reset();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const colors = theme();
    const cell = width / SHOWN;
    context.font = FONT;
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    this.logs.forEach((log, seat) => {
      const top = seat * (ROW + 3);
      let run = 0;
      for (let i = 0; i < SHOWN; i++) {
        const at = frame - SHOWN + 1 + i;
        const phase = at < 0 ? undefined : log.at(at);
        // Frozen frames are shown and not counted: no move goes on in them.
        const frozen = log.frozen(at);
        run = (phase !== undefined && phase === log.at(at - 1) ? run : 0) + (frozen ? 0 : 1);
        if (phase === undefined) continue;
        context.globalAlpha = frozen ? 0.4 : 1;
        context.fillStyle = colorOf(phase, colors);
        context.fillRect(i * cell, top, Math.max(1, cell - 1), ROW);
        context.globalAlpha = 1;
        // The length of a stretch stands in its last cell.
        const ends = i === SHOWN - 1 || log.at(at + 1) !== phase;
        if (phase === 'idle' || !ends || run < 3 || i - run < -1) continue;
        context.fillStyle = phase === 'startup' ? '#1d2530' : '#ffffff';
        context.fillText(String(run), (i + 1) * cell - 2, top + ROW / 2 + 0.5);
      }
    });
  }
}
