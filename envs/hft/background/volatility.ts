/**
 * How busy the fundamental is: a product of switches of very different durations, each high or low, redrawn at random times
 * (the Markov-switching multifractal of Calvet and Fisher 2004). Their product keeps the memory over many scales that volatility has.
 */
import type { Stream } from '../../random.js';

/** One switch: mean steps of the market's clock between two draws, and its high value in permille (the low one is 2000 less it). */
export interface Switch {
  meanSteps: number;
  high: number;
}

/** Draws every switch at first. Cells `from`.. of the memory hold 1 where a switch is high. @returns the product in permille */
export function startVolatility(stream: Stream, switches: readonly Switch[], memory: Float64Array, from: number): number {
  for (let i = 0; i < switches.length; i++) memory[from + i] = stream.below(2);
  return product(switches, memory, from);
}

/** Moves on by one step of the clock; at most one switch is redrawn, with one draw. @returns the product in permille, `present` if nothing changed */
export function stepVolatility(stream: Stream, switches: readonly Switch[], memory: Float64Array, from: number, present: number): number {
  let draw = stream.below(1_000_000);
  for (let i = 0; i < switches.length; i++) {
    draw -= Math.floor(1_000_000 / switches[i]!.meanSteps);
    if (draw < 0) {
      memory[from + i] = stream.below(2);
      return product(switches, memory, from);
    }
  }
  return present;
}

function product(switches: readonly Switch[], memory: Float64Array, from: number): number {
  let permille = 1000;
  for (let i = 0; i < switches.length; i++) {
    const { high } = switches[i]!;
    permille = Math.floor((permille * (memory[from + i] === 1 ? high : 2000 - high)) / 1000);
  }
  return permille;
}
