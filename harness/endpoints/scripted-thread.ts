/**
 * The thread of a scripted endpoint (harness/endpoints/scripted.ts): its own event loop, so that nobody else's work is in its times. It speaks
 * as much HTTP as its answers need, written down before the first request: a server of Node's own adds half a millisecond to each.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Alarm, monotonicUs } from '../host/clock.js';
import type { Script } from './scripted.js';

const { firstUs, pieceUs, pieces } = workerData as Script;

/** One event of the stream, as a chunk of the response's body. */
function event(data: string): string {
  const line = `data: ${data}\n\n`;
  return `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`;
}

function completion(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return event(JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices }));
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const PIECES = pieces.map((content) => completion({ content }, null));
const END = `${completion({}, 'stop')}${event('[DONE]')}0\r\n\r\n`;

/** Writes the pieces at their moments, counted from the request's; tells how long the last was really kept. */
async function answer(socket: Socket, alarm: Alarm, startedUs: number): Promise<void> {
  socket.write(HEAD);
  for (const [i, piece] of PIECES.entries()) {
    await alarm.ring(startedUs + firstUs + i * pieceUs);
    if (socket.destroyed) return;
    socket.write(piece);
  }
  parentPort!.postMessage({ heldUs: monotonicUs() - startedUs });
  socket.write(END);
}

/** Length of a request's head and body in bytes; null while it has not come whole. */
function lengthOf(text: string): number | null {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return null;
  const body = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + body ? head + 4 + body : null;
}

const server = createServer((socket) => {
  const alarm = new Alarm();
  let text = '';
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // a caller that hangs up has its reasons
  socket.on('data', (data) => {
    const startedUs = monotonicUs();
    text += data.toString('latin1');
    const length = lengthOf(text);
    if (length === null) return;
    text = text.slice(length);
    void answer(socket, alarm, startedUs);
  });
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage({ port: (server.address() as AddressInfo).port }));
