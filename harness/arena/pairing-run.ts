/** A pairing that is being played, seen from the arena's process. */
import type { GameNumber, GameOutcome, OfBoth, PairingOrder } from './order.js';
import { PairingChild } from './pairing-child.js';
import type { ShownKind } from './showing.js';

/** What the arena is told. `over` comes once, last: null when its processes said so themselves, else what became of them. */
export interface RunHooks {
  /** @param ports to which the first and the second agent connect */
  listening(ports: OfBoth<number>): void;
  begins(game: GameNumber): void;
  ended(outcome: GameOutcome): void;
  /** A frame for those who watch a match. */
  shown(match: string, kind: ShownKind, text: string): void;
  over(fault: string | null): void;
}

/** Two in one world: one process. */
export class PairingRun {
  private readonly child: PairingChild;

  /** Starts it. */
  constructor(order: PairingOrder, hooks: RunHooks) {
    this.child = new PairingChild(
      order,
      (said) => {
        if (said.word === 'listening') hooks.listening([said.port, said.port]);
        else if (said.word === 'begins') hooks.begins(said.game);
        else if (said.word === 'ended') hooks.ended(said.outcome);
        else if (said.word === 'shown') hooks.shown(said.match, said.kind, said.text);
      },
      (fault) => hooks.over(fault),
    );
  }

  /** Ends it at once; what it played is void. */
  kill(): void {
    this.child.kill();
  }
}
