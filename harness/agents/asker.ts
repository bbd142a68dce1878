/**
 * Asking a model for one decision: prompt, streamed call, parser. The action is released as soon as no continuation could change it.
 * The model agent plays by it, and so are probe banks asked.
 */
import type { Action, AnyTask, Json, Parsed, TaskName } from '../../envs/environment.js';
import type { FailureKind, Telemetry } from '../../scoring/trace/trace.js';
import { monotonicUs } from '../host/clock.js';
import { IdleCollector } from '../host/idle-collector.js';
import type { WelcomeFrame } from '../protocol/frames.js';
import type { CallBudget } from '../endpoints/budget.js';
import { beginChat, type ChatCall, type ChatMessage, type ChatStream, type ChatTarget } from '../endpoints/call.js';
import type { RequestSettings } from '../configuration/endpoint.js';
import { EndpointError, type CallError } from '../endpoints/errors.js';
import { isCut } from '../endpoints/reading.js';
import { redact } from '../host/secrets.js';
import { GatewayCalls } from './gateway-calls.js';
import { guidedFormat, parseGuided } from './guided.js';
import { loadPrompt, PromptError, promptFor, type PromptTemplate } from '../configuration/prompts.js';

/** A decision: an action, or why there is none; and how the call went. */
export interface ModelAnswer {
  action?: Action<Json>;
  rejected?: string;
  /** Why the call itself failed, which says nothing about the model's answer; absent when there was one to read. */
  failure?: FailureKind;
  /** The failed call's own error, which says whether the server asks for patience. */
  error?: CallError;
  /** Reasoning came in the answer's text, and only its end was marked. */
  bareClose?: true;
  telemetry: Telemetry;
}

/** Longest text and error that telemetry keeps. */
const KEPT_CHARACTERS = 400;

/** One past turn: the state's text, and what the model answered. */
export interface Turn {
  text: string;
  answer: string;
}

/** One request at a time over all who share it: an endpoint of ours should never compute for a call that nobody waits for. */
export class RequestLine {
  /** The last call while its connection is still in use, read or being closed. */
  private tail: Promise<unknown> = Promise.resolve();
  private hurry = (): void => undefined;

  /** Gives up what is still read of the call before, and waits until its connection is free. */
  async free(): Promise<void> {
    this.hurry();
    await this.tail;
  }

  /** A call has begun. */
  take({ over, hurry }: Pick<ChatStream, 'over' | 'hurry'>): void {
    this.hurry = hurry;
    this.tail = over.catch(() => undefined);
  }
}

/** The messages of a call: the prompt filled with a state's text, after earlier turns, oldest first. Empty ones are left out. */
export function messagesOf(template: PromptTemplate, text: string, past: readonly Turn[] = []): ChatMessage[] {
  const { system, user } = template.fill(text);
  return [
    { role: 'system', content: system },
    ...past.flatMap((turn) => [
      { role: 'user', content: template.fill(turn.text).user },
      { role: 'assistant', content: turn.answer },
    ]),
    { role: 'user', content: user },
  ].filter(({ content }) => content !== '') as ChatMessage[];
}

type Verdict = { action: Action<Json> } | { rejected: string };

/** Whom to ask, and how. */
export interface AskerSettings {
  target: ChatTarget;
  request: RequestSettings;
  /** A prompt for every task, or one for each: a shipped one's name or a file's path. */
  prompt: string | Partial<Record<TaskName, string>>;
  /** Which of the task's parsers reads the answers; the task's own when absent. */
  parser?: string;
  /** Counts the calls, and refuses those over it. */
  budget?: CallBudget;
  /** Where the endpoint is a gateway: the name under which its calls are told apart from those of others in the same seat. */
  gatewayMember?: string;
  /** As which tenant of the gateway it asks. */
  tenant?: string;
}

export class ModelAsker {
  private readonly prompts = new Map<string, PromptTemplate>();
  private readonly idle = new IdleCollector();

  /** @param line shared with other askers, so that only one of them asks at a time */
  constructor(
    private readonly settings: AskerSettings,
    private readonly line = new RequestLine(),
  ) {}

  /** The calls of a seat as its gateway is told of them; undefined where the endpoint is none. */
  gatewayCalls(welcome: WelcomeFrame): GatewayCalls | undefined {
    const { target, gatewayMember, tenant } = this.settings;
    return gatewayMember === undefined ? undefined : new GatewayCalls(target, gatewayMember, welcome, tenant);
  }

  /** How many past turns its calls carry. */
  get memory(): number {
    return this.settings.request.memory;
  }

  /** The task's prompt as configured, read once. @throws PromptError */
  prompt(task: AnyTask): PromptTemplate {
    let prompt = this.prompts.get(task.name);
    if (!prompt) {
      prompt = loadPrompt(task, promptFor(task, this.settings.prompt));
      this.prompts.set(task.name, prompt);
    }
    return prompt;
  }

