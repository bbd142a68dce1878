/**
 * How well a reference model reads news: states of fresh markets in which the news decide, since `reader`, who understands them, takes another
 * side than `expert`, who ignores them. Printed are the shares of them in which it takes the reader's side, the opposite one, and neither, for forms
 * and names that training has seen and for held-out ones, with Wilson's intervals.
 *
 *     node dist/models/recipe/reading.js --states 400
 */
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import type { Action } from '../../envs/environment.js';
import { SPLITS, type Split } from '../../envs/hft/news/meaning.js';
import { situation } from '../../envs/hft/situation.js';
import type { HftPlan, HftState } from '../../envs/hft/state.js';
import { hft } from '../../envs/hft/task.js';
import { wilson } from '../../scoring/statistics/shares.js';
import { modelPlayer } from './evaluate.js';
import { MODELS, SEED_LIMIT } from './material.js';

/** A state in which the news decide, and the two answers. */
export interface Decisive {
  state: HftState;
  /** The class of its newest item, in words. */
  about: string;
  /** 1 where the reader buys, -1 where it sells. */
  read: number;
  blind: number;
}

/** 1 for a plan that takes from the sellers, -1 for one that takes from the buyers, 0 for any other. */
export function sideOf(plan: HftPlan): number {
  return Math.sign(plan.reduce((sum, order) => sum + (order.do === 'buy' ? order.size : order.do === 'sell' ? -order.size : 0), 0));
}

/** How often a seat looks, and how late it acts. */
const STRIDE_US = 500_000;
/** States taken of one match: of one item there is one. */
const EACH = 2;

/** States of markets whose news are of a split, one of each item at most. */
export function decisiveStates(split: Split, count: number): Decisive[] {
  const found: Decisive[] = [];
  const bot = (name: string, seed: number) => hft.bots.find((each) => each.name === name)!.create({ seed });
  for (let seed = SEED_LIMIT + 200_000; found.length < count; seed++) {
    const options = hft.parseOptions({ durationUs: 20_000_000, market: { kind: 'synthetic', preset: 'news-wire', news: split } });
    const environment = hft.create(options, seed);
    const reader = bot('reader', seed);
    const expert = bot('expert', seed);
    const told = new Set<string>();
    for (let at = environment.nextPublish(0); told.size < EACH && found.length < count; at = environment.nextPublish(at + STRIDE_US)) {
      environment.advance(at);
      if (environment.over) break;
      const state = environment.observe(0);
      const action = reader.decide(state);
      const [read, blind] = [sideOf(action.plan), sideOf(expert.decide(state).plan)];
      const newest = state.symbols[0]!.news?.items[0]?.text;
      if (newest !== undefined && read !== 0 && read !== blind && !told.has(newest)) {
        told.add(newest);
        found.push({ state, about: situation(state)!, read, blind });
      }
      environment.act(0, action as Action<never>, environment.nextPublish(at), 0);
    }
  }
  return found;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      states: { type: 'string', default: '400' },
      precision: { type: 'string', default: 'bf16' },
      player: { type: 'string', multiple: true, default: [...MODELS] },
    },
  });
  for (const player of values.player)
    for (const split of SPLITS) {
      const { decide } = await modelPlayer(player, values.precision, 'hft');
      const asked = decisiveStates(split, Number(values.states));
      const right: Record<string, [number, number]> = {};
      const counts = { right: 0, wrong: 0, neither: 0 };
      for (const { state, about, read } of asked) {
        const action = await decide(state);
        const side = action === undefined ? 0 : sideOf(action.plan as HftPlan);
        counts[side === read ? 'right' : side === -read ? 'wrong' : 'neither']++;
        const row = (right[about] ??= [0, 0]);
        row[0] += side === read ? 1 : 0;
        row[1]++;
      }
      const share = (n: number, of = asked.length) => {
        const { value, low, high } = wilson(n, of);
        return [value, low, high].map((x) => Number((x ?? NaN).toFixed(3)));
      };
      const byClass = Object.fromEntries(Object.entries(right).map(([about, [n, of]]) => [about, share(n, of)]));
      const shares = Object.fromEntries(Object.entries(counts).map(([how, n]) => [how, share(n)]));
      console.log(JSON.stringify({ player, precision: values.precision, news: split, states: asked.length, ...shares, byClass }));
    }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
