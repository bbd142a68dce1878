import { expect } from 'chai';
import fc from 'fast-check';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChatTemplate, ChatTemplateError } from '../../../fpx/text/chat.js';
import { StreamingDetokenizer, Tokenizer, TokenizerError } from '../../../fpx/text/tokenizer.js';
import { CHATML, makeModelFolder, VOCABULARY_SIZE } from '../endpoint-model.js';

describe('tokenizer', () => {
  let model: ReturnType<typeof makeModelFolder>;
  let tokenizer: Tokenizer;

  before(async () => {
    model = makeModelFolder();
    tokenizer = await Tokenizer.load(model.folder);
  });
  after(() => model.remove());

  it('merges as its file says and gives any text back', () => {
    expect(tokenizer.encode('hello world')).to.have.length(2);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        fc.pre(!text.includes('<|'));
        expect(tokenizer.decode(tokenizer.encode(text))).to.equal(text);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps spaces before punctuation and recognises special tokens', () => {
    expect(tokenizer.decode(tokenizer.encode('buy 1 @ 10 . ok'))).to.equal('buy 1 @ 10 . ok');
    const ids = tokenizer.encode('<|im_start|>hello<|im_end|>');
    expect(ids[0]).to.equal(tokenizer.id('<|im_start|>'));
    expect(tokenizer.decode(ids)).to.equal('hello');
    expect(tokenizer.decode(ids, { keepSpecialTokens: true })).to.equal('<|im_start|>hello<|im_end|>');
  });

  it('gives the same tokens whether a section was seen before or not', async () => {
    const long = fc.string({
      unit: fc.constantFrom('h', 'e', 'l', 'o', ' ', 'w', 'r', 'd', '\n', 'é', '€'),
      minLength: 250,
      maxLength: 400,
    });
    const section = fc.oneof(
      fc.constantFrom('<|im_start|>', '<|im_end|>', '<|im_', '|>', 'system\n'),
      long,
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const sections = fc.sample(fc.array(section, { minLength: 1, maxLength: 6 }), 60);
    const fresh: number[][] = [];
    for (const parts of sections) fresh.push((await Tokenizer.load(model.folder)).encode(parts.join('')));
    const again = sections.map((parts) => tokenizer.encode(parts.join('')));
    expect(again).to.deep.equal(fresh);
    sections.forEach((parts, i) => {
      const whole = tokenizer.encode(parts.join(''));
      expect(whole).to.deep.equal(fresh[i]);
      // The library adds nothing to a text whose post-processor is null: its own way through the whole text is the reference.
      expect(tokenizer.encode(parts.join(''), { addSpecialTokens: true })).to.deep.equal(whole);
    });
  });

  it('streams any tokens as pieces that add up to the whole text and never split a character', () => {
    const token = fc.integer({ min: 0, max: VOCABULARY_SIZE - 1 });
    const bytesOf = fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }).map((text) => [...new TextEncoder().encode(text)]);
    const mixed = fc
      .array(
        fc.oneof(
          token.map((id) => [id]),
          bytesOf,
        ),
        { maxLength: 20 },
      )
      .map((parts) => parts.flat());
    fc.assert(
      fc.property(mixed, (ids) => {
        const detokenizer = new StreamingDetokenizer(tokenizer);
        let text = '';
        for (const id of ids) {
          const piece = detokenizer.push(id);
          expect(piece.endsWith('\uFFFD'), 'ends in half a character').to.equal(false);
          text += piece;
        }
        expect(text + detokenizer.flush()).to.equal(tokenizer.decode(ids));
      }),
      { numRuns: 500 },
    );
  });

  it('knows its longest token and its largest id', () => {
    expect(tokenizer.longestToken).to.equal('<|endoftext|>'.length);
    expect(tokenizer.largestId).to.equal(VOCABULARY_SIZE - 1);
  });

  it('holds a character back until its last byte', () => {
    const ids = [...new TextEncoder().encode('a€')];
    const detokenizer = new StreamingDetokenizer(tokenizer);
    expect(ids.map((id) => detokenizer.push(id))).to.deep.equal(['a', '', '', '€']);
    expect(detokenizer.flush()).to.equal('');
  });

  it('says which file is missing or broken', async () => {
    const broken = makeModelFolder();
    writeFileSync(join(broken.folder, 'tokenizer.json'), '{"model": 3}');
    const error = await Tokenizer.load(broken.folder).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(TokenizerError);
    expect((error as Error).message).to.match(/tokenizer\.json: model: /);
    const message = async () => ((await Tokenizer.load(broken.folder).catch((e: unknown) => e)) as Error).message;
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n';
    for (const name of ['chat_template.jinja', 'tokenizer_config.json', 'tokenizer.json']) {
      writeFileSync(join(broken.folder, 'tokenizer.json'), JSON.stringify({ model: {} }));
      writeFileSync(join(broken.folder, name), pointer);
      expect(await message()).to.contain(`${join(broken.folder, name)} is a Git LFS pointer`);
    }
    rmSync(join(broken.folder, 'tokenizer.json'));
    writeFileSync(join(broken.folder, 'tokenizer.model'), 'x');
    expect(await message()).to.match(/tokenizer\.json is missing; tokenizer\.model alone/);
    const model = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b', 'ab a'] };
    writeFileSync(join(broken.folder, 'tokenizer_config.json'), '{}');
    rmSync(join(broken.folder, 'chat_template.jinja'));
    writeFileSync(join(broken.folder, 'tokenizer.json'), JSON.stringify({ model }));
    expect(await message()).to.match(/tokenizer\.json: model\.merges: \["ab","a"\]; accepted are pairs of pieces/);
    broken.remove();
    expect((await Tokenizer.load('/nowhere').catch((e: unknown) => e)) as Error).to.match(/\/nowhere\/tokenizer\.json/);
  });
});

