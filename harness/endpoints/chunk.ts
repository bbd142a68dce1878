/**
 * One event of a chat stream, understood: text, reasoning, an end, counts, an error. Servers share the core of OpenAI's format and differ
 * in all else, so nothing is demanded but what is an answer; what is passed over is named, so that it can be counted and shown.
 */
import { z } from 'zod';

/** The embedded engine's own account of a request, in real microseconds. */
export type EngineTiming = z.infer<typeof engineTiming>;

const amount = z.number().nonnegative().max(Number.MAX_SAFE_INTEGER);
const engineTiming = z.object({
  encodeUs: amount,
  queueUs: amount,
  promptUs: amount,
  decodeUs: amount,
  cpuPermille: amount,
  promptTokens: amount.int(),
  cachedTokens: amount.int(),
});

/** Token counts that a server told; each may be missing. */
export interface TokenCounts {
  promptTokens?: number;
  completionTokens?: number;
  cachedTokens?: number;
  reasoningTokens?: number;
}

/** What an event says. */
export interface Understood {
  /** A piece of the answer, and of reasoning. */
  answer: string;
  reasoning: string;
  /** The name of the field that reasoning came in. */
  reasoningField?: string;
  /** Text came as a whole message, not as a piece of one. */
  whole: boolean;
  finish?: string;
  counts?: TokenCounts;
  timing?: EngineTiming;
  /** The event belongs to a chat completion. */
  isChat: boolean;
  /** What the server reports as an error. */
  error?: unknown;
  /** What was passed over, named as it is counted. */
  passedOver: string[];
}

/** Text in a form that nobody here can read: it may be a part of the answer, so the rest must not be taken for all of it. */
export class UnreadableText extends Error {
  override name = 'UnreadableText';
}

/** Where servers put reasoning. One that uses two of them says the same thing twice, so the first that has text counts. */
const REASONING_FIELDS = [
  'reasoning_content',
  'reasoning',
  'reasoning_text',
  'thinking',
  'thinking_content',
  'thought',
  'thoughts',
  'reasoning_details',
  'thinking_blocks',
  'thinking_delta',
  'analysis',
];

/** Fields beside the text that every server may send and that say nothing about it. */
const SILENT_FIELDS = new Set([
  'role',
  'content',
  'name',
  'id',
  'index',
  'logprobs',
  'extra_content',
  'annotations',
  'provider_specific_fields',
  'prefix',
  'reasoning_signature',
  ...REASONING_FIELDS,
]);

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Understands one event's JSON. @param name the event's own name, where it has one @throws UnreadableText */
export function understand(raw: unknown, name?: string): Understood {
  const said: Understood = { answer: '', reasoning: '', whole: false, isChat: false, passedOver: [] };
  if (!isFields(raw)) {
    said.passedOver.push('events that are no object');
    return said;
  }
  const error = errorIn(raw, name);
  if (error !== undefined) return { ...said, error };
  // One choice alone may come without its list.
  const choices = isFields(raw.choices) ? [raw.choices] : raw.choices;
  const choice = Array.isArray(choices) ? choices.find((each) => isFields(each) && isFirst(each.index)) : undefined;
  if (Array.isArray(choices) && choices.length > 0 && choice === undefined) said.passedOver.push('other choices than the first');
  if (isFields(choice)) takeChoice(choice, said);
  const usage = [raw.usage, isFields(choice) ? choice.usage : undefined, isFields(raw.x_groq) ? raw.x_groq.usage : undefined].find(
    isFields,
  );
  if (usage) takeCounts(usage, said);
  // Looked for first: a schema takes longer to say no than all the rest.
  const timing = raw.tickbench === undefined ? undefined : engineTiming.safeParse(raw.tickbench);
  if (timing?.success) said.timing = timing.data;
  said.isChat ||= Array.isArray(choices) && (choice !== undefined || said.counts !== undefined || raw.object === 'chat.completion.chunk');
  if (!said.isChat && said.passedOver.length === 0)
    said.passedOver.push(name === undefined ? 'events without choices' : `events named ${name.slice(0, 30)}`);
  return said;
}

function isFirst(index: unknown): boolean {
  return index === undefined || index === null || index === 0 || index === '0';
}

function errorIn(raw: Fields, name: string | undefined): unknown {
  if (!isEmpty(raw.error)) return raw.error;
  if (raw.choices !== undefined && raw.choices !== null) return undefined;
  return name === 'error' || raw.object === 'error' || raw.type === 'error' ? raw : undefined;
}

