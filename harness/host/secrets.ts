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

/** A key so long is no word: it is cut in large and small letters alike, and where only its end is shown. */
const NO_WORD = 12;

/** Small letters for large ones, of ASCII alone, so that every character stays in its place. */
const small = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** One way in which a key is written, and what tells it where a text shows only a part. */
interface Form {
  whole: string;
  /** Half of it, or its first 12 characters: all that is left where a text was shortened in its middle. */
  beginning: string;
  /** The same at its end, for texts that show only that; none of a key that may be a word. */
  end?: string;
  /** Large and small letters are the same. */
  folded: boolean;
}

/** The keys this process knows, in every form in which a server may echo them. */
let known: Form[] = [];
/** Those that were told: every call tells its key anew. */
const told = new Set<string>();

/** From now on this value is cut out of every text, also as base64, in hexadecimal, in an address, or in JSON. Placeholders are not. */
export function keepSecret(secret: string): void {
  if (told.has(secret) || secret.length < SHORTEST || PLACEHOLDERS.has(secret.toLowerCase()) || /^(.)\1*$/.test(secret)) return;
  told.add(secret);
  const hex = Buffer.from(secret).toString('hex');
  const writings = new Set([secret, ...base64Of(secret), hex, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  known = [...known, ...[...writings].map(formOf)];
}

/**
 * A text in base64, alone and as a part of a longer one, as `user:key` and `Bearer key` are: there its first byte stands first, second or
 * third of three, and what its neighbours have a share in is left out.
 */
function base64Of(secret: string): string[] {
  const within = [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    const from = Math.ceil((before * 4) / 3);
    return bytes.toString('base64').slice(from, Math.floor((bytes.length * 4) / 3));
  });
  const plain = [Buffer.from(secret).toString('base64'), ...within].filter((text) => text.length >= SHORTEST);
  return plain.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

function formOf(written: string): Form {
  const folded = written.length >= NO_WORD;
  const whole = folded ? small(written) : written;
  const half = Math.min(12, Math.ceil(whole.length / 2));
  const beginning = whole.slice(0, Math.max(SHORTEST, half));
  return { whole, beginning, folded, ...(folded ? { end: whole.slice(-Math.max(8, half)) } : {}) };
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
  // hf_quant_config.json is a file beside quantised weights, not a key of Hugging Face.
  /()\b(?!hf_quant_config\.json\b)(?:hf_|gsk_|xai-|nvapi-|r8_|ghp_|github_pat_|pplx-|csk-|fw_|tgp_v1_|AIza|AKIA|ya29\.)[A-Za-z0-9_.-]{12,}/g,
  /()\beyJ[A-Za-z0-9_-]{8,2000}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?/g,
];

/** Where a key stands in a text: whole, or its beginning or its end where the rest was left out. */
function* placesOf(text: string, { whole, beginning, end: ending }: Form): Generator<[number, number]> {
  for (let at = text.indexOf(beginning); at >= 0;) {
    let end = at + beginning.length;
    while (end - at < whole.length && text[end] === whole[end - at]) end++;
    yield [at, end];
    at = text.indexOf(beginning, end);
  }
  if (ending === undefined) return;
  for (let at = text.indexOf(ending); at >= 0; at = text.indexOf(ending, at + ending.length)) {
    let begin = at;
    const from = at + ending.length - whole.length;
    while (begin > 0 && begin > from && text[begin - 1] === whole[begin - 1 - from]) begin--;
    yield [begin, at + ending.length];
  }
}

/**
 * The text without the keys that stand in `plain`, which is the text without its escapes. All forms of all keys are looked for in the same text,
 * and places that overlap are cut as one: cutting one form's beginning first would leave the rest of another behind.
 * @param placeOf where in the text a character of `plain` begins and ends
 */
function withoutKnown(text: string, plain: string, placeOf: (index: number) => [number, number]): string {
  const letters = small(plain);
  const places = known.flatMap((form) => [...placesOf(form.folded ? letters : plain, form)]);
  if (places.length === 0) return text;
  places.sort(([a], [b]) => a - b);
  let clean = '';
  let cutTo = 0;
  for (const [from, to] of places) {
    const begin = placeOf(from)[0];
    if (begin >= cutTo) clean += text.slice(cutTo, begin) + CUT;
    cutTo = Math.max(cutTo, placeOf(to - 1)[1]);
  }
  return clean + text.slice(cutTo);
}

/**
 * One character written in another way: in JSON (`\/`, `\u002B`, however often it was quoted), in an address (`%2B`), in a page (`&#43;`), full
 * width; or none: what is not seen, and a line's end with what indents the next line, also quoted, where a long word was folded.
 */
const ESCAPED =
  // eslint-disable-next-line no-control-regex -- a character that is not seen would hide a key that is
  /\\+u([0-9a-f]{4})|\\+(["'/\\])|%([0-9a-f]{2})|&#x0*([0-9a-f]{1,5});|&#0*(\d{1,6});|([\uff01-\uff5e])|(?:[\r\n]|\\+[rn])+[ \t]*|[\0-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b-\u200f\u2060-\u2064\ufeff]+/gi;

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
    const [, json, quoted, address, hex, decimal, wide] = match;
    addAll(done, match.index);
    const end = match.index + match[0].length;
    const digits = json ?? address ?? hex;
    const code = decimal === undefined ? digits && parseInt(digits, 16) : Number(decimal);
    if (quoted !== undefined) add(quoted, match.index, end);
    else if (wide !== undefined) add(String.fromCharCode(wide.charCodeAt(0) - 0xfee0), match.index, end);
    else if (typeof code === 'number') add(String.fromCharCode(code & 0xffff), match.index, end);
    done = end;
  }
  if (done === 0) return text;
  addAll(done, text.length);
  return withoutKnown(text, plain, (index) => [begins[index]!, ends[index]!]);
}

/** What is in every text that one of the shapes fits: most texts have nothing of it, and are not looked at shape by shape. */
const SUSPECT = /:\/\/|[=:]|\b(?:bearer|basic)\s|[a-z0-9][-_]|\b(?:AIza|AKIA|ya29|eyJ)/i;

/** The text without keys. Cut first and shorten afterwards, or the rest of a key stays behind. */
export function redact(text: string): string {
  // The escaped ones first: the beginning of one would be taken for one that was shortened.
  let clean = text;
  if (known.length > 0) {
    clean = withoutEscaped(clean);
    clean = withoutKnown(clean, clean, (index) => [index, index + 1]);
  }
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
  told.clear();
}
