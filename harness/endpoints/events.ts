/**
 * Reads the body of an answer as servers really send it: server-sent events in any of their line ends, with comments and unknown names
 * between them, without a last blank line; lines of JSON; or one JSON object where a stream was asked for.
 */
import { createParser } from 'eventsource-parser';
import { isJson } from '../host/json.js';

/** Most characters of one event, and bytes of one answer: a body without an end must not fill the memory. */
const LONGEST_EVENT = 8 * 1024 * 1024;
const LONGEST_BODY = 64 * 1024 * 1024;

/** What stands in a body: an event's data with its name, or something that is none, with its words where it has any. */
export type BodyEvent =
  { kind: 'data'; text: string; name?: string } | { kind: 'other'; what: string; words?: string } | { kind: 'page'; text: string };

/** A body that cannot be an answer: too long. */
export class BodyError extends Error {
  override name = 'BodyError';
}

/** Splits a body, given piece by piece as it arrives, into what stands in it. `on` is told each thing as soon as it is whole. */
export class BodyReader {
  private readonly decoder = new TextDecoder();
  private bytes = 0;
  private beginning = '';
  private form: { feed(text: string): void; end(): void } | undefined;

  constructor(private readonly on: (event: BodyEvent) => void) {}

  /** Takes the next bytes. @throws BodyError */
  feed(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.bytes > LONGEST_BODY) throw new BodyError(`the answer is over ${LONGEST_BODY / 2 ** 20} MB long`);
    this.take(this.decoder.decode(bytes, { stream: true }));
  }

  /** The body is over: what has no line end or blank line after it counts as well. */
  end(): void {
    this.take(this.decoder.decode());
    this.form?.end();
  }

  /** The first character tells the form: events begin with a name or a colon, JSON with a bracket, web pages with `<`. */
  private take(text: string): void {
    if (text === '') return;
    if (!this.form) {
      this.beginning += text;
      const first = this.beginning.trimStart()[0];
      if (first === undefined) return;
      this.form = first === '{' || first === '[' ? jsonLines(this.on) : first === '<' ? page(this.on) : serverSentEvents(this.on);
      text = this.beginning;
    }
    this.form.feed(text);
  }
}

function serverSentEvents(on: (event: BodyEvent) => void): { feed(text: string): void; end(): void } {
  const parser = createParser({
    maxBufferSize: LONGEST_EVENT,
    onEvent: ({ data, event }) => on({ kind: 'data', text: data, name: event }),
    onComment: () => on({ kind: 'other', what: 'comments' }),
    onError: ({ type, line, message }) => {
      if (type === 'max-buffer-size-exceeded') throw new BodyError(`an event of the stream is over ${LONGEST_EVENT / 2 ** 20} MB long`);
      // A line of JSON without `data:` before it, or with blanks before that, may be a piece of the answer.
      const json = /^[\s\0]*(?:data\s*:?\s*)?(?=[[{])/.exec(line ?? '');
      if (json) return on({ kind: 'data', text: line!.slice(json[0].length) });
      const error = /^\s*error\s*:\s*(.*)/i.exec(line ?? '')?.[1];
      if (error !== undefined) {
        const text = isJson(error) ? error : JSON.stringify({ message: error });
        return on({ kind: 'data', text, name: 'error' });
      }
      on({ kind: 'other', what: type === 'unknown-field' ? 'lines that are no event' : message, words: line });
    },
  });
  return { feed: (text) => parser.feed(text), end: () => parser.feed('\n\n') };
}

/** JSON values: each on a line of its own, or one over many lines. */
function jsonLines(on: (event: BodyEvent) => void): { feed(text: string): void; end(): void } {
  let held = '';
  const line = (text: string): void => {
    held = held === '' ? text : `${held}\n${text}`;
    if (held.trim() === '') held = '';
    // Only a line that may close the value is tried: a value over many lines would be parsed once for each of them.
    else if (/^[\]}]/.test(text) || !/^\s/.test(text)) {
      if (!isJson(held)) return;
      on({ kind: 'data', text: held });
      held = '';
    }
  };
  let rest = '';
  return {
    feed(text) {
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop()!;
      if (rest.length + held.length > LONGEST_EVENT) throw new BodyError(`a line of the answer is over ${LONGEST_EVENT / 2 ** 20} MB long`);
      lines.forEach(line);
    },
    end() {
      line(rest);
      if (held !== '') on({ kind: 'data', text: held });
    },
  };
}

function page(on: (event: BodyEvent) => void): { feed(text: string): void; end(): void } {
  let text = '';
  return {
    feed(more) {
      if (text.length < 16 * 1024) text += more;
    },
    end: () => on({ kind: 'page', text }),
  };
}