function takeChoice(choice: Fields, said: Understood): void {
  if (!isEmpty(choice.error)) {
    said.error = choice.error;
    return;
  }
  // An engine's own reason is an object with a type.
  const finish = isFields(choice.finish_reason) ? choice.finish_reason.type : choice.finish_reason;
  if (typeof finish === 'string' && !['', 'null', 'none'].includes(finish.trim().toLowerCase())) said.finish = finish;
  const message = [choice.delta, choice.message].find((each) => isFields(each) && Object.keys(each).length > 0);
  said.isChat = isFields(choice.delta) || isFields(choice.message) || typeof choice.text === 'string' || said.finish !== undefined;
  if (!isFields(message)) {
    if (typeof choice.text === 'string') said.answer = choice.text;
    return;
  }
  said.whole = message === choice.message;
  const { answer, reasoning } = textOf(message.content, said);
  // Gemini marks a piece of reasoning beside its text.
  const google = isFields(message.extra_content) ? message.extra_content.google : undefined;
  const isThought = (isFields(google) && google.thought === true) || message.thought === true;
  said.answer = isThought ? '' : answer;
  said.reasoning = isThought ? reasoning + answer : reasoning;
  if (said.reasoning !== '') said.reasoningField = 'content';
  for (const field of REASONING_FIELDS) {
    const text = reasoningOf(message[field]);
    if (text === '') continue;
    said.reasoning += text;
    said.reasoningField = field;
    break;
  }
  for (const [field, value] of Object.entries(message))
    if (!SILENT_FIELDS.has(field) && !isEmpty(value)) said.passedOver.push(`fields "${field.slice(0, 30)}"`);
}

const REASONING_PART = /think|reason|thought/i;

/** Text as a string, as one part, or as a list of parts, of which some are reasoning. @throws UnreadableText */
function textOf(value: unknown, said: Understood): { answer: string; reasoning: string } {
  if (value === undefined || value === null) return { answer: '', reasoning: '' };
  if (typeof value === 'string') return { answer: value, reasoning: '' };
  if (Array.isArray(value)) {
    const parts = value.map((part) => textOf(part, said));
    return { answer: parts.map((part) => part.answer).join(''), reasoning: parts.map((part) => part.reasoning).join('') };
  }
  if (!isFields(value)) throw new UnreadableText(`text that is a ${typeof value}: ${JSON.stringify(value)}`);
  if (Array.isArray(value.parts)) return textOf(value.parts, said);
  const type = typeof value.type === 'string' ? value.type : '';
  if (REASONING_PART.test(type) || value.thought === true) return { answer: '', reasoning: reasoningOf(value) };
  const text = isFields(value.text) ? value.text.value : value.text;
  if (typeof text === 'string') return { answer: text, reasoning: '' };
  if (typeof value.refusal === 'string') return { answer: value.refusal, reasoning: '' };
  said.passedOver.push(`parts of type "${type.slice(0, 30)}"`);
  return { answer: '', reasoning: '' };
}

/** Reasoning of any shape as text; what is encrypted or only a mark has none. */
function reasoningOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(reasoningOf).join('');
  if (!isFields(value)) return '';
  for (const field of ['text', 'thinking', 'reasoning', 'content', 'summary', 'reasoning_content', 'thought', 'parts', 'value']) {
    const text = reasoningOf(value[field]);
    if (text !== '') return text;
  }
  return '';
}

/** Counts under the names of OpenAI, Anthropic and DeepSeek; what is no number is no count. */
function takeCounts(usage: Fields, said: Understood): void {
  const count = (...values: unknown[]): number | undefined =>
    values.find((value): value is number => Number.isSafeInteger(value) && (value as number) >= 0);
  const within = (name: string): Fields => (isFields(usage[name]) ? usage[name] : {});
  const counts: TokenCounts = {
    promptTokens: count(usage.prompt_tokens, usage.input_tokens),
    completionTokens: count(usage.completion_tokens, usage.output_tokens),
    cachedTokens: count(
      within('prompt_tokens_details').cached_tokens,
      within('input_tokens_details').cached_tokens,
      usage.prompt_cache_hit_tokens,
      usage.cached_tokens,
      usage.cache_read_input_tokens,
    ),
    reasoningTokens: count(
      within('completion_tokens_details').reasoning_tokens,
      within('output_tokens_details').reasoning_tokens,
      usage.reasoning_tokens,
    ),
  };
  if (counts.promptTokens === undefined || counts.completionTokens === undefined) said.passedOver.push('token counts that are not whole');
  if (Object.values(counts).some((value) => value !== undefined)) said.counts = counts;
}
