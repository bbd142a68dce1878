/** Worlds over threads: a world stays on the thread that its number says, so that what comes of it does not depend on how many there are. */
import { Worker } from 'node:worker_threads';
import { Batch, type BatchAsk } from './batch.js';
import type { WorkerReply } from './rollout-worker.js';

/** Several batches as one. */
export interface Batches {
  /** Each world's answer as JSON, in the order of the parts. */
  ask(asked: BatchAsk): Promise<string[]>;
  stop(): Promise<void>;
}

/** Worlds on so many threads; on none but this one where it is 0. */
export function startBatches(threads: number): Batches {
  if (threads === 0) {
    const batch = new Batch();
    return { ask: async (asked) => await Promise.resolve(batch.ask(asked)), stop: async () => await Promise.resolve() };
  }
  return new Threads(threads);
}

class Threads implements Batches {
  private readonly workers: Worker[];
  /** Who waits for what each thread says next. */
  private readonly waiting: { resolve: (answers: string[]) => void; reject: (error: Error) => void }[][];
  /** Why a thread is gone. */
  private gone: Error | null = null;

  constructor(count: number) {
    this.waiting = Array.from({ length: count }, () => []);
    this.workers = this.waiting.map((waiting, i) => {
      const worker = new Worker(new URL('./rollout-worker.js', import.meta.url));
      const end = (error: Error): void => {
        this.gone ??= error;
        for (const { reject } of waiting.splice(0)) reject(error);
      };
      worker.on('message', (reply: WorkerReply) => {
        const { resolve, reject } = waiting.shift()!;
        if ('fault' in reply) reject(fallen(i, reply.fault));
        else resolve(reply.answers);
      });
      worker.on('error', (error) => end(new Error(`thread ${i} of the worlds ended: ${error.message}`)));
      worker.on('exit', (code) => end(new Error(`thread ${i} of the worlds ended with code ${code}`)));
      return worker;
    });
  }

  async ask(asked: BatchAsk): Promise<string[]> {
    if (asked.do === 'close') return await this.toAll(() => asked);
    if (asked.do === 'create')
      return await this.toAll((thread) => ({ ...asked, worlds: asked.worlds.filter((world) => this.threadOf(world) === thread) }));
    // The parts of each thread in their order; each answer goes back to its part's place.
    const places = this.workers.map((): number[] => []);
    asked.parts.forEach(({ world }, i) => places[this.threadOf(world)]!.push(i));
    const answers = new Array<string>(asked.parts.length);
    await Promise.all(
      places.map(async (own, thread) => {
        if (own.length === 0) return;
        const said = await this.tell(thread, { ...asked, parts: own.map((i) => asked.parts[i]!) } as BatchAsk);
        said.forEach((answer, i) => (answers[own[i]!] = answer));
      }),
    );
    return answers;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private threadOf(world: number): number {
    return world % this.workers.length;
  }

  private async toAll(part: (thread: number) => BatchAsk): Promise<string[]> {
    return (await Promise.all(this.workers.map((_, thread) => this.tell(thread, part(thread))))).flat();
  }

  private tell(thread: number, asked: BatchAsk): Promise<string[]> {
    if (this.gone) return Promise.reject(this.gone);
    return new Promise((resolve, reject) => {
      this.waiting[thread]!.push({ resolve, reject });
      this.workers[thread]!.postMessage(asked);
    });
  }
}

/** What went wrong in a thread, in a line; where it came from is its stack there. */
function fallen(thread: number, { message, stack }: Extract<WorkerReply, { fault: unknown }>['fault']): Error {
  const error = new Error(`thread ${thread} of the worlds: ${message}`);
  if (stack !== undefined) error.stack = `${error.message}\n${stack}`;
  return error;
}
