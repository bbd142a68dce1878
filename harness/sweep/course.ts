/**
 * Writes how far a sweep is into its folder, for whoever looks on: which matches are through, and what each configuration's figures were after
 * every one of them. Written between matches, never within one, and at most so often.
 */
import { latencySummary, type PlayedSeat } from '../../scoring/figures/latency.js';
import { counts } from '../../scoring/figures/summary.js';
import { rewardSummary } from '../../scoring/reward/reward.js';
import { scaled } from '../../scoring/statistics/estimate.js';
import { taskNamed } from '../match/tasks.js';
import type { WatchFrame } from '../protocol/watching.js';
import type { Cell, Entrant } from './cells.js';
import { COURSE_FILE, type CourseRow, type CourseStep, type CourseTask, type SweepCourse } from './course-form.js';
import type { Planned } from './planned.js';
import type { CellResult } from './play.js';
import type { Standing } from './standing.js';
import { StoreError, type SweepStore } from './store.js';

/** At most so often, in milliseconds; of a large sweep so seldom that writing takes a fiftieth of its time. */
const EVERY_MS = 1000;
const SHARE = 50;

type Progress = Extract<WatchFrame, { type: 'progress' }>;

export class Course {
  private readonly begunAt: string;
  private readonly rows = new Map<Planned, CourseRow[]>();
  private progress: Progress = { type: 'progress', label: '', done: 0, total: 0, perMinute: 0, leftS: 0 };
  /** Nothing is written before `begin`. */
  private nextAt = Infinity;

  /** @param now milliseconds since 1970 */
  constructor(
    private readonly name: string,
    private readonly planned: readonly Planned[],
    private readonly standing: Standing,
    private readonly store: SweepStore,
    private readonly now: () => number = Date.now,
  ) {
    this.begunAt = new Date(now()).toISOString();
  }

  /** How far it is, as the terminal is told. While matches are played it is written with the next that is through. @throws StoreError */
  at(progress: Progress): void {
    this.progress = progress;
    if (progress.done === progress.total && this.now() >= this.nextAt) this.write(null);
  }

  /** Says at once what is known from earlier runs. @throws StoreError when it cannot be written */
  begin(): void {
    for (const planned of this.planned) this.measure(planned);
    this.write(null);
  }

  /** A match is through, or was given up. @throws StoreError when it cannot be written */
  through(cell: Cell): void {
    if (cell.purpose === 'measure') {
      const planned = this.planned.find(({ task }) => task.name === cell.task.name);
      if (planned) this.measure(planned);
    }
    if (this.now() >= this.nextAt) this.write(null);
  }

  /** The run is over. @throws StoreError when it cannot be written */
  end(): void {
    this.write('finished');
  }

  /** The run ended before its end. What ended it is told by others: that this cannot be written is no news beside it. */
  endEarly(how: 'stopped' | 'failed'): void {
    try {
      this.write(how);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** Adds a step to each row that has matches which it had not at its last one. */
  private measure(planned: Planned): void {
    const task = taskNamed(planned.task.name);
    const { entrants, results } = this.standing.apart(planned);
    const earlier = this.rows.get(planned) ?? [];
    const rows = entrants.map((entrant): CourseRow => {
      const found = earlier.find(({ name }) => name === entrant.name);
      const row = found ?? {
        name: entrant.name,
        entrant: (entrant.measured ?? entrant).name,
        kind: entrant.kind,
        group: groupOf(entrant),
        steps: [],
      };
      const played = results.filter(({ cell }) => cell.entrant === entrant).map(({ cell, trace }): PlayedSeat => ({ trace, seat: cell.seat })); // prettier-ignore
      const counting = played.filter(({ trace }) => counts(trace));
      if (counting.length === 0 || counting.length === row.steps.at(-1)?.matches) return row;
      const step: CourseStep = {
        matches: counting.length,
        latencyMeanMs: scaled(latencySummary(counting).worldMeanUs, 1 / 1000),
        reward: rewardSummary(task, counting),
      };
      return { ...row, steps: [...row.steps, step] };
    });
    this.rows.set(planned, rows);
  }

  private write(ended: SweepCourse['ended']): void {
    const at = this.now();
    const { label, done, total, perMinute, leftS } = this.progress;
    const course: SweepCourse = {
      ...{ tickbench: 'course.v1', sweep: this.name, begunAt: this.begunAt, at: new Date(at).toISOString(), ended },
      ...{ label, done, total, perMinute, leftS },
      tasks: this.planned.map((each) => this.taskOf(each)),
    };
    this.store.write(COURSE_FILE, JSON.stringify(course));
    const took = this.now() - at;
    this.nextAt = at + took + Math.max(EVERY_MS, SHARE * took);
  }

  private taskOf(planned: Planned): CourseTask {
    const { task, entrants, cells, patient, recovery, contention } = planned;
    return {
      name: task.name,
      rewardUnit: taskNamed(task.name).reward.unit,
      seeds: [...new Set(cells.map(({ seed }) => seed))],
      entrants: entrants.map((entrant) => ({
        name: entrant.name,
        kind: entrant.kind,
        matches: this.marksOf(cells, entrant),
        patient: this.marksOf(patient, entrant),
        recovery: this.marksOf(recovery, entrant),
        contention: this.marksOf(
          contention.flatMap((group) => group.cells),
          entrant,
        ),
      })),
      rows: this.rows.get(planned) ?? [],
    };
  }

  private marksOf(cells: readonly Cell[], entrant: Entrant): string {
    return cells
      .filter((cell) => cell.entrant === entrant)
      .map((cell) => {
        const result: CellResult | undefined = this.standing.played.get(cell.id);
        if (result) return result.trace.footer?.verdict.counts ? '+' : 'v';
        return this.standing.unplayed.some((each) => each.cell.id === cell.id) ? 'x' : '.';
      })
      .join('');
  }
}

const groupOf = ({ configuration, bot }: Entrant): string => configuration?.size ?? bot?.name ?? 'external';
