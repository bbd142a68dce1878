/** The wire in the market: what news does to value, index and price, what seats and spectators are told of it, and what nobody is. */
import { expect } from 'chai';
import { Market } from '../../../../envs/hft/market.js';
import { effectTicks } from '../../../../envs/hft/news/meaning.js';
import { NAMES } from '../../../../envs/hft/news/names.js';
import { readItem } from '../../../../envs/hft/news/read.js';
import { type HftOptions, parseOptions } from '../../../../envs/hft/options.js';
import type { NewsState } from '../../../../envs/hft/state.js';
import { hft } from '../../../../envs/hft/task.js';
import { play, view } from '../play.js';

const STEP_US = 50_000;

function options(more: object = {}, durationUs = 60_000_000): HftOptions {
  return parseOptions({ durationUs, market: { kind: 'synthetic', preset: 'news-wire', ...more } });
}

function newsOf(market: Market): NewsState {
  return market.observe(0).symbols[0]!.news!;
}

/** Every item of a match at the step of its publication, as seats see it. */
function* published(market: Market, untilUs: number): Generator<{ text: string; at: number }> {
  for (let at = 0; at <= untilUs; at += STEP_US) {
    market.advance(at);
    const newest = newsOf(market).items[0];
    if (newest?.agoUs === 0) yield { text: newest.text, at };
  }
}

const mean = (of: readonly number[]): number => of.reduce((sum, each) => sum + each, 0) / of.length;

