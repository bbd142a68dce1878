import { expect } from 'chai';
import { bodyText } from '../../../fpx/endpoint/bodies.js';
import { ApiError } from '../../../fpx/endpoint/errors.js';
import { parseChatRequest, type ChatRequest } from '../../../fpx/endpoint/requests.js';

const BODY = { model: 'm', messages: [{ role: 'user', content: 'go' }] };
const parse = (more: object): ChatRequest => parseChatRequest(JSON.stringify({ ...BODY, ...more }));
const refusal = (more: object): ApiError => {
  try {
    parse(more);
  } catch (error) {
    expect(error).to.be.instanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error(`accepted: ${JSON.stringify(more)}`);
};

describe('requests', () => {
  const unsupported: Record<string, unknown> = {
    ...{ guided_json: {}, guided_regex: 'a', guided_choice: ['a'], guided_grammar: 'x', grammar: 'x' },
    ...{ stop_token_ids: [3], min_p: 0.1, min_tokens: 5, bad_words: ['no'], best_of: 3, n: 2, functions: [{ name: 'f' }] },
    ...{ tool_choice: 'auto', function_call: { name: 'f' }, tools: [{ type: 'function' }], chat_template: '{{ x }}', suffix: 'x' },
    ...{ logit_bias: { '5': 1 }, presence_penalty: 0.5, frequency_penalty: -1, repetition_penalty: 1.1, store: true },
    ...{ reasoning_effort: 'low', verbosity: 'high', prediction: { type: 'content' }, modalities: ['text', 'audio'], audio: {} },
    ...{ continue_final_message: true, add_generation_prompt: false, echo: true, use_beam_search: true, length_penalty: 2, priority: 9 },
    ...{ mirostat: 2, typical_p: 0.9, dry_multiplier: 1, documents: [{}], web_search_options: {}, service_tier: 'priority', temprature: 0 },
  };
  for (const [field, value] of Object.entries(unsupported)) {
    it(`refuse ${field} ${JSON.stringify(value)} by name`, () => {
      const error = refusal({ [field]: value });
      expect(error).to.include({ status: 400, param: field, code: 'unsupported_parameter' });
      expect(error.message).to.match(new RegExp(`^${field}: not supported by the embedded engine`));
      expect(parse({ [field]: null }), 'null asks for nothing').to.deep.equal(parse({}));
    });
  }

  it('accept fields that ask for nothing', () => {
    const harmless = {
      ...{ user: 'u', metadata: { run: '7' }, store: false, n: 1, logprobs: false, tools: [], tool_choice: 'none', functions: [] },
      ...{
        min_p: 0,
        min_tokens: 0,
        stop_token_ids: [],
        bad_words: [],
        best_of: 1,
        logit_bias: {},
        presence_penalty: 0,
        repetition_penalty: 1,
      },
      ...{ parallel_tool_calls: true, service_tier: 'auto', skip_special_tokens: true, program_id: 'p', response_format: { type: 'text' } },
    };
    expect(parse(harmless)).to.deep.equal(parse({}));
  });

  it('accept the defaults that clients of vLLM, SGLang and llama.cpp write out, and no other value of these fields', () => {
    const defaults = {
      ...{ return_tokens_as_token_ids: false, documents: [], mm_processor_kwargs: {}, logits_processors: [], no_stop_trim: false },
      ...{ stop_regex: [], separate_reasoning: true, stream_reasoning: true, return_hidden_states: false, repeat_penalty: 1, mirostat: 0 },
      ...{ dynatemp_range: 0, xtc_probability: 0, dry_multiplier: 0, top_n_sigma: -1, id_slot: -1, n_probs: 0, n_keep: 0, min_keep: 0 },
      ...{ timings_per_token: false, return_progress: false, top_a: 0 },
    };
    expect(parse({ ...defaults, rid: 'r-1' })).to.deep.equal(parse({}));
    for (const field of Object.keys(defaults))
      expect(refusal({ [field]: 'x' })).to.include({ param: field, code: 'unsupported_parameter' });
  });

  it('refuse half characters wherever they stand: the model would be asked something else', () => {
    const half = '\ud83d';
    expect(refusal({ messages: [{ role: 'user', content: half }] })).to.include({ status: 400, param: 'messages.0.content' });
    expect(refusal({ stop: ['a', `b${half}`] })).to.include({ status: 400, param: 'stop.1' });
    expect(refusal({ structured_outputs: { choice: [half] } })).to.include({ status: 400, param: 'structured_outputs.choice.0' });
    expect(parse({ messages: [{ role: 'user', content: '\ud83d\ude00' }] }).messages[0]!.content).to.equal('\u{1f600}');
    const levels = 50_000;
    const deep = JSON.stringify(BODY).replace(/}$/, `,"metadata":${'['.repeat(levels)}"\\ud83d"${']'.repeat(levels)}}`);
    expect(() => parseChatRequest(deep))
      .to.throw(ApiError, 'half a surrogate pair')
      .with.property('status', 400);
    const escaped = JSON.stringify(BODY).replace('go', '\\ud83d\\ude00');
    expect(parseChatRequest(escaped).messages[0]!.content).to.equal('\u{1f600}');
  });

  it('take UTF-8 with or without a byte-order mark, and refuse other bytes', () => {
    const text = JSON.stringify(BODY).replace('go', 'g\u00f6');
    for (const mark of ['', '\ufeff']) expect(bodyText(Buffer.from(mark + text))).to.equal(text);
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text}`, 'utf16le')])
      expect(() => bodyText(bytes))
        .to.throw(ApiError, 'not UTF-8')
        .with.property('status', 400);
  });

  it('accept hints for whoever schedules, wherever they stand, and nothing beside them', () => {
    const hints = { osl: 5, priority: 2 };
    const held = { nvext: { agent_hints: hints, extra_fields: null }, vllm_xargs: { agentic_context: '{"program_id":"p"}' } };
    expect(parse({ agent_hints: hints, agent_hint: hints, ...held })).to.deep.equal(parse({}));
    for (const [field, holds, more] of [
      ['nvext', 'agent_hints', 'greed_sampling'],
      ['vllm_xargs', 'agentic_context', 'kv_transfer'],
    ] as const) {
      // prettier-ignore
      const error = refusal({ [field]: { [holds]: hints, [more]: true } });
      expect(error).to.include({ param: field });
      expect(error.message).to.include(
        `${field}: ${more} is not supported by the embedded engine: leave it out (of ${field} it takes ${holds})`,
      );
      expect(refusal({ [field]: [1] }).param).to.equal(field);
    }
  });

  it('name every field that is wrong, the first as param', () => {
    const error = refusal({ temperature: 'hot', min_p: 0.5, made_up: 1 });
    expect(error.param).to.equal('temperature');
    expect(error.message).to.contain('temperature: ').and.contain('min_p: ').and.contain('made_up: not supported');
    expect(refusal({ made_up: 1 }).message).to.contain('it honours model, stream, stream_options');
    expect(refusal({ stream_options: { include_usage: true, other: 1 } }).param).to.equal('stream_options.other');
    expect(refusal({ chat_template_kwargs: { messages: [] } }).param).to.equal('chat_template_kwargs.messages');
  });

  it('say what took the place of the fields that vLLM has removed', () => {
    for (const field of ['guided_json', 'guided_regex', 'guided_choice'])
      expect(refusal({ [field]: 'x' }).message)
        .to.contain('write')
        .and.to.contain('structured_outputs');
  });

  it('take log-probabilities, none and up to twenty', () => {
    expect(parse({ logprobs: false }).settings.logprobs).to.equal(undefined);
    expect(parse({ logprobs: true }).settings.logprobs).to.equal(0);
    expect(parse({ logprobs: true, top_logprobs: 20 }).settings.logprobs).to.equal(20);
    expect(refusal({ top_logprobs: 3 })).to.include({ param: 'top_logprobs', code: 'invalid_value' });
  });

  it('take seeds of 64 bits and no others', () => {
    for (const seed of [0, -1, 2 ** 31, 2 ** 53 + 2, 2 ** 63, -(2 ** 63)]) expect(parse({ seed }).settings.seed).to.equal(seed);
    expect(parseChatRequest(`{"model":"m","messages":[{"role":"user","content":"x"}],"seed":9223372036854775807}`).settings.seed).to.equal(
      2 ** 63,
    );
    for (const seed of [1.5, 1e30, '7']) expect(refusal({ seed }).param).to.equal('seed');
  });

  const messages = (...list: object[]) => parse({ messages: list }).messages;

  it('take content as a string, as parts of text, and as null from an assistant', () => {
    const parts = [
      { type: 'text', text: 'a ' },
      { type: 'text', text: 'b' },
    ];
    expect(messages({ role: 'user', content: parts })).to.deep.equal([{ role: 'user', content: 'a b' }]);
    expect(messages({ role: 'developer', content: 'x' })).to.deep.equal([{ role: 'system', content: 'x' }]);
    const echoed = { role: 'assistant', content: null, refusal: null, annotations: [], tool_calls: null, audio: null };
    expect(messages(echoed)).to.deep.equal([{ role: 'assistant', content: '' }]);
    expect(messages({ role: 'assistant' })).to.deep.equal([{ role: 'assistant', content: '' }]);
  });

  it('pass on names and thoughts, which templates may place', () => {
    expect(messages({ role: 'user', content: 'x', name: 'ann' })).to.deep.equal([{ role: 'user', content: 'x', name: 'ann' }]);
    const thought = { role: 'assistant', content: 'x', reasoning_content: 'why' };
    expect(messages(thought)).to.deep.equal([thought]);
  });

  const wrong: [what: string, message: object, param: string][] = [
    ['null from a user', { role: 'user', content: null }, 'messages.0.content'],
    ['pictures', { role: 'user', content: [{ type: 'image_url', image_url: { url: 'x' } }] }, 'messages.0.content'],
    ['tools', { role: 'tool', content: 'x', tool_call_id: '1' }, 'messages.0.role'],
    ['calls of tools', { role: 'assistant', content: null, tool_calls: [{ id: '1' }] }, 'messages.0.tool_calls'],
    ['a field of its own', { role: 'user', content: 'x', weight: 1 }, 'messages.0.weight'],
    ['no role', { content: 'x' }, 'messages.0.role'],
    ['a number', { role: 'user', content: 5 }, 'messages.0.content'],
  ];
  for (const [what, message, param] of wrong) {
    it(`refuse messages with ${what}`, () => expect(refusal({ messages: [message] })).to.include({ status: 400, param }));
  }

  it('refuse what is no JSON object', () => {
    for (const text of ['', '  ', '{"model":', '[]', 'null', '"x"', '5', '{"model":"m"}']) {
      expect(() => parseChatRequest(text), text)
        .to.throw(ApiError)
        .that.includes({ status: 400 });
    }
  });
});
