/**
 * How somebody on the same machine asks a running match for something: a local socket that only its owner may open, found by the match's id. It carries
 * one line of JSON each way, and who closes it takes back what was asked. Nothing of it is reachable from the network.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { explain } from '../protocol/frames.js';
import type { Checkpointable } from './checkpoints.js';

/** Longest line, in characters. */
const MOST_CHARACTERS = 16_384;
/** How long a match may take until it is quiet: an answer may be waited for as long as its time limit. */
const ANSWER_MS = 300_000;

/** A match that cannot be asked, or does not do what it is asked. */
export class ControlError extends Error {
  override name = 'ControlError';
}

const ask = z.strictObject({ do: z.literal('checkpoint'), path: z.string().min(1).max(4096).optional(), stop: z.boolean() });
const reply = z.union([z.strictObject({ path: z.string(), at: z.int(), digest: z.string() }), z.strictObject({ error: z.string() })]);

export type ControlAsk = z.infer<typeof ask>;
export type ControlReply = Exclude<z.infer<typeof reply>, { error: string }>;

/**
 * Listens for what the match of this id is asked. @param usualPath where a checkpoint goes for which no place is named @returns what ends it
 * @throws ControlError when there is no private place for the socket, or another match of this id is listening
 */
export async function listenForControl(id: string, match: Checkpointable, usualPath: string): Promise<() => void> {
  const path = socketOf(id);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const gone = new AbortController();
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      gone.abort();
    });
    socket.on('error', () => socket.destroy());
    readLine(socket)
      .then(async (line) => {
        const parsed = ask.safeParse(JSON.parse(line));
        if (!parsed.success) throw new ControlError(explain(parsed.error));
        return await match.checkpoint(parsed.data.path ?? usualPath, parsed.data.stop, gone.signal);
      })
      .then(
        (taken) => socket.end(`${JSON.stringify(taken)}\n`),
        (error: Error) => socket.end(`${JSON.stringify({ error: error.message })}\n`),
      );
  });
  server.unref();
  if (await isAnswered(path))
    throw new ControlError(`${id} is being played on this machine already, in another process, which is found by this id`);
  rmSync(path, { force: true }); // what a process that was killed has left
  await listening(server, path);
  return () => {
    server.close();
    for (const socket of sockets) setTimeout(() => socket.destroy(), 1000).unref();
  };
}

/** Asks the running match of this id, and waits until it is quiet, `waitMs` at most. @throws ControlError when there is none, or it says no */
export async function askMatch(id: string, asked: ControlAsk, waitMs = ANSWER_MS): Promise<ControlReply> {
  const socket = connect(socketOf(id));
  try {
    await new Promise<void>((done, fail) => {
      socket.once('connect', () => done());
      socket.once('error', () =>
        fail(
          new ControlError(
            `no match ${id} is being played by you on this machine; accepted: the id of a running match, or its trace, as \`tickbench run\` names it`,
          ),
        ),
      );
    });
    socket.setTimeout(waitMs, () =>
      socket.destroy(new ControlError(`the match did not answer within ${waitMs / 1000} s; what was asked of it is taken back`)),
    );
    socket.write(`${JSON.stringify(asked)}\n`);
    const said = reply.safeParse(JSON.parse(await readLine(socket)));
    if (!said.success) throw new ControlError(`the match answered what it should not: ${explain(said.error)}`);
    if ('error' in said.data) throw new ControlError(said.data.error);
    return said.data;
  } finally {
    socket.destroy();
  }
}

/** Whether somebody listens at a socket. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(path);
    socket.once('connect', () => done(true)).once('error', () => done(false));
    socket.once('connect', () => socket.destroy());
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error) => fail(new ControlError(`${path}: ${error.message}`)));
    server.listen(path, () => done());
  });
}

function readLine(socket: Socket): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) done(text.slice(0, end));
      else if (text.length > MOST_CHARACTERS) fail(new ControlError(`over ${MOST_CHARACTERS} characters without an end of line`));
    });
    socket.once('close', () => fail(new ControlError('the connection ended before a whole line')));
    socket.once('error', (error) => fail(error));
  });
}

/** Where the socket of a match lies, by its id. @throws ControlError when somebody else may open that folder */
function socketOf(id: string): string {
  const name = `${createHash('sha256').update(id).digest('hex').slice(0, 24)}.sock`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\tickbench-${name}`;
  const folder = join(tmpdir(), `tickbench-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  if (!lstatSync(folder).isDirectory() || uid !== userInfo().uid || (mode & 0o077) !== 0)
    throw new ControlError(`${folder}: others may write there; accepted: a folder of your own, closed to others`);
  return join(folder, name);
}
