/** Whose rows of a file with several instruments or publishers are played: those named, or the only ones there are. */
import { MarketError } from './errors.js';
import { isAbsent, wholeOf } from './numbers.js';

/** Rows read after a choice turned out to be needed, to tell what there is to choose from. */
const CENSUS_ROWS = 1_000_000;
/** Names listed. */
const LISTED = 20;

/** What the user named. */
export interface Choice {
  /** A name of the symbol column, or a number of instrument_id. */
  symbol?: string;
  /** A number of publisher_id: one venue's feed of several. */
  publisher?: string;
}

/** Whose row this is. */
interface Source {
  symbol: string;
  instrument: string;
  publisher: string;
}

/** Counts of rows by name, a bounded number of them. */
class Census {
  private readonly counts = new Map<string, number>();
  add(name: string): void {
    const before = this.counts.get(name);
    if (before !== undefined || this.counts.size < 10_000) this.counts.set(name, (before ?? 0) + 1);
  }
  get size(): number {
    return this.counts.size;
  }
  /** Names with their rows, most rows first. */
  list(): string {
    const all = [...this.counts].sort(([, a], [, b]) => b - a);
    const shown = all.slice(0, LISTED).map(([name, rows]) => `${name || '(no name)'} (${rows})`);
    return shown.join(', ') + (all.length > LISTED ? `, and ${all.length - LISTED} more` : '');
  }
}

export class Instruments {
  /** The name of the rows that are played; undefined before the first. */
  chosen: string | undefined;
  private publisher: string | undefined;
  private readonly names = new Census();
  private readonly publishers = new Census();
  private mixed = 0;
  private rows = 0;

  /** @param has which columns the file has @throws MarketError when something is chosen by a column that it lacks */
  constructor(
    private readonly path: string,
    private readonly choice: Choice,
    private readonly has: { symbol: boolean; instrument: boolean; publisher: boolean },
  ) {
    if (choice.publisher !== undefined && !has.publisher)
      throw new MarketError(`${path}: publisher ${choice.publisher}: the file has no column publisher_id; accepted: no --publisher`);
  }

  /** Whether rows of this source are to be played. Rows of several, none of them named, are a refusal to come: see `undecided`. */
  takes(source: Source): boolean {
    const name = nameOf(source);
    this.rows++;
    const { symbol, publisher } = this.choice;
    // Without a symbol column a name is only what to call the file's only instrument; a number is one of instrument_id.
    const chosen = symbol === undefined || !(this.has.symbol || /^\d+$/.test(symbol)) ? undefined : symbol;
    this.names.add(name);
    if (chosen !== undefined && chosen !== source.symbol && chosen !== source.instrument) return false;
    this.publishers.add(source.publisher);
    if (publisher !== undefined && wholeOf(publisher) !== wholeOf(source.publisher)) return false;
    this.chosen ??= name;
    this.publisher ??= source.publisher;
    if ((chosen === undefined && name !== this.chosen) || source.publisher !== this.publisher) this.mixed ||= this.rows;
    return true;
  }

  /** Whether rows of several have come that nobody chose from. */
  get undecided(): boolean {
    return this.mixed > 0;
  }

  /** The refusal that lists what there is, after as many more rows as it takes to know. @param row the first of another @param rest further rows' sources */
  async refuse(row: number, rest: () => Promise<Source | undefined>): Promise<MarketError> {
    let more = CENSUS_ROWS;
    for (let source = await rest(); source !== undefined && more-- > 0; source = await rest()) this.takes(source);
    const said = more > 0 ? '' : ` in its first ${this.rows} rows`;
    const lists: string[] = [];
    const ways: string[] = [];
    if (this.names.size > 1 && this.choice.symbol === undefined) {
      lists.push(`${this.names.size} instruments${said}: ${this.names.list()}`);
      ways.push('--symbol NAME');
    }
    if (this.publishers.size > 1 && this.choice.publisher === undefined) {
      lists.push(`${this.publishers.size} publishers${said}: ${this.publishers.list()}`);
      ways.push('--publisher ID');
    }
    return new MarketError(
      `${this.path}: row ${row} is not of the same book as those before; the file has ${lists.join(', and ')} (rows of each in brackets); accepted: one of them, by ${ways.join(' and ')}`,
    );
  }

  /** The refusal of a choice of which the file has no rows. */
  missing(): MarketError {
    const { symbol, publisher } = this.choice;
    const asked = [symbol, publisher === undefined ? undefined : `publisher ${publisher}`].filter((each) => each !== undefined).join(', ');
    const lists = [`of instruments ${this.names.list() || 'none'}`];
    if (this.publishers.size > 0) lists.push(`of publishers ${this.publishers.list()}`);
    return new MarketError(`${this.path}: no records of ${asked}; the file has rows ${lists.join(', and ')}`);
  }
}

function nameOf({ symbol, instrument }: Source): string {
  return isAbsent(symbol) ? instrument : symbol;
}
