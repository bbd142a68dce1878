/**
 * The report of a match as one JSON object: what `tickbench report --json` prints and a page of results needs. Every field says what it
 * means and in which unit; `reportJsonSchema` gives the same as JSON Schema.
 */
import { z } from 'zod';

const count = z.int().min(0);
const micros = z.int();
const figure = z.number().nullable();

const estimate = z
  .object({ value: figure, low: figure, high: figure, n: count })
  .describe(
    'mean over fills of one match with its 95 % t interval and the number of fills; null: not measured. It says nothing about other matches',
  );

const markout = z.object({
  horizonUs: micros.describe('time after the fill'),
  fills: count.describe('fills whose horizon ended before the close'),
  leftOut: count.describe('fills too near the close'),
  moveTicks: estimate.describe('mid after the horizon less mid just before the fill, positive in favour of the seat; ticks'),
  markoutTicks: estimate.describe('the same against the fill price, half spread included, fees not; ticks'),
  movePpm: estimate.describe('move in ppm of the fill price (of the notional)'),
  markoutPpm: estimate.describe('markout in ppm of the fill price (of the notional)'),
});

const stale = z.object({
  fills: count.describe('fills that could be judged'),
  stale: count.describe('of them, fills at a price the market had left'),
  behindTicks: figure.describe(
    'mean over stale fills: taking, ticks by which the price had moved against the seat since its observation (negative: for it); making, ticks by which the index was beyond the price',
  ),
  unjudged: count.describe("fills outside an answer's landing (stops, liquidations, the close), or of a side that was empty when observed"),
});

const trading = z.object({
  fills: z
    .object({
      count: count.describe('executions, the close included'),
      maker: count.describe('executions of own resting orders'),
      taker: count.describe('executions of own taking orders'),
      makerShares: count,
      takerShares: count,
      makerShare: figure.describe('maker shares over all shares traded; null without any'),
      makerNotionalMicros: micros,
      takerNotionalMicros: micros,
      closingShares: count.describe("shares traded by the close's own rule"),
      why: z.record(z.string(), count).describe("executions by the exchange's reason, numbers as N"),
      counterparties: z.record(z.string(), count).describe('executions by the class of the other side'),
    })
    .describe('executions'),
  feesMicros: z.object({ maker: micros, taker: micros }).describe('fees paid; negative: rebates received'),
  markouts: z.object({ maker: z.array(markout), taker: z.array(markout) }).describe('where the mid went after fills, by horizon'),
  adverse: z
    .object({
      fills: count.describe('maker fills with a second of the match left'),
      against: count.describe('of them, fills after which the mid had moved against the seat a second later'),
      losing: count.describe('of them, fills with a negative markout: it moved by more than the half spread earned'),
      moveTicks: figure.describe('mean move at 1 s, ticks'),
      markoutTicks: figure.describe('mean markout at 1 s, ticks'),
    })
    .describe('adverse selection of resting orders'),
  stale: z.object({ taking: stale, making: stale }).describe('fills at prices the market had left'),
  races: z
    .object({
      tries: count.describe('answers that meant to take a quote they had seen, by symbol and side'),
      won: count.describe('the seat took it before any rival did'),
      shared: count.describe('a rival took first, the seat got some'),
      lost: count.describe('a rival took, the seat got nothing at that price'),
      uncontested: count.describe('no race: nobody else took or tried'),
      withdrawn: count.describe('no race: nobody took, the quote was gone'),
    })
    .describe('races for quotes; won + shared + lost of them had a rival'),
  queue: z
    .object({
      fills: count.describe('maker fills'),
      entryMedian: figure.describe('shares ahead at the same price when the order came to rest'),
      entryMean: figure,
      fillMedian: figure.describe('shares still ahead when the order that made the fill arrived'),
      fillMean: figure,
      restedMedianUs: figure.describe('time from resting to the fill'),
    })
    .describe('queue ahead of own resting orders that were filled'),
});

