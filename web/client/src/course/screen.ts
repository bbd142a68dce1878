/** How far a sweep is: a bar, each task's configurations where their intervals stand by now, and a table with a mark for every match. */
import { pointOf, tipOf, type Against } from '../../../../harness/report/html/against.js';
import { figureText } from '../../../../harness/report/html/figures.js';
import { figureOf, rowForm, type SummaryRow } from '../../../../harness/evidence/summary.js';
import type { CourseRow, CourseTask, SweepCourse } from '../../../../harness/sweep/course-form.js';
import { el, setHidden, setText } from '../element.js';
import { frontierAddress } from '../frontier/address.js';
import { legendOf } from '../frontier/marks.js';
import { Plot, type PlotPoint } from '../frontier/plot.js';
import { timeLeft } from '../header.js';
import { addressOf } from '../matches/choice.js';
import { titleOf } from '../tasks.js';
import { ribbonOf } from './ribbon.js';

const MARKS: Record<string, string> = { '.': 'to be played', '+': 'counts', v: 'void', x: 'given up' };

export class CourseScreen {
  readonly element: HTMLElement;
  private readonly says = el('p', { class: 'course-says', role: 'status' });
  private readonly bar = el('progress', { 'aria-label': 'matches that are through', class: 'course-bar' });
  private readonly links = el('p', { class: 'links' });
  private readonly tasks = el('div', {});
  private readonly drawn = new Map<string, TaskCourse>();

  constructor(private readonly sweep: string) {
    this.element = el('div', { class: 'course-page' }, el('h2', {}, `Sweep ${sweep}`), this.says, this.bar, this.links, this.tasks);
    document.title = `Sweep ${sweep} · Tickbench`;
    setHidden(this.bar, true);
  }

  /** Nothing can be drawn, or not anew: why. */
  say(why: string): void {
    setText(this.says, why);
  }

  /** @param isRunning whether a process plays into its folder now */
  draw(course: SweepCourse, isRunning: boolean): void {
    setText(this.says, stateOf(course, isRunning));
    setHidden(this.bar, false);
    this.bar.max = Math.max(1, course.total);
    this.bar.value = course.done;
    const frontier = course.ended === 'finished' ? [el('a', { href: frontierAddress({ sweep: this.sweep }) }, 'its frontier, with the verdict')] : [];
    this.links.replaceChildren(...frontier, el('a', { href: addressOf({ sweep: this.sweep }) }, 'its matches'));
    for (const task of course.tasks) {
      let drawn = this.drawn.get(task.name);
      if (!drawn) {
        drawn = new TaskCourse(this.sweep);
        this.drawn.set(task.name, drawn);
        this.tasks.append(drawn.element);
      }
      drawn.draw(task);
    }
  } // prettier-ignore
}

/** What a sweep does now, or how it ended, in a sentence. */
function stateOf({ ended, at, label, done, total, leftS }: SweepCourse, isRunning: boolean): string {
  const far = `${done} of ${total} matches are through`;
  if (isRunning && ended === null) return `Runs: ${far}, about ${timeLeft(leftS)}: ${label}. Last word ${timeOf(at)}.`;
  if (isRunning) return `${far}; what is left to be reckoned is being reckoned.`;
  if (ended === 'finished') return `Finished ${timeOf(at)}: ${far}.`;
  const how = ended === 'stopped' ? 'It was stopped' : ended === 'failed' ? 'It ended in an error' : 'It ended without a word';
  return `${how} ${ended === null ? 'after' : 'at'} ${timeOf(at)}: ${far}; the same command goes on with those that are left.`;
}

const timeOf = (iso: string): string => new Date(iso).toLocaleTimeString();

/** One task: drawn anew in place, so that what is pointed at stays. */
class TaskCourse {
  readonly element: HTMLElement;
  private readonly title = el('h3', {});
  private readonly plot = new Plot();
  private readonly legend = el('div', {});
  private readonly figure = el('figure', { class: 'panel frontier-figure' }, this.plot.element, this.legend);
  private readonly table = el('div', { class: 'sweep-table', tabindex: '0' });
  private shown = '';

  constructor(private readonly sweep: string) {
    this.element = el('section', { class: 'course-task' }, this.title, this.figure, this.table);
  }

  draw(task: CourseTask): void {
    const text = JSON.stringify(task);
    if (text === this.shown) return;
    this.shown = text;
    setText(this.title, titleOf(task.name));
    this.table.setAttribute('aria-label', `${titleOf(task.name)}: every configuration's matches and figures so far`);
    this.drawPlot(task);
    this.table.replaceChildren(tableOf(task, (who) => addressOf({ sweep: this.sweep, task: task.name, who })));
  }

