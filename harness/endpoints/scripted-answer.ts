/** A streamed chat completion written down beforehand, and as much HTTP as it takes: a server of Node's own adds half a millisecond to each. */

/** One event of the stream, as a chunk of the response's body. */
function event(data: string): string {
  const line = `data: ${data}\n\n`;
  return `${Buffer.byteLength(line).toString(16)}\r\n${line}\r\n`;
}

function completion(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return event(JSON.stringify({ id: 'scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices }));
}

/** The bytes of an answer: what comes before the first piece, each piece, and what comes behind the last. */
export interface WrittenAnswer {
  head: string;
  pieces: readonly string[];
  end: string;
}

export function writtenAnswer(pieces: readonly string[]): WrittenAnswer {
  return {
    head: 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n',
    pieces: pieces.map((content) => completion({ content }, null)),
    end: `${completion({}, 'stop')}${event('[DONE]')}0\r\n\r\n`,
  };
}

/** Cuts a text into at most so many pieces of about the same length. */
export function inPieces(text: string, count: number): string[] {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
}

/** Length of a request's head and body in bytes; null while it has not come whole. */
export function requestLength(text: string): number | null {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return null;
  const body = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head))?.[1] ?? 0);
  return text.length >= head + 4 + body ? head + 4 + body : null;
}
