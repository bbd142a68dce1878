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
   * Writes the match to a file from which it can be gone on with. It plays on, unless it is to `stop` there.
   * @throws CheckpointError when this match cannot be taken up again, ended before, or the file cannot be written
   */
  checkpoint(path: string, stop?: boolean): Promise<TakenCheckpoint>;
}

/** A match stopped here to be gone on with elsewhere. Its trace here ends without a footer. */
export class MatchMoved extends Error {
  override name = 'MatchMoved';
  constructor(readonly taken: TakenCheckpoint) {
    super(`the match stopped at ${(taken.at / 1_000_000).toFixed(2)} s of world time, and can be gone on with from ${taken.path}`);
  }
}

interface Wanted {
  path: string;
  stop: boolean;
  resolve: (taken: TakenCheckpoint) => void;
  reject: (error: Error) => void;
}

export class Checkpoints {
  /** The match stops here: how the checkpoint came out, a fault or where it is. Null while it plays on. */
  leaving: Promise<TakenCheckpoint | Error> | null = null;
  private wanted: Wanted[] = [];
  private ended = false;

  /** @param moment the match as it stands @param write puts a state behind the trace so far into a file; what went wrong, or null */
  constructor(
    private readonly moment: () => MatchMoment,
    private readonly write: (path: string, state: CheckpointState) => Promise<string | null>,
  ) {}

  /** Asks for one; see `Checkpointable.checkpoint`. */
  ask(path: string, stop: boolean): Promise<TakenCheckpoint> {
    if (this.ended || this.leaving) return Promise.reject(new CheckpointError('the match is over'));
    return new Promise((resolve, reject) => this.wanted.push({ path, stop, resolve, reject }));
  }

  /** A quiet moment has come. */
  quiet(): void {
    if (this.wanted.length === 0 || this.leaving) return;
    const state = checkpointOf(this.moment());
    for (const { path, stop, resolve, reject } of this.wanted.splice(0)) {
      const written = this.write(path, state).then((fault) =>
        fault === null ? { path, at: state.at, digest: state.digest } : new CheckpointError(fault),
      );
      void written.then((taken) => (taken instanceof Error ? reject(taken) : resolve(taken)));
      if (stop) this.leaving = written;
    }
  }

  /** There will be no more quiet moments. */
  end(): void {
    this.ended = true;
    for (const { reject } of this.wanted.splice(0)) reject(new CheckpointError('the match ended before a checkpoint could be taken'));
  }
}

/** Why a match cannot be taken up again elsewhere, in a sentence; null when it can. */
export function uncheckpointable({
  seats,
  traced,
}: {
  seats: readonly { kind: string; name: string; replayed?: true }[];
  traced: boolean;
}): string | null {
  if (!traced) return 'a match that writes no trace has none to go on from';
  const human = seats.find(({ kind }) => kind === 'human');
  if (human) return `${human.name} plays by the stream of scenes of this server; nobody could sit down elsewhere in the middle of it`;
  const replayed = seats.find((seat) => seat.replayed);
  return replayed ? `${replayed.name} is charged latencies that another match recorded, which a checkpoint does not hold` : null;
}
