/** Where a plan is printed to. */
import { terminalColumns } from '../../report/text.js';

export interface Output {
  write(text: string): void;
  /** How many columns there are to print on. */
  columns(): number;
}

/** The program's own output. */
export const TERMINAL: Output = { write: (text) => void process.stdout.write(text), columns: () => terminalColumns() };