describe('hft: news wire', () => {
  it('is there where it is asked for, and changes nothing where it is not', () => {
    const plain = parseOptions({ market: { kind: 'synthetic', preset: 'small-tick' } });
    expect(plain.symbols[0]!.market).to.not.have.property('news');
    const market = new Market(plain, 1);
    market.advance(5_000_000);
    expect(market.observe(0).symbols[0]).to.not.have.property('news');
    expect(market.scene().symbols[0]).to.not.have.property('news');
    expect(hft.text(market.observe(0)).split('\n')).to.have.length(10);
    expect(options().symbols[0]!.market).to.include({ news: 'held-out' });
    expect(() => parseOptions({ market: { kind: 'synthetic', news: 'both' } })).to.throw(/market\.news.*train.*held-out/);
    const bars = [1, 2].map(() => [5000, 5000, 5000, 5000]);
    expect(() => parseOptions({ market: { kind: 'ohlc', symbol: 'X', bars, news: 'train' } })).to.throw(/news/);
  });

  it('moves the value at the moment of publication by what the item means, and the index only later', () => {
    const lags: number[] = [];
    let checked = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const market = new Market(options(), seed);
      const { wire } = market.listings[0]!;
      let waiting: { at: number; effect: number }[] = [];
      let value = market.listings[0]!.value;
      for (let at = 0; at < 60_000_000; at += STEP_US) {
        market.advance(at);
        const listing = market.listings[0]!;
        const [newest] = newsOf(market).items;
        if (newest?.agoUs === 0) {
          const effect = effectTicks(readItem(newest.text, newsOf(market).names)!);
          waiting.push({ at, effect });
          // What is left of the step is the market's own move; now and then that is a jump.
          if (Math.abs(effect) >= 10) expect(Math.sign(listing.value - value)).to.equal(Math.sign(effect));
        }
        value = listing.value;
        for (const item of wire!.shown) {
          if (!wire!.isKnown(item) || !waiting.some((each) => each.at === item.at)) continue;
          lags.push(at - item.at);
          waiting = waiting.filter((each) => each.at !== item.at);
        }
        // An item that three newer ones have pushed out of sight is still unknown for a while: then nobody outside can tell.
        const shows = (each: { at: number }): boolean => wire!.shown.some((item) => item.at === each.at);
        waiting = waiting.filter((each) => shows(each) || at - each.at < 15_000_000);
        if (!waiting.every(shows)) continue;
        const unknown = waiting.reduce((sum, { effect }) => sum + effect, 0);
        expect(Math.abs(listing.value - unknown - listing.index)).to.be.at.most(1);
        checked++;
      }
    }
    expect(checked).to.be.above(5000);
    expect(lags.length).to.be.above(50);
    lags.sort((a, b) => a - b);
    expect(lags[0]).to.be.at.least(1_000_000);
    expect(lags[Math.floor(lags.length / 2)]).to.be.within(2_500_000, 4_500_000);
  }).timeout(20_000);

  it('sends the price the way of the words first, then the way of the meaning', () => {
    const wrongWay: number[] = [];
    const late: number[] = [];
    for (let seed = 11; seed <= 22; seed++) {
      const market = new Market(options(), seed);
      const { wire, exchange } = market.listings[0]!;
      const open: { at: number; mid2: number; words: number; effect: number }[] = [];
      for (let at = 0; at < 60_000_000; at += STEP_US) {
        market.advance(at);
        const newest = wire!.shown[0];
        if (newest?.at === at) open.push({ at, mid2: exchange.mid2(), words: newest.words, effect: newest.effectTicks });
        for (const { at: then, mid2, words, effect } of open) {
          if (at === then + 1_500_000 && words * effect < 0) wrongWay.push((words * (exchange.mid2() - mid2)) / 2);
          if (at === then + 6_000_000 && Math.abs(effect) >= 8) late.push((Math.sign(effect) * (exchange.mid2() - mid2)) / 2);
        }
      }
    }
    expect(wrongWay.length).to.be.above(15);
    expect(mean(wrongWay)).to.be.above(2);
    expect(mean(late)).to.be.above(8);
  }).timeout(20_000);

  it('is the same for every seat, and whatever seats do', () => {
    const two = parseOptions({ durationUs: 20_000_000, seats: 2, market: { kind: 'synthetic', preset: 'news-wire' } });
    const quiet = new Market(two, 5);
    const busy = new Market(two, 5);
    for (let at = 500_000; at < 20_000_000; at += 500_000) {
      quiet.advance(at);
      busy.act(at % 1_000_000 === 0 ? 0 : 1, { plan: [{ do: at % 1_500_000 === 0 ? 'buy' : 'sell', size: 20 }] }, at);
      expect(busy.observe(0).symbols[0]!.news).to.deep.equal(busy.observe(1).symbols[0]!.news);
      expect(busy.observe(0).symbols[0]!.news).to.deep.equal(quiet.observe(0).symbols[0]!.news);
      expect(busy.listings[0]!.index).to.equal(quiet.listings[0]!.index);
    }
  });

  it('shows seats text and age and nothing else, spectators class and effect once the index knows them', () => {
    const market = new Market(options(), 3);
    let told = 0;
    for (let at = 0; at < 60_000_000; at += 250_000) {
      market.advance(at);
      const { names, items } = newsOf(market);
      expect(items.length).to.be.at.most(3);
      for (const item of items) expect(Object.keys(item)).to.deep.equal(['text', 'agoUs']);
      const lines = hft.text(market.observe(0)).split('\n');
      expect(lines[0]).to.equal(
        `you ${names.own} supplier ${names.supplier} rival ${names.rival} customer ${names.customer} parent ${names.parent}`,
      );
      if (items.length === 0) expect(lines[1]).to.equal('news none');
      else {
        expect(lines.slice(1, 1 + items.length)).to.deep.equal(items.map(({ text }) => `news ${text}`));
        expect(lines[1 + items.length]).to.match(/^age( \d+\.\d){1,3}$/);
      }
      const { wire } = market.listings[0]!;
      market.scene().symbols[0]!.news!.items.forEach((item, i) => {
        const known = wire!.isKnown(wire!.shown[i]!);
        expect(Object.keys(item)).to.deep.equal(known ? ['at', 'text', 'class', 'effectTicks'] : ['at', 'text']);
        if ('effectTicks' in item) told++;
      });
      expect(JSON.stringify(market.observe(0))).to.not.match(/effect|class|meaning|stage/);
    }
    expect(told).to.be.above(0);
  });

  it('never prints a name of the other split, and gives every symbol names of its own', () => {
    for (const [split, other] of [
      ['train', 'held-out'],
      ['held-out', 'train'],
    ] as const) {
      const unseen = new Set(NAMES[other]);
      for (let seed = 1; seed <= 10; seed++) {
        const market = new Market(options({ news: split }), seed);
        for (const { text } of published(market, 60_000_000))
          for (const word of text.split(/[^A-Za-z]/)) expect(unseen).to.not.include(word);
        for (const name of Object.values(newsOf(market).names)) expect(NAMES[split]).to.include(name);
      }
    }
    const wire = { market: { kind: 'synthetic', news: 'train' } };
    const { symbols } = new Market(parseOptions({ symbols: [wire, wire, wire, wire] }), 2).observe(0);
    expect(new Set(symbols.flatMap(({ news }) => Object.values(news!.names))).size).to.equal(20);
  }).timeout(20_000);

  it('keeps what is published through a new seed, and draws what is to come anew', () => {
    const market = new Market(options(), 8);
    market.advance(20_000_000);
    const snapshot = market.snapshot();
    const before = newsOf(market);
    const futures = new Set<string>();
    for (let seed = 1; seed <= 5; seed++) {
      market.restore(snapshot);
      market.reseed(seed);
      expect(newsOf(market)).to.deep.equal(before);
      market.advance(40_000_000);
      expect(newsOf(market).names).to.deep.equal(before.names);
      futures.add(newsOf(market).items[0]!.text);
    }
    expect(futures.size).to.be.above(2);
  });

  it('is part of the digest (golden)', () => {
    const [one, other] = [new Market(options({ news: 'train' }), 1), new Market(options({ news: 'held-out' }), 1)];
    expect(one.digest()).to.not.equal(other.digest());
    expect(play('reader', 300_000, 1, options({}, 10_000_000)).digest()).to.equal('031b9c5096b8c483');
  });
});

describe('hft: bots that read', () => {
  it('earn by understanding, and less by misreading, by ignoring the news or by its words', () => {
    const yields = (bot: string): number => {
      let sum = 0;
      for (let seed = 1; seed <= 12; seed++) sum += play(bot, 500_000, seed, options({}, 30_000_000)).worth(0);
      return sum / 12;
    };
    const reader = yields('reader');
    expect(reader).to.be.above(1000);
    for (const other of ['reader-75', 'expert', 'keywords']) expect(reader - yields(other), other).to.be.above(1000);
  }).timeout(20_000);

  it('play as the expert where there is no wire', () => {
    const quiet = parseOptions({ durationUs: 5_000_000 });
    for (const bot of ['reader', 'reader-75', 'keywords'])
      expect(play(bot, 100_000, 2, quiet).digest()).to.equal(play('expert', 100_000, 2, quiet).digest());
    expect(view(new Market(quiet, 1)).news).to.equal(undefined);
  });
});
