/**
 * Prepares requests without ever holding up one that is being computed: while one is, or when a body is large, parsing, filling in the
 * template and tokenising happen on a thread of their own. Otherwise they happen at once, which is quicker for a small body.
 */

import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { bodyText } from './bodies.js';
import { ApiError } from './errors.js';
import { preparePrompt, type Prepared, type PromptMaker, type RequestKind } from './prompt.js';

/** Bodies over this many bytes always go to the thread. */
const INLINE_BYTES = 32 * 1024;

/** What the thread is told once. */
export interface PreparationSettings {
  modelDir: string;
  name: string;
  contextTokens: number;
  vocabSize: number;
}

/** A body for the thread, and what comes back. */
export interface PreparationJob {
  id: number;
  body: Uint8Array;
  kind: RequestKind;
}
export type PreparationResult = { id: number } & (
  | { prepared: Omit<Prepared, 'prompt'> & { prompt: Int32Array } }
  | { refused: { status: number; message: string; code: string | null; param: string | null } }
  | { failed: string }
);

interface Waiting {
  resolve: (prepared: Prepared) => void;
  reject: (error: Error) => void;
}

/** Makes computable requests of bodies, first come, first served. */
export class Preparation {
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | undefined;
  private nextId = 0;

  /** @param modelDir where the thread reads tokenizer and template for itself */
  constructor(
    private readonly maker: PromptMaker,
    private readonly modelDir: string,
  ) {
    this.worker = this.start();
  }

  /** Bodies on the thread now. */
  get pending(): number {
    return this.waiting.size;
  }

  /** @param idle nothing is being computed, so nothing can be held up. @throws ApiError for what is the client's fault */
  async prepare(body: Uint8Array, idle: boolean, kind: RequestKind = 'chat'): Promise<Prepared> {
    if (idle && this.pending === 0 && body.length <= INLINE_BYTES) return preparePrompt(this.maker, bodyText(body), kind);
    const worker = (this.worker ??= this.start());
    const job: PreparationJob = { id: this.nextId++, body, kind };
    return new Promise((resolve, reject) => {
      this.waiting.set(job.id, { resolve, reject });
      worker.postMessage(job);
    });
  }

  private start(): Worker {
    const { name, contextTokens, vocabSize } = this.maker;
    const workerData: PreparationSettings = { modelDir: this.modelDir, name, contextTokens, vocabSize };
    const worker = new Worker(fileURLToPath(new URL('./preparation-thread.js', import.meta.url)), { workerData });
    worker.unref();
    worker.on('message', (result: PreparationResult) => this.settle(result));
    worker.on('error', (error) => this.lose(worker, `the tokenising thread failed: ${error.message}`));
    worker.on('exit', (code) => this.lose(worker, `the tokenising thread ended with status ${code}`));
    return worker;
  }

  private settle(result: PreparationResult): void {
    const waiting = this.waiting.get(result.id);
    this.waiting.delete(result.id);
    if (waiting === undefined) return;
    if ('prepared' in result) waiting.resolve({ settings: result.prepared.settings, prompt: Array.from(result.prepared.prompt) });
    else if ('failed' in result) waiting.reject(new Error(result.failed));
    else waiting.reject(new ApiError(result.refused.status, result.refused.message, result.refused.code, result.refused.param));
  }

  /** Whoever waits is told; the next body starts another thread. */
  private lose(worker: Worker, why: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(new Error(why));
    this.waiting.clear();
  }
}
