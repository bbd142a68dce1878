/**
 * `tickbench endpoint serve` keeps the embedded engine on an OpenAI-compatible address; `tickbench endpoint check` says what an
 * endpoint can do and what it costs.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { checkEndpoint, MAX_CHECK_CALLS, type CheckReport, type CheckRow } from '../endpoints/check.js';
import type { ChatTarget } from '../endpoints/call.js';
import { EndpointError } from '../endpoints/errors.js';
import type { Json } from '../../envs/environment.js';
import { withVersion } from '../endpoints/address.js';
import { listModels, offered, readAddress } from '../endpoints/contact.js';
import { keyFrom, startEndpoint } from '../endpoints/start.js';
import { redact, redactJson } from '../host/secrets.js';
import { redraws, terminalColumns, wrapped } from '../report/text.js';
import { positive } from './values.js';

interface ServeOptions {
  model: string;
  precision: string;
  name?: string;
  host: string;
  port: number;
  threads: number;
  prefixCache: boolean;
  queue: number;
  sequences: number;
  kvTokens?: number;
  json?: boolean;
}

interface CheckCommandOptions {
  model?: string;
  keyEnv?: string;
  extra?: Record<string, unknown>;
  timeout: number;
  newTokenLimit?: boolean;
  keyHeader?: string;
  priceIn?: number;
  priceOut?: number;
  json?: boolean;
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`a whole number from ${min} to ${max}.`);
    return value;
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new InvalidArgumentError('a JSON object, such as {"chat_template_kwargs": {"enable_thinking": false}}.');
}

/** A precision map from the command line: a format's name, or a YAML file that is a map or holds one under `precision` or `endpoint.precision`. */
export function precisionArgument(text: string): string | Record<string, unknown> {
  if (!/\.(ya?ml|json)$/.test(text)) return text;
  if (!existsSync(text)) throw new EndpointError(`--precision: no file "${text}"`);
  const raw = parse(readFileSync(text, 'utf8')) as { precision?: unknown; endpoint?: { precision?: unknown } } | null;
  const found = raw?.endpoint?.precision ?? raw?.precision ?? raw;
  if (typeof found === 'string' || (typeof found === 'object' && found !== null)) return found as string | Record<string, unknown>;
  throw new EndpointError(`--precision: ${text} holds no precision map: a format's name, or {default, units}`);
}

function serveCommand(): Command {
  return new Command('serve')
    .description('serve a model with the embedded engine until interrupted')
    .requiredOption('--model <dir|name>', "a model's folder, or the name of one that ships with the project")
    .option(
      '--precision <format|file>',
      'bf16, fp8, fp4 or fp4-tensor for every linear layer, a YAML file with a precision map, or as-saved',
      'bf16',
    )
    .option('--name <name>', "the name requests give (default: the folder's name)")
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port, 0 for any free one', wholeNumber(0, 65535), 8000)
    .option('--threads <n>', 'computing threads: more than one only on cores that nothing else wants', wholeNumber(1, 64), 1)
    .option('--no-prefix-cache', 'compute every prompt anew')
    .option('--queue <n>', 'requests that may wait; one more is answered 429 with Retry-After', wholeNumber(0, 100_000), 32)
    .option(
      '--sequences <n>',
      'requests that are computed at once, 1 to 32: each takes longer than alone, all together less; answers are the same',
      wholeNumber(1, 32),
      1,
    )
    .option(
      '--kv-tokens <n>',
      'tokens of key-value memory that requests share, in blocks of 16 (default: the whole context of each of --sequences, in 1 GiB at most)',
      wholeNumber(16, 2 ** 31),
    )
    .option('--json', 'print the address and the summary as one line of JSON')
    .addHelpText(
      'after',
      [
        '',
        'Serves POST /v1/chat/completions and /v1/completions (streamed or whole; response_format json_schema and json_object,',
        'structured_outputs choice and regex; logprobs), GET /v1/models, /health, and /metrics for Prometheus.',
        'docs/embedded.md says what each takes.',
        '',
        'Example:',
        '  $ tickbench endpoint serve --model tb-1m --precision fp8 --port 8000',
        '  $ curl http://127.0.0.1:8000/v1/models',
      ].join('\n'),
    )
    .action(async (options: ServeOptions, command: Command) => {
      await failing(command, () => serve(options));
    });
}

async function serve(options: ServeOptions): Promise<void> {
  const { model, threads, prefixCache, name, host, port, queue: maxWaiting, sequences, kvTokens } = options;
  const precision = precisionArgument(options.precision) as string;
  const running = await startEndpoint(
    { kind: 'embedded', model, precision, threads, prefixCache },
    {
      ...{ name, host, port, maxWaiting, sequences, kvTokens },
      metrics: 'on',
    },
  );
  const { url, summary } = running;
  if (options.json) {
    console.log(JSON.stringify({ url, model: running.model, summary }));
  } else if (summary) {
    const megabytes = (summary.weightBytes / 1e6).toFixed(1);
    console.log(
      `${running.model} at ${url}: ${summary.label} (${summary.activations}), ${summary.bitsPerWeight.toFixed(2)} bits a weight, ${megabytes} MB; Ctrl-C ends it`,
    );
  }
  const notes = Array.isArray(summary?.notes) ? (summary.notes as unknown[]) : [];
  for (const note of notes) console.error(`note: ${String(note)}`);
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    void running.stop().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await running.exited;
  if (!stopping) throw new EndpointError(`the engine ${running.ended() ?? 'ended'}`);
}

