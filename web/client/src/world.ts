/** What each task's view is to the page: it takes scenes as they come and draws the newest when the browser is ready to. */
import type { Course } from './replay/course.js';
import type { SeatFigure } from './seats.js';
import type { History, SceneFrame, Watched } from './watched.js';

export interface WorldView {
  readonly element: HTMLElement;
  /** A scene came; cheap, nothing is drawn. */
  take(frame: SceneFrame): void;
  /** The match so far, for a page opened in the middle. */
  recall?(history: History): void;
  /** A recorded match is being opened: is shown the scene of every frame of it once, in order, before the first is shown. */
  learn?(scene: unknown, frame: number): void;
  /** Frames of the recorded match in which something happened that people look for, in order; asked once it is learnt. */
  moments?(): { frames: readonly number[]; called: string };
  /** The whole of the recorded match as lines and marks, for the overview under its controls; asked once it is learnt. */
  course?(): Course;
  draw(watched: Watched): void;
  /** The seats' own figures in the newest scene. */
  figures(): SeatFigure[][];
  close(): void;
}