  private drawPlot(task: CourseTask): void {
    const against: Against = { key: 'reward', name: `reward, ${task.rewardUnit}`, title: '', about: '', scale: 'free', unit: ` ${task.rewardUnit}` };
    const rows = task.rows.map(summaryRowOf);
    const drawn = rows.filter((row) => figureOf(row, 'latencyMeanMs').value !== null && figureOf(row, 'reward').value !== null);
    const series = [...new Set(rows.filter(({ kind }) => kind !== 'bot').map(seriesOf))];
    const points = drawn.map((row): PlotPoint => ({
      point: pointOf(row, figureOf(row, 'reward')),
      kind: row.kind === 'bot' ? 'bot' : 'tied',
      series: Math.max(0, series.indexOf(seriesOf(row))),
      name: row.name,
      lines: tipOf(row, against).lines.filter((line) => line !== ''),
      href: addressOf({ sweep: this.sweep, task: task.name, who: row.name }),
    }));
    setHidden(this.figure, points.length === 0);
    this.plot.show(points, { name: against.name, scale: 'free', isFrontier: false, tick: 'so far, with 95 % intervals' });
    const colours = series.map((name, number) => ({ name, number })).filter(({ name }) => drawn.some((row) => row.kind !== 'bot' && seriesOf(row) === name));
    this.legend.replaceChildren(legendOf(colours, new Set(points.some(({ kind }) => kind === 'bot') ? ['bot'] : [])));
  } // prettier-ignore
}

const seriesOf = ({ group, name }: SummaryRow): string => (group === undefined || group === 'external' ? name : group);

/** A row as it stands by now, as a summary would hold it. */
function summaryRowOf({ name, kind, group, steps }: CourseRow): SummaryRow {
  const last = steps.at(-1);
  const figures = last ? { latencyMeanMs: last.latencyMeanMs, reward: last.reward } : {};
  return rowForm.parse({ name, kind, group, matches: last?.matches ?? 0, figures });
}

/** Matches of which nothing is in the figures beside them. */
const BESIDES = [
  { key: 'patient', head: 'patient' },
  { key: 'recovery', head: 'with an outage' },
  { key: 'contention', head: 'at one endpoint' },
] as const;

function tableOf(task: CourseTask, matchesOf: (name: string) => string): HTMLElement {
  const besides = BESIDES.filter(({ key }) => task.entrants.some((entrant) => entrant[key] !== ''));
  const heads = ['matches', ...besides.map(({ head }) => head), 'latency, ms', `reward, ${task.rewardUnit}`, 'reward, match by match'];
  const rows = task.entrants.flatMap(({ name, kind, matches, ...marks }) => {
    // One that several hosts measured has a row for each.
    const own = task.rows.filter(({ entrant }) => entrant === name);
    const measured = own.length > 0 ? own : [{ name, entrant: name, kind, group: '', steps: [] }];
    return measured.map((row, i) => {
      const last = row.steps.at(-1);
      return el(
        'tr',
        { 'data-kind': kind },
        el('th', { scope: 'row' }, el('a', { href: matchesOf(row.name), title: 'its matches' }, row.name)),
        el('td', {}, ...(i === 0 ? [marksOf(matches, task.seeds)] : [])),
        ...besides.map(({ key }) => el('td', {}, ...(i === 0 ? [marksOf(marks[key])] : []))),
        el('td', {}, last ? figureText(last.latencyMeanMs, 1, '') : '\u2013'),
        el('td', {}, last ? figureText(last.reward, 1, '') : '\u2013'),
        el('td', {}, ribbonOf(row.steps, task.seeds.length)),
      );
    });
  });
  const head = el('tr', {}, el('th', { scope: 'col' }, 'configuration'), ...heads.map((each) => el('th', { scope: 'col' }, each)));
  return el('table', { class: 'course-table' }, el('thead', {}, head), el('tbody', {}, ...rows));
}

/** A small square for each match, and in words how many are what. */
function marksOf(marks: string, seeds?: readonly number[]): Node {
  if (marks === '') return document.createTextNode('\u2013');
  const counted = Object.entries(MARKS).flatMap(([mark, meaning]) => {
    const n = [...marks].filter((each) => each === mark).length;
    return n === 0 ? [] : [`${n} ${meaning}`];
  });
  const squares = [...marks].map((mark, i) =>
    el('i', { 'data-mark': mark, ...(seeds?.[i] === undefined ? {} : { title: `seed ${seeds[i]}: ${MARKS[mark] ?? mark}` }) }),
  );
  return el('span', { class: 'course-marks', role: 'img', 'aria-label': counted.join(', ') }, ...squares);
}
