/** An exchange without a match around it: owner 0 is a seat, the others are of the background. */
import { Accounts, Ledger } from '../../../../envs/hft/seats/accounts.js';
import { Exchange } from '../../../../envs/hft/exchange/exchange.js';

const TIERS = [{ fromMicros: 0, makerFeePpm: -2, takerFeePpm: 30 }];

/** What each owner starts with, in micro-units. */
export const LONE_CASH = 1_000_000_000_000;

export function loneExchange(startTicks: number, owners: number): Exchange {
  const kinds = Array.from({ length: owners }, (_, i) => (i === 0 ? 'seat' : i === 1 ? 'maker' : 'noise'));
  return new Exchange(startTicks, new Accounts(new Ledger(owners, owners, LONE_CASH, TIERS), 10_000), kinds);
}
