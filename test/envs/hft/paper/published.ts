/**
 * The published rules once more, as plainly as they can be told and built in no way like the world under test: one loop over published
 * JSON, dictionaries by symbol, no questions, no landings, no snapshots. The world has to agree with it to the last bit.
 */

type Bar = { open: number; high: number; low: number; close: number };
export type Day = Record<string, Bar>;

/** What an agent says to one question: shares by symbol, after so many seconds. */
export interface Answer {
  shares: Record<string, number>;
  delay: number;
}

/** One second at which the agent was asked, after its answer was carried out. */
export interface Asked {
  time: string;
  cash: number;
  held: Record<string, number>;
  cost: Record<string, number>;
}

/** The earlier prices of a symbol that are shown at a second, newest first. */
export function historyAt(day: Day, now: string): { time: string; price: number }[] {
  const seconds = (time: string): number => time.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  const shown: { time: string; price: number }[] = [];
  for (const time of Object.keys(day).sort().reverse()) {
    if (time >= now || shown.length === 20) continue;
    const last = shown.at(-1);
    if (last === undefined || seconds(last.time) - seconds(time) >= 60) shown.push({ time, price: (day[time]!.low + day[time]!.high) / 2 });
  }
  return shown;
}

/** Plays a day. `answer` is given the number of the question, from 0. */
export function played(
  days: Record<string, Day>,
  threshold: number,
  answer: (question: number) => Answer,
): { log: Asked[]; cash: number; worth: number } {
  const symbols = Object.keys(days);
  const timeline = Object.keys(days[symbols[0]!]!)
    .filter((time) => symbols.every((symbol) => time in days[symbol]!))
    .sort();
  const avg: Record<string, number> = {};
  for (const symbol of symbols) {
    const bars = Object.keys(days[symbol]!)
      .sort()
      .map((time) => days[symbol]![time]!);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    avg[symbol] = (mean(bars.map((bar) => bar.high)) + mean(bars.map((bar) => bar.low))) / 2;
  }
  let cash = 10000;
  const held: Record<string, number> = Object.fromEntries(symbols.map((symbol) => [symbol, 0]));
  const cost: Record<string, number> = Object.fromEntries(symbols.map((symbol) => [symbol, 0]));
  const log: Asked[] = [];
  let last = timeline[0]!;
  for (const time of timeline) {
    last = time;
    let ask = false;
    for (const symbol of symbols) {
      const { low: buy, high: sell } = days[symbol]![time]!;
      if (held[symbol] === 0) ask = true;
      else {
        const c = cost[symbol]!;
        if ((Math.max(Math.abs(sell - c), Math.abs(buy - c)) / c) * 100 >= threshold) ask = true;
      }
    }
    if (!ask) continue;
    const { shares, delay } = answer(log.length);
    const alpha = Math.min(Math.max(delay, 0) / 1.5, 1);
    for (const symbol of symbols) {
      const n = shares[symbol] ?? 0;
      const { low, high } = days[symbol]![time]!;
      const buy = low * (1 - alpha) + avg[symbol]! * alpha;
      const sell = high * (1 - alpha) + avg[symbol]! * alpha;
      if (n > 0 && n * buy <= cash) {
        const totalCost = cost[symbol]! * held[symbol]! + n * buy;
        cash -= n * buy;
        held[symbol]! += n;
        cost[symbol] = totalCost / held[symbol]!;
      }
      if (n < 0) {
        const sold = Math.min(-n, held[symbol]!);
        cash += sold * sell;
        held[symbol]! -= sold;
      }
    }
    log.push({ time, cash, held: { ...held }, cost: { ...cost } });
    if (time > '15:30:00') break;
  }
  const worth = symbols.reduce((sum, symbol) => sum + held[symbol]! * days[symbol]![last]!.high, cash);
  return { log, cash, worth };
}
