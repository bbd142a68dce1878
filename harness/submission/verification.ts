/** Judges a whole bundle, entry by entry: what a server says of it, and what `tickbench verify` says before it is sent. */
import type { Json } from '../../envs/environment.js';
import { differenceText, together, type AnswersAccount } from '../answers/account.js';
import { hasEmbedded } from '../answers/configuration.js';
import { traceDraw } from '../answers/draw.js';
import { tracePlace } from './bundle.js';
import { entryFault, listFault, taskPlanOf } from './entry-check.js';
import { SubmissionError } from './errors.js';
import type { Figures } from './figures-form.js';
import type { Manifest, ManifestEntry } from './manifest.js';
import type { PublishedPlans } from './terms.js';
import type { CheckedTrace } from './trace-check.js';
import { VerifierError, type Verifier } from './verifier.js';

/** An entry with what was found: figures when it is accepted, else why not. */
export interface JudgedEntry {
  entry: ManifestEntry;
  /** By the entry's own order of traces; none where the entry is refused by what it lists, before any of its traces is played. */
  traces: CheckedTrace[];
  fault: string | null;
  figures?: Figures;
  /** Of an entry with an embedded model whose traces play again as they say: what came of computing its answers again. */
  answers?: AnswersAccount;
}

/** Says of a trace that it was submitted before, in words; null when it was not. */
export type SeenBefore = (checked: CheckedTrace, fileHash: string) => Promise<string | null>;

export interface JudgeSettings {
  verifier: Verifier;
  published: PublishedPlans;
  /** The key by which answers are drawn where not all are computed again (see ../answers/draw.ts): a submitter must not know it. */
  drawKey: string;
  /** Where the bundle's traces lie (see `tracePlace`). */
  folder: string;
  /** Traces of other submissions; only a board knows any. */
  seenBefore?: SeenBefore;
  /** Told after each trace that was played again, with how many will be. */
  onTrace?: (done: number, total: number, checked: CheckedTrace) => void;
  /** Told after each trace whose answers were computed again, with how many of its entry's will be. */
  onAnswers?: (done: number, total: number) => void;
  /** Milliseconds since 1970. */
  nowMs: number;
  /** Asked between traces; true stops it. */
  stopped?: () => boolean;
}

/**
 * Judges every entry of a bundle whose plan is published (see `planFault`), each for itself.
 * @throws VerifierError when it cannot be carried out here, which says nothing of the bundle
 */
export async function judgeBundle(manifest: Manifest, settings: JudgeSettings): Promise<JudgedEntry[]> {
  const plan = settings.published.plan(manifest.plan.name)!;
  // What an entry lists is looked at first: it costs nothing, and playing its traces does.
  const listed = manifest.entries.map((entry) => ({ entry, fault: listFault(entry, taskPlanOf(plan, entry.task)!) }));
  const total = listed.reduce((sum, { entry, fault }) => sum + (fault === null ? entry.traces.length : 0), 0);
  const seenHere = new Map<string, string>();
  const judged: JudgedEntry[] = [];
  let done = 0;
  for (const { entry, fault: wrong } of listed) {
    if (wrong !== null) {
      judged.push({ entry, traces: [], fault: wrong });
      continue;
    }
    const traces: CheckedTrace[] = [];
    for (const { hash, seed, purpose } of entry.traces) {
      if (settings.stopped?.()) throw new VerifierError('verification was stopped');
      const { task, name, kind } = entry;
      const claimed = { task, name, kind, configuration: entry.configuration as Json, seed, purpose };
      const checked = await settings.verifier.trace(tracePlace(settings.folder, hash), plan.name, claimed, settings.nowMs);
      checked.fault ??= again(seenHere, checked, `${task} ${name}, ${purpose} on seed ${seed}`) ?? (await settings.seenBefore?.(checked, hash)) ?? null; // prettier-ignore
      traces.push(checked);
      settings.onTrace?.(++done, total, checked);
    }
    const answers = entryFault(entry, traces) === null ? await answersAgain(entry, traces, settings) : undefined;
    const fault = entryFault(entry, traces);
    const found = fault === null ? await reckoned(entry, settings) : { fault };
    judged.push({ entry, traces, ...found, ...(answers ? { answers } : {}) });
  }
  return judged;
}

/**
 * Has the answers of an embedded model computed again, trace by trace. One that differs is a fault of its trace: the identity that the trace names is a
 * hash of the weights, the precision map and the engine, which are those that computed it here.
 */
async function answersAgain(
  { kind, configuration, traces: listed }: ManifestEntry,
  traces: readonly CheckedTrace[],
  { verifier, drawKey, folder, stopped, onAnswers }: JudgeSettings,
): Promise<AnswersAccount | undefined> {
  if (kind !== 'model' || !hasEmbedded(configuration)) return undefined;
  for (const [i, checked] of traces.entries()) {
    if (stopped?.()) throw new VerifierError('verification was stopped');
    const draw = traceDraw(drawKey, checked.textHash ?? listed[i]!.hash);
    checked.answers = await verifier.answers(tracePlace(folder, listed[i]!.hash), checked.decisions ?? 0, draw);
    onAnswers?.(i + 1, traces.length);
    const { first } = checked.answers;
    if (first) checked.fault = `its answers are not this model's: ${differenceText(first)}`;
  }
  return together(traces.map(({ answers }) => answers!));
}

/** An entry's figures, or why none can be reckoned within the bounds: that refuses this entry, and no other of its bundle. */
async function reckoned(
  { task, name, traces }: ManifestEntry,
  { verifier, folder }: JudgeSettings,
): Promise<Pick<JudgedEntry, 'fault' | 'figures'>> {
  const files = traces.map(({ hash, purpose }) => ({ path: tracePlace(folder, hash), purpose }));
  try {
    return { fault: null, figures: await verifier.figures(task, name, files) };
  } catch (error) {
    if (error instanceof SubmissionError) return { fault: error.message };
    throw error;
  }
}

/** Whether the same match was given before in the same bundle, packed or told otherwise. */
function again(seen: Map<string, string>, { fault, textHash, playHash }: CheckedTrace, place: string): string | null {
  if (fault !== null) return null;
  const keys = [textHash, playHash].filter((key) => key !== undefined);
  const before = keys.map((key) => seen.get(key)).find((found) => found !== undefined);
  for (const key of keys) seen.set(key, place);
  return before === undefined ? null : `the same match was given for ${before}`;
}
