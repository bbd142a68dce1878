/** What every model agent does about one decision, whomever it asks: patience where the clock waits, past turns, a log of failed calls. */
import type { AnyTask } from '../../envs/environment.js';
import type { Telemetry } from '../../scoring/trace/trace.js';
import { CallBudget } from '../endpoints/budget.js';
import { Patience } from '../endpoints/patience.js';
import { keyFrom } from '../endpoints/start.js';
import type { AgentConfiguration } from '../configuration/agent.js';
import type { WelcomeFrame } from '../protocol/frames.js';
import type { AskerSettings, ModelAnswer, ModelAsker, Turn } from './asker.js';
import type { GatewayCalls } from './gateway-calls.js';
import type { Answering } from './link.js';

/** Most turns that are kept: as many as a request may carry. */
const MOST_TURNS = 32;

/** How an agent's process asks as it was told. @throws EndpointError when the key's environment variable is not set */
export function askerSettings({
  name,
  target,
  keyEnv,
  gateway,
  tenant,
  request,
  prompt,
  parser,
  budget,
}: AgentConfiguration): AskerSettings {
  const member = gateway ? { gatewayMember: name, ...(tenant === undefined ? {} : { tenant }) } : {};
  return { target: { ...target, apiKey: keyFrom(keyEnv) }, request, prompt, parser, budget: new CallBudget(budget), ...member };
}

/** Tells of failed calls, the 1st, 10th, 100th... in a row; and once of reasoning that begins unmarked, since an order that opens it is taken for an answer. */
export class FailureLog {
  private failures = 0;
  private toldOfReasoning = false;

  constructor(private readonly log: (line: string) => void) {}

  note({ failure, rejected, bareClose }: ModelAnswer, signal: AbortSignal): void {
    if (bareClose && !this.toldOfReasoning) {
      this.toldOfReasoning = true;
      this.log(
        'reasoning comes in the text of answers, and only its end is marked: set request: { thinkingOpened: true }, or an order that opens it is played',
      );
    }
    if (failure === undefined) this.failures = 0;
    else if (!signal.aborted && Number.isInteger(Math.log10(++this.failures)))
      this.log(`call failed${this.failures > 1 ? ` ${this.failures} times` : ''}: ${rejected}`);
  }
}

/** One seat's decisions in one match. */
export class Deciding {
  private readonly past: Turn[] = [];
  /** What gateways were told of the seat's calls. */
  private readonly told = new Map<ModelAsker, GatewayCalls | undefined>();

  constructor(
    private readonly task: AnyTask,
    private readonly welcome: WelcomeFrame,
    private readonly log: (line: string) => void,
  ) {}

  /**
   * Asks one configuration about one observation. @param text the state as it is put before the model
   * @param how `failures`: where failed calls of this configuration are told; `state`: what later calls carry as a past turn, the text unless told
   */
  async ask(asker: ModelAsker, text: string, signal: AbortSignal, how: { failures: FailureLog; state?: string }): Promise<ModelAnswer> {
    const { failures, state = text } = how;
    const { task, past } = this;
    const carried = asker.memory > 0 ? past.slice(-asker.memory) : [];
    if (!this.told.has(asker)) this.told.set(asker, asker.gatewayCalls(this.welcome));
    const headers = this.told.get(asker)?.headers;
    let answer = await asker.ask(task, text, signal, carried, headers);
    // Where the clock waits and charges nobody for it, a server that limits calls is waited for, as in all that is not measured.
    const patience = this.welcome.patient ? this.patience(signal) : undefined;
    while (await patience?.after(answer.error)) answer = await asker.ask(task, text, signal, carried, headers);
    if (answer.failure === undefined && answer.telemetry.answer !== undefined) {
      past.push({ text: state, answer: answer.telemetry.answer });
      if (past.length > MOST_TURNS) past.shift();
    }
    failures.note(answer, signal);
    return answer;
  }

  /** The match is over: gateways hear that no more calls will come. */
  ended(): void {
    for (const calls of this.told.values())
      void calls?.release().then((trouble) => {
        if (trouble !== undefined) this.log(trouble);
      });
    this.told.clear();
  }

  /** The patience of one decision: less than the real time after which it is missed. */
  private patience(signal: AbortSignal): Patience {
    const { timeoutUs, speed } = this.welcome;
    return new Patience({ say: (line) => this.log(`${line}; the clock waits`), signal, mostMs: (0.9 * timeoutUs) / speed / 1000 });
  }
}

/** An answer as the match is told it. @param more what the agent says of itself besides */
export function answeringOf({ action, rejected, failure, telemetry: own }: ModelAnswer, more: Telemetry = {}): Answering {
  const telemetry = { ...own, ...more };
  if (!action) return { rejected: (rejected ?? 'no action').slice(0, 1000), ...(failure ? { failure } : {}), telemetry };
  return { plan: action.plan, ...(action.standing === undefined ? {} : { standing: action.standing }), telemetry };
}
