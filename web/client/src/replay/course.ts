/** A whole recorded match at a glance, as a task's view tells it: what it was about, frame by frame, and when something happened. */

export interface CourseLine {
  /** What it shows, with its unit, in a few words: `lead in health`. */
  about: string;
  /** Whose it is; absent: nobody's alone. Above zero of a line of nobody's the first seat leads, below it the second. */
  seat?: number;
  /** By frame. */
  values: readonly number[];
  /** A value as people read it. */
  text(value: number): string;
  /** Drawn beside the lines before it, on a scale of its own, as what it is: steps. */
  isOwnScale?: true;
}

export interface Course {
  lines: readonly CourseLine[];
  /** What people look for, and whose doing it was. */
  marks: readonly { frame: number; seat: number }[];
  /** What a mark is: `hit`. */
  called: string;
}
