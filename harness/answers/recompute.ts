/**
 * Asks a model again what a trace says that it was asked, in the same way as its agent did, and compares: the words as far as the trace keeps them,
 * and the action that the task reads out of them. Nothing here is timed.
 */
import type { AnyTask, Json } from '../../envs/environment.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { ModelAsker } from '../agents/asker.js';
import { answeringOf } from '../agents/deciding.js';
import type { Configuration } from '../configuration/configuration.js';
import { canonicalJson, hashOf } from '../configuration/hash.js';
import { EndpointError } from '../endpoints/errors.js';
import { startEndpoint, type RunningEndpoint } from '../endpoints/start.js';
import { monotonicUs } from '../host/clock.js';
import { contentOf, keptTelemetry } from '../match/answering.js';
import { printable } from '../protocol/printable.js';
import { replayFault } from '../traces/replay.js';
import { noneCompared, type AnswerDifference, type AnswersAccount } from './account.js';
import { configurationHere } from './configuration.js';
import { drawn } from './draw.js';
import { recordedDecisions, type RecordedDecision } from './recorded.js';

/** How much of a match is computed again at most. What comes first is drawn (draw.ts). */
export interface RecomputeBounds {
  decisions: number;
  seconds: number;
}

/** An engine that is busy with something else may take long; that says nothing about an answer. Milliseconds. */
const CALL_TIMEOUT_MS = 120_000;
/** Longest words of a difference that are told. */
const MOST_TOLD = 160;

type Askable = Extract<RecordedDecision, { text: string }>;

/** Computes answers again; keeps the engine of the last configuration, since a sweep's traces come by configuration. */
export class Recomputer {
  private kept: { key: string; endpoint: RunningEndpoint; asker: ModelAsker } | undefined;

  /** @param models folders of model folders beside the package's own */
  constructor(private readonly models: readonly string[] = []) {}

  /**
   * The account of a seat's answers in a match. @param draw decides which decisions come first (draw.ts)
   * @throws TraceError for a trace that cannot be played again
   */
  async account(trace: Trace, seat: number, task: AnyTask, draw: string, bounds: RecomputeBounds): Promise<AnswersAccount> {
    const here = await configurationHere(trace.header, seat, task, this.models);
    if ('why' in here) return noneCompared(decisionsOf(trace, seat).length, here.why);
    const { configuration } = here;
    const { decisions, replay } = recordedDecisions(trace, task, seat, configuration.request.memory);
    const fault = replayFault(replay);
    if (fault !== null) return noneCompared(decisions.length, fault);
    const askable = decisions.filter((each): each is Askable => 'text' in each);
    const unaskable = decisions.filter((each): each is { seq: number; why: string } => 'why' in each);
    const unanswered = decisions.length - askable.length - unaskable.length;
    // Where there is nothing to ask, no engine is started.
    const asker = askable.length > 0 ? await this.asker(configuration).catch(unusable) : '';
    if (typeof asker === 'string') {
      const not = counted([...unaskable, ...askable.map(() => ({ why: asker }))]);
      return { ...noneCompared(decisions.length, ''), unanswered, not };
    }
    const differences: AnswerDifference[] = [];
    const failed: { why: string }[] = [];
    let compared = 0;
    const untilUs = monotonicUs() + bounds.seconds * 1_000_000;
    for (const decision of drawn(askable, draw).slice(0, bounds.decisions)) {
      if (monotonicUs() > untilUs) break;
      const found = await compare(decision, task, asker);
      if (typeof found === 'string') {
        failed.push({ why: found });
        continue;
      }
      compared++;
      if (found) differences.push(found);
    }
    const not = counted([...unaskable, ...failed]);
    const first = differences.sort((a, b) => a.seq - b.seq)[0];
    return {
      decisions: decisions.length,
      compared,
      equal: compared - differences.length,
      left: askable.length - compared - failed.length,
      unanswered,
      not,
      ...(first ? { first } : {}),
    };
  }

  /** Ends the engine. */
  async close(): Promise<void> {
    await this.kept?.endpoint.stop();
    this.kept = undefined;
  }

  private async asker(configuration: Configuration): Promise<ModelAsker> {
    const key = hashOf(configuration);
    if (this.kept?.key === key && this.kept.endpoint.ended() === undefined) return this.kept.asker;
    await this.close();
    const { endpoint: spec, prompt, parser } = configuration;
    const request = { ...configuration.request, timeoutMs: CALL_TIMEOUT_MS };
    // One thread: the bits are the same, and whoever waits for something else goes first.
    const endpoint = await startEndpoint(spec.kind === 'embedded' ? { ...spec, threads: 1 } : spec, { request });
    const asker = new ModelAsker({ target: endpoint, request, prompt, parser });
    this.kept = { key, endpoint, asker };
    return asker;
  }
}

/** A model that cannot be started here says nothing about the answers. */
function unusable(error: unknown): string {
  if (error instanceof EndpointError) return `the model cannot be used here: ${error.message.split('\n')[0]}`;
  throw error;
}

/** Asks about one decision. @returns the difference, undefined where there is none, or why the model gave no answer here */
async function compare(
  { seq, text, past, event }: Askable,
  task: AnyTask,
  asker: ModelAsker,
): Promise<AnswerDifference | undefined | string> {
  const answer = await asker.ask(task, text, undefined, past);
  if (answer.failure !== undefined) return `the engine here gave no answer (${answer.failure})`;
  // As the match reads what the agent sends it.
  const content = contentOf({ type: 'action', seq, ...answeringOf(answer) }, task);
  const words = keptTelemetry(answer.telemetry)?.answer;
  const recorded = event.kind === 'act' ? { action: event.action as unknown as Json } : { rejected: event.reason };
  const again = content.kind === 'action' ? { action: content.action as unknown as Json } : { rejected: content.reason };
  const said = event.telemetry?.answer;
  const isEqual =
    canonicalJson(recorded) === canonicalJson(JSON.parse(JSON.stringify(again)) as Json) && (said === undefined || said === words);
  return isEqual ? undefined : { seq, recorded: told(said, recorded), recomputed: told(words, again) };
}

function counted(reasons: readonly { why: string }[]): AnswersAccount['not'] {
  const counts = new Map<string, number>();
  for (const { why } of reasons) counts.set(why, (counts.get(why) ?? 0) + 1);
  return [...counts].map(([why, count]) => ({ why, count }));
}

/** An answer in words: what was said, and what was read out of it. */
function told(words: string | undefined, read: { action: Json } | { rejected: string }): string {
  const reading = 'action' in read ? JSON.stringify(read.action) : `no action (${read.rejected})`;
  const text = words === undefined ? reading : `${JSON.stringify(words)}, read as ${reading}`;
  return printable(text.length <= MOST_TOLD ? text : `${text.slice(0, MOST_TOLD - 3)}...`);
}
