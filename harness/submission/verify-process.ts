/**
 * The process in which bundles are opened, traces played again and answers of embedded models computed again: what a stranger sent is never worked
 * on in a process that does anything else. Its parent sends one piece of work at a time, bounds its time, and its memory by Node's own flag. The
 * engine that computes answers is a process below this one, at the same low priority.
 *
 *     node --max-old-space-size=MB dist/harness/submission/verify-process.js [PLANS_FOLDER [MODELS_FOLDER...]]
 *
 * An empty name of plans stands for none.
 */
import { readFileSync } from 'node:fs';
import type { Json } from '../../envs/environment.js';
import type { AnswersAccount } from '../answers/account.js';
import { Recomputer, type RecomputeBounds } from '../answers/recompute.js';
import { taskNamed } from '../match/tasks.js';
import { measuredSeat } from '../sweep/cells.js';
import { traceFromBytes } from '../traces/reader.js';
import { openBundle, type OpenedBundle } from './bundle.js';
import { planFault, taskPlanOf } from './entry-check.js';
import { SubmissionError } from './errors.js';
import { figuresOf } from './figures.js';
import type { Figures } from './figures-form.js';
import type { Purpose } from './manifest.js';
import { PublishedPlans } from './terms.js';
import { checkTraceFile, MOST_UNPACKED, type CheckedTrace, type ClaimedTrace } from './trace-check.js';

/** What it is asked. */
export type VerifyAsk =
  | { ask: 'open'; path: string; into: string }
  | { ask: 'trace'; path: string; plan: string; claimed: ClaimedTrace; nowMs: number }
  | { ask: 'answers'; path: string; draw: string; bounds: RecomputeBounds }
  | { ask: 'figures'; task: string; name: string; traces: { path: string; purpose: Purpose }[] };

/**
 * What it says: that it has started, an answer, or why there is none: `refused` by what was sent, `failed` by what this machine could not do (a file
 * that cannot be read), or `broke`: an error of this program's own on that piece of work.
 */
export type VerifySay =
  | { say: 'up' }
  | { say: 'opened'; bundle: OpenedBundle; fault: string | null }
  | { say: 'checked'; checked: CheckedTrace }
  | { say: 'answers'; answers: AnswersAccount }
  | { say: 'figures'; figures: Figures }
  | { say: 'refused' | 'failed' | 'broke'; detail: string };

const [plans, ...models] = process.argv.slice(2);
const published = new PublishedPlans(plans || undefined);
const recomputer = new Recomputer(models);

/** How long an engine waits for the next trace, in milliseconds: it holds a model's weights. */
const IDLE_MS = 10_000;
let idle: NodeJS.Timeout | undefined;

async function answer(message: VerifyAsk): Promise<VerifySay> {
  if (message.ask === 'open') {
    const bundle = await openBundle(message.path, message.into);
    return { say: 'opened', bundle, fault: planFault(bundle.manifest, published) };
  }
  if (message.ask === 'answers') return { say: 'answers', answers: await answersOf(message.path, message.draw, message.bounds) };
  if (message.ask === 'figures') return { say: 'figures', figures: figuresOf(message.task, message.name, message.traces) };
  const plan = published.plan(message.plan);
  const own = plan && taskPlanOf(plan, message.claimed.task);
  if (!own) return { say: 'failed', detail: `the plan ${message.plan} is no longer published` };
  const claimed = { ...message.claimed, configuration: message.claimed.configuration as Json };
  return { say: 'checked', checked: await checkTraceFile(message.path, claimed, own, message.nowMs) };
}

/** The account of the measured seat's answers. */
async function answersOf(path: string, draw: string, bounds: RecomputeBounds): Promise<AnswersAccount> {
  clearTimeout(idle);
  const { trace } = traceFromBytes(readFileSync(path), 'the trace', MOST_UNPACKED);
  const { task, seats, seed } = trace.header;
  try {
    return await recomputer.account(trace, measuredSeat(seats.length, seed), taskNamed(task), draw, bounds);
  } finally {
    idle = setTimeout(() => void recomputer.close(), IDLE_MS).unref();
  }
}

/** By whom a piece of work failed: openBundle and Node name the system's call, or wrap the error of one. */
function kindOf(error: Error): 'refused' | 'failed' | 'broke' {
  if (error instanceof SubmissionError) return 'refused';
  return [error, error.cause].some((each) => typeof (each as NodeJS.ErrnoException | undefined)?.syscall === 'string') ? 'failed' : 'broke';
}

process.on('message', (message: VerifyAsk) => {
  answer(message)
    .catch((error: Error): VerifySay => ({ say: kindOf(error), detail: error.message }))
    .then((say) => process.send?.(say));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent says when it is over.
process.on('SIGINT', () => undefined);
process.send?.({ say: 'up' } satisfies VerifySay);