const symbolReport = trading.extend({
  symbol: z.string(),
  grossMicros: micros.describe('profit in this symbol before fees, the last position marked at the mid'),
  inventory: z
    .object({
      longest: z.int(),
      shortest: z.int(),
      mean: z.number().describe('mean position over time, shares'),
      meanSize: z.number().describe('mean size of the position either way, shares'),
      flatShare: z.number().describe('share of the time without a position'),
      turns: count.describe('times it went from long to short or back'),
      traded: count.describe('shares traded'),
      beforeClose: z.int().describe("position before the close's own trades"),
    })
    .describe('position over time'),
});

const series = z
  .object({
    at: z.array(micros).describe('world time of each sample'),
    equityMicros: z.array(micros),
    symbols: z.array(z.object({ symbol: z.string(), mid2Ticks: z.array(z.int()).describe('twice the mid'), position: z.array(z.int()) })),
  })
  .describe('the account over time, thinned to at most 600 samples');

const seatReport = z.object({
  seat: count,
  name: z.string(),
  kind: z.enum(['model', 'bot', 'stranger', 'human']),
  injected: z.string().describe('latency that was given or added rather than measured; empty: none'),
  account: z.object({
    startMicros: micros,
    endMicros: micros.describe('equity at the end'),
    yieldPpm: z.int().describe("change of equity in ppm of the starting cash: the task's reward"),
    grossMicros: micros.describe('profit of all symbols before fees'),
    feesMicros: micros.describe('fees less rebates'),
    unexplainedMicros: micros.describe(
      'change of equity - (gross - fees): 0, since every execution is told, also what the exchange itself settles at the close',
    ),
    liquidations: count.describe('times its positions were traded away because its equity was under the maintenance margin'),
  }),
  sharpe: z
    .object({
      perSecond: figure.describe('mean over standard deviation of changes of equity from second to second'),
      perMatch: figure.describe('the same times the square root of the seconds'),
      seconds: count,
      meanMicros: figure,
      deviationMicros: figure,
    })
    .describe('of one match, never annualised'),
  drawdown: z
    .object({
      micros: micros.describe('deepest fall of equity from a peak'),
      ppm: z.int().describe('in ppm of that peak'),
      peakAt: micros.nullable(),
      troughAt: micros.nullable(),
      underUs: micros.describe('longest time under a peak'),
    })
    .describe('over equity sampled at `sampleUs`'),
  all: trading.describe('all symbols together'),
  symbols: z.array(symbolReport),
  orders: z
    .object({
      plans: count.describe('answers that landed as a plan'),
      refusedPlans: count.describe('of them, plans of which nothing was carried out'),
      orders: z.record(z.string(), count).describe('orders in those plans by what they do'),
      unread: count.describe('answers that were no action'),
      missed: count.describe('observations nobody answered in time'),
      frames: z.record(z.string(), count).describe('refused frames by code'),
      rejections: z.array(z.object({ kind: z.enum(['refused', 'cut', 'unread']), reason: z.string(), count })),
    })
    .describe('what was asked, and what was not done'),
  series,
});

/** A whole report. */
export const marketReport = z.object({
  report: z.literal('market.v1'),
  id: z.string(),
  rules: z.string(),
  seed: z.int(),
  clock: z.enum(['wall', 'virtual']),
  digest: z.string().describe('of the world at the end, played again'),
  counts: z.boolean().describe('whether the match counts'),
  voidReasons: z.array(z.string()),
  endedAtUs: micros,
  sampleUs: micros.describe('interval at which equity was sampled; mids after fills are exact'),
  raceWindowUs: micros,
  symbols: z.array(
    z.object({
      symbol: z.string(),
      market: z.string().describe('what it is made of: synthetic, recorded, bars with a synthetic book'),
      tickMicros: micros.describe('micro-units of currency in a tick'),
    }),
  ),
  trades: count.describe("trades of everybody, the background's included"),
  seats: z.array(seatReport),
});

export type MarketReport = z.infer<typeof marketReport>;
export type MarketSeatReport = z.infer<typeof seatReport>;
export type TradingReport = z.infer<typeof trading>;

/** The JSON Schema of a report. */
export function reportJsonSchema(): object {
  return z.toJSONSchema(marketReport);
}
