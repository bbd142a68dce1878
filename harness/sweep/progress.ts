/** Progress of a sweep: a bar on a terminal, a line every few seconds elsewhere, and the same to the spectators. */
import { SingleBar } from 'cli-progress';
import { fitted, redraws } from '../report/text.js';
import type { WatchFrame } from '../protocol/watching.js';

export interface ProgressOutput {
  /** Where people read: standard error, so that `--json` keeps standard output clean. */
  stream: NodeJS.WriteStream;
  announce(frame: WatchFrame): void;
  /** Monotonic milliseconds. */
  now(): number;
}

const LINE_EVERY_MS = 5000;
/** So many seconds' worth of belief in the expected costs, before this run has shown its own. */
const PRIOR_S = 30;

/**
 * Counts items of known expected cost. The time left is the remaining expected cost scaled by how the finished items' real
 * time compared with theirs, so that a few slow items at the end do not surprise.
 */
export class Progress {
  private readonly bar?: SingleBar;
  private readonly startedAt: number;
  private done = 0;
  private doneCost = 0;
  private skippedCost = 0;
  private lastLineAt = -Infinity;
  private label = '';
  private more = '';

  constructor(
    private readonly output: ProgressOutput,
    private total: number,
    private totalCost: number,
  ) {
    this.startedAt = output.now();
    if (redraws(output.stream)) {
      this.bar = new SingleBar({
        format: '{bar} {value}/{total}  {rate}/min  {left} left  {label}',
        stream: output.stream,
        hideCursor: true,
      });
      this.bar.start(total, 0, { rate: '-', left: '-', label: '' });
    }
  }

  /** More work became known (the winners' confirmation). */
  add(items: number, cost: number): void {
    this.total += items;
    this.totalCost += cost;
    this.bar?.setTotal(this.total);
  }

  /** What is being worked on now. */
  at(label: string, more = ''): void {
    this.label = label;
    this.more = more;
    this.show(false);
  }

  /** One item is finished. `skipped`: it was finished in an earlier run and says nothing about this run's rate. */
  finish(cost: number, skipped = false): void {
    this.done++;
    if (skipped) this.skippedCost += cost;
    else this.doneCost += cost;
    this.show(this.done === this.total);
  }

  /** Work that is no item of its own (probes, the oracle) took its share. */
  spend(cost: number): void {
    this.doneCost += cost;
    this.show(false);
  }

  /** A line that must not be lost behind the bar. */
  say(line: string): void {
    if (this.bar) this.output.stream.write('\r\x1b[K');
    this.output.stream.write(`${fitted(line, this.output.stream)}\n`);
    if (this.bar) this.show(false);
  }

  stop(): void {
    this.bar?.stop();
  }

  private show(force: boolean): void {
    const elapsedMs = this.output.now() - this.startedAt;
    const ratio = (elapsedMs / 1000 + PRIOR_S) / (this.doneCost + PRIOR_S);
    const leftS = Math.max(0, Math.round((this.totalCost - this.doneCost - this.skippedCost) * ratio));
    const perMinute = elapsedMs > 0 ? Math.round((this.done / elapsedMs) * 60_000) : 0;
    this.output.announce({ type: 'progress', label: this.label, done: this.done, total: this.total, perMinute, leftS });
    if (this.bar) {
      this.bar.update(this.done, { rate: perMinute, left: `${leftS} s`, label: this.label + this.more });
    } else if (force || this.output.now() - this.lastLineAt >= LINE_EVERY_MS) {
      this.lastLineAt = this.output.now();
      this.output.stream.write(`${this.done}/${this.total} done, ${perMinute}/min, about ${leftS} s left: ${this.label}${this.more}\n`);
    }
  }
}
