/**
 * Measures embedded configurations of a published plan on this machine, and keeps what comes of it as entries of the division `reference`: the
 * verifier of all entries judges them, and on top of that every answer has to come again.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { accountText, isAllEqual, type AnswersAccount } from '../../../harness/answers/account.js';
import { freshDraw } from '../../../harness/answers/draw.js';
import { isTeam } from '../../../harness/configuration/team.js';
import { identifyEmbedded, modelFolder } from '../../../harness/endpoints/start.js';
import { describeHost } from '../../../harness/host/description.js';
import { writeBundle } from '../../../harness/submission/bundle.js';
import { collect } from '../../../harness/submission/collect.js';
import { SubmissionError } from '../../../harness/submission/errors.js';
import { makeKeys, readKeys, signature, type Keys } from '../../../harness/submission/keys.js';
import type { Manifest, ManifestEntry } from '../../../harness/submission/manifest.js';
import type { Measured, MeasuringHost } from '../../../harness/submission/measured.js';
import { measuringHostOf } from '../../../harness/submission/measuring-host.js';
import { measuredPart, playMeasured } from '../../../harness/submission/measuring.js';
import { MOST_UNPACKED } from '../../../harness/submission/trace-check.js';
import { PublishedPlans } from '../../../harness/submission/terms.js';
import { judgeBundle, type JudgedEntry } from '../../../harness/submission/verification.js';
import { USUAL_LIMITS, Verifier } from '../../../harness/submission/verifier.js';
import type { Plan } from '../../../harness/sweep/plan.js';
import { traceFromBytes } from '../../../harness/traces/reader.js';
import { tracesFolder } from '../store/database.js';
import type { Store } from '../store/store.js';
import { keepAll } from './receive.js';

export interface MeasureSettings {
  /** A published plan's name. */
  plan: string;
  /** Its configurations that are measured; all that are embedded without any. */
  names?: readonly string[];
  /** The board's folder. */
  board: string;
  /** A folder of plans beside the package's own. */
  plans?: string;
  /** Where it is played into. */
  folder: string;
  say: (line: string) => void;
  signal: AbortSignal;
  /** Where progress is shown (default: standard error). */
  progress?: NodeJS.WriteStream;
}

/** What became of a configuration that was measured. */
export interface MeasuredEntry {
  task: string;
  name: string;
  /** Kept as this entry; null where it was not, and `why`. */
  entry: string | null;
  why: string | null;
  answers: AnswersAccount | null;
}

/** Every answer of a trace is computed again, however long it takes. */
const LIMITS = { ...USUAL_LIMITS, answers: { decisions: Number.MAX_SAFE_INTEGER, seconds: 3600 } };

/** How whoever measured here is called. */
const SUBMITTER = 'the board';

/**
 * Plays, judges and keeps. @param withStore opens the board's store, once everything is played: it is never open beside a match that is measured
 * @throws SubmissionError, and what a sweep throws
 */
