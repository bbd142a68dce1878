/** Which symbol a file of prices is about, as its name says. */
import { basename } from 'node:path';

/** A symbol without a name. */
export const UNNAMED = 'STOCK';

/** The word in capitals between underscores or dots of a file's name (`ohlc_AMZN_2024-08-05.json`); STOCK without one. */
export function symbolOf(file: string): string {
  return /(?:^|_)([A-Z][A-Z.]{0,6})(?:_|\.)/.exec(basename(file))?.[1] ?? UNNAMED;
}
