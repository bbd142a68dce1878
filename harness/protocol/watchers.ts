/** Those who watch: they see one match at a time, at most 60 scenes a real second, and one whose socket backs up loses scenes. */
import type { WebSocket } from 'ws';
import { monotonicUs } from '../host/clock.js';
import { Audience } from './audience.js';
import type { EndFrame, SceneFrame, SeenDecision, Show, WatchFrame } from './watching.js';

/** Spectators at once: each costs the process that keeps the match's time. A page takes one and shows the match to many (web/server). */
export const MOST_WATCHERS = 16;
/** Least real time between two scenes, and between two of a match that is shown late. */
const SCENE_EVERY_US = 1_000_000 / 60;
const LATE_SCENE_EVERY_US = 1_000_000 / 20;
/** Characters of scenes that may wait to be shown; the oldest go first. */
const LATE_CHARACTERS = 16 * 1048576;
type MatchFrame = Extract<WatchFrame, { type: 'match' }>;

export class Watchers implements Show {
  private readonly audience = new Audience();
  private lastSceneUs = 0;
  private showing: MatchFrame | null = null;
  private past: () => SeenDecision[][] = () => [];
  private progress: WatchFrame | null = null;
  /** Scenes to be shown later, oldest first. */
  private late: { dueUs: number; text: string }[] = [];
  private lateCharacters = 0;

  add(socket: WebSocket): void {
    this.audience.add(socket);
    if (this.progress) this.audience.send(socket, JSON.stringify(this.progress));
    const { showing } = this;
    if (!showing) return;
    this.audience.send(socket, JSON.stringify(showing));
    // Of a match that is shown late nobody has seen yet what is over by now.
    const decisions = (showing.behindUs ?? 0) > 0 ? [] : this.past();
    if (decisions.some((list) => list.length > 0))
      this.audience.send(socket, JSON.stringify({ type: 'past', id: showing.id, decisions } satisfies WatchFrame));
  }

  get count(): number {
    return this.audience.count;
  }

  /** Scenes that were not sent to somebody because of a backlog. */
  get skipped(): number {
    return this.audience.skipped;
  }

  announce(frame: Extract<WatchFrame, { type: 'progress' }>): void {
    this.progress = frame;
    this.broadcast(frame);
  }

  /**
   * Begins to show a match. False when another one is being shown: of several at once spectators see the first.
   * @param past the latest decisions of each seat, asked when somebody arrives in the middle
   */
  begin(frame: MatchFrame, past: () => SeenDecision[][] = () => []): boolean {
    if (this.showing) return false;
    this.showing = frame;
    this.past = past;
    this.lastSceneUs = 0;
    this.clearLate();
    this.broadcast(frame);
    return true;
  }

  /** Shows the world, if anybody watches and the last scene was long enough ago; otherwise `scene` is not even called. */
  scene(scene: () => SceneFrame): void {
    const { showing } = this;
    if (this.audience.count === 0 || !showing) return;
    const { behindUs = 0 } = showing;
    const nowUs = monotonicUs();
    while (this.late.length > 0 && this.late[0]!.dueUs <= nowUs) this.audience.show(this.shiftLate());
    if (nowUs - this.lastSceneUs < (behindUs > 0 ? LATE_SCENE_EVERY_US : SCENE_EVERY_US)) return;
    this.lastSceneUs = nowUs;
    if (behindUs === 0) return this.audience.show(() => JSON.stringify(scene()));
    const text = JSON.stringify(scene());
    this.late.push({ dueUs: nowUs + behindUs, text });
    this.lateCharacters += text.length;
    while (this.lateCharacters > LATE_CHARACTERS) this.shiftLate();
  }

  /** Ends what `begin` began, with a last scene, so that everybody sees how it ended. */
  end(last: SceneFrame, frame: EndFrame): void {
    if (this.showing?.id !== frame.id) return;
    this.broadcast(last);
    this.broadcast(frame);
    this.showing = null;
    this.past = () => [];
    this.clearLate();
  }

  /** Shows a match no longer, though it did not end. */
  drop(id: string): void {
    if (this.showing?.id !== id) return;
    this.showing = null;
    this.past = () => [];
    this.clearLate();
  }

  close(): void {
    this.audience.close();
  }

  private shiftLate(): string {
    const { text } = this.late.shift()!;
    this.lateCharacters -= text.length;
    return text;
  }

  private clearLate(): void {
    this.late = [];
    this.lateCharacters = 0;
  }

  private broadcast(frame: WatchFrame): void {
    if (this.audience.count > 0) this.audience.tell(JSON.stringify(frame));
  }
}
