/**
 * The probes of an endpoint check that look at one answer at a time: what comes back, and in which fields.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ChatCall, ChatMessage } from './call.js';
import { firstMs, known, median, refusal, roundMs, type CheckRow, type Probe } from './probing.js';

const COUNT = 'Write the numbers from 1 to 12, separated by spaces, and nothing else.';

async function repeat(times: number, ask: () => Promise<ChatCall>): Promise<ChatCall[]> {
  const calls: ChatCall[] = [];
  for (let i = 0; i < times; i++) {
    const call = await ask();
    calls.push(call);
    if (call.error) break;
  }
  return calls;
}

const failed = (calls: readonly ChatCall[]): ChatCall | undefined => calls.find((call) => call.error);

/** Streaming, and whether streams tell token counts (no calls of its own). */
const streaming: Probe = {
  feature: 'streaming',
  async run(context) {
    const calls = await repeat(3, () => context.ask(COUNT, { maxTokens: 48 }));
    const bad = failed(calls);
    if (bad) return [refusal('streaming', bad), { feature: 'usage', outcome: 'unknown', detail: 'no streamed answer to look at' }];
    context.plainFirstMs = median(known(calls.map(firstMs)));
    const pieces = calls.map((call) => call.pieces);
    const spreadMs = known(
      calls.map((call) => (call.stamps.lastTokenUs === undefined ? undefined : (call.stamps.lastTokenUs - call.stamps.requestUs) / 1000)),
    );
    const [plainFirstMs, lastMs] = [context.plainFirstMs, median(spreadMs)];
    const { promptTokens, completionTokens } = calls[0] as ChatCall;
    const several = Math.max(...pieces) >= 2;
    const counted = calls.every((call) => call.promptTokens !== undefined);
    const short = Math.max(...calls.map((call) => call.completionTokens)) < 3;
    const row: CheckRow = {
      feature: 'streaming',
      outcome: several ? 'works' : short ? 'unknown' : 'not',
      detail: several
        ? `${median(pieces)} pieces; the first after ${plainFirstMs} ms, the last after ${lastMs} ms`
        : short
          ? 'the answer was too short to come in pieces'
          : 'the whole answer came in one piece',
      ms: plainFirstMs,
      costOf: 'time to the first token',
      ...(several && counted && plainFirstMs !== undefined && lastMs !== undefined
        ? { streamed: { promptTokens: promptTokens!, answerTokens: completionTokens, firstMs: plainFirstMs, lastMs } }
        : {}),
    };
    const usage: CheckRow = counted
      ? { feature: 'usage', outcome: 'works', detail: `token counts come with the stream (${promptTokens} in, ${completionTokens} out)` }
      : {
          feature: 'usage',
          outcome: 'not',
          detail: 'streams tell no token counts (stream_options.include_usage); tokens will be counted by pieces',
        };
    return [row, usage];
  },
};

/** A user's message alone, then with a system message before it: the template must take both, and the second must be longer. */
const systemRole: Probe = {
  feature: 'chat template and system role',
  async run(context) {
    const { feature } = this;
    const user: ChatMessage = { role: 'user', content: 'Say hello.' };
    const plain = await context.ask([user], { maxTokens: 4 });
    if (plain.error) return { ...refusal(feature, plain), detail: `not even a user message alone: ${plain.error.message}` };
    const system = await context.ask([{ role: 'system', content: 'You answer in one word, always the same one: yes.' }, user], {
      maxTokens: 4,
    });
    if (system.error) return refusal(feature, system);
    if (plain.promptTokens === undefined || system.promptTokens === undefined) {
      return {
        feature,
        outcome: 'unknown',
        detail: 'a system message is accepted; without token counts nobody can say whether it reaches the model',
      };
    }
    const more = system.promptTokens - plain.promptTokens;
    return more > 0
      ? { feature, outcome: 'works', detail: `a system message adds ${more} tokens to the prompt` }
      : { feature, outcome: 'not', detail: 'a system message is accepted and dropped: the prompt is no longer for it' };
  },
};

/** What is to be set for reasoning to be told from the answer, by how it came. */
function reasoningSetting({ reasoning }: ChatCall): string {
  if (reasoning.bareClose)
    return 'reasoning text comes in the content, and only its end is marked: set request: {thinkingOpened: true} in the configuration';
  const where = reasoning.field === 'content' ? 'between marks in the content' : `in the field ${reasoning.field ?? 'of its own'}`;
  return `reasoning text comes ${where}; nothing is to be set for it to be told from the answer`;
}

/** Tokens within which reasoning about a small question has ended, should it have begun. */
const REASONING_TOKENS = 1024;

