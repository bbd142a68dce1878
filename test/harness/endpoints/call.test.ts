import { expect } from 'chai';
import { CallBudget } from '../../../harness/endpoints/budget.js';
import { beginChat, streamChat, type ChatMessage, type ChatTarget, type OnText } from '../../../harness/endpoints/call.js';
import { requestSettings } from '../../../harness/configuration/endpoint.js';
import { answer, fail, piece, send, serve, startStream, usage, type Handler, type TestServer } from './misbehaving-server.js';

const HELLO: ChatMessage[] = [{ role: 'user', content: 'hello' }];

describe('a streamed call', () => {
  const open: TestServer[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((server) => server.close()));
  });

  async function against(onChat: Handler): Promise<{ target: ChatTarget; server: TestServer }> {
    const server = await serve(onChat);
    open.push(server);
    return { target: { url: server.url, model: 'm' }, server };
  }

  const call = (target: ChatTarget, settings: object = {}, onText?: OnText, signal?: AbortSignal, budget?: CallBudget) =>
    streamChat(target, HELLO, requestSettings.parse({ timeoutMs: 5000, ...settings }), onText, { signal, budget });

  it('sends every setting, the extra fields and no key that was not given', async () => {
    let authorization: string | undefined;
    const { target, server } = await against((_, response, request) => {
      authorization = request.headers.authorization;
      answer(response, ['ok']);
    });
    const extra = { chat_template_kwargs: { enable_thinking: false } };
    await call({ ...target, extra }, { temperature: 0.5, topP: 0.9, maxTokens: 7, stop: ['x'], seed: 3 });
    expect(server.bodies[0]).to.deep.include({
      ...{ model: 'm', messages: HELLO, temperature: 0.5, top_p: 0.9, max_tokens: 7, stop: ['x'], seed: 3, stream: true },
      ...{ stream_options: { include_usage: true }, chat_template_kwargs: { enable_thinking: false } },
    });
    expect(authorization).to.equal(undefined);
    await call({ ...target, apiKey: 'secret' }, { tokenLimitField: 'max_completion_tokens' });
    expect(authorization).to.equal('Bearer secret');
    expect(server.bodies[1]).to.include({ max_completion_tokens: 64 }).and.not.to.have.property('max_tokens');
  });

  it('gives text, counts and stamps in order', async () => {
    const { target } = await against((_, response) => answer(response, ['buy ', '1', '.'], usage(20, 4, 16)));
    const texts: string[] = [];
    const result = await call(target, {}, (text) => void texts.push(text));
    expect(result.error).to.equal(undefined);
    expect(texts).to.deep.equal(['buy ', 'buy 1', 'buy 1.']);
    expect(result).to.include({
      text: 'buy 1.',
      finish: 'stop',
      promptTokens: 20,
      cachedTokens: 16,
      completionTokens: 4,
      tokensCountedBy: 'server',
      pieces: 3,
    });
    const { requestUs, firstTokenUs, firstAnswerUs, lastTokenUs, releaseUs } = result.stamps;
    expect([requestUs, firstTokenUs, firstAnswerUs, lastTokenUs]).to.deep.equal(
      [requestUs, firstTokenUs, firstAnswerUs, lastTokenUs].sort((a, b) => a! - b!),
    );
    expect(releaseUs).to.equal(undefined);
  });

  it('cancels the rest at the server once the action is released', async () => {
    let closedByClient: (value: boolean) => void;
    const closed = new Promise<boolean>((resolve) => (closedByClient = resolve));
    const { target } = await against((_, response) => {
      startStream(response);
      send(response, piece('buy 1;'));
      response.on('close', () => closedByClient(!response.writableEnded));
    });
    let asked = 0;
    const result = await call(target, {}, (text) => {
      asked++;
      return text.endsWith(';');
    });
    expect(result).to.include({ text: 'buy 1;', finish: 'released' });
    expect(result.error).to.equal(undefined);
    expect(result.stamps.releaseUs).to.be.at.least(result.stamps.firstTokenUs!);
    expect(asked).to.equal(1);
    expect(await closed).to.equal(true);
  });

  it('keeps the connection where the answer ends by itself soon after the release', async () => {
    const connections = new Set<unknown>();
    const { target } = await against((_, response) => {
      connections.add(response.socket);
      answer(response, ['buy', ' 1;']);
    });
    for (let i = 0; i < 4; i++)
      expect(await call(target, {}, (text) => text.endsWith(';'))).to.include({ text: 'buy 1;', finish: 'released' });
    expect(connections.size).to.be.at.most(2); // the next call may begin a moment before the connection is free
  });

  it('closes it at once when the caller is in a hurry, but not before the release', async () => {
    let closed = false;
    const { target } = await against((_, response) => {
      startStream(response);
      send(response, piece('buy 1'));
      setTimeout(() => send(response, piece(';')), 20);
      response.on('close', () => (closed = true));
    });
    const { decided, over, hurry } = beginChat(target, HELLO, requestSettings.parse({}), (text) => text.endsWith(';'));
    hurry();
    expect(await decided).to.include({ text: 'buy 1;' });
    hurry();
    expect(await over).to.include({ text: 'buy 1;', finish: 'released' });
    while (!closed) await new Promise((resolve) => setTimeout(resolve, 2));
  });

  it('reads on after the release when it is told to, without asking again', async () => {
    const { target } = await against((_, response) => answer(response, ['buy 1;', ' because', ' so'], usage(5, 3)));
    let asked = 0;
    const result = await call(target, { afterRelease: 'read' }, () => ++asked > 0);
    expect(asked).to.equal(1);
    expect(result).to.include({ text: 'buy 1; because so', finish: 'stop', completionTokens: 3 });
    expect(result.stamps.releaseUs).to.be.at.most(result.stamps.lastTokenUs!);
  });

  it('keeps reasoning out of the answer, wherever the server puts it', async () => {
    const { target } = await against((body, response) => {
      const field = (body.messages as ChatMessage[])[0]!.content;
      if (field === 'tags') answer(response, ['<thi', 'nk>I sell', ' all</th', 'ink>\n\nhold']);
      else answer(response, [{ [field]: 'I sell' }, { [field]: ' all' }, 'hold']);
    });
    for (const field of ['reasoning_content', 'reasoning', 'tags']) {
      const texts: string[] = [];
      const result = await streamChat(
        target,
        [{ role: 'user', content: field }],
        requestSettings.parse({}),
        (text) => void texts.push(text),
      );
      expect(result, field).to.include({ text: 'hold' });
      expect(result.reasoning.characters, field).to.equal('I sell all'.length);
      expect(texts, field).to.deep.equal(['hold']);
      expect(result.stamps.firstAnswerUs).to.be.at.least(result.reasoning.lastUs!);
      expect(result.stamps.firstTokenUs).to.be.at.most(result.reasoning.firstUs!);
    }
  });

  it('counts pieces when the server counts nothing', async () => {
    const { target } = await against((_, response) => answer(response, ['a', 'b', 'c']));
    const result = await call(target);
    expect(result).to.include({ completionTokens: 3, tokensCountedBy: 'pieces' });
    expect(result.promptTokens).to.equal(undefined);
  });

  describe('ends with a typed error', () => {
    it('refused: nobody listens', async () => {
      const { server, target } = await against(() => undefined);
      await server.close();
      const { error } = await call(target);
      expect(error).to.include({ kind: 'refused', label: 'refused', message: 'nothing listens there' });
    });

    it('refused: the connection is closed before an answer', async () => {
      const { target } = await against((_, response) => void response.destroy());
      expect((await call(target)).error).to.include({ kind: 'refused' });
    });

    it('http: a status, with what the server says and never tried again', async () => {
      const { target, server } = await against((_, response) => fail(response, 429, 'slow down'));
      expect((await call(target)).error).to.deep.include({ kind: 'http', label: 'http 429', status: 429, message: 'slow down' });
      expect(server.bodies).to.have.length(1);
      const broken = await against((_, response) => void response.writeHead(503).end('<html>busy</html>'));
      expect((await call(broken.target)).error).to.deep.include({ label: 'http 503' });
      expect(broken.server.bodies).to.have.length(1);
    });

    it('timeout: no answer at all, or a stall in the middle, with the text until then', async () => {
      const silent = await against(() => undefined);
      expect((await call(silent.target, { timeoutMs: 80 })).error).to.include({ kind: 'timeout' });
      const stalls = await against((_, response) => {
        startStream(response);
        send(response, piece('buy'));
      });
      const result = await call(stalls.target, { timeoutMs: 150 });
      expect(result.error).to.include({ kind: 'timeout', message: 'no complete answer within 150 ms' });
      expect(result.text).to.equal('buy');
    });

    it('dropped: the connection breaks in the middle, or the stream ends without an answer', async () => {
      const breaks = await against((_, response) => {
        startStream(response);
        send(response, piece('buy'));
        setTimeout(() => response.destroy(), 20);
      });
      const result = await call(breaks.target);
      expect(result.error).to.include({ kind: 'dropped' });
      expect(result.text).to.equal('buy');
      const empty = await against((_, response) => {
        startStream(response);
        send(response, piece({ role: 'assistant' }));
        response.end();
      });
      expect((await call(empty.target)).error).to.include({ kind: 'dropped' });
    });

    it('nonsense: not JSON, JSON of another kind, a web page, an empty body, an end and nothing before it', async () => {
      const nonsense: ((response: Parameters<Handler>[1]) => void)[] = [
        (response) => {
          startStream(response);
          send(response, '{"choices": [');
          response.end();
        },
        (response) => {
          startStream(response);
          send(response, { weather: 'fine' });
          response.end();
        },
        (response) => {
          startStream(response);
          send(response, { choices: [{ delta: { content: 7 } }] });
          response.end();
        },
        (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>It works!</body></html>'),
        (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
        (response) => {
          startStream(response);
          send(response, '[DONE]'); // and the connection stays open
        },
      ];
      for (const [i, speak] of nonsense.entries()) {
        const { target } = await against((_, response) => speak(response));
        expect((await call(target)).error, `case ${i}`).to.include({ kind: 'nonsense' });
      }
    });

    it('failed: an error event inside the stream', async () => {
      const { target } = await against((_, response) => {
        startStream(response);
        send(response, piece('buy'));
        send(response, { error: { message: 'out of memory' } });
        response.end();
      });
      const result = await call(target);
      expect(result.error).to.include({ kind: 'failed' });
      expect(result.error?.message).to.contain('out of memory');
    });

    it('cancelled: by the caller, before or in the middle', async () => {
      const { target } = await against((_, response) => {
        startStream(response);
        send(response, piece('buy'));
      });
      const stop = new AbortController();
      expect((await call(target, {}, () => stop.abort(), stop.signal)).error).to.include({ kind: 'cancelled' });
      expect((await call(target, {}, undefined, AbortSignal.abort())).error).to.include({ kind: 'cancelled' });
    });

    it('budget: calls or cost are spent, and no request goes out', async () => {
      const { target, server } = await against((_, response) => answer(response, ['a'], usage(100, 50)));
      const twoCalls = new CallBudget({ maxCalls: 2 });
      for (let i = 0; i < 2; i++) expect((await call(target, {}, undefined, undefined, twoCalls)).error).to.equal(undefined);
      expect((await call(target, {}, undefined, undefined, twoCalls)).error).to.include({
        kind: 'budget',
        message: 'the budget of 2 calls is spent',
      });
      expect(server.bodies).to.have.length(2);
      const money = new CallBudget({ maxCost: 0.5, inputPer1k: 1, outputPer1k: 2 });
      let made = 0;
      while (!(await call(target, { maxTokens: 50 }, undefined, undefined, money)).error) made++;
      expect(made).to.equal(2);
      expect(money.spent.cost).to.be.closeTo(made * 0.2, 1e-9);
      expect(money.spent).to.include({ calls: made, inputTokens: 100 * made, outputTokens: 50 * made, estimatedCalls: 0 });
    });
  });

  it('lets what the caller throws through', async () => {
    const { target } = await against((_, response) => answer(response, ['a', 'b']));
    const thrown = await call(target, {}, () => {
      throw new RangeError('a fault of ours');
    }).catch((error: unknown) => error);
    expect(thrown).to.be.instanceOf(RangeError);
  });
});
