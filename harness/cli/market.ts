/** A market of the user's: published one-second bars, as `--market ohlc:FILE` names them. */
import { readFileSync } from 'node:fs';
import { barsFromDay, type OhlcReport } from '../../envs/hft/ohlc.js';
import { MarketError } from '../market/errors.js';
import { symbolOf } from '../market/symbol.js';

/** The `market` option for a part of a published day, and what was done to its bars. @throws MarketError, OptionsError */
export function readMarket(
  text: string,
  part: { from: string; minutes: number; date?: string; symbol?: string },
): { market: unknown; report: OhlcReport } {
  const file = /^ohlc:(.+)$/.exec(text)?.[1];
  if (file === undefined)
    throw new MarketError(
      `--market "${text}": accepted: ohlc:FILE, a JSON file of {date: {"HH:MM:SS": {open, high, low, close}}}; lobster:MESSAGES[,ORDERBOOK]; mbo:FILE`,
    );
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new MarketError(
      `--market ${file}: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message}`,
    );
  }
  const symbol = part.symbol ?? symbolOf(file);
  return barsFromDay(json, { symbol, date: part.date, from: part.from, minutes: part.minutes });
}