  /**
   * Asks once for a decision on a state's text. Never retries; what goes wrong with the call is in the answer.
   * Stamps count from this call. @param past earlier turns to carry along, oldest first @param headers of this call alone @throws PromptError
   */
  async ask(
    task: AnyTask,
    text: string,
    signal?: AbortSignal,
    past: readonly Turn[] = [],
    headers?: Record<string, string>,
  ): Promise<ModelAnswer> {
    const startUs = monotonicUs();
    const template = this.prompt(task);
    const { request, target, budget } = this.settings;
    const reader = request.guided ? parseGuided(task) : parserOf(task, this.settings.parser);
    const parse = (answer: string, ended: boolean): Parsed<unknown> => reader(answer, ended, request.release);
    const to = headers ? { ...target, headers } : target;
    const asked = request.guided ? { ...to, extra: { ...to.extra, response_format: guidedFormat(task) } } : to;
    const messages = messagesOf(template, text, past);
    await this.line.free();
    let released: Verdict | undefined;
    const onText = (answer: string): boolean => {
      if (request.release === 'end') return false;
      const parsed = parse(answer, false);
      if (parsed.kind === 'more') return false;
      released = parsed.kind === 'action' ? { action: parsed.action as Action<Json> } : { rejected: `unparsed: ${parsed.reason}` };
      return true;
    };
    const call = beginChat(asked, messages, request, onText, { signal, budget });
    this.line.take(call);
    setImmediate(() => this.idle.use(Infinity)); // the request is out, and its first token is milliseconds away
    const decided = await call.decided;
    const answer = finished(parse, decided, released, startUs);
    return decided.reasoning.bareClose ? { ...answer, bareClose: true } : answer;
  }
}

/** A task's parser of this name; its own without one, or where it has no others. @throws PromptError with the names there are */
export function parserOf(task: AnyTask, name?: string): AnyTask['parse'] {
  if (name === undefined || !task.parsers) return task.parse;
  const named = Object.hasOwn(task.parsers, name) ? task.parsers[name] : undefined;
  if (named) return named;
  throw new PromptError(
    `${task.name} has no parser "${name}"; there are ${Object.keys(task.parsers).join(', ')}, or leave it out for any of them`,
  );
}

/**
 * A function that asks one model for decisions on one task: what probe banks are asked by.
 * It throws EndpointError when the endpoint is not there any more, which must not look like a bad answer. @throws PromptError
 */
export function createAsker(
  task: AnyTask,
  target: ChatTarget,
  request: RequestSettings,
  prompt: AskerSettings['prompt'],
  budget?: CallBudget,
): (text: string) => Promise<ModelAnswer & { latencyUs: number }> {
  const asker = new ModelAsker({ target, request, prompt, budget });
  asker.prompt(task);
  return async (text) => {
    const startUs = monotonicUs();
    const answer = await asker.ask(task, text);
    const latencyUs = Math.round(monotonicUs() - startUs);
    if (answer.failure === 'refused' || answer.failure === 'budget') throw new EndpointError(answer.rejected!);
    return { ...answer, latencyUs };
  };
}

function finished(
  parse: (answer: string, ended: boolean) => Parsed<unknown>,
  call: ChatCall,
  released: Verdict | undefined,
  startUs: number,
): ModelAnswer {
  const telemetry = telemetryOf(call, startUs);
  if (released) return settled(released, telemetry);
  if (call.error) {
    telemetry.error = call.error.label;
    const { label, message, kind } = call.error;
    return { rejected: `${label}: ${message}`, failure: kind, error: call.error, telemetry };
  }
  // Of an answer that was cut off only that is played which nothing behind the cut could have changed.
  const cut = isCut(call);
  const parsed = parse(call.text, !cut);
  if (cut && parsed.kind === 'more') return settled({ rejected: cutText(call) }, telemetry);
  if (parsed.kind === 'action') return settled({ action: parsed.action as Action<Json> }, telemetry);
  return settled({ rejected: `unparsed: ${parsed.kind === 'rejected' ? parsed.reason : 'the answer ended too early'}` }, telemetry);
}

function cutText({ finish, completionTokens }: ChatCall): string {
  const tokens = completionTokens === 1 ? '1 token' : `${completionTokens} tokens`;
  return `cut: the server ended the answer after ${tokens} (finish_reason "${finish}"), before its action was over; accepted: an action whose end is marked`;
}

/** An answer of the model's own, taken or not. */
function settled(verdict: Verdict, telemetry: Telemetry): ModelAnswer {
  if (!('rejected' in verdict)) return { ...verdict, telemetry };
  const rejected = redact(verdict.rejected);
  telemetry.error = rejected.slice(0, KEPT_CHARACTERS);
  return { rejected, telemetry };
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
    answer: kept(call.text),
    ...(timing === undefined ? {} : { cpuPermille: Math.max(0, Math.round(timing.cpuPermille)) }),
  };
}

/** The part of an answer that is kept: without keys that the server knew and wrote into it, cut before it is shortened. */
function kept(answer: string): string {
  return redact(answer.slice(0, 8 * KEPT_CHARACTERS)).slice(0, KEPT_CHARACTERS);
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
