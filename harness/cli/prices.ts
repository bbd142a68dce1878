/** `--price FILE...`: what models are paid by, from configuration files. */
import type { Price } from '../../scoring/figures/cost.js';
import { configurationFile, readConfiguration } from '../configuration/configuration.js';
import { UsageError } from './values.js';

/** The files' prices by the names of their configurations. @throws ConfigurationError, UsageError for a file without a price */
export function pricesOf(files: readonly string[]): Map<string, Price> {
  return new Map(
    files.map((file) => {
      const { name, price } = readConfiguration(configurationFile(file, []));
      if (!price)
        throw new UsageError(
          `--price ${file}: it has no "price"; accepted: a configuration with price: {perHour, date} or {promptPerMillion, completionPerMillion, date}`,
        );
      return [name, price];
    }),
  );
}
