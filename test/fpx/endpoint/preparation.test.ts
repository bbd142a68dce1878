import { expect } from 'chai';
import { ChatTemplate } from '../../../fpx/text/chat.js';
import { ApiError } from '../../../fpx/endpoint/errors.js';
import { Preparation } from '../../../fpx/endpoint/preparation.js';
import { preparePrompt, type PromptMaker } from '../../../fpx/endpoint/prompt.js';
import { Tokenizer } from '../../../fpx/text/tokenizer.js';
import { makeModelFolder, VOCABULARY_SIZE } from '../endpoint-model.js';

describe('preparing requests', () => {
  let model: ReturnType<typeof makeModelFolder>;
  let maker: PromptMaker;
  before(async () => {
    model = makeModelFolder();
    const tokenizer = await Tokenizer.load(model.folder);
    maker = { name: 'm', tokenizer, template: ChatTemplate.from(tokenizer.config), contextTokens: 400, vocabSize: VOCABULARY_SIZE };
  });
  after(() => model.remove());

  const body = (content: unknown, more: object = {}): Buffer =>
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more }));

  it('gives the same here and on the thread, answers and refusals alike', async () => {
    const preparation = new Preparation(maker, model.folder);
    const cases = [
      body('hello world'),
      body('é€🙂', { seed: 7, stop: 'x' }),
      body(5),
      body('x', { min_p: 1 }),
      body('x '.repeat(400)),
      Buffer.from('{'),
    ];
    for (const each of [...cases, body('x', { model: 'other' })]) {
      const [here, there] = await Promise.allSettled([true, false].map((idle) => preparation.prepare(each, idle)));
      expect(JSON.stringify(there)).to.equal(JSON.stringify(here));
      if (here!.status === 'rejected') expect(String((there as PromiseRejectedResult).reason)).to.equal(String(here!.reason));
    }
    expect(preparation.pending).to.equal(0);
  });

  it('refuses what is nested too deeply to be worked through', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    for (const field of ['made_up', 'chat_template_kwargs', 'metadata']) {
      const text = body('x')
        .toString()
        .replace('{', `{"${field}":${field === 'chat_template_kwargs' ? `{"a":${deep}}` : deep},`);
      if (field === 'metadata') expect(preparePrompt(maker, text).prompt.length).to.be.greaterThan(3);
      else
        expect(() => preparePrompt(maker, text), field)
          .to.throw(ApiError)
          .that.includes({ status: 400 });
    }
  });

  it('refuses a prompt with a token that the model has no embedding of', () => {
    const small = { ...maker, vocabSize: 200 };
    expect(() => preparePrompt(small, body('hello').toString())).to.throw(/has token \d+, of which the model has no embedding/);
  });

  it('tells whoever waits when the thread fails, and goes on', async () => {
    const preparation = new Preparation(maker, '/nowhere');
    for (let i = 0; i < 2; i++) {
      const failed = await Promise.allSettled([preparation.prepare(body('a'), false), preparation.prepare(body('b'), false)]);
      for (const each of failed)
        expect(String((each as PromiseRejectedResult).reason)).to.contain('the tokenising thread failed: /nowhere/tokenizer.json');
    }
    expect((await preparation.prepare(body('a'), true)).prompt.length).to.be.greaterThan(3);
  });
});
