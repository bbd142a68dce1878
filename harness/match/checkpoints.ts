/** Checkpoints that are asked of a running match: each is taken at the match's next quiet moment and written by another process, so that no tick waits. */
import type { Micros } from '../../envs/environment.js';
import { checkpointOf, type CheckpointState, type MatchMoment } from './checkpoint.js';
import { CheckpointError } from './resumption.js';

/** A checkpoint that is on disk. */
export interface TakenCheckpoint {
  path: string;
  /** World time of the match there. */
  at: Micros;
  digest: string;
}

/** A match that is being played, for whoever watches over it. */
export interface Checkpointable {
  /**
   * Writes the match to a file from which it can be gone on with. It plays on, unless it is to `stop` there. Who asks may take that back by `signal`, until
   * the file is on disk: the match then plays on.
   * @throws CheckpointError when this match cannot be taken up again, ended or stopped for somebody else before, or the file cannot be written
   */
  checkpoint(path: string, stop?: boolean, signal?: AbortSignal): Promise<TakenCheckpoint>;
}

/** A match stopped here to be gone on with elsewhere. Its trace here ends without a footer. */
export class MatchMoved extends Error {
  override name = 'MatchMoved';
  constructor(readonly taken: TakenCheckpoint) {
    super(`the match stopped at ${secondsOf(taken)} s of world time, and can be gone on with from ${taken.path}`);
  }
}

interface Wanted {
  path: string;
  stop: boolean;
  signal: AbortSignal | undefined;
  resolve: (taken: TakenCheckpoint) => void;
  reject: (error: Error) => void;
}

export class Checkpoints {
  /** The match is to stop here: how the checkpoint comes out, where it is or why the match plays on. Null while nobody asks it to. */
  leaving: Promise<TakenCheckpoint | Error> | null = null;
  private wanted: Wanted[] = [];
  /** Why no more can be taken. */
  private ended: CheckpointError | null = null;

  /** @param moment the match as it stands @param write puts a state behind the trace so far into a file; what went wrong, or null */
  constructor(
    private readonly moment: () => MatchMoment,
    private readonly write: (path: string, state: CheckpointState) => Promise<string | null>,
  ) {}

  /** Asks for one; see `Checkpointable.checkpoint`. */
  ask(path: string, stop: boolean, signal?: AbortSignal): Promise<TakenCheckpoint> {
    if (this.ended) return Promise.reject(this.ended);
    if (signal?.aborted) return Promise.reject(new CheckpointError(GONE));
    return new Promise((resolve, reject) => {
      const wanted = { path, stop, signal, resolve, reject };
      this.wanted.push(wanted);
      signal?.addEventListener('abort', () => this.withdraw(wanted), { once: true });
    });
  }

  /** A quiet moment has come. */
  quiet(): void {
    if (this.wanted.length === 0 || this.leaving) return;
    const state = checkpointOf(this.moment());
    // A match stops once. Who asks for it as well is told so, or is next where the first file cannot be written.
    const stopping = this.wanted.find(({ stop }) => stop);
    const now = this.wanted.filter((each) => !each.stop || each === stopping);
    this.wanted = this.wanted.filter((each) => !now.includes(each));
    for (const each of now) {
      const written = this.take(each, state);
      void written.then((taken) => (taken instanceof Error ? each.reject(taken) : each.resolve(taken)));
      if (each.stop) this.leaving = written;
    }
  }

  /** There will be no more quiet moments. @param moved where the match stopped, if it did */
  end(moved?: TakenCheckpoint): void {
    this.ended ??= new CheckpointError(
      moved
        ? `the match stopped at ${secondsOf(moved)} s of world time for somebody else, and goes on from ${moved.path}`
        : 'the match ended before a checkpoint could be taken',
    );
    for (const { reject } of this.wanted.splice(0)) reject(this.ended);
  }

  private async take({ path, stop, signal }: Wanted, state: CheckpointState): Promise<TakenCheckpoint | Error> {
    const fault = await this.write(path, state);
    if (fault !== null) return new CheckpointError(fault);
    if (stop && signal?.aborted)
      return new CheckpointError(`whoever asked the match to stop is gone: it plays on, and ${path} is a checkpoint of it`);
    return { path, at: state.at, digest: state.digest };
  }

  private withdraw(wanted: Wanted): void {
    const place = this.wanted.indexOf(wanted);
    if (place < 0) return; // it is being written
    this.wanted.splice(place, 1);
    wanted.reject(new CheckpointError(GONE));
  }
}

const GONE = 'whoever asked for a checkpoint is gone';

function secondsOf({ at }: TakenCheckpoint): string {
  return (at / 1_000_000).toFixed(2);
}

/** Why a match cannot be taken up again elsewhere, in a sentence; null when it can. */
export function uncheckpointable({
  seats,
  traced,
}: {
  seats: readonly { kind: string; name: string; replayed?: true; outage?: object }[];
  traced: boolean;
}): string | null {
  if (!traced) return 'a match that writes no trace has none to go on from';
  const human = seats.find(({ kind }) => kind === 'human');
  if (human) return `${human.name} plays by the stream of scenes of this server; nobody could sit down elsewhere in the middle of it`;
  const outage = seats.find((seat) => seat.outage);
  if (outage) return `the endpoint of ${outage.name} is taken away and brought back by processes of this host`;
  const replayed = seats.find((seat) => seat.replayed);
  return replayed ? `${replayed.name} is charged latencies that another match recorded, which a checkpoint does not hold` : null;
}
