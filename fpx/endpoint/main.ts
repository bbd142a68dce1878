/**
 * The embedded endpoint's process: `node dist/fpx/endpoint/main.js --model DIR --precision fp8`.
 *
 * Prints one line of JSON when it is ready, `{"ready":true,"url":...,"name":...,"summary":{...}}`, and nothing else on stdout. Ends
 * when its stdin closes, so that it never outlives the process that started it, on SIGTERM, and with status 1 when a computing thread is lost.
 *
 * With `--identify` it loads and serves nothing: it prints `{"identity":...,"files":{...},"precision":...,"engine":...}` (see
 * ../checkpoint/identity.ts; `identity` is what a serving engine tells as `summary.identity` and in `GET /v1/models`) and ends.
 */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { identify } from '../checkpoint/identity.js';
import { parsePrecision, type PrecisionChoice } from '../formats/precision.js';
import { MOST_SEQUENCES } from '../model/batch-transformer.js';
import { BLOCK_TOKENS } from '../model/block-pool.js';

const USAGE = `usage: node main.js --model DIR [--precision bf16|fp8|fp4|fp4-tensor|as-saved|JSON] [--name NAME] [--host ADDRESS] [--port N]
               [--threads N] [--prefix-cache on|off] [--max-waiting N] [--metrics on|off]
               [--sequences N] [--kv-tokens N] [--identify]`;

const wholeNumber = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const argumentsSchema = z.object({
  model: z.string('--model DIR is needed'),
  name: z.string().min(1).optional(),
  precision: z.string().default('bf16'),
  host: z.string().default('127.0.0.1'),
  port: wholeNumber(0, 65535).default(0),
  threads: wholeNumber(1, 64).default(1),
  'prefix-cache': z.enum(['on', 'off']).default('on'),
  'max-waiting': wholeNumber(0, 100_000).default(32),
  metrics: z.enum(['on', 'off']).default('off'),
  sequences: wholeNumber(1, MOST_SEQUENCES).default(1),
  'kv-tokens': wholeNumber(BLOCK_TOKENS, 2 ** 31).optional(),
  identify: z.boolean().default(false),
});

/** A map as JSON, the name of one format, or `as-saved`. */
function precisionFrom(text: string): PrecisionChoice {
  return parsePrecision(text.trimStart().startsWith('{') ? (JSON.parse(text) as unknown) : text);
}

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      ...{ model: text, name: text, precision: text, host: text, port: text },
      ...{ threads: text, 'prefix-cache': text, 'max-waiting': text, metrics: text, sequences: text },
      ...{ 'kv-tokens': text, identify: { type: 'boolean' } },
    },
  });
  const parsed = argumentsSchema.safeParse(values);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`);
    throw new Error(`${lines.join('\n')}\n${USAGE}`);
  }
  const settings = parsed.data;
  const { model: modelDir, name, threads } = settings;
  if (settings.identify) {
    const { hash, ...parts } = await identify(modelDir, precisionFrom(settings.precision));
    process.stdout.write(`${JSON.stringify({ identity: hash, ...parts })}\n`);
    return;
  }
  endWithParent();
  // Who only asks for an identity does not wait for the engine and the server to be read.
  const [{ loadEngine }, { createApp, listen }] = await Promise.all([import('./engine.js'), import('./server.js')]);
  const model = await loadEngine({
    ...{ modelDir, name, threads },
    precision: precisionFrom(settings.precision),
    prefixCache: settings['prefix-cache'] === 'on',
    ...{ sequences: settings.sequences, kvTokens: settings['kv-tokens'] },
  });
  const app = await createApp(model, { maxWaiting: settings['max-waiting'], metrics: settings.metrics === 'on', onLost: endLost });
  const { url } = await listen(app, settings.port, settings.host);
  process.stdout.write(`${JSON.stringify({ ready: true, url, name: model.name, summary: model.summary })}\n`);
}

/** Whoever started this process holds the other end of its stdin: when that closes, nobody is left to serve. */
function endWithParent(): void {
  process.stdin.on('end', () => process.exit(0));
  process.stdin.on('error', () => process.exit(0));
  process.stdin.resume();
}

/** Without its threads an engine answers nothing, and would look healthy: whoever started it can start another. */
function endLost(error: Error): void {
  console.error(`${error.message}: this engine computes no more`);
  // The others of the batch read of it first.
  setTimeout(() => process.exit(1), 100);
}

process.on('SIGTERM', () => process.exit(0));

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
