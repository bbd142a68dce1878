/** Answers in company are the answers alone, whatever the others ask for, leave or break. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Guides } from '../../../fpx/endpoint/guides.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import type { AnswerFormat } from '../../../fpx/grammar/format.js';
import type { Generation, GenerationRequest } from '../../../fpx/model/answer.js';
import { BatchGenerator, GoneError, MemoryTooSmallError, type BatchModel } from '../../../fpx/model/batch-generator.js';
import { BatchTransformer } from '../../../fpx/model/batch-transformer.js';
import { Generator } from '../../../fpx/model/generate.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { END_TOKEN, makeModelFolder, VOCABULARY_SIZE } from '../endpoint-model.js';

const FORMS: readonly (AnswerFormat | undefined)[] = [
  undefined,
  undefined,
  { kind: 'choice', choices: ['buy 1', 'buy 10', 'hold'] },
  { kind: 'regex', pattern: '[a-f]{3,9}(-[0-9]{2})?' },
  {
    kind: 'json-schema',
    schema: { type: 'object', properties: { n: { type: 'integer' }, s: { enum: ['a', 'bc'] } }, required: ['n', 's'] },
  },
];
const LIMITS = { contextTokens: 180, endTokens: new Set([END_TOKEN]) };
const GREEDY = { temperature: 0, topP: 1, topK: 0, seed: 1 };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What does not depend on time or company. */
const essence = ({ text, finish, promptTokens, completionTokens, tokens }: Generation): object => ({
  ...{ text, finish, promptTokens, completionTokens, tokens },
});

