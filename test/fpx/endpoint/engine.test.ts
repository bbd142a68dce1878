import { expect } from 'chai';
import { loadEngine } from '../../../fpx/endpoint/engine.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Transformer } from '../../../fpx/model/transformer.js';
import { END_TOKEN, makeModelFolder } from '../endpoint-model.js';
import { writeRandomModel } from '../random-model.js';

describe('a loaded engine', () => {
  let model: ReturnType<typeof makeModelFolder>;
  before(() => (model = makeModelFolder()));
  after(() => model.remove());

  it('answers the same on one thread and on two, and tells the same identity', async () => {
    const answers = [];
    for (const threads of [1, 2]) {
      const precision = parsePrecisionMap('fp4');
      const { generator, tokenizer, identity } = await loadEngine({ modelDir: model.folder, precision, threads, prefixCache: true });
      const prompt = tokenizer.encode('hello world '.repeat(60));
      const sampling = { temperature: 1, topP: 1, topK: 0, seed: 7 };
      const request = { prompt, maxTokens: 20, stop: [], sampling, ignoreEnd: true };
      const { text, completionTokens, cpuPermille } = await generator.generate(request, () => undefined);
      expect(cpuPermille).to.be.within(0, 1000);
      answers.push({ text, completionTokens, identity });
    }
    expect(answers[0]!.completionTokens).to.equal(20);
    expect(answers[1]).to.deep.equal(answers[0]);
  });

  it('says which end tokens it cannot write, and that there is none', async () => {
    const own = makeModelFolder();
    const notes = async (eos: unknown) => {
      const file = join(own.folder, 'config.json');
      const config = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...config, eos_token_id: eos }));
      const options = { modelDir: own.folder, precision: parsePrecisionMap('bf16'), threads: 1, prefixCache: false };
      return ((await loadEngine(options)).summary as { notes: string[] }).notes.filter((note) => /end token/.test(note));
    };
    try {
      for (const name of ['generation_config.json', 'tokenizer_config.json']) {
        const file = join(own.folder, name);
        if (!existsSync(file)) continue;
        const config = JSON.parse(readFileSync(file, 'utf8')) as object;
        writeFileSync(file, JSON.stringify({ ...config, eos_token_id: null, eos_token: null }));
      }
      expect(await notes([END_TOKEN])).to.deep.equal([]);
      expect(await notes([END_TOKEN, 99_999])).to.deep.equal(['end tokens that the model has no embedding of are passed over: 99999']);
      expect((await notes(null)).join()).to.match(/no end token is named/);
    } finally {
      own.remove();
    }
  });

  it('says that its map seems to be made for a model of fewer layers', async () => {
    const larger = writeRandomModel(join(model.folder, 'larger'), { dModel: 32, ffWidth: 64, layers: 4, heads: 2, vocabSize: 12 }).folder;
    const notes = async (units: Record<string, 'fp4'>) => {
      const loaded = await Transformer.load(larger, { default: 'fp8', units });
      return loaded.summary.notes.filter((note) => note.includes('precision map'));
    };
    const units = { 'layers.0.o': 'fp4', 'layers.1.o': 'fp4', 'layers.2.down': 'fp4' } as const;
    expect(await notes(units)).to.have.length(1);
    expect(await notes({ ...units, 'layers.3.o': 'fp4' })).to.deep.equal([]);
  });
});
