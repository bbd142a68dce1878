/** A sweep as it runs: its file is asked for every few seconds, for as long as the page shows it. */
import type { SweepListing } from '../../../server/frames.js';
import { courseForm, COURSE_FILE, type SweepCourse } from '../../../../harness/sweep/course-form.js';
import { byId } from '../element.js';
import { listOnce, reportUrl } from '../source.js';
import { CourseScreen } from './screen.js';

/** How often it is asked for, in milliseconds. */
const EVERY_MS = 2000;

export class CoursePage {
  private shown?: { sweep: string; timer?: ReturnType<typeof setTimeout> };

  /** Shows a sweep; undefined: something else is shown. */
  show(sweep: string | undefined): void {
    if (sweep === this.shown?.sweep) return;
    clearTimeout(this.shown?.timer);
    byId('course').replaceChildren();
    if (this.shown && sweep === undefined) document.title = 'Tickbench';
    this.shown = sweep === undefined ? undefined : { sweep };
    if (sweep === undefined) return;
    const screen = new CourseScreen(sweep);
    byId('course').replaceChildren(screen.element);
    void this.follow(this.shown!, screen);
  }

  private async follow(shown: NonNullable<CoursePage['shown']>, screen: CourseScreen): Promise<void> {
    let isRunning: boolean | undefined;
    try {
      const [course, listing] = await asked(shown.sweep);
      if (this.shown !== shown) return;
      isRunning = listing?.isRunning === true;
      screen.draw(course, isRunning);
    } catch (error) {
      if (this.shown !== shown) return;
      screen.say((error as Error).message);
    }
    // One that is over says nothing new, but the same command may go on with it.
    shown.timer = setTimeout(() => void this.follow(shown, screen), isRunning === false ? 5 * EVERY_MS : EVERY_MS);
  }
}

/** What a sweep says of itself, and whether it runs. @throws Error in words */
async function asked(sweep: string): Promise<[SweepCourse, SweepListing | undefined]> {
  const [response, listings] = await Promise.all([
    fetch(reportUrl(sweep, COURSE_FILE, new Date().toISOString())).catch(() => undefined),
    listOnce<SweepListing>('sweeps'),
  ]);
  if (!response) throw new Error('The server does not answer; it is asked again.');
  if (response.status === 404) throw new Error(`There is no sweep ${sweep} that says how far it is.`);
  if (!response.ok) throw new Error(`The server says ${response.status}; it is asked again.`);
  const parsed = courseForm.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success) throw new Error(`${COURSE_FILE} of ${sweep} cannot be read.`);
  return [parsed.data, listings?.find(({ name }) => name === sweep)];
}
