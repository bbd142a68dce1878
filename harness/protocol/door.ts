/**
 * The first bytes of a connection. A request's header is read here, to a limit, and only then is the connection handed to the HTTP server, with
 * nothing else in it: one connection makes one request, and costs what one request costs, whatever its other end goes on to send.
 */
import type { Socket } from 'node:net';
import { refuseRequest } from './lobby.js';

/** Largest header of a request. */
export const MAX_HEADER_BYTES = 8192;

/** Reads a connection's first header and calls `handOn` when it is whole. What is no header, or too large a one, is refused in words. */
export function readHeader(socket: Socket, handOn: () => void): void {
  let read: Buffer = Buffer.alloc(0);
  const done = (): void => {
    socket.off('data', more);
    socket.pause();
  };
  const more = (chunk: Buffer): void => {
    read = read.length === 0 ? chunk : Buffer.concat([read, chunk]);
    const end = read.indexOf('\r\n\r\n');
    if (end < 0 && read.length <= MAX_HEADER_BYTES) return;
    done();
    if (end < 0 || end > MAX_HEADER_BYTES) {
      return refuseRequest(socket, 431, `the header of a request may have ${MAX_HEADER_BYTES} bytes`);
    }
    const header = read.subarray(0, end + 4);
    // What follows an upgrade's header are frames; what follows another request is not wanted.
    socket.unshift(/\r\nupgrade:/i.test(header.toString('latin1')) ? read : header);
    handOn();
    socket.resume();
  };
  socket.on('data', more);
}
