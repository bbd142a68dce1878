/** What trading costs: rates in parts per million of what is traded, by tiers of the volume a seat has traded in the match so far. */

/** One tier. It holds from a traded volume of `fromMicros` on; rates are ppm of the notional, negative for a rebate. */
export interface FeeTier {
  fromMicros: number;
  makerFeePpm: number;
  takerFeePpm: number;
}

/** A fee of `ppm` parts per million of a notional in micro-units, rounded up (a rebate, a negative one, towards zero): the exchange never loses a fraction. */
export function feeMicros(notionalMicros: number, ppm: number): number {
  const fee = Math.ceil((notionalMicros * ppm) / 1_000_000);
  return fee === 0 ? 0 : fee;
}

/** The tier of a traded volume. `tiers` begin at 0 and rise. */
export function tierOf(tiers: readonly FeeTier[], volumeMicros: number): FeeTier {
  let tier = tiers[0]!;
  for (let i = 1; i < tiers.length && tiers[i]!.fromMicros <= volumeMicros; i++) tier = tiers[i]!;
  return tier;
}
