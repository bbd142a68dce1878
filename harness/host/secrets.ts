/**
 * Keeps keys out of everything that is written or printed. Whoever reads a key tells it here (`keepSecret`), and every text that comes from
 * a server or goes into a trace, a report or a terminal passes through `redact`: servers echo keys in errors, in answers and in addresses.
 */
import type { Json } from '../../envs/environment.js';

/** What stands in a key's place. */
export const CUT = '[key]';

/** A shorter value is a placeholder (`none`, `x`), and cutting it out of every text would only garble them. */
const SHORTEST = 6;

/** What people write where a server wants a key and does not look at it. */
const PLACEHOLDERS = new Set([
  'ollama',
  'lm-studio',
  'no-key',
  'no-key-required',
  'sk-no-key-required',
  'nokey',
  'not-needed',
  'placeholder',
]);

/** The keys this process knows, in every form in which a server may echo them; the longest first, since one may hold another. */
let known: string[] = [];

/** From now on this value is cut out of every text, also as base64, in an address, or in JSON. Placeholders are not. */
export function keepSecret(secret: string): void {
  if (secret.length < SHORTEST || PLACEHOLDERS.has(secret.toLowerCase()) || /^(.)\1*$/.test(secret)) return;
  const forms = [secret, Buffer.from(secret).toString('base64'), encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
  known = [...new Set([...known, ...forms])].sort((a, b) => b.length - a.length);
}

const SECRET_NAME = String.raw`(?:x-)?(?:goog-)?api[-_]?key|apikey|access[-_]?key|access[-_]?token|auth[-_]?token|client[-_]?secret|secret|password|passwd|signature|sig`;

/** What looks like a key though nobody told it: vendors' own shapes, headers, and parts of addresses. `$1` is kept. */
const SHAPES: readonly RegExp[] = [
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"'<>]+(?=@)/gi,
  new RegExp(String.raw`([?&](?:${SECRET_NAME}|key|token|auth|code)=)[^&\s"'<>#]+`, 'gi'),
  /(\b(?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:bearer |basic |token )?)[^\s"',;]{6,}/gi,
  new RegExp(String.raw`(\b(?:${SECRET_NAME})["']?\s{0,4}[:=]\s{0,4}["']?)[^\s"',;&]{6,}`, 'gi'),
  /(\b(?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{12,}/gi,
  /()\b(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}/g,
  /()\b(?:hf_|gsk_|xai-|nvapi-|r8_|ghp_|github_pat_|pplx-|csk-|fw_|tgp_v1_|AIza|AKIA|ya29\.)[A-Za-z0-9_.-]{12,}/g,
  /()\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
];

/** A key so long is no word: it is cut in large and small letters alike. */
const NO_WORD = 12;

/** Small letters for large ones, of ASCII alone, so that every character stays in its place. */
const small = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** Where a key stands in a text: whole, or its beginning where a text was shortened in the middle of it: half of it, or its first 12 characters. */
function* placesOf(written: string, key: string): Generator<[number, number]> {
  const [text, secret] = key.length < NO_WORD ? [written, key] : [small(written), small(key)];
  const part = secret.slice(0, Math.max(SHORTEST, Math.min(12, Math.ceil(secret.length / 2))));
  for (let at = text.indexOf(part); at >= 0;) {
    let end = at + part.length;
    while (end - at < secret.length && text[end] === secret[end - at]) end++;
    yield [at, end];
    at = text.indexOf(part, end);
  }
}

function without(text: string, secret: string): string {
  let clean = '';
  let done = 0;
  for (const [from, to] of placesOf(text, secret)) {
    clean += text.slice(done, from) + CUT;
    done = to;
  }
  return done === 0 ? text : clean + text.slice(done);
}

/**
 * One character written in another way: in JSON (`\/`, `\u002B`, however often it was quoted), in an address (`%2B`), in a page (`&#43;`);
 * or none: a line's end with what indents the next line, also quoted, where a long word was folded.
 */
const ESCAPED = /\\+u([0-9a-f]{4})|\\+(["'/\\])|%([0-9a-f]{2})|&#x0*([0-9a-f]{1,5});|&#0*(\d{1,6});|(?:[\r\n]|\\+[rn])+[ \t]*/gi;

/** The text without the keys that stand in it folded or with some of their characters escaped, which are not found letter by letter. */
function withoutEscaped(text: string): string {
  let plain = '';
  /** Where in the text each character of `plain` begins and ends. */
  const begins: number[] = [];
  const ends: number[] = [];
  const add = (character: string, from: number, to: number): void => {
    begins.push(from);
    ends.push(to);
    plain += character;
  };
  const addAll = (from: number, to: number): void => {
    for (let i = from; i < to; i++) add(text[i]!, i, i + 1);
  };
  let done = 0;
  for (const match of text.matchAll(ESCAPED)) {
    const [, json, quoted, address, hex, decimal] = match;
    addAll(done, match.index);
    const end = match.index + match[0].length;
    const digits = json ?? address ?? hex;
    const code = decimal === undefined ? digits && parseInt(digits, 16) : Number(decimal);
    if (quoted !== undefined) add(quoted, match.index, end);
    else if (typeof code === 'number') add(String.fromCharCode(code & 0xffff), match.index, end);
    done = end;
  }
  if (done === 0) return text;
  addAll(done, text.length);
  let clean = '';
  let cutTo = 0;
  // In order, and a form that stands within another is cut with it.
  for (const [from, to] of known.flatMap((secret) => [...placesOf(plain, secret)]).sort(([a], [b]) => a - b)) {
    const [begin, end] = [begins[from]!, ends[to - 1]!];
    if (begin >= cutTo) clean += text.slice(cutTo, begin) + CUT;
    cutTo = Math.max(cutTo, end);
  }
  return clean + text.slice(cutTo);
}

/** What is in every text that one of the shapes fits: most texts have nothing of it, and are not looked at shape by shape. */
const SUSPECT = /:\/\/|[=:]|\b(?:bearer|basic)\s|[a-z0-9][-_]|\b(?:AIza|AKIA|ya29|eyJ)/i;

/** The text without keys. Cut first and shorten afterwards, or the rest of a key stays behind. */
export function redact(text: string): string {
  // The escaped ones first: the beginning of one would be taken for one that was shortened.
  let clean = known.length > 0 ? withoutEscaped(text) : text;
  for (const secret of known) clean = without(clean, secret);
  if (!SUSPECT.test(clean)) return clean;
  for (const shape of SHAPES) clean = clean.replace(shape, `$1${CUT}`);
  return clean;
}

/** Names of fields whose value is a secret whatever it looks like. The name of an environment variable (`keyEnv`) is not. */
const SECRET_FIELD = new RegExp(`^(?:${SECRET_NAME}|key|token|authorization|proxy-authorization|bearer)$`, 'i');

/** A JSON value without keys: in texts, under names that say so, and in names. */
export function redactJson<T extends Json>(value: T): T;
export function redactJson(value: Json): Json {
  if (typeof value === 'string') return redact(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((each) => redactJson(each));
  return Object.fromEntries(
    Object.entries(value).map(([name, each = null]) => [
      redact(name),
      SECRET_FIELD.test(name) && typeof each === 'string' && each !== '' ? CUT : redactJson(each),
    ]),
  );
}

/** Forgets every key: for tests. */
export function forgetSecrets(): void {
  known = [];
}
