import { expect } from 'chai';
import fc from 'fast-check';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { beginChat, streamChat, type ChatCall, type ChatTarget } from '../../../harness/endpoints/call.js';
import { BodyReader, type BodyEvent } from '../../../harness/endpoints/events.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { piece, serve, startStream, type TestServer } from './misbehaving-server.js';

const json = JSON.stringify;
const event = (value: unknown): string => `data: ${json(value)}\n\n`;
const DONE = 'data: [DONE]\n\n';
const HELLO = [{ role: 'user' as const, content: 'hello' }];

describe('a stream as servers send it', () => {
  const open: TestServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  async function target(answer: (response: ServerResponse) => void): Promise<ChatTarget> {
    const server = await serve((_, response) => answer(response));
    open.push(server);
    return { url: server.url, model: 'm' };
  }

  /** The call that a body of these pieces makes. */
  async function read(
    pieces: readonly (string | Uint8Array)[],
    settings: object = {},
    headers: Record<string, string> = {},
  ): Promise<ChatCall> {
    const to = await target((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      for (const part of pieces) response.write(part);
      response.end();
    });
    return streamChat(to, HELLO, requestSettings.parse({ timeoutMs: 3000, ...settings }));
  }

  const bodies: Record<string, string> = {
    'usage without counts, early':
      event({ ...piece('buy '), usage: { prompt_tokens_details: { cached_tokens: 0 } } }) + event(piece('1;')) + DONE,
    'usage null and usage with null counts':
      event({ ...piece('buy '), usage: null }) +
      event({ ...piece('1;', 'stop'), usage: { prompt_tokens: 3, completion_tokens: null } }) +
      DONE,
    'comments, names, ids and progress between': `: keep-alive\n\nid: 7\nretry: 10\nevent: ping\ndata: {"type":"ping"}\n\n${event({ progress: 0.4 })}event: chunk\n${event(piece('buy '))}:\n\ndata: loading\n\n${event(piece('1;', 'stop'))}${DONE}`,
    'blanks before a line, and a line without its colon': ` ${event(piece('buy '))}data ${json(piece('1;', 'stop'))}\n\n \0${DONE}`,
    'an index in quotes, and a choice without its list':
      event({ choices: [{ index: '0', delta: { content: 'buy ' } }] }) +
      event({ choices: { delta: { content: '1;' }, finish_reason: 'stop' } }),
    'a finish reason that is an object':
      event(piece('buy ')) + event({ choices: [{ delta: { content: '1;' }, finish_reason: { type: 'stop' } }] }),
    "another choice's end before its own":
      event(piece('buy ')) + event({ choices: [{ index: 1, delta: {}, finish_reason: 'stop' }] }) + event(piece('1;', 'stop')) + DONE,
    'no last blank line': event(piece('buy ')) + event(piece('1;')).trimEnd() + '\n' + `data: ${json(piece({}, 'stop'))}`,
    'no finish reason': event(piece('buy ')) + event(piece('1;')) + DONE,
    'an empty finish reason': event(piece('buy ', '')) + event(piece('1;', '')) + DONE,
    'an end and nothing said of it': event(piece('buy ')) + event(piece('1;')),
    CRLF: (event(piece('buy ')) + event(piece('1;', 'stop')) + DONE).replaceAll('\n', '\r\n'),
    CR: (event(piece('buy ')) + event(piece('1;', 'stop')) + DONE).replaceAll('\n', '\r'),
    'a byte order mark': '\ufeff' + event(piece('buy ')) + event(piece('1;', 'stop')) + DONE,
    'data over many lines': `data: {"choices": [\ndata: {"delta": {"content": "buy 1;"}, "finish_reason": "stop"}\ndata: ]}\n\n${DONE}`,
    'no blank lines between events': `data: ${json(piece('buy '))}\ndata: ${json(piece('1;', 'stop'))}\n\n`,
    'no space after the colon': `data:${json(piece('buy '))}\n\ndata:${json(piece('1;', 'stop'))}\n\ndata:[DONE]\n\n`,
    'one JSON object in place of a stream': json({
      choices: [{ index: 0, message: { role: 'assistant', content: 'buy 1;' }, finish_reason: 'stop' }],
    }),
    'the same, over many lines': JSON.stringify({ choices: [{ message: { content: 'buy 1;' }, finish_reason: 'stop' }] }, null, 2),
    'lines of JSON': `${json(piece('buy '))}\n${json(piece('1;', 'stop'))}\n`,
    'text as parts':
      event(piece({ content: [{ type: 'text', text: 'buy ' }] })) +
      event(
        piece({
          content: [
            { type: 'output_text', text: '1;' },
            { type: 'citation', n: 1 },
          ],
        }),
      ) +
      DONE,
    'choices that are null or empty between': event({ choices: null }) + event({ choices: [] }) + event(piece('buy 1;')) + DONE,
    'a second choice': event({ choices: [{ index: 1, delta: { content: 'sell 9;' } }] }) + event(piece('buy 1;')) + DONE,
    'the whole message once more at the end':
      event(piece('buy ')) + event(piece('1;')) + event({ choices: [{ message: { content: 'buy 1;' }, finish_reason: 'stop' }] }) + DONE,
    'an error after the end': event(piece('buy 1;', 'stop')) + event({ error: { message: 'cannot count tokens' } }),
    'error: null beside the text': event({ ...piece('buy 1;', 'stop'), error: null }) + DONE,
    'tool calls beside the text': event(piece({ content: 'buy 1;', tool_calls: [{ index: 0 }], refusal: null })) + DONE,
  };
  for (const [kind, body] of Object.entries(bodies))
    it(`is read with ${kind}`, async () => {
      const call = await read([body]);
      expect(call.error).to.equal(undefined);
      expect(call.text).to.equal('buy 1;');
    });

  const thoughts: Record<string, object[]> = {
    reasoning_content: [{ reasoning_content: 'I sell' }],
    reasoning: [{ reasoning: 'I sell' }],
    thinking: [{ thinking: 'I sell' }],
    thought: [{ thought: 'I sell' }],
    reasoning_details: [{ reasoning_details: [{ type: 'reasoning.text', text: 'I sell' }] }],
    'reasoning told twice': [{ reasoning: 'I sell', reasoning_details: [{ type: 'reasoning.text', text: 'I sell' }] }],
    thinking_blocks: [{ thinking_blocks: [{ type: 'thinking', thinking: 'I sell' }] }],
    'thinking parts': [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'I sell' }] }] }],
    'a thought by a mark beside it': [{ content: 'I sell', extra_content: { google: { thought: true } } }],
  };
  for (const [kind, deltas] of Object.entries(thoughts))
    it(`keeps reasoning apart: ${kind}`, async () => {
      const call = await read([...deltas, { content: 'hold;' }].map((delta) => event(piece(delta))).concat(DONE));
      expect(call.text).to.equal('hold;');
      expect(call.reasoning.characters).to.equal('I sell'.length);
    });

  it('counts what was passed over, by kind', async () => {
    const call = await read([
      `: hi\n\n: hi\n\n${event({ progress: 1 })}event: ping\n${event({})}${event(piece({ content: 'buy 1;', audio: { id: 1 } }))}${DONE}`,
    ]);
    expect(call.account).to.deep.equal({
      understood: 1,
      passedOver: { comments: 2, 'events without choices': 1, 'events named ping': 1, 'fields "audio"': 1 },
    });
  });

  it('does not take a part for the whole: broken JSON, text nobody can read, a connection without an end, an end where others had a sign', async () => {
    expect((await read([event(piece('buy 1')), 'data: {"choices": [{"delta": {"conte\n\n', DONE])).error).to.include({ kind: 'nonsense' });
    expect((await read([event(piece('buy 1')), event(piece({ content: 0 })), DONE])).error).to.include({ kind: 'nonsense' });
    let calls = 0;
    const to = await target((response) => {
      startStream(response);
      response.end(event(piece('buy 1')) + (calls++ === 0 ? DONE : ''));
    });
    const ask = (): Promise<ChatCall> => streamChat(to, HELLO, requestSettings.parse({ timeoutMs: 3000 }));
    expect((await ask()).error).to.equal(undefined);
    expect((await ask()).error).to.include({ kind: 'dropped' });
  });

  it('is no answer when it ends in a fault instead, in whatever way that is told', async () => {
    const ends: [string, RegExp][] = [
      ['error: {"code":500,"message":"slot unavailable"}\n\n', /reported an error in the stream: slot unavailable/],
      ['error: upstream died\n\n', /reported an error in the stream: upstream died/],
      ['Internal Server Error', /no finish reason, and the last that it says is: Internal Server Error/],
      ['data: upstream request timeout\n\n', /the last that it says is: upstream request timeout/],
      [event({ detail: 'worker was killed' }), /the last that it says is: worker was killed/],
      [event(piece({}, 'abort')) + DONE, /finish_reason "abort"/],
      [event(piece({}, 'cancelled')) + DONE, /finish_reason "cancelled"/],
      ...['insufficient_system_resource', 'network_error', 'engine_overloaded', 'MALFORMED_FUNCTION_CALL'].map((said): [string, RegExp] => [
        event(piece({}, said)) + DONE,
        new RegExp(`finish_reason "${said}"`),
      ]),
      [event({ choices: [{ delta: {}, finish_reason: { type: 'abort', message: 'gone' } }] }) + DONE, /finish_reason "abort"/],
      [event({ status: 503, title: 'Service Unavailable' }), /the last that it says is: Service Unavailable/],
    ];
    for (const [end, why] of ends) {
      const { error } = await read([event(piece('sell 3')) + end]);
      expect(error, end).to.include({ kind: 'failed' });
      expect(error!.message).to.match(why);
    }
    // What is said between, or after the end, is not why it ended.
    for (const body of [
      `${event(piece('sell '))}error rate: low\n\n${event(piece('3'))}`,
      `${event(piece('sell 3', 'stop'))}Internal Server Error`,
      `${event(piece('sell 3'))}data: bye\n\n`,
    ])
      expect(await read([body]), body).to.include({ text: 'sell 3', error: undefined });
  });

  it('is refused in words where it is compressed, or nested too deep', async () => {
    const sent = await read([gzipSync(event(piece('buy 1;', 'stop')))], {}, { 'content-encoding': 'gzip' });
    expect(sent.error)
      .to.include({ kind: 'nonsense' })
      .and.property('message')
      .match(/^the answer is compressed \(gzip\)/);
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    for (const body of [
      `{"choices": [{"delta": {"content": ${deep}}}]}`,
      `{"choices": [{"delta": {"reasoning": ${deep}}}]}`,
      `{"a": ${deep}}`,
    ]) {
      const call = await read([`data: ${body}\n\n${event(piece('buy 1;', 'stop'))}`]);
      expect(call.error).to.include({ kind: 'nonsense', message: 'an event is JSON nested over 200 levels deep' });
    }
  });

  it("passes over an engine's own account where it is none", async () => {
    const told = { encodeUs: 1, queueUs: 1, promptUs: 1, decodeUs: 1, cpuPermille: 900, promptTokens: 9, cachedTokens: 0 };
    for (const [tickbench, promptTokens] of [
      [told, 9],
      [{ ...told, promptTokens: 1.5 }, undefined],
      [{ ...told, cachedTokens: -3 }, undefined],
      [{ ...told, queueUs: 1e300 }, undefined],
    ] as const)
      expect((await read([event({ ...piece('buy 1;', 'stop'), tickbench })])).promptTokens).to.equal(promptTokens);
  });

  it('is complete when the server has said so, though the connection stays open', async () => {
    const to = await target((response) => {
      startStream(response);
      response.write(event(piece('buy 1')) + event(piece({}, 'stop')));
    });
    const call = await streamChat(to, HELLO, requestSettings.parse({ timeoutMs: 60_000 }));
    expect(call.error).to.equal(undefined);
    expect(call).to.include({ text: 'buy 1', finish: 'stop' });
  });

  it('counts tokens by the pieces that came after an early count', async () => {
    const early = { ...piece('a'), usage: { prompt_tokens: 9, completion_tokens: 0 } };
    expect(await read([event(early), event(piece('b')), event(piece('c', 'stop')), DONE])).to.include({
      ...{ promptTokens: 9, completionTokens: 3, tokensCountedBy: 'pieces' },
    });
  });

  it('cuts an answer at its token limit when the server may not be told the limit', async () => {
    const call = await read(
      [...'abcdefgh'].map((letter) => event(piece(letter))),
      { tokenLimitField: null, maxTokens: 3 },
    );
    expect(call).to.include({ text: 'abc', finish: 'length' });
  });

  it('gives the decision before the connection is closed', async () => {
    let closed = false;
    const to = await target((response) => {
      startStream(response);
      response.write(event(piece('buy 1;')));
      response.on('close', () => (closed = true));
    });
    const { decided, over } = beginChat(to, HELLO, requestSettings.parse({ timeoutMs: 3000 }), (text) => text.endsWith(';'));
    let isOver = false;
    void over.then(() => (isOver = true));
    expect(await decided).to.include({ text: 'buy 1;', finish: 'released' });
    expect(isOver).to.equal(false);
    await over;
    for (let i = 0; i < 100 && !closed; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(closed).to.equal(true);
  });

  it('comes out the same however its bytes are split', () => {
    const whole = `\ufeff: c\r\n\r\nevent: x\r\n${event(piece('añ😀b'))}data: [1,\ndata: 2]\n\n${event(piece('', 'stop'))}data: [DONE]`;
    const bytes = new TextEncoder().encode(whole);
    const events = (cuts: readonly number[]): BodyEvent[] => {
      const seen: BodyEvent[] = [];
      const reader = new BodyReader((each) => seen.push(each));
      const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
      at.slice(1).forEach((to, i) => reader.feed(bytes.subarray(at[i], to)));
      reader.end();
      return seen;
    };
    const expected = events([]);
    expect(expected).to.have.length(5);
    fc.assert(
      fc.property(fc.array(fc.nat(400), { maxLength: 20 }), (cuts) => void expect(events(cuts)).to.deep.equal(expected)),
      { numRuns: 300 },
    );
  });
});
