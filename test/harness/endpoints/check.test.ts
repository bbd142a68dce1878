import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerResponse } from 'node:http';
import { Command } from 'commander';
import { checkEndpoint, MAX_CHECK_CALLS, type CheckReport } from '../../../harness/endpoints/check.js';
import { endpointCommand, precisionArgument } from '../../../harness/cli/endpoint.js';
import { startEndpoint } from '../../../harness/endpoints/start.js';
import { EndpointError } from '../../../harness/endpoints/errors.js';
import { makeModelFolder } from '../../fpx/endpoint-model.js';
import { answer, fail, piece, send, serve, startStream, usage, type TestServer } from './misbehaving-server.js';

interface Message {
  role: string;
  content: string;
}

const outcomes = (report: CheckReport): Record<string, string> => Object.fromEntries(report.rows.map((row) => [row.feature, row.outcome]));
const detail = (report: CheckReport, feature: string): string => report.rows.find((row) => row.feature === feature)!.detail;

/** Speaks one word every few milliseconds until it is done or nobody listens; one at a time when `serial`. */
class SlowServer {
  private tail: Promise<void> = Promise.resolve();
  running = 0;

  constructor(
    private readonly serial: boolean,
    private readonly heedsCancel: boolean,
  ) {}

  answer(response: ServerResponse, words: number): void {
    const before = this.serial ? this.tail : Promise.resolve();
    this.tail = before.then(() => this.speak(response, words));
  }

