/** An OpenAI-compatible server for sweeps of tests: one model, one legal answer for each task, and failures when it is told to. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ScriptedEndpoint {
  url: string;
  /** The prompts of all calls so far, as JSON, without those of first contacts. */
  prompts: string[];
  calls(): number;
  /** HTTP status of a call, by its number from 1; 200 when absent. */
  statusOf?: (call: number) => number;
  /** What it answers instead of a legal action. */
  answer?: string;
  /** It answers one call at a time, and takes so long for each. */
  eachMs?: number;
  /** Ends what is open, too. */
  close(): void;
}

/** Starts one, which knows one model. */
export async function scriptedEndpoint(model = 'steady'): Promise<ScriptedEndpoint> {
  let busy: Promise<void> = Promise.resolve();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      if (request.url === '/v1/models')
        return void response
          .setHeader('content-type', 'application/json')
          .end(JSON.stringify({ object: 'list', data: [{ id: model, object: 'model' }] }));
      const asked = JSON.parse(body) as { model: string; messages: unknown };
      if (asked.model !== model)
        return void response
          .writeHead(404, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: { message: `no model ${asked.model}` } }));
      // The first contact, before anything is played, counts as no call here.
      const isContact = body.includes('"content":"Hi"');
      if (!isContact) endpoint.prompts.push(JSON.stringify(asked.messages));
      const status = (isContact ? undefined : endpoint.statusOf?.(endpoint.prompts.length)) ?? 200;
      if (status !== 200)
        return void response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"not today"}}');
      const answer = endpoint.answer ?? (body.includes('guard_low') ? 'jab;' : 'hold;');
      response.setHeader('content-type', 'text/event-stream');
      const chunk = (delta: object, finish: string | null): string =>
        `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 0, model, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
      const said = `${chunk({ role: 'assistant', content: answer }, null)}${chunk({}, 'stop')}data: [DONE]\n\n`;
      const { eachMs } = endpoint;
      if (eachMs === undefined || isContact) return void response.end(said);
      busy = busy.then(() => sleep(eachMs)).then(() => void response.end(said));
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const endpoint: ScriptedEndpoint = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    prompts: [],
    calls: () => endpoint.prompts.length,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return endpoint;
}
