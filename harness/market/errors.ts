/** A file of market data that cannot be used: which, where in it, and what would be accepted. */
export class MarketError extends Error {
  override name = 'MarketError';
}
