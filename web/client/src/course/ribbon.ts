/** A row's reward after each of its matches: the interval as a ribbon that narrows, the mean as a line in it. */
import type { CourseStep } from '../../../../harness/sweep/course-form.js';
import { svg } from '../frontier/marks.js';

const WIDTH = 150;
const HEIGHT = 34;
/** What is shown of the first intervals: so many times the last one's width to either side. */
const SHOWN = 2;

/** @param matches how many there will be @returns an empty picture before the second match */
export function ribbonOf(steps: readonly CourseStep[], matches: number): SVGElement {
  const known = steps.filter(({ reward: { low, high } }) => low !== null && high !== null);
  const last = known.at(-1)?.reward;
  const label = last ? `reward's interval narrowed over ${known.length} steps to ${last.low} to ${last.high}` : 'no interval yet';
  const picture = svg('svg', { class: 'course-ribbon', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: 'img', 'aria-label': label }); // prettier-ignore
  if (!last) return picture;
  const half = Math.max(last.high! - last.low!, 1e-12) * (SHOWN + 0.5);
  const middle = (last.high! + last.low!) / 2;
  const x = (n: number): number => round(2 + ((WIDTH - 4) * n) / Math.max(1, matches));
  const y = (value: number): number => round(Math.max(0, Math.min(HEIGHT, (HEIGHT / 2) * (1 - (value - middle) / half))));
  const along = (end: 'low' | 'high' | 'value', of = known): string[] => of.map((step) => `${x(step.matches)} ${y(step.reward[end]!)}`);
  if (known.length > 1) {
    picture.append(
      svg('path', { class: 'ribbon', d: `M${[...along('high'), ...along('low').reverse()].join('L')}Z` }),
      svg('path', { class: 'middle', d: `M${along('value').join('L')}` }),
    );
  }
  const end = x(known.at(-1)!.matches);
  picture.append(svg('path', { class: 'whisker', d: `M${end} ${y(last.low!)}V${y(last.high!)}` }));
  return picture;
}

const round = (value: number): number => Math.round(value * 10) / 10;
