/** A match that a command plays, and what can be asked of it meanwhile: `tickbench match checkpoint` from elsewhere, and a checkpoint every so often. */
import { resolve } from 'node:path';
import { partialPath } from '../../traces/format.js';
import type { MatchMoved, Checkpointable } from '../../match/checkpoints.js';
import { listenForControl } from '../../match/control.js';

/** Where a match's checkpoint goes unless somebody says otherwise: beside its trace. */
function checkpointPath(tracePath: string): string {
  return `${partialPath(tracePath).replace(/\.jsonl(\.partial)?$/, '')}.checkpoint.gz`;
}

export class Overseen {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private stopListening: (() => void) | undefined;

  private readonly usualPath: string;

  /** @param id the match's @param everyS real seconds between two checkpoints; absent: none but those asked for */
  constructor(
    private readonly id: string,
    tracePath: string,
    private readonly say: (line: string) => void,
    private readonly everyS?: number,
  ) {
    this.usualPath = resolve(checkpointPath(tracePath));
  }

  /** The match has begun. That it cannot be asked from elsewhere is said, and no reason not to play it. */
  begin(match: Checkpointable): void {
    listenForControl(this.id, match, this.usualPath).then(
      (stop) => {
        if (this.ended) stop();
        else this.stopListening = stop;
      },
      (error: Error) => this.say(`match checkpoint will not find this match: ${error.message}`),
    );
    if (this.everyS !== undefined) this.later(match, this.everyS * 1000);
  }

  /** It is over. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.stopListening?.();
  }

  private later(match: Checkpointable, everyMs: number): void {
    this.timer = setTimeout(() => {
      match
        .checkpoint(this.usualPath)
        .catch((error: Error) => this.ended || this.say(`no checkpoint: ${error.message}`))
        .finally(() => this.ended || this.later(match, everyMs));
    }, everyMs);
  }
}

/** Says that a match goes on elsewhere. */
export function moved({ message, taken }: MatchMoved, { say, json }: { say: (line: string) => void; json: boolean }): void {
  if (json) process.stdout.write(`${JSON.stringify({ moved: taken })}\n`);
  else say(`${message}: tickbench match restore ${taken.path}`);
}