const thinking: Probe = {
  feature: 'thinking off',
  async run(context) {
    const { feature } = this;
    const question = 'What is 2 + 3? Answer with the number alone.';
    let maxTokens = 64;
    let plain = await context.ask(question, { maxTokens });
    // A number needs no 64 tokens: what is cut off may be reasoning whose end, the only mark there is, has not come yet.
    if (!plain.error && plain.finish === 'length' && plain.reasoning.characters === 0) {
      maxTokens = REASONING_TOKENS;
      plain = await context.ask(question, { maxTokens });
    }
    if (plain.error) return refusal(feature, plain);
    if (plain.finish === 'length' && plain.reasoning.characters === 0)
      return {
        feature,
        outcome: 'unknown',
        detail: `${REASONING_TOKENS} tokens about 2 + 3 have no end: if they are reasoning whose beginning the template wrote, set request: {thinkingOpened: true} in the configuration`,
      };
    const silent = plain.reasoning.characters === 0 ? (plain.reasoning.tokens ?? 0) : 0;
    if (plain.reasoning.characters === 0 && silent === 0) return { feature, outcome: 'works', detail: 'no reasoning text comes' };
    if (plain.reasoning.bareClose) context.needed.thinkingOpened = true;
    const comes = silent > 0 ? `the model reasons (${silent} tokens), and its text does not come` : reasoningSetting(plain);
    const off = await context.ask(question, { maxTokens }, { chat_template_kwargs: { enable_thinking: false } });
    if (off.error) return { ...refusal(feature, off), detail: `${comes}; chat_template_kwargs is refused: ${off.error.message}` };
    const answerMs = (call: ChatCall): number | undefined =>
      call.stamps.firstAnswerUs === undefined ? undefined : roundMs((call.stamps.firstAnswerUs - call.stamps.requestUs) / 1000);
    const cost = { ms: answerMs(off), baselineMs: answerMs(plain), costOf: 'time to the answer itself, thinking off and on' };
    return off.reasoning.characters === 0 && (off.reasoning.tokens ?? 0) === 0
      ? { feature, outcome: 'works', detail: `${comes}; extra: {chat_template_kwargs: {enable_thinking: false}} stops it`, ...cost }
      : { feature, outcome: 'not', detail: `${comes}; it comes with enable_thinking: false as well`, ...cost };
  },
};

const choiceSchema = z.strictObject({ action: z.enum(['buy', 'sell', 'hold']) });

const jsonSchema: Probe = {
  feature: 'response_format json_schema',
  async run(context) {
    const { feature } = this;
    const schema = {
      type: 'object',
      properties: { action: { type: 'string', enum: ['buy', 'sell', 'hold'] } },
      required: ['action'],
      additionalProperties: false,
    };
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'choice', strict: true, schema } } };
    const calls = await repeat(3, () => context.ask('The price is rising. Which action?', { maxTokens: 64 }, format));
    const bad = failed(calls);
    if (bad) return refusal(feature, bad);
    const cost = { ms: median(known(calls.map(firstMs))), baselineMs: context.plainFirstMs, costOf: 'time to the first token' };
    const wrong = calls.find((call) => !holdsChoice(call.text));
    if (!wrong) return { feature, outcome: 'works', detail: 'every answer follows the schema', ...cost };
    if (wrong.finish === 'length') return { feature, outcome: 'unknown', detail: 'the answer was cut off before it was complete', ...cost };
    return { feature, outcome: 'not', detail: `accepted and ignored: an answer was ${JSON.stringify(wrong.text.slice(0, 60))}`, ...cost };
  },
};

function holdsChoice(text: string): boolean {
  try {
    return choiceSchema.safeParse(JSON.parse(text)).success;
  } catch {
    return false;
  }
}

/** A long prompt nobody has sent before, then the same again twice. */
const cachedTokens: Probe = {
  feature: 'cached tokens',
  async run(context) {
    const { feature } = this;
    const prompt = (lines: number): string =>
      `Report ${randomUUID()}.\n${Array.from({ length: lines }, (_, i) => `Line ${i}: bid ${100 + (i % 7)}, ask ${104 + (i % 5)}.`).join('\n')}\nSay ok.`;
    let text = prompt(100);
    let cold = await context.ask(text, { maxTokens: 4 });
    for (const lines of [20, 4]) {
      if (cold.error?.status !== 400) break;
      text = prompt(lines);
      cold = await context.ask(text, { maxTokens: 4 });
    }
    if (cold.error) return refusal(feature, cold);
    const warm = await repeat(2, () => context.ask(text, { maxTokens: 4 }));
    const bad = failed(warm);
    if (bad) return refusal(feature, bad);
    const cost = {
      ms: median(known(warm.map(firstMs))),
      baselineMs: median(known([firstMs(cold)])),
      costOf: 'time to the first token, prompt seen and unseen',
    };
    const cached = Math.max(...warm.map((call) => call.cachedTokens ?? -1));
    if (cached > 0)
      return { feature, outcome: 'works', detail: `${cached} of ${warm[0]?.promptTokens} prompt tokens came from the cache`, ...cost };
    if (cached === 0) return { feature, outcome: 'not', detail: 'the same prompt again: 0 tokens from a cache', ...cost };
    return { feature, outcome: 'unknown', detail: 'the server does not tell cached tokens; compare the two times', ...cost };
  },
};

/** Takes an answer, then asks again with a word from its middle as the stop string. */
const stop: Probe = {
  feature: 'stop',
  async run(context) {
    const { feature } = this;
    const whole = await context.ask(COUNT, { maxTokens: 48 });
    if (whole.error) return refusal(feature, whole);
    const { text } = whole;
    const middle = Math.floor(text.length / 2);
    const visible = text.slice(middle).search(/\S\S/);
    const word = text.slice(middle + Math.max(0, visible)).slice(0, 2);
    if (word.length < 2)
      return { feature, outcome: 'unknown', detail: `the answer ${JSON.stringify(text)} is too short to stop in the middle` };
    const cut = await context.ask(COUNT, { maxTokens: 48, stop: [word] });
    if (cut.error) return refusal(feature, cut);
    if (cut.text.includes(word))
      return { feature, outcome: 'not', detail: `the answer went on past the stop string ${JSON.stringify(word)}` };
    if (cut.finish !== 'stop' || cut.text.trim() !== text.slice(0, text.indexOf(word)).trim()) {
      return { feature, outcome: 'unknown', detail: 'the second answer was another one: greedy answers do not repeat here' };
    }
    return { feature, outcome: 'works', detail: `the answer ends before ${JSON.stringify(word)}` };
  },
};

/** The probes of this file, in the order in which they run. */
export const ANSWER_PROBES: readonly Probe[] = [streaming, systemRole, thinking, jsonSchema, cachedTokens, stop];