describe('chat template', () => {
  const hello = [{ role: 'user', content: 'hello' }];

  it('writes the conversation and opens the next turn', () => {
    const template = ChatTemplate.from({ chat_template: CHATML });
    expect(template.render([{ role: 'system', content: 'be brief' }, ...hello])).to.equal(
      '<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('comes from chat_template.jinja before tokenizer_config.json', async () => {
    const both = makeModelFolder();
    try {
      writeFileSync(join(both.folder, 'chat_template.jinja'), '\uFEFFfrom the file: {{ messages[0].content }}');
      expect(ChatTemplate.from((await Tokenizer.load(both.folder)).config).render(hello)).to.equal('from the file: hello');
      rmSync(join(both.folder, 'tokenizer_config.json'));
      expect(ChatTemplate.from((await Tokenizer.load(both.folder)).config).render(hello)).to.equal('from the file: hello');
    } finally {
      both.remove();
    }
  });

  it('of several names is the default or the only one', () => {
    const named = (...names: string[]) => ({
      chat_template: names.map((name) => ({ name, template: `${name} {{ messages[0].content }}` })),
    });
    expect(ChatTemplate.from(named('rag', 'default', 'tool_use')).render(hello)).to.equal('default hello');
    expect(ChatTemplate.from(named('rag')).render(hello)).to.equal('rag hello');
    expect(() => ChatTemplate.from(named('rag', 'tool_use'))).to.throw(ChatTemplateError, '"rag", "tool_use" none is named "default"');
    expect(() => ChatTemplate.from(named())).to.throw(ChatTemplateError, 'no chat template');
  });

  it('passes variables and special tokens, and takes the default of several templates', () => {
    const several = [
      { name: 'tool_use', template: 'no' },
      { name: 'default', template: '{{ bos_token }}{% if enable_thinking %}think {% endif %}{{ messages[0].content }}' },
    ];
    const template = ChatTemplate.from({ chat_template: several, bos_token: '<s>' });
    expect(template.render(hello)).to.equal('<s>hello');
    expect(template.render(hello, { enable_thinking: true })).to.equal('<s>think hello');
  });

  it('says that it is missing, cannot be read, or refuses a role', () => {
    expect(() => ChatTemplate.from({})).to.throw(ChatTemplateError, /no chat template/);
    expect(() => ChatTemplate.from({ chat_template: '{% if %}' })).to.throw(ChatTemplateError, /cannot be read/);
    const cutOff = '{% for m in messages %}{{ m.content }}';
    expect(() => ChatTemplate.from({ chat_template: cutOff })).to.throw(ChatTemplateError, /it ends inside a block that it does not close/);
    const strict = ChatTemplate.from({
      chat_template: `{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}ok`,
    });
    expect(strict.render(hello)).to.equal('ok');
    expect(() => strict.render([{ role: 'system', content: 'x' }])).to.throw(ChatTemplateError, /roles: system.*System role not supported/);
  });
});
