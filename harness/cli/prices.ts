/** `--price FILE...`: what models are paid by, from configuration files. */
import type { Price } from '../../scoring/figures/cost.js';
import { configurationFile, readConfiguration } from '../configuration/configuration.js';
import { UsageError } from './values.js';

/** The files' prices by the names of their configurations. @throws ConfigurationError, UsageError for a file without a price, or two for one name */
export function pricesOf(files: readonly string[]): Map<string, Price> {
  const prices = new Map<string, Price>();
  for (const file of files) {
    const { name, price } = readConfiguration(configurationFile(file, []));
    if (!price)
      throw new UsageError(
        `--price ${file}: it has no "price"; accepted: a configuration with price: {perHour, date} or {promptPerMillion, completionPerMillion, date}`,
      );
    if (prices.has(name))
      throw new UsageError(`--price ${file}: "${name}" has a price from another file; accepted: one file a configuration`);
    prices.set(name, price);
  }
  return prices;
}

/** A price that nobody is paid by was meant for somebody. @throws UsageError naming those who played */
export function requireUsed(prices: ReadonlyMap<string, Price>, players: readonly { name: string }[]): void {
  const names = [...new Set(players.map(({ name }) => name))];
  const unused = [...prices.keys()].find((name) => !names.includes(name));
  if (unused !== undefined)
    throw new UsageError(`--price: nobody called "${unused}" has a match that counts; there are ${names.join(', ') || 'none'}`);
}
