/**
 * What a server says when it refuses: whatever the shape of its body, one short line without keys.
 */
import { redact } from '../host/secrets.js';

/** Most characters kept of what a server says. */
const SHOWN = 300;

/** Fields that say why, in the order in which they are looked for. */
const REASONS = [
  'message',
  'error',
  'detail',
  'details',
  'errors',
  'msg',
  'reason',
  'error_description',
  'description',
  'title',
  'error_message',
  'errorMessage',
  'text',
  'code',
  'type',
];

/** Control characters, the escapes of terminals among them, and runs of white space. */
// eslint-disable-next-line no-control-regex -- taking them out is the point: a server's words go to a terminal
const UNPRINTABLE = /(?:\u001b\[[0-9;?]*[ -/]*[@-~])|[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g;

/** One line of at most `limit` characters, safe to print: no escapes, no line ends, no keys. */
export function oneLine(text: string, limit = SHOWN): string {
  const line = redact(text.slice(0, 16 * 1024))
    .replace(UNPRINTABLE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > limit ? `${line.slice(0, limit - 3)}...` : line;
}

/** The reason in a body: JSON of any shape, a web page, or plain text. Empty when there is none. */
export function reasonIn(body: string): string {
  const text = body.trim();
  if (/^[[{"]/.test(text)) {
    try {
      return oneLine(reasonOf(JSON.parse(text) as unknown));
    } catch {
      return oneLine(text);
    }
  }
  if (text.startsWith('<')) return oneLine(pageText(text));
  return oneLine(text);
}

/** The reason in a value: what it says under one of the usual names, with the place it is about; else the value itself as JSON. */
export function reasonOf(value: unknown): string {
  return search(value, 6) ?? (value === undefined || value === null ? '' : JSON.stringify(value));
}

function search(value: unknown, depth: number): string | undefined {
  if (typeof value === 'string') return unwrapped(value, depth);
  if (typeof value !== 'object' || value === null || depth === 0) return undefined;
  if (Array.isArray(value)) {
    const said = value.slice(0, 3).map((each) => search(each, depth - 1));
    return said.filter((each) => each !== undefined).join('; ') || undefined;
  }
  const fields = value as Record<string, unknown>;
  const name = REASONS.find((each) => search(fields[each], depth - 1) !== undefined);
  if (name === undefined) return undefined;
  const about = place(fields);
  const why = search(fields[name], depth - 1)!;
  const raw =
    (fields.metadata as { raw?: unknown } | undefined)?.raw ?? (fields.error as { metadata?: { raw?: unknown } } | null)?.metadata?.raw;
  const behind = raw === undefined ? undefined : search(raw, depth - 1);
  return `${about === undefined || why.split(/[^\w.]+/).includes(about) ? '' : `${about}: `}${why}${behind === undefined || why.includes(behind) ? '' : ` (${behind})`}`;
}

/** The field that a refusal is about: FastAPI's `loc`, OpenAI's `param`. */
function place({ loc, param }: Record<string, unknown>): string | undefined {
  if (Array.isArray(loc)) return loc.filter((each) => each !== 'body').join('.') || undefined;
  return typeof param === 'string' && param !== '' ? param : undefined;
}

/** A reason that is itself JSON in a string, as gateways pass on what they were told. */
function unwrapped(text: string, depth: number): string | undefined {
  if (text.trim() === '') return undefined;
  if (depth > 0 && /^\s*[[{]/.test(text)) {
    try {
      return search(JSON.parse(text), depth - 1) ?? text;
    } catch {
      return text;
    }
  }
  return text;
}

/** A web page's words: its title, else all that is no markup. */
function pageText(page: string): string {
  const words = (html: string): string =>
    html
      .replace(/<(script|style)[\s\S]*?(?:<\/\1>|$)/gi, ' ')
      .replace(/<[^>]*>/g, ' ')
      .replace(/&nbsp;/g, ' ')
      .replace(/&lt;/g, '<')
      .replace(/&gt;/g, '>')
      .replace(/&quot;/g, '"')
      .replace(/&amp;/g, '&')
      .trim();
  const title = /<title[^>]*>([\s\S]*?)<\/title>/i.exec(page)?.[1] ?? '';
  const heading = /<h1[^>]*>([\s\S]*?)<\/h1>/i.exec(page)?.[1] ?? '';
  const said = [words(title), words(heading)].filter((each, i, all) => each !== '' && all.indexOf(each) === i);
  return `a web page: ${said.join(': ') || words(page)}`;
}

/** How long a server asks to be left alone, in milliseconds from `nowMs` (Unix time): a number of seconds or a date; undefined when it does not say. */
export function retryAfterMs(header: (name: string) => string | undefined, nowMs: number): number | undefined {
  const exact = header('retry-after-ms');
  if (exact !== undefined && exact !== '' && Number(exact) >= 0) return Number(exact);
  const said = header('retry-after')?.trim();
  if (said === undefined || said === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(said)) return Number(said) * 1000;
  const date = Date.parse(said);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
