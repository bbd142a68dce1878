/** What the benchmark rests on: the expert earns less the later it acts, chance loses, and the observation holds all the expert uses. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { hft } from '../../../envs/hft/task.js';
import { expert } from '../../../envs/hft/bots/expert.js';
import { type HftState, type SymbolView, views } from '../../../envs/hft/state.js';
import { packageRoot } from '../../../harness/host/root.js';
import { play } from './play.js';

const SEEDS = 100;
const options = hft.parseOptions({});

/** Rewards in ppm, by seed. */
function rewards(bot: string, delayUs: number, errorPermille = 0): number[] {
  return Array.from({ length: SEEDS }, (_, i) => play(bot, delayUs, i + 1, options, undefined, errorPermille).results().reward[0]!);
}
const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
/** Lower end of the paired 95 % interval of a - b. */
function atLeast(a: number[], b: number[]): number {
  const gaps = a.map((x, i) => x - b[i]!);
  const m = mean(gaps);
  return m - 1.98 * Math.sqrt(mean(gaps.map((g) => (g - m) * (g - m))) / (gaps.length - 1));
}

/** States along play, of several kinds of player. */
function states(): HftState[] {
  const seen: HftState[] = [];
  for (const [bot, seed] of [['expert', 1], ['maker', 2], ['random', 3]] as const) play(bot, 250_000, seed, options, (state) => seen.push(state)); // prettier-ignore
  return seen;
}

/** The same, of their only symbol. */
const symbolStates = (): SymbolView[] => states().flatMap(views);

describe('hft: bots', () => {
  it('pays speed and judgement: expert at 0, 0.3, 1 and 3 s, half-random, random, hold', function () {
    this.timeout(60_000);
    const [now, fast, slow, late] = [0, 300_000, 1_000_000, 3_000_000].map((delay) => rewards('expert', delay)) as [
      number[],
      number[],
      number[],
      number[],
    ];
    const [sloppy, chance, hold] = [rewards('expert', 300_000, 500), rewards('random', 300_000), rewards('hold', 300_000)];
    expect(atLeast(now, fast)).to.be.above(0);
    expect(atLeast(fast, slow)).to.be.above(0);
    expect(atLeast(fast, late)).to.be.above(0);
    expect(atLeast(fast, sloppy)).to.be.above(0);
    expect(atLeast(sloppy, chance)).to.be.above(0);
    expect(mean(fast)).to.be.above(500);
    expect(mean(late)).to.be.below(0);
    expect(mean(chance)).to.be.below(mean(late));
    expect(new Set(hold)).to.deep.equal(new Set([0]));
  });

  it('shows in the text everything the expert decides by', () => {
    for (const state of symbolStates()) {
      const shown: SymbolView = {
        ...state,
        at: 0,
        cashMicros: 0,
        feesMicros: 0,
        latencyUs: 0,
        orderLimit: 0,
        leftUs: Math.floor(state.leftUs / 100_000) * 100_000,
        indexTicks: state.indexTicks - state.bidTicks + 7,
        bidTicks: 7,
        askTicks: state.askTicks - state.bidTicks + 7,
        past: [],
        orders: state.orders.map((o) => ({ ...o, priceTicks: 0, ageUs: 0 })),
        fills: [],
      };
      expect(expert(shown)).to.deep.equal(expert(state));
    }
  });

  it('decides on several fields: the same edge gets different answers', () => {
    const answers = new Map<number, Set<string>>();
    for (const state of symbolStates()) {
      const edge = state.indexTicks - state.askTicks;
      answers.set(edge, (answers.get(edge) ?? new Set()).add(hft.write(expert(state))));
    }
    for (const edge of [-1, 0, 2, 3]) expect(answers.get(edge)!.size, `edge ${edge}`).to.be.at.least(3);
  });

  it('plays legally and the same from the same seed', () => {
    for (const bot of hft.bots) {
      const first = play(
        bot.name,
        200_000,
        5,
        options,
        (state) => hft.parseAction(bot.create({ seed: 1, errorPermille: 300 }).decide(state)),
        200,
      );
      expect(play(bot.name, 200_000, 5, options, undefined, 200).digest()).to.equal(first.digest());
    }
  });
});

describe('hft: texts', () => {
  it('keeps the state short and numeric', () => {
    for (const state of states()) {
      const text = hft.text(state);
      expect(text.length).to.be.within(180, 620);
      expect(text.split('\n')).to.have.length(10);
      expect(text).to.not.match(/NaN|undefined|Infinity|null/);
    }
  });

  it('ships three prompts in the format of prompts', () => {
    for (const name of ['reference', 'terse', 'plain']) {
      const prompt = readFileSync(join(packageRoot(), 'envs/hft/prompts', `${name}.txt`), 'utf8');
      const parts = prompt.split('\n=== user ===\n');
      expect(parts, name).to.have.length(2);
      expect(parts[0]).to.not.contain('{{state}}');
      expect(parts[1]!.trim()).to.equal('{{state}}');
      if (name === 'reference') expect(parts[0]!.length).to.be.at.most(300);
      else expect(parts[0]).to.contain('{{actions}}');
    }
  });
});

describe('hft: oracle', () => {
  it('compares hold first, then distinct legal actions, the expert among them', () => {
    for (const state of states()) {
      const list = hft.oracle.candidates(state);
      expect(list[0]).to.deep.equal({ plan: [] });
      expect(list.length).to.be.within(7, 14);
      const names = list.map((action) => hft.write(action));
      expect(new Set(names).size).to.equal(names.length);
      expect(names).to.include(hft.write(expert(views(state)[0]!)));
      for (const action of list) hft.parseAction(action);
    }
  });
});
