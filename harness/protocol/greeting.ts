/** The first frame of an agent's connection, which must be a hello: read here, whoever then says whether it is let in. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { monotonicUs } from '../host/clock.js';
import { Allowance } from './allowance.js';
import { LIMITS, readAgentFrame, type ErrorCode, type HelloFrame } from './frames.js';
import type { Lobby } from './lobby.js';

/** Control frames from somebody who has not said a hello: beyond them the connection ends. */
const FRAMES_BEFORE_HELLO = 5;
/** How long a connection that was refused may take to close. */
const CLOSING_MS = 1000;

/** A connection whose hello was read. Exactly one of `admit` and `refuse` is to be called. */
export interface Guest {
  hello: HelloFrame;
  arrivedUs: number;
  /** It is let in: the connection belongs to the caller, who hears every further frame. */
  admit(): void;
  /** It is told why not, and its connection ends. */
  refuse(code: ErrorCode, detail: string): void;
}

/** Reads the hello of a connection that waits in the lobby. @param heard told once, in the turn of the event loop in which the hello came */
export function greet(ws: WebSocket, socket: Socket, lobby: Lobby, heard: (guest: Guest) => void): void {
  const before = new Allowance(0, FRAMES_BEFORE_HELLO);
  const refuse = (code: ErrorCode, detail: string): void => {
    lobby.leave(socket);
    ws.removeAllListeners('message');
    ws.send(JSON.stringify({ type: 'error', code, detail }));
    ws.close(4400, detail.slice(0, 100));
    setTimeout(() => ws.terminate(), CLOSING_MS).unref();
  };
  const pinged = (data: Buffer): void => (before.take() ? ws.pong(data) : ws.terminate());
  lobby.tellBy(socket, (why) => refuse('refused', why));
  ws.on('error', () => undefined); // a broken connection also closes, and close is what counts
  ws.on('ping', pinged);
  ws.on('pong', pinged);
  ws.once('message', (data: Buffer, isBinary: boolean) => {
    const arrivedUs = monotonicUs();
    if (isBinary) return refuse('malformed', 'binary frame; text frames of JSON are expected');
    if (data.length > LIMITS.maxFrameBytes)
      return refuse('oversized', `${data.length} bytes; at most ${LIMITS.maxFrameBytes} are accepted`);
    const reading = readAgentFrame(data.toString('utf8'));
    if (!reading.ok) return refuse(reading.code, `first frame: ${reading.detail}`);
    const hello = reading.frame;
    if (hello.type !== 'hello') return refuse('wrong-type', `first frame: hello is expected, got ${hello.type}`);
    const admit = (): void => {
      lobby.leave(socket);
      ws.off('ping', pinged);
      ws.off('pong', pinged);
    };
    heard({ hello, arrivedUs, admit, refuse });
  });
}
