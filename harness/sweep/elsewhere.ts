/** Cells that are played elsewhere: what a sweep asks of whoever has them played, and what it is told. */
import type { Cell, Entrant } from './cells.js';
import type { Planned } from './planned.js';
import type { CellResult, UnplayedCell } from './play.js';

/** A bank that an entrant is to be asked. */
export interface Bank {
  planned: Planned;
  entrant: Entrant;
}

/** What is to be done elsewhere. */
export interface ElsewhereWork {
  planned: readonly Planned[];
  cells: readonly Cell[];
  banks: readonly Bank[];
  /** The one machine on which it may be done; absent: any. */
  machine?: string;
}

/** What is told while it is done. */
export interface ElsewhereNews {
  /** A result, its trace in the folder. */
  played(result: CellResult): void;
  unplayed(cell: UnplayedCell): void;
  /** A bank whose answers are in the folder. */
  asked(bank: Bank): void;
  unasked(bank: Bank, why: string): void;
  /** How far it is. */
  at(label: string): void;
  say(line: string): void;
}

export interface Elsewhere {
  /** Has work done until all of it is told, or the sweep is stopped. @throws StoreError, and what the way there throws */
  play(work: ElsewhereWork, news: ElsewhereNews): Promise<void>;
  /** Whether a machine is there now. */
  has(machine: string): Promise<boolean>;
}