export async function measure(
  settings: MeasureSettings,
  withStore: <T>(work: (store: Store) => Promise<T>) => Promise<T>,
): Promise<MeasuredEntry[]> {
  const { board, plans, folder, say, signal, progress } = settings;
  const published = new PublishedPlans(plans);
  const plan = published.plan(settings.plan);
  if (!plan) throw new SubmissionError(`"${settings.plan}" is no published plan; published are ${published.names.join(', ') || 'none'}`);
  const host = measuringHostOf(describeHost());
  if (!host) throw new SubmissionError('this host cannot be described as the division reference needs it'); // never on a host that Node runs on
  const part = measuredPart(plan, settings.names);
  say(
    `${host.name}: ${part.configurations.map(({ name }) => name).join(', ')} on ${part.tasks.map(({ name }) => name).join(' and ')}; results in ${folder}`,
  );
  const unfinished = await playMeasured(part, { folder, say, signal, progress });
  for (const line of unfinished) say(line);
  if (unfinished.length > 0) say('the same command plays again what is unfinished');
  const keys = boardKeys(join(board, 'measured', 'key.pem'));
  const { manifest, paths } = await collect(
    folder,
    { name: SUBMITTER, plan: plan.name, key: keys.publicText, madeAt: new Date().toISOString() },
    published,
  );
  const faults = new Map(manifest.entries.map((entry) => [entry, hostFault(entry, paths, host)]));
  const elsewhere = manifest.entries.filter((entry) => faults.get(entry) !== null).map((entry): MeasuredEntry => ({ task: entry.task, name: entry.name, entry: null, why: faults.get(entry)!, answers: null })); // prettier-ignore
  const here = manifest.entries.filter((entry) => faults.get(entry) === null);
  if (here.length === 0) return elsewhere;
  return await withStore(async (store) => {
    const [known, fresh] = await alreadyThere(here, store);
    if (fresh.length === 0) return [...elsewhere, ...known];
    const temporary = mkdtempSync(join(tmpdir(), 'tickbench-measured-'));
    const verifier = new Verifier(LIMITS, plans, modelFolders(part));
    try {
      const path = join(temporary, 'bundle.tar');
      const traces = join(temporary, 'traces');
      await writeBundle(path, { ...manifest, entries: fresh }, keys, (hash) => paths.get(hash)!);
      const opened = await verifier.open(path, traces);
      if (opened.fault !== null) throw new SubmissionError(opened.fault);
      say('every match is played again, and every answer computed again');
      const judged = await judgeBundle(opened.bundle.manifest, { verifier, published, drawKey: freshDraw(), folder: traces, nowMs: Date.now(), stopped: () => signal.aborted, seenBefore: (checked, hash) => store.seenBefore(checked, hash, keys.publicText) }); // prettier-ignore
      for (const each of judged) each.fault ??= answersFault(each);
      return [...elsewhere, ...known, ...(await keep(judged, opened.bundle.manifest, { keys, part, host, traces, board, store }))];
    } finally {
      await verifier.close();
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}

/** Entries that are on the board with these very matches, and those that are not. */
async function alreadyThere(entries: readonly ManifestEntry[], store: Store): Promise<[MeasuredEntry[], ManifestEntry[]]> {
  const [known, fresh]: [MeasuredEntry[], ManifestEntry[]] = [[], []];
  for (const entry of entries) {
    const id = await store.measuredWith(entry.traces[0]!.hash);
    if (id === undefined) fresh.push(entry);
    else known.push({ task: entry.task, name: entry.name, entry: id, why: 'these matches are on the board already', answers: null });
  }
  return [known, fresh];
}

/** The folders in which the models of a plan lie. */
function modelFolders({ configurations }: Plan): string[] {
  const models = configurations.flatMap((each) => (!isTeam(each) && each.endpoint.kind === 'embedded' ? [each.endpoint.model] : []));
  return [...new Set(models.map((model) => dirname(modelFolder(model))))];
}

/** Here every answer that came has to come again: the weights, the map and the engine are at hand. */
function answersFault({ answers }: JudgedEntry): string | null {
  if (!answers) return 'its answers were not computed again';
  return isAllEqual(answers) ? null : `not every answer was computed again: ${accountText(answers)}`;
}

/** Latencies are those of one host: matches that another one played are refused. */
function hostFault({ traces }: ManifestEntry, paths: ReadonlyMap<string, string>, host: MeasuringHost): string | null {
  for (const { hash, seed, purpose } of traces) {
    const path = paths.get(hash)!;
    const { header } = traceFromBytes(readFileSync(path), path, MOST_UNPACKED).trace;
    const played = measuringHostOf(header.host)?.name;
    if (played !== host.name)
      return `its match on seed ${seed} (${purpose}) was played on ${played ?? 'a host that it does not describe'}, and this is ${host.name}`;
  }
  return null;
}

interface Keeping {
  keys: Keys;
  part: Plan;
  host: MeasuringHost;
  /** Where the traces lie until they are kept. */
  traces: string;
  board: string;
  store: Store;
}

/** Keeps the entries that are accepted, as a submission of their own. */
async function keep(
  judged: readonly JudgedEntry[],
  manifest: Manifest,
  { keys, part, host, traces, board, store }: Keeping,
): Promise<MeasuredEntry[]> {
  const accepted = judged.filter(({ fault }) => fault === null);
  const ids = new Map<ManifestEntry, string>();
  if (accepted.length > 0) {
    const own: Manifest = { ...manifest, entries: accepted.map(({ entry }) => entry) };
    const text = `${JSON.stringify(own, null, 1)}\n`;
    const opened = { manifest: own, manifestText: text, signature: signature(keys, Buffer.from(text)) };
    const bundle = { hash: createHash('sha256').update(text).digest('hex'), bytes: Buffer.byteLength(text) };
    const measured = await Promise.all(own.entries.map((entry) => measuredBy(entry, part, host)));
    const hashes = own.entries.flatMap((entry) => entry.traces.map(({ hash }) => hash));
    const id = await keepAll(traces, tracesFolder(board), hashes, store, () => store.receiveMeasured(opened, bundle, measured, accepted));
    for (const [i, { id: entry }] of (await store.entriesOf(id)).entries()) ids.set(own.entries[i]!, entry);
  }
  return judged.map(({ entry, fault, answers }) => ({
    task: entry.task,
    name: entry.name,
    entry: ids.get(entry) ?? null,
    why: fault,
    answers: answers ?? null,
  }));
}

/** By what an entry was measured. @throws EndpointError */
async function measuredBy({ name }: ManifestEntry, { configurations }: Plan, host: MeasuringHost): Promise<Measured> {
  const own = configurations.find((each) => each.name === name);
  if (!own || isTeam(own) || own.endpoint.kind !== 'embedded') throw new SubmissionError(`${name}: no embedded configuration of the plan`);
  return { host, ...(await identifyEmbedded(own.endpoint)) };
}

/** The board's own keys: what it measures is signed by the same from the first time on. */
function boardKeys(path: string): Keys {
  return existsSync(path) ? readKeys(path) : makeKeys(path);
}
