/**
 * An endpoint of known times: it answers every request by the same text, the first piece after a given time and each further one after
 * another. What a latency comes out longer than its script is what the harness added: how the harness measures itself.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** What it says, and when. Times in real microseconds. */
export interface Script {
  firstUs: number;
  pieceUs: number;
  pieces: readonly string[];
  /** So many first requests are answered at once instead: they only have whoever asks compiled and connected. */
  atOnce?: number;
}

/** The time from a request's end to the last piece, by the script. */
export function scriptedUs({ firstUs, pieceUs, pieces }: Script): number {
  return firstUs + (pieces.length - 1) * pieceUs;
}

export class ScriptedEndpoint {
  private constructor(
    private readonly worker: Worker,
    /** The address before `/chat/completions`. */
    readonly url: string,
  ) {}

  /** Starts one on a free port of this machine. */
  static async start(script: Script): Promise<ScriptedEndpoint> {
    const worker = new Worker(new URL('./scripted-thread.js', import.meta.url), { workerData: script });
    const [{ port }] = (await once(worker, 'message')) as [{ port: number }];
    return new ScriptedEndpoint(worker, `http://127.0.0.1:${port}/v1`);
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}
