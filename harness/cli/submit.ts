/** `tickbench submit FOLDER --to URL`: makes a signed bundle of a sweep's folder and sends it to a board. */
import { Command } from 'commander';
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import { keepSecret, redact } from '../host/secrets.js';
import { printable } from '../protocol/printable.js';
import { terminalColumns, wrapped } from '../report/text.js';
import { writeBundle } from '../submission/bundle.js';
import { collect, readAbout } from '../submission/collect.js';
import { SubmissionError } from '../submission/errors.js';
import { makeKeys, readKeys, usualKeyFile, type Keys } from '../submission/keys.js';
import { PublishedPlans } from '../submission/terms.js';
import { UsageError } from './values.js';

interface SubmitFlags {
  to?: string;
  out?: string;
  as?: string;
  about?: string;
  plan?: string;
  plans?: string;
  key: string;
  tokenStdin?: boolean;
  wait: boolean;
  json?: boolean;
}

/** How often a board is asked whether it is through, in milliseconds. */
const ASK_EVERY_MS = 1000;
/** How often in a row a board may fail to say how far a submission is. */
const MOST_SILENT = 8;
/** Longest answer that is read, in bytes. */
const MOST_ANSWER = 32 * 1024 * 1024;

/** What a board answers about a submission; it may say more. */
const answerSchema = z.looseObject({
  id: z.string(),
  status: z.enum(['pending', 'verified', 'refused']),
  why: z.string().nullable(),
  entries: z.array(z.looseObject({ id: z.string(), task: z.string(), name: z.string(), status: z.string(), why: z.string().nullable() })),
});

type Answer = z.infer<typeof answerSchema>;

/** The verb, for the program that assembles them. */
export function submitCommand(): Command {
  return new Command('submit')
    .argument('<folder>', "a sweep's folder, such as results/quick")
    .option('--to <url>', "the board's address")
    .option('--out <file>', 'write the bundle here; without --to it is not sent')
    .option('--as <name>', 'who submits')
    .option('--about <file>', 'what you say of it: engine, kernel, hardware, price (docs/board.md)')
    .option('--plan <name>', 'the published plan that it was played by, where its folder does not tell')
    .option('--plans <folder>', 'published plans of the board beside those of the package')
    .option('--key <file>', 'the private key; at its usual place one is made where there is none', usualKeyFile())
    .option('--token-stdin', 'read the token from standard input; else from TICKBENCH_BOARD_TOKEN')
    .option('--no-wait', 'do not wait until it is verified')
    .option('--json', 'print what the board says as JSON')
    .addHelpText('after', '\nExample:\n  $ tickbench submit results/quick --to http://127.0.0.1:7070 --as "Ann Example"')
    .action(submit);
}

