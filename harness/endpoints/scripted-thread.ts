/** The thread of a scripted endpoint (harness/endpoints/scripted.ts): its own event loop, so that nobody else's work is in its times. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Alarm, monotonicUs } from '../host/clock.js';
import type { Script } from './scripted.js';

const { firstUs, pieceUs, pieces } = workerData as Script;

function chunk(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices })}\n\n`;
}

/** Writes the pieces at their moments, counted from the request's; tells how long the last was really kept. */
async function answer(response: ServerResponse, startedUs: number): Promise<void> {
  const alarm = new Alarm();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [i, content] of pieces.entries()) {
    await alarm.ring(startedUs + firstUs + i * pieceUs);
    if (response.destroyed) return;
    response.write(chunk({ content }, null));
  }
  parentPort!.postMessage({ heldUs: monotonicUs() - startedUs });
  response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`);
}

const server = createServer((request, response) => {
  response.on('error', () => undefined); // a caller that hangs up has its reasons
  request.resume().on('end', () => {
    const startedUs = monotonicUs();
    if (request.method === 'POST') return void answer(response, startedUs);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ object: 'list', data: [{ id: 'scripted', object: 'model', created: 0, owned_by: 'tickbench' }] }));
  });
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage({ port: (server.address() as AddressInfo).port }));
