/** What a configuration's model is paid by: `price:` in its file. It changes nothing that is played, so it is no part of who a model is. */
import { z } from 'zod';
import type { Price } from '../../scoring/figures/cost.js';

const amount = z.number().min(0).max(1_000_000);

const common = {
  currency: z.literal('USD', { error: 'only USD: amounts are told in US dollars' }).default('USD'),
  /** When it was so: prices change, and a cost without its date says little. */
  date: z.iso.date({ error: 'the day of the price as YYYY-MM-DD is expected' }),
};

const byHour = z.strictObject({ perHour: amount, ...common });
const byTokens = z.strictObject({
  promptPerMillion: amount,
  completionPerMillion: amount,
  /** Of prompt tokens that the server had kept; the same as of all others when absent. */
  cachedPerMillion: amount.optional(),
  ...common,
});

/** `{perHour, date}` or `{promptPerMillion, completionPerMillion, date}`, in US dollars. */
export const priceText = z.union([byHour, byTokens], {
  error:
    'accepted: {perHour, date} or {promptPerMillion, completionPerMillion, date}, with cachedPerMillion and currency: USD where wanted; amounts in US dollars, the date as YYYY-MM-DD',
});

/** The price that a trace's record of a seat holds; undefined where it holds none. */
export function recordedPrice(configuration: unknown): Price | undefined {
  const parsed = z.looseObject({ price: priceText }).safeParse(configuration);
  return parsed.success ? parsed.data.price : undefined;
}
