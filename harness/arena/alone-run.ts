/**
 * A pairing in which each plays alone, seen from the arena's process: two processes, so that neither world waits for the other. Both begin once both
 * agents came: whoever began later could be told by a friend what comes.
 */
import type { AloneOutcome, OfBoth, PairingOrder } from './order.js';
import { byTwoAlone } from './outcome.js';
import { PairingChild } from './pairing-child.js';
import type { RunHooks } from './pairing-run.js';

/** One of the two, as far as it is known. */
interface Half {
  child: PairingChild;
  port?: number;
  came: boolean;
  outcome?: AloneOutcome;
  isOver: boolean;
}

/** An agent that was there, of a pairing whose other one was not. */
const CAME: AloneOutcome = { came: true, absent: null, flooded: false, spoilt: null, reward: null, figures: null, trace: null };

export class AloneRun {
  private readonly halves: OfBoth<Half>;
  private fault: string | null = null;
  private hasBegun = false;
  private isTold = false;

  /** Starts it. @param ports of the first and of the second agent's server; 0: any free one */
  constructor(
    private readonly order: PairingOrder,
    ports: OfBoth<number>,
    private readonly hooks: RunHooks,
  ) {
    this.halves = [this.half(0, ports[0]), this.half(1, ports[1])];
  }

  /** Ends it at once; what it played is void. */
  kill(): void {
    for (const { child } of this.halves) child.kill();
  }

  private half(alone: 0 | 1, port: number): Half {
    const child = new PairingChild(
      { ...this.order, alone, port },
      (said) => {
        if (said.word === 'shown') return this.hooks.shown(said.match, said.kind, said.text);
        if (said.word === 'listening') half.port = said.port;
        else if (said.word === 'came') half.came = true;
        else if (said.word === 'ended-alone') half.outcome = said.outcome;
        this.heard(said.word);
      },
      (fault) => this.ended(half, fault),
    );
    const half: Half = { child, came: false, isOver: false };
    return half;
  }

  private heard(word: string): void {
    const [one, other] = this.halves;
    if (word === 'listening') {
      if (one.port !== undefined && other.port !== undefined) this.hooks.listening([one.port, other.port]);
      return;
    }
    if (this.isTold) return;
    if (!this.hasBegun && one.came && other.came) {
      this.hasBegun = true;
      this.hooks.begins(0);
      for (const { child } of this.halves) child.go();
    }
    const isWaiting = (half: Half): boolean => half.outcome === undefined && (this.hasBegun || !half.came);
    if (isWaiting(one) || isWaiting(other)) return;
    this.isTold = true;
    const { agents } = this.order;
    this.hooks.ended(byTwoAlone([one.outcome ?? CAME, other.outcome ?? CAME], [agents[0].name, agents[1].name]));
    // One that waits for the word to begin need not wait any longer.
    for (const { child, outcome } of this.halves) if (!outcome) child.kill();
  }

  private ended(half: Half, fault: string | null): void {
    half.isOver = true;
    // A pairing of which one half has no outcome has none.
    if (fault !== null && !this.isTold) {
      this.fault ??= fault;
      this.kill();
    }
    if (this.halves.every(({ isOver }) => isOver)) this.hooks.over(this.isTold ? null : this.fault);
  }
}
