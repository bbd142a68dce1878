/**
 * The process in which bundles are opened and traces played again: what a stranger sent is never worked on in a process that does anything
 * else. Its parent sends one piece of work at a time, bounds its time, and its memory by Node's own flag.
 *
 *     node --max-old-space-size=MB dist/harness/submission/verify-process.js [PLANS_FOLDER]
 */
import type { Json } from '../../envs/environment.js';
import { openBundle, type OpenedBundle } from './bundle.js';
import { planFault, taskPlanOf } from './entry-check.js';
import { SubmissionError } from './errors.js';
import { figuresOf, type Figures } from './figures.js';
import type { Purpose } from './manifest.js';
import { PublishedPlans } from './terms.js';
import { checkTraceFile, type CheckedTrace, type ClaimedTrace } from './trace-check.js';

/** What it is asked. */
export type VerifyAsk =
  | { ask: 'open'; path: string; into: string }
  | { ask: 'trace'; path: string; plan: string; claimed: ClaimedTrace; nowMs: number }
  | { ask: 'figures'; task: string; name: string; traces: { path: string; purpose: Purpose }[] };

/** What it says: that it has started, an answer, or why there is none: `refused` by what was sent, or `failed` by what happened here. */
export type VerifySay =
  | { say: 'up' }
  | { say: 'opened'; bundle: OpenedBundle; fault: string | null }
  | { say: 'checked'; checked: CheckedTrace }
  | { say: 'figures'; figures: Figures }
  | { say: 'refused' | 'failed'; detail: string };

const published = new PublishedPlans(process.argv[2]);

async function answer(message: VerifyAsk): Promise<VerifySay> {
  if (message.ask === 'open') {
    const bundle = await openBundle(message.path, message.into);
    return { say: 'opened', bundle, fault: planFault(bundle.manifest, published) };
  }
  if (message.ask === 'figures') return { say: 'figures', figures: figuresOf(message.task, message.name, message.traces) };
  const plan = published.plan(message.plan);
  const own = plan && taskPlanOf(plan, message.claimed.task);
  if (!own) return { say: 'failed', detail: `the plan ${message.plan} is no longer published` };
  const claimed = { ...message.claimed, configuration: message.claimed.configuration as Json };
  return { say: 'checked', checked: await checkTraceFile(message.path, claimed, own, message.nowMs) };
}

process.on('message', (message: VerifyAsk) => {
  answer(message)
    .catch((error: Error): VerifySay => ({ say: error instanceof SubmissionError ? 'refused' : 'failed', detail: error.message }))
    .then((say) => process.send?.(say));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent says when it is over.
process.on('SIGINT', () => undefined);
process.send?.({ say: 'up' } satisfies VerifySay);