  private async speak(response: ServerResponse, words: number): Promise<void> {
    if (this.heedsCancel && response.destroyed) return;
    this.running++;
    startStream(response);
    for (let i = 0; i < words && !(this.heedsCancel && response.destroyed); i++) {
      send(response, piece(`w${i} `));
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    if (!response.destroyed) {
      send(response, piece({}, words > 4 ? 'stop' : 'length'));
      send(response, usage(10, words));
      response.end('data: [DONE]\n\n');
    }
    this.running--;
  }
}

describe('endpoint check', () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it('finds everything working where it does, within its calls', async () => {
    const count = 'one two three four five six seven eight';
    let seen = '';
    server = await serve((body, response) => {
      const messages = body.messages as Message[];
      const text = messages.map((message) => message.content).join('\n');
      const cached = seen === text ? 40 : 0;
      seen = text;
      const thinks = text.includes('2 + 3') && !body.chat_template_kwargs;
      const stop = (body.stop as string[] | undefined)?.[0];
      const words = body.response_format ? '{"action": "buy"}' : stop ? count.slice(0, count.indexOf(stop)) : count;
      const pieces = words.match(/\S+ ?/g) ?? [];
      answer(response, [...(thinks ? [{ reasoning_content: 'two and three' }] : []), ...pieces], usage(text.length, pieces.length, cached));
    });
    const told: string[] = [];
    const report = await checkEndpoint({ url: server.url, model: 'm' }, { onProbe: (feature) => told.push(feature) });
    expect(outcomes(report)).to.deep.include({
      ...{ streaming: 'works', usage: 'works', 'chat template and system role': 'works', 'thinking off': 'works' },
      ...{ 'response_format json_schema': 'works', 'cached tokens': 'works', stop: 'works', 'burst of 8': 'works' },
    });
    expect(detail(report, 'thinking off')).to.contain('stops it');
    expect(report.spent.calls).to.equal(server.bodies.length).and.be.at.most(MAX_CHECK_CALLS);
    expect(told).to.have.length(9);
    const { ms, streamed } = report.rows.find((row) => row.feature === 'streaming')!;
    expect(ms).to.be.greaterThan(0);
    expect(streamed!.firstMs).to.equal(ms);
    expect(streamed!.lastMs).to.be.at.least(ms!);
    expect(detail(report, 'usage')).to.contain(`(${streamed!.promptTokens} in, ${streamed!.answerTokens} out)`);
  });

  it('finds what does not work, and says what was seen', async () => {
    let burst = 0;
    server = await serve((body, response) => {
      const messages = body.messages as Message[];
      const text = messages.at(-1)!.content;
      if (messages[0]!.role === 'system') return fail(response, 400, 'system role is not supported');
      if (text.startsWith('Say ok') && body.max_tokens === 1 && ++burst % 3 === 0) return fail(response, 429, 'slow down');
      answer(response, ['<think>hm</think>1 2 3 4 5 6 7 8 9 10 11 12']);
    });
    const report = await checkEndpoint({ url: server.url, model: 'm' });
    expect(outcomes(report)).to.deep.include({
      ...{ streaming: 'unknown', usage: 'not', 'chat template and system role': 'not', 'thinking off': 'not' },
      ...{ 'response_format json_schema': 'not', 'cached tokens': 'unknown', stop: 'not', 'burst of 8': 'not' },
    });
    expect(detail(report, 'chat template and system role')).to.contain('system role is not supported');
    expect(detail(report, 'response_format json_schema')).to.contain('accepted and ignored');
    expect(detail(report, 'burst of 8')).to.match(/[2-3] of 8 requests at once were refused with 429/);
    expect(server.bodies.length).to.be.at.most(MAX_CHECK_CALLS);
  });

  it('says that reasoning comes whose opening mark the template wrote, and what to set, also when it is longer than the answer could be', async () => {
    for (const words of [5, 200]) {
      const thoughts = Array<string>(words).fill('hm ');
      server = await serve((body, response) => {
        const all = [...thoughts, '</think>', '\n\n', '5'];
        answer(response, all.slice(0, body.max_tokens as number), undefined, all.length > (body.max_tokens as number) ? 'length' : 'stop');
      });
      const report = await checkEndpoint({ url: server.url, model: 'm' });
      expect(outcomes(report)['thinking off']).to.equal('not');
      expect(detail(report, 'thinking off')).to.contain('thinkingOpened: true').and.contain('enable_thinking: false as well');
      await server.close();
      server = undefined;
    }
  });

  it('calls nothing known about a server that never answers, without throwing', async () => {
    server = await serve((_, response) => void response.destroy());
    const report = await checkEndpoint({ url: server.url, model: 'm' }, { timeoutMs: 500 });
    expect(new Set(Object.values(outcomes(report)))).to.deep.equal(new Set(['unknown']));
  });

  for (const [serial, heeds, outcome] of [
    [true, true, 'works'],
    [true, false, 'not'],
    [false, true, 'unknown'],
  ] as const) {
    it(`says "${outcome}" of cancellation at a server that is ${serial ? 'serial' : 'parallel without a gauge'} and ${heeds ? 'heeds' : 'ignores'} it`, async () => {
      const slow = new SlowServer(serial, heeds);
      server = await serve((body, response) => slow.answer(response, (body.messages as Message[])[0]!.content.includes('400') ? 200 : 1));
      const report = await checkEndpoint({ url: server.url, model: 'm' });
      expect(outcomes(report).cancellation, detail(report, 'cancellation')).to.equal(outcome);
    });
  }

  for (const [heeds, outcome] of [
    [true, 'works'],
    [false, 'not'],
  ] as const) {
    it(`reads a parallel server's own gauge: cancellation "${outcome}"`, async () => {
      const slow = new SlowServer(false, heeds);
      const metrics = {
        '/metrics': (_: unknown, response: ServerResponse) => void response.end(`vllm:num_requests_running{model="m"} ${slow.running}.0\n`),
      };
      server = await serve(
        (body, response) => slow.answer(response, (body.messages as Message[])[0]!.content.includes('400') ? 200 : 1),
        ['m'],
        metrics,
      );
      const report = await checkEndpoint({ url: server.url, model: 'm' });
      expect(outcomes(report).cancellation, detail(report, 'cancellation')).to.equal(outcome);
    });
  }
});

