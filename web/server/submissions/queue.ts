/**
 * Verifies what was received, one submission after another, the one that has waited longest first. What is pending is known from the store
 * alone, so a board that was killed goes on where it was; a submission half verified is verified anew.
 *
 * What fails here refuses nobody: the submission stays pending and is tried again, after pauses that grow, while others are verified.
 */
import { planFault } from '../../../harness/submission/entry-check.js';
import { parseManifest } from '../../../harness/submission/bundle.js';
import type { PublishedPlans } from '../../../harness/submission/terms.js';
import { judgeBundle } from '../../../harness/submission/verification.js';
import type { Verifier } from '../../../harness/submission/verifier.js';
import type { Store, SubmissionRow } from '../store/store.js';

export interface QueueSettings {
  store: Store;
  verifier: Verifier;
  published: PublishedPlans;
  /** The folder of all traces. */
  traces: string;
  /** Told of each trace that was played again. */
  onTrace?: (isAccepted: boolean, seconds: number) => void;
  /** Told what could not be carried out; it is tried again later. */
  say: (line: string) => void;
  pauses?: Pauses;
}

/** How long is waited after a failure of the board's own, in milliseconds: after the first of a submission, and at most; it doubles between. */
export interface Pauses {
  firstMs: number;
  mostMs: number;
}

const USUAL_PAUSES: Pauses = { firstMs: 1000, mostMs: 600_000 };

/** A submission that could not be verified here so far. */
interface Postponed {
  failures: number;
  /** When it is tried again, by `performance.now()`. */
  atMs: number;
}

export class Queue {
  private readonly progress = new Map<string, { done: number; total: number }>();
  private readonly postponed = new Map<string, Postponed>();
  /** Times in a row that the store itself did not answer. */
  private storeFailures = 0;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private wakeUp: () => void = () => undefined;

  constructor(private readonly settings: QueueSettings) {}

  /** How far a submission is that is being verified; null for any other. */
  progressOf(id: string): { done: number; total: number } | null {
    return this.progress.get(id) ?? null;
  }

  /** Whether a submission could not be verified here so far, and is tried again. */
  isPostponed(id: string): boolean {
    return this.postponed.has(id);
  }

  /** How many submissions could not be verified here so far, and whether the store answers. */
  get troubles(): { postponed: number; isStoreSilent: boolean } {
    return { postponed: this.postponed.size, isStoreSilent: this.storeFailures > 0 };
  }

  /** Something may be pending. */
  wake(): void {
    this.again = true;
    this.wakeUp();
    if (this.stopped) return;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopped && (this.again || this.postponed.size > 0)) {
      this.again = false;
      try {
        while (!this.stopped) {
          const resting = this.resting();
          const next = await this.settings.store.nextPending(resting);
          this.storeFailures = 0;
          if (next) await this.attempt(next);
          else {
            // What is neither resting nor pending was settled otherwise.
            for (const id of this.postponed.keys()) if (!resting.includes(id)) this.postponed.delete(id);
            break;
          }
        }
      } catch (error) {
        if (this.stopped) return;
        const waitMs = this.pauseAfter(++this.storeFailures);
        this.settings.say(`verification: ${(error as Error).message}; tried again in ${waitMs / 1000} s`);
        await this.sleep(waitMs);
        this.again = true;
        continue;
      }
      if (!this.again && this.postponed.size > 0)
        await this.sleep(Math.min(...[...this.postponed.values()].map(({ atMs }) => atMs)) - performance.now());
    }
  }

  /** Those whose pause is not over. */
  private resting(): string[] {
    const now = performance.now();
    return [...this.postponed].filter(([, { atMs }]) => atMs > now).map(([id]) => id);
  }

  private pauseAfter(failures: number): number {
    const { firstMs, mostMs } = this.settings.pauses ?? USUAL_PAUSES;
    return Math.min(mostMs, firstMs * 2 ** Math.min(failures - 1, 30));
  }

  /** Waits, at most until it is woken. */
  private async sleep(ms: number): Promise<void> {
    if (this.stopped || this.again) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms)).unref();
      this.wakeUp = () => (clearTimeout(timer), resolve());
    });
    this.wakeUp = () => undefined;
  }

  /** Verifies a submission; what fails here postpones it. */
  private async attempt(next: SubmissionRow): Promise<void> {
    const { id } = next;
    try {
      await this.verify(next);
      this.postponed.delete(id);
    } catch (error) {
      if (this.stopped) return;
      const failures = (this.postponed.get(id)?.failures ?? 0) + 1;
      const waitMs = this.pauseAfter(failures);
      this.postponed.set(id, { failures, atMs: performance.now() + waitMs });
      this.settings.say(
        `verification of submission ${id} failed here, ${failures === 1 ? 'once' : `${failures} times`}: ${(error as Error).message}; ` +
          `it stays pending, and is tried again in ${waitMs / 1000} s`,
      );
    } finally {
      this.progress.delete(id);
    }
  }

  /** @throws what failed here; nothing that was submitted is at fault */
  private async verify({ id, manifest_json, key }: SubmissionRow): Promise<void> {
    const { store, verifier, published, traces, onTrace } = this.settings;
    const manifest = parseManifest(Buffer.from(manifest_json));
    // The plan may have changed since it was received.
    const fault = planFault(manifest, published);
    if (fault !== null) return await store.refuse(id, fault);
    let since = performance.now();
    const judged = await judgeBundle(manifest, {
      verifier,
      published,
      folder: traces,
      nowMs: Date.now(),
      stopped: () => this.stopped,
      seenBefore: (checked, hash) => store.seenBefore(checked, hash, key),
      onTrace: (done, total, checked) => {
        this.progress.set(id, { done, total });
        onTrace?.(checked.fault === null, (performance.now() - since) / 1000);
        since = performance.now();
      },
    });
    await store.settle(id, judged);
  }
}