function checkCommand(): Command {
  return new Command('check')
    .description(`try out what an endpoint can do; makes at most ${MAX_CHECK_CALLS} short calls`)
    .argument('<url>', 'the address, such as http://host:8000/v1')
    .option('--model <name>', 'the model (default: the only one the server lists)')
    .option('--key-env <variable>', 'the environment variable that holds the key')
    .option('--key-header <name>', 'the header that takes the key, such as api-key (default: Authorization: Bearer)')
    .option('--extra <json>', 'more fields of every request body, as a JSON object', jsonObject)
    .option('--timeout <ms>', 'for each call', wholeNumber(1, 3_600_000), 60_000)
    .option('--new-token-limit', 'begin with max_completion_tokens in place of max_tokens')
    .option('--price-in <amount>', 'price of 1000 prompt tokens, for the cost of the check', positive)
    .option('--price-out <amount>', 'price of 1000 answer tokens', positive)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ tickbench endpoint check http://host:8000/v1 --model Qwen/Qwen2.5-1.5B-Instruct\n  $ tickbench endpoint check https://api.example.com/v1 --model NAME --key-env EXAMPLE_API_KEY --json',
    )
    .action(async (url: string, options: CheckCommandOptions, command: Command) => {
      await failing(command, () => check(url, options));
    });
}

async function check(address: string, options: CheckCommandOptions): Promise<void> {
  const url = readAddress(address);
  const { keyHeader } = options;
  const at = { url, apiKey: keyFrom(options.keyEnv), ...(keyHeader === undefined ? {} : { keyHeader }) };
  const model = options.model ?? (await onlyModel(at));
  const target: ChatTarget = { ...at, model, extra: options.extra };
  if (!options.json) console.log(wrapped(redact(`${model} at ${url}: at most ${MAX_CHECK_CALLS} short calls`), terminalColumns()));
  const interactive = redraws(process.stderr);
  const clear = (): void => void (interactive && process.stderr.write('\r\x1b[K'));
  const report = await checkEndpoint(target, {
    timeoutMs: options.timeout,
    tokenLimitField: options.newTokenLimit ? 'max_completion_tokens' : 'max_tokens',
    keyEnv: options.keyEnv,
    prices: { inputPer1k: options.priceIn, outputPer1k: options.priceOut },
    onProbe: (feature) => interactive && process.stderr.write(`\r\x1b[K${feature}...`),
    say: (line) => {
      clear();
      process.stderr.write(`${wrapped(redact(line), terminalColumns(process.stderr))}\n`);
    },
  }).finally(clear);
  const clean = redactJson(report as unknown as Json) as unknown as CheckReport;
  const priced = options.priceIn !== undefined || options.priceOut !== undefined;
  console.log(options.json ? JSON.stringify(clean) : textOf(clean, priced, terminalColumns()));
  const tried = report.rows.filter(({ feature }) => !NO_TRIES.has(feature));
  if (tried.every(({ outcome }) => outcome === 'unknown'))
    throw new EndpointError('nothing that was tried was answered, so that it is not known what this server can do');
}

/** The server's only model. @throws EndpointError naming what the server offers */
async function onlyModel(at: Omit<ChatTarget, 'model'>): Promise<string> {
  const found = await listModels(at);
  const versioned = withVersion(at.url);
  const models = found ?? (versioned === undefined ? [] : ((await listModels({ ...at, url: versioned })) ?? []));
  const [only, ...others] = models;
  if (only === undefined) throw new EndpointError(`the server at ${at.url} lists no models: name one with --model`);
  if (others.length > 0)
    throw new EndpointError(`the server at ${at.url} has several models: name one with --model (${offered(models, '')})`);
  return only;
}

/** Rows of the first contact and of the account, which tell nothing of what was tried out after it. */
const NO_TRIES = new Set(['address and key', 'proxy', 'model name', 'request fields', 'stream']);

const OUTCOMES: Record<CheckRow['outcome'], string> = { works: 'works', not: 'DOES NOT', unknown: 'not known' };

/** The report for a terminal: a line for each feature, what was seen below it, and what belongs into a configuration. */
function textOf({ rows, spent, configuration }: CheckReport, priced: boolean, columns: number): string {
  const lines: string[] = [''];
  for (const { feature, outcome, ms, baselineMs, detail, costOf } of rows) {
    lines.push(`${OUTCOMES[outcome].padEnd(10)}${feature}`);
    lines.push(`            ${detail}`);
    const figures = `${ms === undefined ? '' : `${ms} ms`}${baselineMs === undefined ? '' : `, ${baselineMs} ms without`}`;
    if (costOf !== undefined && ms !== undefined) lines.push(`            ${figures}: ${costOf}`);
  }
  const cost = priced
    ? `, ${spent.cost.toFixed(6)} in money${spent.estimatedCalls > 0 ? ` (${spent.estimatedCalls} calls estimated)` : ''}`
    : '';
  lines.push('', `${spent.calls} calls made, ${spent.inputTokens} tokens in, ${spent.outputTokens} out${cost}`);
  const text = wrapped(lines.join('\n'), columns);
  if (configuration.length === 0) return text;
  return `${text}\n\n${'Lines for the configuration file:'}\n${configuration.map((line) => `  ${line}`).join('\n')}`;
}

/** Turns what a user can mend into one clear line and a status; anything else is a fault and is thrown. */
async function failing(command: Command, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (!(error instanceof EndpointError)) throw error;
    command.error(`error: ${error.message}`);
  }
}

/** The command with its verbs. */
export function endpointCommand(): Command {
  return new Command('endpoint').addCommand(serveCommand()).addCommand(checkCommand());
}
