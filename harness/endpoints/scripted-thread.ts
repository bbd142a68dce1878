/**
 * The thread of a scripted endpoint (harness/endpoints/scripted.ts): its own event loop, so that nobody else's work is in its times.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { Alarm, monotonicUs } from '../host/clock.js';
import type { Script } from './scripted.js';
import { requestLength, writtenAnswer } from './scripted-answer.js';

const { firstUs, pieceUs, pieces, atOnce = 0 } = workerData as Script;

const written = writtenAnswer(pieces);

let asked = 0;

/** Writes the pieces at their moments, counted from the request's. */
async function answer(socket: Socket, alarm: Alarm, startedUs: number): Promise<void> {
  socket.write(written.head);
  if (asked++ < atOnce) return void socket.write(written.pieces.join('') + written.end);
  for (const [i, piece] of written.pieces.entries()) {
    await alarm.ring(startedUs + firstUs + i * pieceUs);
    if (socket.destroyed) return;
    socket.write(piece);
  }
  socket.write(written.end);
}

const server = createServer((socket) => {
  const alarm = new Alarm();
  let text = '';
  socket.setNoDelay(true);
  socket.on('error', () => undefined); // a caller that hangs up has its reasons
  socket.on('data', (data) => {
    const startedUs = monotonicUs();
    text += data.toString('latin1');
    const length = requestLength(text);
    if (length === null) return;
    text = text.slice(length);
    void answer(socket, alarm, startedUs);
  });
});
server.listen(0, '127.0.0.1', () => parentPort!.postMessage({ port: (server.address() as AddressInfo).port }));
