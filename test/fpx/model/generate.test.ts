import { expect } from 'chai';
import fc from 'fast-check';
import type { GenerationRequest } from '../../../fpx/model/answer.js';
import { Generator } from '../../../fpx/model/generate.js';
import { Occupancy } from '../../../fpx/model/occupancy.js';
import { greedy, LogitsError, sampler } from '../../../fpx/model/sampling.js';
import { StopWatcher } from '../../../fpx/model/stopping.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { END_TOKEN, makeModelFolder, ScriptedModel } from '../endpoint-model.js';

const GREEDY = { temperature: 0, topP: 1, topK: 0, seed: 1 };

describe('sampling', () => {
  it('takes the largest logit at temperature 0, the first of equal ones', () => {
    expect(greedy(Float32Array.of(-3, 2, 5, 5))).to.equal(2);
    expect(sampler(GREEDY)(Float32Array.of(1, 0, -1))).to.equal(0);
  });

  it('refuses logits that are not numbers or not finite', () => {
    expect(() => greedy(Float32Array.of(1, NaN, 0))).to.throw(LogitsError, /logit 1/);
    expect(() => greedy(Float32Array.of(-Infinity, -Infinity))).to.throw(LogitsError);
    expect(() => greedy(Float32Array.of(Infinity, 1))).to.throw(LogitsError);
  });

  it('draws by softmax probabilities', () => {
    const probabilities = [0.5, 0.3, 0.15, 0.05];
    const logits = Float32Array.from(probabilities, Math.log);
    const draw = sampler({ temperature: 1, topP: 1, topK: 0, seed: 42 });
    const counts = [0, 0, 0, 0];
    const n = 20_000;
    for (let i = 0; i < n; i++) counts[draw(logits)]!++;
    probabilities.forEach((p, i) => expect(counts[i]! / n).to.be.closeTo(p, 5 * Math.sqrt((p * (1 - p)) / n)));
  });

  it('repeats itself for a seed and differs for another', () => {
    const logits = new Float32Array(100);
    const run = (seed: number): number[] => {
      const draw = sampler({ temperature: 1, topP: 1, topK: 0, seed });
      return Array.from({ length: 20 }, () => draw(logits));
    };
    expect(run(5)).to.deep.equal(run(5));
    expect(run(5)).to.not.deep.equal(run(6));
    // Seeds of 64 bits, apart in their upper halves, or negative.
    const seeds = [0, 2 ** 32, 2 ** 40, 2 ** 62, 2 ** 63, -1, -(2 ** 63) + 2 ** 11];
    expect(new Set(seeds.map((seed) => run(seed).join())).size).to.equal(seeds.length);
  });

  it('draws as sorting the whole vocabulary would', () => {
    /** The definition: all tokens, likeliest first, cut at k, then at the mass of the nucleus. */
    const allowed = (logits: Float32Array, topP: number, topK: number): Set<number> => {
      const weights = [...logits].map((logit) => Math.exp(logit - Math.max(...logits)));
      let order = weights.map((_, id) => id).sort((a, b) => weights[b]! - weights[a]! || a - b);
      if (topK > 0) order = order.slice(0, topK);
      const total = order.reduce((sum, id) => sum + weights[id]!, 0);
      let mass = 0;
      return new Set(order.filter((id, i) => (i === 0 || mass < topP * total * (1 + 1e-12)) && (mass += weights[id]!)));
    };
    const logit = fc.oneof(fc.constantFrom(-1, 0, 2), fc.double({ min: -9, max: 4, noNaN: true }));
    fc.assert(
      fc.property(
        fc.array(logit, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        fc.nat(70),
        fc.nat(),
        (values, topP, topK, seed) => {
          const logits = Float32Array.from(values);
          const draw = sampler({ temperature: 1, topP, topK, seed });
          const may = allowed(logits, topP, topK);
          for (let i = 0; i < 30; i++) expect(may.has(draw(logits))).to.equal(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('draws only from the nucleus, and only from the top k', () => {
    const logits = Float32Array.from([0.15, 0.5, 0.05, 0.3], Math.log);
    const drawn = (settings: { topP: number; topK: number }): Set<number> => {
      const draw = sampler({ temperature: 1, seed: 3, ...settings });
      return new Set(Array.from({ length: 500 }, () => draw(logits)));
    };
    expect([...drawn({ topP: 0.75, topK: 0 })].sort()).to.deep.equal([1, 3]);
    expect([...drawn({ topP: 0.01, topK: 0 })]).to.deep.equal([1]);
    expect([...drawn({ topP: 1, topK: 3 })].sort()).to.deep.equal([0, 1, 3]);
  });
});

describe('stop strings', () => {
  /** What should be shown: the text before the earliest stop string. */
  const expected = (text: string, stops: string[]): string => {
    const at = stops.map((stop) => text.indexOf(stop)).filter((i) => i >= 0);
    return at.length ? text.slice(0, Math.min(...at)) : text;
  };

  it('cut the text at the same place however it is split, and nothing of them is shown', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 14 });
    const stopStrings = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 2 }), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 6 }), stopStrings, (pieces, stops) => {
        const watcher = new StopWatcher(stops);
        let shown = '';
        for (const piece of pieces) shown += watcher.push(piece);
        if (!watcher.stopped) shown += watcher.flush();
        expect(shown).to.equal(expected(pieces.join(''), stops));
        expect(watcher.stopped).to.equal(stops.some((stop) => pieces.join('').includes(stop)));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('generation', () => {
  let folder: ReturnType<typeof makeModelFolder>;
  let tokenizer: Tokenizer;
  let promptEnd: number[];

  before(async () => {
    folder = makeModelFolder();
    tokenizer = await Tokenizer.load(folder.folder);
    promptEnd = tokenizer.encode('>>');
  });
  after(() => folder.remove());

  function generator(answer: string, more: { prefixCache?: boolean; contextTokens?: number; promptChunk?: number } = {}) {
    const model = new ScriptedModel(tokenizer.encode(answer), promptEnd);
    const options = { contextTokens: 200, endTokens: new Set([END_TOKEN]), prefixCache: true, threads: 1, ...more };
    return { model, generator: new Generator(model, tokenizer, options) };
  }

  const request = (prompt: string, more: Partial<GenerationRequest> = {}): GenerationRequest => ({
    prompt: tokenizer.encode(prompt),
    maxTokens: 100,
    stop: [],
    sampling: GREEDY,
    ...more,
  });

  it('answers in pieces up to the end token', async () => {
    const pieces: string[] = [];
    const { generator: one } = generator('hello world é€');
    const result = await one.generate(request('ab>>'), (piece) => pieces.push(piece));
    expect(result.text).to.equal('hello world é€');
    expect(pieces.join('')).to.equal(result.text);
    expect(pieces.length).to.be.greaterThan(2);
    expect(result.finish).to.equal('stop');
    expect(result.completionTokens).to.equal(tokenizer.encode('hello world é€').length + 1);
    expect(result.cpuPermille).to.be.within(0, 1000);
  });

  it('ends at maxTokens, at the end of the context, and at a stop string', async () => {
    expect(await generator('abcdef').generator.generate(request('p>>', { maxTokens: 3 }), () => undefined)).to.include({
      text: 'abc',
      finish: 'length',
    });
    const full = await generator('abcdefgh', { contextTokens: 8 }).generator.generate(request('pqr>>'), () => undefined);
    expect(full).to.include({ text: 'abc', finish: 'length', promptTokens: 5 });
    const stopped = await generator('one two three').generator.generate(request('p>>', { stop: ['zzz', ' tw'] }), () => undefined);
    expect(stopped).to.include({ text: 'one', finish: 'stop' });
  });

  it('goes on after an end token when it is told to', async () => {
    const result = await generator('ab').generator.generate(request('p>>', { maxTokens: 5, ignoreEnd: true }), () => undefined);
    expect(result).to.include({ text: 'ab', finish: 'length', completionTokens: 5 });
  });

  it('computes only what follows the common prefix with the last request, and always one token', async () => {
    const { model, generator: one } = generator('xyz');
    await one.generate(request('abcdefgh 1>>'), () => undefined);
    const before = model.computed;
    const second = await one.generate(request('abcdefgh 2>>'), () => undefined);
    expect(second.cachedTokens).to.equal(9);
    expect(model.computed - before).to.equal(second.promptTokens - 9 + 3);
    const again = await one.generate(request('abcdefgh 2>>'), () => undefined);
    expect(again.cachedTokens).to.equal(again.promptTokens - 1);
    expect(again.text).to.equal('xyz');
    const off = generator('xyz', { prefixCache: false }).generator;
    await off.generate(request('abc>>'), () => undefined);
    expect((await off.generate(request('abc>>'), () => undefined)).cachedTokens).to.equal(0);
  });

  it('stops between two tokens, and between two chunks of a prompt, when it is cancelled', async () => {
    const { model, generator: one } = generator('abcdefghijklmnop', { promptChunk: 4 });
    const stop = new AbortController();
    const result = await one.generate(request('p>>'), (_, soFar) => soFar.text.length === 3 && stop.abort(), stop.signal);
    expect(result).to.include({ finish: 'cancelled', text: 'abc' });
    const during = new AbortController();
    const before = model.computed;
    model.before = () => during.abort();
    const cut = await one.generate(request('0123456789>>'), () => undefined, during.signal);
    expect(cut).to.include({ finish: 'cancelled', text: '' });
    expect(model.computed - before).to.equal(4);
  });

  it('starts afresh after the model failed', async () => {
    const { model, generator: one } = generator('abc');
    await one.generate(request('pqrs>>'), () => undefined);
    model.before = () => {
      throw new Error('out of memory');
    };
    const failed = await one.generate(request('pqrs>>'), () => undefined).catch((error: unknown) => error);
    expect((failed as Error).message).to.equal('out of memory');
    model.before = () => undefined;
    expect(await one.generate(request('pqrs>>'), () => undefined)).to.include({ text: 'abc', cachedTokens: 0 });
  });
});

describe('occupancy', () => {
  const sleep = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

  it('is low over an interval spent asleep, and can be asked again and again', () => {
    const share = new Occupancy(1).begin();
    sleep(150);
    const first = share();
    expect(first).to.be.within(0, 500);
    const until = process.cpuUsage().user + 100_000;
    while (process.cpuUsage().user < until);
    expect(share()).to.be.within(first, 1000);
  });
});
