/**
 * PostgreSQL's wire protocol in front of an embedded database that knows one session only. Clients take turns: whoever sends a message has
 * the database until it is idle again, outside every transaction, so no statement of another client comes between.
 */
import { createServer, type Server, type Socket } from 'node:net';

/** Runs one message of a client and gives back what the database answers. */
export type Execute = (message: Uint8Array) => Promise<Uint8Array>;

/** Longest message that is taken, in bytes. */
const MOST_MESSAGE = 64 * 1024 * 1024;
/** How long a client may hold a transaction open without a word. */
const MOST_SILENCE_MS = 60_000;

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const TERMINATE = 'X'.charCodeAt(0);

/** The next whole message at the front of what a client sent; 0 bytes where it is not there yet. */
function messageLength(buffer: Buffer, isFirst: boolean): number {
  const at = isFirst ? 0 : 1;
  if (buffer.length < at + 4) return 0;
  const length = buffer.readInt32BE(at);
  if (length < 4 || length > MOST_MESSAGE) throw new Error(`a message of ${length} bytes; at most ${MOST_MESSAGE} are taken`);
  return buffer.length >= at + length ? at + length : 0;
}

/** Whether an answer ends by saying that the session is idle and in no transaction. */
function isIdle(answer: Uint8Array): boolean {
  const tail = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).subarray(-6);
  return tail.length === 6 && tail[0] === 0x5a && tail.readInt32BE(1) === 5 && tail[5] === 0x49;
}

/** `ROLLBACK` as a client sends it. */
function rollback(): Uint8Array {
  const text = 'ROLLBACK\0';
  const message = Buffer.alloc(5 + text.length);
  message.write('Q', 0);
  message.writeInt32BE(4 + text.length, 1);
  message.write(text, 5);
  return message;
}

/** Who has the database, and who waits for it. */
class Turns {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  async take(): Promise<void> {
    if (this.isTaken) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.isTaken = true;
  }

  give(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.isTaken = false;
  }
}

/** One client's connection: its messages one after another. */
async function converse(socket: Socket, execute: Execute, turns: Turns): Promise<void> {
  let buffer: Buffer = Buffer.alloc(0);
  let isFirst = true;
  let holds = false;
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
      for (let length: number; (length = messageLength(buffer, isFirst)) > 0;) {
        const message = buffer.subarray(0, length);
        buffer = buffer.subarray(length);
        if (isFirst) {
          const code = message.length >= 8 ? message.readInt32BE(4) : 0;
          if (code === CANCEL_REQUEST) return; // there is no other process to stop
          if (code === SSL_REQUEST || code === GSS_REQUEST) {
            socket.write('N');
            continue;
          }
          isFirst = false;
        } else if (message[0] === TERMINATE) return;
        if (!holds) {
          await turns.take();
          holds = true;
        }
        const answer = await execute(new Uint8Array(message));
        if (answer.length > 0 && socket.writable) socket.write(answer);
        if (isIdle(answer)) {
          holds = false;
          turns.give();
        }
        socket.setTimeout(holds ? MOST_SILENCE_MS : 0);
      }
    }
  } finally {
    socket.destroy();
    if (holds) {
      // It went in the middle of a transaction, or of a message's answer: nothing of it stays.
      await execute(rollback()).catch(() => undefined);
      turns.give();
    }
  }
}

/**
 * Serves an embedded database to clients that speak PostgreSQL's protocol; `connections` are those that are open.
 * @param onFewer told when a client has gone
 */
export function takeTurns(execute: Execute, onFewer: () => void): { server: Server; connections: ReadonlySet<Socket> } {
  const turns = new Turns();
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => undefined).on('timeout', () => socket.destroy());
    void converse(socket, execute, turns)
      .catch(() => socket.destroy())
      .finally(() => {
        connections.delete(socket);
        onFewer();
      });
  });
  return { server, connections };
}
