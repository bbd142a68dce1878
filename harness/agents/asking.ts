/**
 * Asking a model for one decision: prompt, streamed call, parser. The action is released as soon as no continuation could change it.
 * The model agent plays by it, and so are probe banks asked.
 */
import type { Action, AnyTask, Json } from '../../envs/environment.js';
import type { Telemetry } from '../../scoring/trace.js';
import { monotonicUs } from '../clock.js';
import { CallBudget } from '../endpoints/budget.js';
import { streamChat, type ChatCall, type ChatMessage, type ChatTarget } from '../endpoints/call.js';
import { keyFrom } from '../endpoints/start.js';
import { loadPrompt, type PromptTemplate } from '../prompts.js';
import type { AgentConfiguration } from './configuration.js';

/** A decision: an action, or why there is none; and how the call went. */
export interface ModelAnswer {
  action?: Action<Json>;
  rejected?: string;
  /** The call itself failed: nothing about the model's answer. */
  failed: boolean;
  telemetry: Telemetry;
}

/** Longest text and error that telemetry keeps. */
const KEPT_CHARACTERS = 400;

type Verdict = { action: Action<Json> } | { rejected: string };

export class ModelAsker {
  readonly budget: CallBudget;
  private readonly target: ChatTarget;
  private readonly prompts = new Map<string, PromptTemplate>();
  /** The rest of the last call, while it is still read: one request at a time. */
  private tail: Promise<unknown> = Promise.resolve();

  /** @throws EndpointError when the key's environment variable is not set */
  constructor(private readonly configuration: AgentConfiguration) {
    const apiKey = keyFrom(configuration.keyEnv);
    this.target = { ...configuration.target, ...(apiKey === undefined ? {} : { apiKey }) };
    this.budget = new CallBudget(configuration.budget);
  }

  /** The task's prompt as configured, read once. @throws PromptError */
  prompt(task: AnyTask): PromptTemplate {
    let prompt = this.prompts.get(task.name);
    if (!prompt) {
      const { prompt: names } = this.configuration;
      prompt = loadPrompt(task, typeof names === 'string' ? names : names[task.name]);
      this.prompts.set(task.name, prompt);
    }
    return prompt;
  }

  /**
   * Asks once for a decision on a state's text. Never retries; what goes wrong with the call is in the answer.
   * Stamps count from this call. @throws PromptError
   */
  async ask(task: AnyTask, text: string, signal?: AbortSignal): Promise<ModelAnswer> {
    const startUs = monotonicUs();
    const { system, user } = this.prompt(task).fill(text);
    const messages: ChatMessage[] = [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ].filter(({ content }) => content !== '') as ChatMessage[];
    await this.tail;
    const requestUs = monotonicUs();
    let released: { verdict: Verdict; atUs: number; text: string; firstUs: number } | undefined;
    let firstUs: number | undefined;
    let announce!: () => void;
    const early = new Promise<void>((resolve) => (announce = resolve));
    const onText = (answer: string): boolean => {
      firstUs ??= monotonicUs();
      const parsed = task.parse(answer, false);
      if (parsed.kind === 'more') return false;
      const verdict = parsed.kind === 'action' ? { action: parsed.action as Action<Json> } : { rejected: `unparsed: ${parsed.reason}` };
      released = { verdict, atUs: monotonicUs(), text: answer, firstUs };
      announce();
      return true;
    };
    const call = streamChat(this.target, messages, this.configuration.request, onText, signal, this.budget);
    this.tail = call.catch(() => undefined);
    if (this.configuration.request.afterRelease === 'read') {
      await Promise.race([early, call]);
      if (released) {
        const { verdict, atUs, text: answer, firstUs: first } = released;
        const stamps = { requestUs, firstTokenUs: first, releasedUs: atUs };
        return { ...verdict, failed: false, telemetry: { ...relative(stamps, startUs), answer: answer.slice(0, KEPT_CHARACTERS) } };
      }
    }
    return finished(task, await call, released?.verdict, startUs);
  }
}

function finished(task: AnyTask, call: ChatCall, released: Verdict | undefined, startUs: number): ModelAnswer {
  const telemetry = telemetryOf(call, startUs);
  if (released) return { ...released, failed: false, telemetry };
  if (call.error) {
    telemetry.error = call.error.label;
    return { rejected: `${call.error.label}: ${call.error.message}`, failed: true, telemetry };
  }
  const parsed = task.parse(call.text, true);
  if (parsed.kind === 'action') return { action: parsed.action as Action<Json>, failed: false, telemetry };
  const reason = `unparsed: ${parsed.kind === 'rejected' ? parsed.reason : 'the answer ended too early'}`;
  telemetry.error = reason.slice(0, KEPT_CHARACTERS);
  return { rejected: reason, failed: false, telemetry };
}

function telemetryOf(call: ChatCall, startUs: number): Telemetry {
  const { stamps, timing } = call;
  const times = {
    requestUs: stamps.requestUs,
    firstTokenUs: stamps.firstTokenUs,
    releasedUs: stamps.releaseUs,
    lastTokenUs: stamps.lastTokenUs,
  };
  return {
    ...relative(times, startUs),
    ...(call.promptTokens === undefined ? {} : { promptTokens: call.promptTokens }),
    ...(call.cachedTokens === undefined ? {} : { cachedTokens: call.cachedTokens }),
    completionTokens: call.completionTokens,
    answer: call.text.slice(0, KEPT_CHARACTERS),
    ...(timing === undefined ? {} : { cpuPermille: Math.max(0, Math.round(timing.cpuPermille)) }),
  };
}

type Stamps = Pick<Telemetry, 'requestUs' | 'firstTokenUs' | 'releasedUs' | 'lastTokenUs'>;

/** Stamps as whole microseconds since `startUs`; those that did not come are left out. */
function relative(stamps: Stamps, startUs: number): Stamps {
  const since: Stamps = {};
  for (const key of ['requestUs', 'firstTokenUs', 'releasedUs', 'lastTokenUs'] as const) {
    const at = stamps[key];
    if (at !== undefined) since[key] = Math.max(0, Math.round(at - startUs));
  }
  return since;
}