async function submit(folder: string, flags: SubmitFlags): Promise<void> {
  if (flags.to === undefined && flags.out === undefined) throw new UsageError('where to? accepted: --to URL, --out FILE, or both');
  const board = flags.to === undefined ? undefined : boardAddress(flags.to);
  const about = flags.about === undefined ? undefined : readAbout(flags.about);
  const name = flags.as ?? about?.submitter;
  if (name === undefined) throw new UsageError('who submits? accepted: --as NAME, or submitter: NAME in the file of --about');
  const keys = keysAt(flags.key);
  const token = flags.tokenStdin ? await fromStdin() : process.env.TICKBENCH_BOARD_TOKEN?.trim() || undefined;
  if (token !== undefined) keepSecret(token);
  const submitter = { name, contact: about?.contact, about, plan: flags.plan, key: keys.publicText, madeAt: new Date().toISOString() };
  const { manifest, paths } = await collect(folder, submitter, new PublishedPlans(flags.plans));
  const temporary = mkdtempSync(join(tmpdir(), 'tickbench-bundle-'));
  try {
    const path = flags.out ?? join(temporary, 'bundle.tar');
    await writeBundle(path, manifest, keys, (hash) => paths.get(hash)!);
    if (!board) return void process.stdout.write(flags.json ? `${JSON.stringify({ bundle: path })}\n` : `${path}\n`);
    let answer = await send(board, path, token);
    process.stderr.write(`received as submission ${answer.id}\n`);
    if (flags.wait) answer = await settled(board, answer, token);
    if (answer.status === 'refused' || answer.entries.some(({ status }) => status === 'refused')) process.exitCode = 1;
    process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : told(answer));
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The keys in a file. Whoever submits for the first time has none yet: they are made at the usual place, and at no other. @throws SubmissionError */
function keysAt(path: string): Keys {
  if (path !== usualKeyFile() || process.env.TICKBENCH_KEY !== undefined || existsSync(path)) return readKeys(path);
  const keys = makeKeys(path);
  process.stderr.write(`made your key, ${path}: keep it, it is who you are on a board\n`);
  return keys;
}

/** The API's address behind what a user writes. @throws UsageError */
function boardAddress(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new UsageError(`--to "${text}": accepted: http://HOST:PORT or https://HOST`);
  const url = new URL(text);
  if (url.username !== '' || url.password !== '')
    throw new UsageError('--to: an address with a user or a password; a token comes by TICKBENCH_BOARD_TOKEN or --token-stdin');
  return `${url.origin}${url.pathname.replace(/\/(?:api\/v1\/?)?$/, '')}/api/v1`;
}

async function fromStdin(): Promise<string> {
  let text = '';
  for await (const part of process.stdin.setEncoding('utf8')) if ((text += String(part)).length > 4096) break;
  const token = text.trim();
  if (token === '' || token.length > 4096) throw new UsageError('--token-stdin: a token is expected on standard input');
  return token;
}

function send(board: string, path: string, token: string | undefined): Promise<Answer> {
  return ask(`${board}/submissions`, 'POST', token, path);
}

/** Waits until a submission that was received is no longer pending: a board that does not answer for a while is asked again. @throws SubmissionError */
async function settled(board: string, received: Answer, token: string | undefined): Promise<Answer> {
  let answer = received;
  for (let silent = 0; answer.status === 'pending';) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS * 2 ** Math.min(silent, 5)));
    try {
      const { why } = answer;
      answer = await ask(`${board}/submissions/${received.id}`, 'GET', token);
      silent = 0;
      if (answer.status === 'pending' && answer.why !== null && answer.why !== why) process.stderr.write(`${printable(answer.why)}\n`);
    } catch (error) {
      const isSilent = !(error instanceof AnswerError) || error.status >= 500 || error.status === 429;
      if (isSilent && ++silent < MOST_SILENT) continue;
      throw new SubmissionError(
        `submission ${received.id} was received, but what became of it could not be asked: ${(error as Error).message}`,
      );
    }
  }
  return answer;
}

/** A board's answer that is a refusal. */
class AnswerError extends SubmissionError {
  constructor(
    readonly status: number,
    why: string,
  ) {
    super(`the board refuses (${status}): ${why}`);
  }
}

/** @throws AnswerError in the board's own words when it refuses, SubmissionError when it does not answer */
async function ask(url: string, method: 'GET' | 'POST', token: string | undefined, path?: string): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(path === undefined ? {} : { 'content-type': 'application/x-tar', 'content-length': String(statSync(path).size) }),
  };
  try {
    const { statusCode, body } = await request(url, { method, headers, body: path === undefined ? null : createReadStream(path), headersTimeout: 600_000 }); // prettier-ignore
    let text = '';
    for await (const part of body.setEncoding('utf8')) if ((text += String(part)).length > MOST_ANSWER) break;
    const json: unknown = text.startsWith('{') ? JSON.parse(text) : undefined;
    if (statusCode >= 400) {
      const why = z.looseObject({ error: z.looseObject({ message: z.string() }) }).safeParse(json);
      throw new AnswerError(statusCode, printable(redact(why.success ? why.data.error.message : text.slice(0, 300))));
    }
    return answerSchema.parse(json);
  } catch (error) {
    if (error instanceof SubmissionError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      error instanceof z.ZodError || error instanceof SyntaxError
        ? 'what answers there is no board'
        : redact(message || code || String(error));
    throw new SubmissionError(`${url}: ${why}`);
  }
}

function told({ id, status, why, entries }: Answer): string {
  const lines = [`Submission ${id} is ${status}${why === null ? '' : `: ${why}`}.`];
  for (const entry of entries)
    lines.push(`${entry.task} ${entry.name}: ${entry.status}${entry.why === null ? '' : `: ${entry.why}`} (entry ${entry.id})`);
  return `${wrapped(printable(lines.join('\n')), terminalColumns())}\n`;
}