describe('generation of several sequences', () => {
  let folder: ReturnType<typeof makeModelFolder>;
  let tokenizer: Tokenizer;
  let guides: Guides;
  before(async () => {
    folder = makeModelFolder();
    tokenizer = await Tokenizer.load(folder.folder);
    guides = new Guides(tokenizer, LIMITS.endTokens, VOCABULARY_SIZE);
  });
  after(() => folder.remove());

  const load = (precision: string, sequences: number, kvTokens?: number): Promise<BatchTransformer> =>
    BatchTransformer.load(folder.folder, parsePrecisionMap(precision), { sequences, kvTokens });
  const batch = (model: BatchModel, sequences = 4, prefixCache = true): BatchGenerator =>
    new BatchGenerator(model, tokenizer, { ...LIMITS, sequences, prefixCache, threads: 1 });
  const plain = (prompt: number[], more: Partial<GenerationRequest> = {}): GenerationRequest => ({
    ...{ prompt, maxTokens: 20, stop: [], sampling: GREEDY, ignoreEnd: true },
    ...more,
  });
  const prompts = (count: number): number[][] =>
    Array.from({ length: count }, (_, i) => Array.from({ length: 10 + 13 * i }, (_, at) => (at < 20 ? at : (at * 7 + i) % 200)));

  const request = fc.record({
    length: fc.integer({ min: 1, max: 90 }),
    shared: fc.integer({ min: 0, max: 60 }),
    maxTokens: fc.integer({ min: 1, max: 60 }),
    form: fc.nat(FORMS.length - 1),
    stop: fc.array(fc.constantFrom('a', 'th', ' w', 'ell'), { maxLength: 2 }),
    sampling: fc.record({
      temperature: fc.constantFrom(0, 0.7, 1.3),
      topP: fc.constantFrom(1, 0.8),
      topK: fc.constantFrom(0, 5),
      seed: fc.nat(),
    }),
    logprobs: fc.option(fc.nat(3), { nil: undefined }),
    ignoreEnd: fc.boolean(),
    /** Turns of the event loop between the request before and this one, and characters after which it leaves. */
    after: fc.nat(6),
    leaves: fc.option(fc.nat(12), { nil: undefined, freq: 3 }),
  });

  /** Four answers that need twice the memory there is, and each a form of sampling. */
  const heavy = ([0, 0.7, 1.3, 1.3] as const).map((temperature, i) => ({
    ...{ length: 30, shared: 10 * i, maxTokens: 60, form: 0, stop: [], logprobs: i === 1 ? 2 : undefined, ignoreEnd: true, after: 0 },
    ...{ leaves: undefined, sampling: { temperature, topP: i === 3 ? 0.8 : 1, topK: i === 1 ? 5 : 0, seed: i } as const },
  }));

  for (const precision of ['fp8', 'fp4', 'bf16']) {
    it(`answers a mix of requests as each alone, to the bit, in ${precision}`, async () => {
      const model = await load(precision, 4, 16 * 12);
      const company = batch(model);
      const alone = new Generator(await Transformer.load(folder.folder, parsePrecisionMap(precision)), tokenizer, {
        ...{ ...LIMITS, prefixCache: true, threads: 1 },
      });
      await fc.assert(
        fc.asyncProperty(fc.array(request, { minLength: 2, maxLength: 8 }), async (mix) => {
          const asked = mix.map(({ length, shared, form, ...rest }, i) => {
            const prompt = Array.from({ length }, (_, at) => (at < shared ? at % 50 : (at * 11 + i) % 250));
            const format = FORMS[form];
            return (): GenerationRequest => ({ ...rest, prompt, ...(format && { guide: guides.guide(format), ignoreEnd: false }) });
          });
          const got: Promise<{ generation: Generation; shown: string }>[] = [];
          for (const [i, { after, leaves }] of mix.entries()) {
            for (let n = 0; n < after; n++) await turn();
            const gone = new AbortController();
            let shown = '';
            const answering = company.generate(
              asked[i]!(),
              (piece) => {
                shown += piece;
                if (leaves !== undefined && shown.length >= leaves) gone.abort();
              },
              gone.signal,
            );
            got.push(answering.then((generation) => ({ generation, shown })));
          }
          for (const [i, answering] of got.entries()) {
            const { generation, shown } = await answering;
            const expected = await alone.generate(asked[i]!(), () => undefined);
            if (generation.finish === 'cancelled') expect(expected.text.startsWith(generation.text)).to.equal(true);
            else expect(essence(generation)).to.deep.equal(essence(expected));
            expect(shown).to.equal(generation.text);
          }
          expect(company.memory.held).to.equal(0);
          expect([company.running, company.waiting]).to.deep.equal([0, 0]);
        }),
        // The first counterexample is enough: a failure leaves requests in the batch, so that a shorter one would not tell the same fault.
        { numRuns: 25, seed: 5, examples: [[heavy]], endOnFailure: true },
      );
      const { preemptions, evictions } = company.memory;
      expect(preemptions, 'the property saw sequences give up their memory').to.be.greaterThan(0);
      expect(evictions).to.be.greaterThan(0);
    });
  }

  it('computes what several ask for in one pass, and takes what was computed before from memory', async () => {
    const model = await load('fp8', 4);
    const rows: number[] = [];
    const company = batch({
      ...{ blocks: model.blocks, rows: model.rows },
      pass: (runs, asked) => {
        rows.push(runs.reduce((sum, { tokens }) => sum + tokens.length, 0));
        return model.pass(runs, asked);
      },
    });
    const all = prompts(4);
    await Promise.all(all.map((prompt) => company.generate(plain(prompt), () => undefined)));
    expect(Math.max(...rows)).to.be.within(5, 64);
    const computed = all.flat().length + 4 * 19;
    expect(rows.reduce((a, b) => a + b, 0)).to.equal(computed);
    expect(rows.length, 'prompts of 118 tokens take two steps or three, four answers of 20 tokens some twenty').to.be.within(20, 27);
    rows.length = 0;
    const again = await company.generate(plain(all[3]!, { maxTokens: 1 }), () => undefined);
    expect(again.cachedTokens).to.equal(48);
    expect(rows).to.deep.equal([1]);
  });

  it('gives up the one that is wrong, and no other, whatever goes wrong', async () => {
    const model = await load('fp8', 4);
    const all = prompts(4);
    const MARK = 222;
    all[2]![25] = MARK;
    const expected = await Promise.all(all.map((prompt) => batch(model).generate(plain(prompt), () => undefined)));
    for (const wrong of ['pass', 'logits', 'text']) {
      // What the marked sequence holds; its steps are wrong from the fifth on.
      const marked = new Set<readonly number[]>();
      let [steps, healed] = [0, false];
      const company = batch({
        ...{ blocks: model.blocks, rows: model.rows },
        pass: (runs, asked) => {
          for (const { table, tokens } of runs) if (tokens.includes(MARK)) marked.add(table);
          const harmed = !healed && runs.some(({ table }) => marked.has(table)) && ++steps > 4;
          if (harmed && wrong === 'pass') throw new Error('kernel trap');
          const logits = model.pass(runs, asked);
          runs.slice(runs.length - asked).forEach(({ table }, i) => {
            if (harmed && wrong === 'logits' && marked.has(table)) logits[i]!.fill(NaN);
          });
          return logits;
        },
      });
      const results = await Promise.allSettled(
        all.map((prompt, i) =>
          company.generate(plain(prompt), (_, { completionTokens }) => {
            if (wrong === 'text' && i === 2 && completionTokens > 5) throw new Error('nobody listens');
          }),
        ),
      );
      const failed = { pass: 'kernel trap', logits: 'logit 0 is not a number', text: 'nobody listens' }[wrong];
      results.forEach((result, i) => {
        if (i === 2)
          expect((result as PromiseRejectedResult).reason, wrong)
            .to.be.instanceOf(Error)
            .with.property('message', failed);
        else expect(essence((result as PromiseFulfilledResult<Generation>).value)).to.deep.equal(essence(expected[i]!));
      });
      expect(company.memory.held).to.equal(0);
      healed = true;
      const again = await company.generate(plain(all[2]!, { maxTokens: 1 }), () => undefined);
      expect(again.cachedTokens, 'what others hold too, and nothing of what went wrong').to.equal(16);
    }
  });

  it('tells everybody of a model that has failed for good, those that wait too, and goes on when it is well again', async () => {
    const model = await load('fp8', 4);
    let [passes, broken] = [0, true];
    const company = batch(
      {
        ...{ blocks: model.blocks, rows: model.rows },
        pass: (runs, asked) => {
          if (broken && ++passes > 9) throw new Error('a computing thread ended with status 1');
          return model.pass(runs, asked);
        },
      },
      2,
    );
    const shown = ['', '', '', ''];
    const answers = await Promise.allSettled(
      prompts(4).map((prompt, i) => company.generate(plain(prompt), (piece) => void (shown[i] += piece))),
    );
    for (const answer of answers) expect(answer).to.have.nested.property('reason.message', 'a computing thread ended with status 1');
    expect(
      shown.map((text) => text === ''),
      'two had begun',
    ).to.deep.equal([false, false, true, true]);
    expect([company.running, company.waiting, company.memory.held]).to.deep.equal([0, 0, 0]);
    broken = false;
    const alone = await batch(model).generate(plain(prompts(4)[3]!), () => undefined);
    expect(essence(await company.generate(plain(prompts(4)[3]!), () => undefined))).to.deep.equal(essence(alone));
  });

  it('refuses what can never fit, and lets the others wait', async () => {
    const company = batch(await load('fp8', 4, 64));
    const long = Array.from({ length: 64 }, (_, i) => i);
    const refused: unknown = await company.generate(plain(long), () => undefined).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(MemoryTooSmallError);
    const empty: unknown = await company.generate(plain([]), () => undefined).catch((error: unknown) => error);
    expect(empty).to.be.instanceOf(RangeError).with.property('message').that.contains('at least one is needed');
    const order: number[] = [];
    const answers = [0, 1, 2].map((i) =>
      company
        .generate(
          plain(
            long.slice(0, 50).map((token) => token + i),
            { maxTokens: 30 },
          ),
          () => undefined,
        )
        .then((answer) => {
          order.push(i);
          return answer;
        }),
    );
    await turn();
    await turn();
    expect([company.running, company.waiting]).to.deep.equal([1, 2]);
    for (const { completionTokens, finish } of await Promise.all(answers))
      expect({ completionTokens, finish }).to.deep.equal({ completionTokens: 14, finish: 'length' });
    expect(order).to.deep.equal([0, 1, 2]);
  });

  it('lets go of one whose client went away, computed or waiting', async () => {
    const company = batch(await load('fp8', 1), 1);
    const [a, b] = prompts(2) as [number[], number[]];
    const [first, second] = [new AbortController(), new AbortController()];
    const running = company.generate(plain(a, { maxTokens: 100 }), () => undefined, first.signal);
    const waiting = company.generate(plain(b), () => undefined, second.signal).catch((error: unknown) => error);
    for (let n = 0; n < 5; n++) await turn();
    second.abort();
    expect(await waiting).to.be.instanceOf(GoneError);
    first.abort();
    const { finish, completionTokens } = await running;
    expect(finish).to.equal('cancelled');
    expect(completionTokens).to.be.within(1, 10);
    expect(company.memory.held).to.equal(0);
  });
});
