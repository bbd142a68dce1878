/**
 * How a configuration file names a model endpoint and the settings of each request: the schemas, and nothing that runs.
 */
import { z } from 'zod';
import { tidyAddress } from '../endpoints/address.js';

/** The address of an API. */
export const httpUrl = z
  .string()
  .refine((url) => /^\s*https?:\/\/[^\s/]+/i.test(url) && URL.canParse(url.trim()), {
    error: 'an http:// or https:// address, such as http://host:8000/v1',
  })
  .transform(tidyAddress);

/** Where a key is found. */
export const environmentVariable = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'the NAME of an environment variable that holds the key, such as OPENAI_API_KEY; never the key itself',
  );

/** Where the key goes when the server wants no `Authorization: Bearer KEY`: the header that takes the key alone, such as `api-key`. */
export const keyHeader = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]*$/, "a header's name, such as api-key or x-api-key")
  .optional();

/** Fields of the request body that a user may not set here, because a setting of their own exists or timing depends on them. */
const OWN_FIELDS = [
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'seed',
  'n',
];

const extraFields = z.record(z.string(), z.json()).superRefine((extra, context) => {
  for (const key of Object.keys(extra)) {
    if (OWN_FIELDS.includes(key)) {
      context.addIssue({ code: 'custom', path: [key], message: `is set by "model" or "request", not as an extra field` });
    }
  }
});

const embedded = z.strictObject({
  kind: z.literal('embedded'),
  /** A folder in the Hugging Face layout (config.json, tokenizer.json, safetensors). */
  model: z.string().min(1),
  /** The precision map: what the engine's own schema accepts (`fpx/formats/precision.ts`); `fp8` alone means every linear layer. */
  precision: z.union([z.string().min(1), z.record(z.string(), z.json())]),
  /** Computing threads: more than one only pay on cores that nothing else wants (docs/checkpoints.md). */
  threads: z.number().int().min(1).max(64).default(1),
  /** Keep the keys and values of the last prompt's common prefix. */
  prefixCache: z.boolean().default(true),
});

const openai = z.strictObject({
  kind: z.literal('openai'),
  /** The address before `/chat/completions`, such as `http://host:8000/v1`. */
  url: httpUrl,
  model: z.string().min(1),
  keyEnv: environmentVariable.optional(),
  keyHeader,
  /** The address is that of a gateway: it is told whose call each is, until when its answer is of use, and when a seat's match is over. */
  gateway: z.boolean().optional(),
  /** Passed through into every request body, for example `chat_template_kwargs: { enable_thinking: false }`. */
  extra: extraFields.default({}),
});

const command = z.strictObject({
  kind: z.literal('command'),
  /** A shell line that starts a server and stays, such as `vllm serve DIR --port 8001`. */
  command: z.string().min(1),
  url: httpUrl,
  model: z.string().min(1),
  /** Asked until it answers 200: a path on the server (`/health`), or by default the list of models. */
  healthPath: z.string().startsWith('/').optional(),
  startTimeoutS: z.number().positive().max(7200).default(600),
  keyEnv: environmentVariable.optional(),
  keyHeader,
  /** The address is that of a gateway: it is told whose call each is, until when its answer is of use, and when a seat's match is over. */
  gateway: z.boolean().optional(),
  extra: extraFields.default({}),
});

/** Where the model answers: our engine in a process of its own, any OpenAI-compatible address, or a server to start first. */
export const endpointSpec = z.discriminatedUnion('kind', [embedded, openai, command]);

export type EndpointSpec = z.infer<typeof endpointSpec>;

/**
 * What every request of a configuration carries. Sampling settings are always sent, so that no server's default decides; `null` leaves a
 * field out, for servers that refuse it.
 */
export const requestSettings = z.strictObject({
  temperature: z.number().min(0).max(2).nullable().default(0),
  topP: z.number().gt(0).max(1).nullable().default(1),
  maxTokens: z.number().int().min(1).max(131_072).default(64),
  stop: z.array(z.string().min(1)).min(1).max(4).nullish(),
  seed: z.number().int().min(0).max(2_147_483_647).nullish(),
  /** What the server is asked to send beside the pieces: token counts. */
  streamOptions: z.record(z.string(), z.json()).nullable().default({ include_usage: true }),
  /** Real milliseconds from request to last token after which a call is given up. */
  timeoutMs: z.number().positive().max(3_600_000).default(30_000),
  /**
   * When an action is released: `early`, as soon as it opens the answer and its end is marked, so that nothing that follows changes it; `end`,
   * with the whole answer there, and what stands last on its own counts: for models that weigh orders before they give one.
   */
  release: z.enum(['early', 'end']).default('early'),
  /** What becomes of the rest of an answer once its action is released. */
  afterRelease: z.enum(['cancel', 'read']).default('cancel'),
  /**
   * The name of the token limit's field: `max_tokens` everywhere but at vendors that accept only `max_completion_tokens` or a name of their
   * own. `null`: it is not sent, and an answer is cut here after so many pieces.
   */
  tokenLimitField: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of the token limit's field, such as max_completion_tokens, or null")
    .nullable()
    .default('max_tokens'),
  /** How many of a match's past turns, state and answer, a player's calls carry before the present one. Probe banks and warm-ups carry none. */
  memory: z.number().int().min(0).max(32).default(0),
  /** The server is given the JSON Schema of an action (`response_format: json_schema`), and answers are read as JSON: with a prompt that asks for it, such as `json`. */
  guided: z.boolean().default(false),
  /** The template itself opens `<think>`, so an answer begins inside the reasoning and only its end is marked. */
  thinkingOpened: z.boolean().default(false),
});

export type RequestSettings = z.infer<typeof requestSettings>;
