/**
 * Verifies what was received, one submission after another, the one that has waited longest first. What is pending is known from the store
 * alone, so a board that was killed goes on where it was; a submission half verified is verified anew.
 *
 * What this machine cannot do refuses nobody: the submission stays pending and is tried again, after pauses that grow, while others are verified.
 * A submission at which verification itself breaks time after time would wait for ever: it is refused after MOST_BREAKS times, with a reason that
 * says whose failure it is, until the operator has it tried again.
 */
import { planFault } from '../../../harness/submission/entry-check.js';
import { parseManifest } from '../../../harness/submission/bundle.js';
import type { Manifest } from '../../../harness/submission/manifest.js';
import type { PublishedPlans } from '../../../harness/submission/terms.js';
import { judgeBundle } from '../../../harness/submission/verification.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import { VerifierError, type Verifier } from '../../../harness/submission/verifier.js';
import type { Store, SubmissionRow } from '../store/store.js';

export interface QueueSettings {
  store: Store;
  verifier: Verifier;
  published: PublishedPlans;
  /** The board's own, see `judgeBundle`. */
  drawKey: string;
  /** The folder of all traces. */
  traces: string;
  /** Told of each trace that was played again. */
  onTrace?: (isAccepted: boolean, seconds: number) => void;
  /** Told what could not be carried out; it is tried again later. */
  say: (line: string) => void;
  pauses?: Pauses;
  lookEveryMs?: number;
}

/** How long is waited after a failure of the board's own, in milliseconds: after the first of a submission, and at most; it doubles between. */
export interface Pauses {
  firstMs: number;
  mostMs: number;
}

const USUAL_PAUSES: Pauses = { firstMs: 1000, mostMs: 600_000 };

/** How often verification may break at one submission before it is refused. */
export const MOST_BREAKS = 5;

/** How often a board looks for what another process made pending, in milliseconds: the operator, who has something tried again. */
const LOOK_EVERY_MS = 15_000;

/** A submission that could not be verified here so far. */
interface Postponed {
  failures: number;
  /** Those of them at which verification itself broke. */
  breaks: number;
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
  private readonly looking: NodeJS.Timeout;

  constructor(private readonly settings: QueueSettings) {
    this.looking = setInterval(() => this.wake(), settings.lookEveryMs ?? LOOK_EVERY_MS).unref();
  }

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
    clearInterval(this.looking);
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
      const before = this.postponed.get(id) ?? { failures: 0, breaks: 0 };
      const failures = before.failures + 1;
      const breaks = before.breaks + (isBreak(error) ? 1 : 0);
      if (breaks >= MOST_BREAKS) return await this.giveUp(id, (error as Error).message);
      const waitMs = this.pauseAfter(failures);
      this.postponed.set(id, { failures, breaks, atMs: performance.now() + waitMs });
      this.settings.say(
        `verification of submission ${id} failed here, ${failures === 1 ? 'once' : `${failures} times`}: ${(error as Error).message}; ` +
          `it stays pending, and is tried again in ${waitMs / 1000} s`,
      );
    } finally {
      this.progress.delete(id);
    }
  }

  /** Refuses what verification broke at every time. @param why the last time, for the operator */
  private async giveUp(id: string, why: string): Promise<void> {
    const { store, say } = this.settings;
    await store.refuse(id, BROKEN, `verification broke here ${MOST_BREAKS} times, the last time so: ${why}`);
    this.postponed.delete(id);
    say(
      `verification of submission ${id} broke here ${MOST_BREAKS} times, the last time so: ${why}; ` +
        `it is refused. To have it tried again: tickbench board retry ${id}`,
    );
  }

  /** @throws what failed here; nothing that was submitted is at fault */
  private async verify({ id, manifest_json, key }: SubmissionRow): Promise<void> {
    const { store, verifier, published, drawKey, traces, onTrace } = this.settings;
    // The form of a bundle and the plan may have changed since it was received.
    const manifest = readAgain(manifest_json);
    const fault = typeof manifest === 'string' ? manifest : planFault(manifest, published);
    if (typeof manifest === 'string' || fault !== null) return await store.refuse(id, fault!);
    let since = performance.now();
    const judged = await judgeBundle(manifest, {
      verifier,
      published,
      drawKey,
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

/** What is told of a submission that is refused so; what happened is the operator's. */
const BROKEN =
  `this board's own verification broke at it ${MOST_BREAKS} times: a failure of the server, which says nothing against what was submitted. ` +
  'The operator is told why, and can have it tried again';

/** Whether verification broke at the very thing that it was working on, not for what this machine or the database could not do. */
function isBreak(error: unknown): boolean {
  return error instanceof VerifierError ? error.isBroken : error instanceof TypeError || error instanceof RangeError;
}

/** What a bundle says of itself, or why this version of the program does not take it any more. */
function readAgain(manifest: string): Manifest | string {
  try {
    return parseManifest(Buffer.from(manifest));
  } catch (error) {
    if (error instanceof SubmissionError) return error.message;
    throw error;
  }
}
