/**
 * Verifies what was received, one submission after another, the one that has waited longest first. What is pending is known from the store
 * alone, so a board that was killed goes on where it was; a submission half verified is verified anew.
 */
import { planFault } from '../../../harness/submission/entry-check.js';
import { parseManifest } from '../../../harness/submission/bundle.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import type { PublishedPlans } from '../../../harness/submission/terms.js';
import { judgeBundle } from '../../../harness/submission/verification.js';
import { VerifierError, type Verifier } from '../../../harness/submission/verifier.js';
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
}

/** How long it waits after a failure of its own, in milliseconds: at first, and at most. */
const WAIT_MS = 1000;
const MOST_WAIT_MS = 60_000;
/** Times that verifying a submission may fail here before it is refused: one that breaks the verifying process must not hold up all others. */
const MOST_TRIES = 3;

export class Queue {
  private readonly progress = new Map<string, { done: number; total: number }>();
  private readonly failures = new Map<string, number>();
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private wakeUp: () => void = () => undefined;

  constructor(private readonly settings: QueueSettings) {}

  /** How far a submission is that is being verified; null for any other. */
  progressOf(id: string): { done: number; total: number } | null {
    return this.progress.get(id) ?? null;
  }

  /** Something may be pending. */
  wake(): void {
    this.again = true;
    if (this.stopped) return;
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wakeUp();
    await this.running;
  }

  private async run(): Promise<void> {
    for (let waitMs = WAIT_MS; !this.stopped && this.again;) {
      try {
        this.again = false;
        for (let next; !this.stopped && (next = await this.settings.store.nextPending());) await this.verify(next);
        waitMs = WAIT_MS;
      } catch (error) {
        if (this.stopped) return;
        this.settings.say(`verification: ${(error as Error).message}; tried again in ${waitMs / 1000} s`);
        await new Promise<void>((resolve) => {
          this.wakeUp = resolve;
          setTimeout(resolve, waitMs).unref();
        });
        waitMs = Math.min(MOST_WAIT_MS, waitMs * 2);
        this.again = true;
      }
    }
  }

  private async verify({ id, manifest_json, key }: SubmissionRow): Promise<void> {
    const { store, verifier, published, traces, onTrace } = this.settings;
    const manifest = parseManifest(Buffer.from(manifest_json));
    // The plan may have changed since it was received.
    const fault = planFault(manifest, published);
    if (fault !== null) return await store.refuse(id, fault);
    let since = performance.now();
    try {
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
    } catch (error) {
      if (this.stopped) return;
      if (error instanceof VerifierError) {
        const failures = (this.failures.get(id) ?? 0) + 1;
        this.failures.set(id, failures);
        if (failures < MOST_TRIES) throw error;
        this.failures.delete(id);
        return await store.refuse(id, `it could not be verified here, ${failures} times: ${error.message}`);
      }
      if (!(error instanceof SubmissionError)) throw error;
      await store.refuse(id, error.message);
    } finally {
      this.progress.delete(id);
    }
  }
}