describe('endpoint check, at a server with ways of its own', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('finds the address and the fields that are refused, says the lines to write, and counts what was passed over', async () => {
    server = await serve((body, response) => {
      if ('stream_options' in body || 'seed' in body) return fail(response, 422, 'extra fields are not permitted');
      if ('max_tokens' in body) return fail(response, 400, 'max_tokens: use max_completion_tokens');
      startStream(response);
      response.write(': hello\n\n');
      for (const each of ['1 ', '2 ']) send(response, piece(each));
      send(response, '[DONE]');
      response.end();
    });
    const report = await checkEndpoint({ url: server.url.replace('/v1', ''), model: 'm' });
    expect(outcomes(report)).to.deep.include({ 'request fields': 'not', streaming: 'works', 'address and key': 'works' });
    expect(detail(report, 'request fields')).to.match(/refused: stream_options, seed, max_tokens;/);
    expect(report.configuration).to.deep.equal([
      `endpoint: { kind: openai, url: "${server.url}", model: "m" }`,
      'request: { streamOptions: null, tokenLimitField: max_completion_tokens }',
    ]);
    expect(report.account.passedOver.comments).to.be.greaterThan(5);
    expect(detail(report, 'stream')).to.match(/events understood; passed over: \d+ comments/);
    expect(report.spent.calls).to.be.at.most(MAX_CHECK_CALLS);
  });

  it('waits for a server that limits calls, for as long as it asks, and goes on where it was', async () => {
    let calls = 0;
    server = await serve((_, response) => {
      if (++calls % 4 !== 0) return answer(response, ['1 ', '2 ']);
      response.setHeader('retry-after', '3');
      fail(response, 429, 'slow down');
    });
    const waits: number[] = [];
    const said: string[] = [];
    const report = await checkEndpoint(
      { url: server.url, model: 'm' },
      { say: (line) => said.push(line), wait: async (ms) => void waits.push(ms) },
    );
    expect(outcomes(report)).to.deep.include({ streaming: 'works', 'burst of 8': 'not' });
    expect(Math.min(...waits))
      .to.equal(Math.max(...waits))
      .and.be.within(3000, 3100);
    expect(said[0]).to.match(/^http 429: slow down; waiting 3.1 s, as it asks$/);
    expect(report.rows.filter((row) => /429/.test(row.detail)).map((row) => row.feature)).to.deep.equal(['burst of 8']);
  });
});

describe('the endpoint command', () => {
  it('shows an example for each verb', () => {
    for (const verb of endpointCommand().commands) {
      let help = '';
      verb.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(help, verb.name()).to.match(/Example:\n {2}\$ tickbench endpoint /);
    }
  });

  it('reads precision maps from YAML, of a configuration too', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tickbench-precision-'));
    const file = (text: string): string => {
      const path = join(folder, 'map.yaml');
      writeFileSync(path, text);
      return path;
    };
    expect(precisionArgument('fp8')).to.equal('fp8');
    expect(precisionArgument(file('default: fp8\nunits: {"layers.0.*": fp4}'))).to.deep.equal({
      default: 'fp8',
      units: { 'layers.0.*': 'fp4' },
    });
    expect(precisionArgument(file('endpoint: {kind: embedded, precision: fp4}'))).to.equal('fp4');
    expect(() => precisionArgument('/none.yaml')).to.throw(EndpointError, /no file/);
    rmSync(folder, { recursive: true });
  });

  it('checks a served model from the command line, as JSON, and refuses in one line what it cannot check', async () => {
    const model = makeModelFolder();
    const endpoint = await startEndpoint({ kind: 'embedded', model: model.folder, precision: 'fp8', threads: 1, prefixCache: true });
    const program = `import { endpointCommand } from ${JSON.stringify(new URL('../../../harness/cli/endpoint.js', import.meta.url).href)};
      await endpointCommand().parseAsync(['node', 'endpoint', ...process.argv.slice(1)]);`;
    const run = (...args: string[]): Promise<{ out: string; err: string; code: number }> =>
      new Promise((resolve) => {
        execFile(process.execPath, ['--input-type=module', '-e', program, '--', ...args], (error, out, err) =>
          resolve({ out, err, code: error ? Number(error.code) : 0 }),
        );
      });
    const { out, code, err } = await run('check', endpoint.url, '--json');
    expect(code, err).to.equal(0);
    const report = JSON.parse(out) as CheckReport;
    expect(outcomes(report)).to.deep.include({
      streaming: 'works',
      usage: 'works',
      'response_format json_schema': 'works',
      'cached tokens': 'works',
      stop: 'works',
    });
    const unknown = await run('check', endpoint.url, '--model', 'other');
    expect(unknown).to.include({ code: 1 });
    expect(unknown.err).to.match(/^error: the server at \S+ does not answer as "other": http 404: .*; it offers: tiny\n$/);
    expect((await run('check', 'localhost')).err).to.contain('is no address');
    await endpoint.stop();
    model.remove();
  });

  it('is a commander command', () => {
    expect(endpointCommand()).to.be.instanceOf(Command);
    expect(endpointCommand().commands.map((verb) => verb.name())).to.deep.equal(['serve', 'check']);
  });
});
