/** A file of market data that cannot be used: which, where in it, and what would be accepted. */
export class MarketError extends Error {
  override name = 'MarketError';
}

/** What is wrong with a row: which cell, what it holds, and what is accepted there. */
export interface Fault {
  column: string;
  value: string;
  accepted: string;
}

/** The refusal of a row. */
export function refusal(path: string, row: number, { column, value, accepted }: Fault): MarketError {
  const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value;
  return new MarketError(`${path}: row ${row}, column ${column}: ${JSON.stringify(shown)}; accepted: ${accepted}`);
}
