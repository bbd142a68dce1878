/** Sequences computed together have, each of them, the logits of the sequence alone: to the bit. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FORMATS, parsePrecisionMap, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { BatchTransformer, kvBytes } from '../../../fpx/model/batch-transformer.js';
import { BlockPool } from '../../../fpx/model/block-pool.js';
import { Schedule, type Sequence } from '../../../fpx/model/schedule.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { writeRandomModel, type RandomModel } from '../random-model.js';

const MIXED = parsePrecisionMap({
  default: 'fp8',
  units: { 'layers.*.gate_up': 'fp4', 'layers.0.o': 'bf16', 'layers.1.down': 'fp4-tensor' },
});

interface Followed extends Sequence {
  /** Tokens that are still to come, and the logits after each that was asked for. */
  more: number[];
  logits: number[][];
}

describe('a model of several sequences', () => {
  let folder: string;
  let models: RandomModel[];
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-batch-'));
    const llama = { dModel: 64, ffWidth: 96, layers: 3, heads: 2, vocabSize: 91, maxPositions: 200 };
    const qwen3 = { ...llama, layers: 2, heads: 4, kvHeads: 2, headWidth: 24, architecture: 'Qwen3ForCausalLM' } as const;
    models = [llama, qwen3].map((shape, i) => writeRandomModel(join(folder, String(i)), shape, i + 1));
  });
  after(() => rmSync(folder, { recursive: true }));

  const mixes = fc.array(
    fc.record({
      prompt: fc.integer({ min: 1, max: 75 }),
      shared: fc.integer({ min: 0, max: 40 }),
      answer: fc.integer({ min: 0, max: 8 }),
      slice: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 2, maxLength: 7 },
  );

  /** Computes a mix together over little memory, and each of its sequences alone. */
  async function compare(model: RandomModel, precision: PrecisionMap, threads: number, runs: number): Promise<void> {
    const [alone, together] = await Promise.all([
      Transformer.load(model.folder, precision),
      BatchTransformer.load(model.folder, precision, { sequences: 4, kvTokens: 16 * 11, threads }),
    ]);
    try {
      fc.assert(
        fc.property(mixes, (mix) => {
          const schedule = new Schedule<Followed>(new BlockPool(together.blocks), { sequences: 4, rows: together.rows });
          const all = mix.map(({ prompt, shared, answer }, i): Followed => {
            const tokens = Array.from({ length: prompt + answer }, (_, at) => (at < shared ? at * 7 : at * at * 13 + i * 5) % 90);
            return { tokens: tokens.slice(0, prompt), more: tokens.slice(prompt), computed: 0, lease: undefined, logits: [] };
          });
          for (const each of all) schedule.add(each);
          for (let step = 0; schedule.running.length + schedule.waiting.length > 0; step++) {
            const slices = schedule.step(mix[step % mix.length]!.slice);
            const runsOf = slices.map(({ sequence: { lease, tokens }, from, to }) => ({
              ...{ table: lease!.table, position: from, tokens: tokens.slice(from, to) },
            }));
            const asking = slices.filter(({ asks }) => asks);
            const logits = together.pass(runsOf, asking.length);
            schedule.done(slices);
            asking.forEach(({ sequence }, i) => {
              sequence.logits.push([...logits[i]!]);
              if (sequence.more.length > 0) sequence.tokens.push(sequence.more.shift()!);
              else schedule.remove(sequence);
            });
          }
          for (const { tokens, logits } of all) {
            alone.truncate(0);
            const prompt = tokens.length - logits.length + 1;
            const expected = [
              [...alone.append(tokens.slice(0, prompt))],
              ...tokens.slice(prompt).map((token) => [...alone.append([token])]),
            ];
            expect(logits).to.deep.equal(expected);
          }
        }),
        { numRuns: runs, seed: 17 },
      );
    } finally {
      await together.close();
    }
  }

  it('gives the bits of each alone, in every format', async () => {
    for (const precision of [...FORMATS.map(parsePrecisionMap), MIXED]) await compare(models[0]!, precision, 1, 6);
    await compare(models[1]!, MIXED, 1, 6);
  });

  it('gives the bits of each alone on several threads', async () => {
    await compare(models[0]!, MIXED, 2, 4);
    await compare(models[1]!, parsePrecisionMap('fp8'), 3, 4);
  });

  it('takes memory for all sequences unless it is told a budget', async () => {
    const load = (options: { sequences: number; kvTokens?: number }) =>
      BatchTransformer.load(models[0]!.folder, parsePrecisionMap('fp8'), options);
    expect((await load({ sequences: 3 })).blocks).to.equal(3 * Math.ceil(200 / 16));
    const budgeted = await load({ sequences: 3, kvTokens: 100 });
    expect(budgeted.blocks).to.equal(6);
    expect(kvBytes(budgeted.config)).to.equal(3 * 2 * 64 * 4);
  });

  it('refuses what cannot be', async () => {
    const load = (options: { sequences: number; kvTokens?: number }) =>
      BatchTransformer.load(models[0]!.folder, parsePrecisionMap('fp8'), options).then(
        () => 'loaded',
        (error: Error) => error.message,
      );
    for (const sequences of [0, 33, 1.5]) expect(await load({ sequences })).to.equal(`${sequences} sequences; accepted are 1 to 32`);
    for (const kvTokens of [0, 15, 99.5]) expect(await load({ sequences: 2, kvTokens })).to.match(/accepted is a whole number from 16/);
    expect(await load({ sequences: 2, kvTokens: 5_000_000 })).to.equal(
      'the model needs over 4 GiB of WebAssembly memory: 5000000 tokens of key-value memory take 7680 MB of it; fewer may fit',
    );
    const model = await BatchTransformer.load(models[0]!.folder, parsePrecisionMap('fp8'), { sequences: 2, kvTokens: 64 });
    const run = (tokens: number[], position = 0, table = [0, 1]) => ({ tokens, position, table });
    expect(() => model.pass([run([91])], 1)).to.throw(RangeError, 'token 91 is not in the vocabulary (0 to 90)');
    expect(() => model.pass([], 0)).to.throw(RangeError, 'a pass takes 1 to 64 tokens');
    expect(() => model.pass([run(Array.from({ length: 65 }, () => 1))], 0)).to.throw(RangeError, 'a pass takes 1 to 64 tokens');
    expect(() => model.pass([run([1, 2], 31)], 0)).to.throw(RangeError, 'positions up to 33: the model has 200, the sequence 2 blocks');
    expect(model.pass([run([1], 31)], 1)[0]).to.have.length(91);
  });
});
