/** Makes a bundle's content out of a sweep's folder: every configuration and bot that it played, with what the traces tell of them. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import type { Json } from '../../envs/environment.js';
import type { TraceHeader } from '../../scoring/trace/trace.js';
import { explain, readYaml } from '../configuration/configuration.js';
import { recordedPrice } from '../configuration/price.js';
import { fileFault } from '../host/fault.js';
import { packageVersion } from '../host/root.js';
import { printable } from '../protocol/printable.js';
import { readTraceFile } from '../traces/reader.js';
import { bytesHash } from './bundle.js';
import { taskPlanOf } from './entry-check.js';
import { SubmissionError } from './errors.js';
import { aboutSchema, manifestSchema, purposes, type About, type Manifest, type ManifestEntry } from './manifest.js';
import { termsOf, type PublishedPlans } from './terms.js';
import { plannedOf } from './trace-check.js';
import { asPlainLine, plainLine } from './words.js';

const cellsFile = z.object({
  tickbench: z.literal('cells.v1'),
  cells: z.array(
    z.looseObject({
      task: z.string(),
      configuration: z.string(),
      kind: z.enum(['embedded', 'external', 'bot']),
      purpose: z.enum([...purposes, 'confirm', 'contention']),
      seed: z.int(),
      seat: z.int().min(0),
      trace: z.string(),
    }),
  ),
});

const summaryFile = z.looseObject({
  sweep: z.string().optional(),
  tasks: z
    .record(z.string(), z.looseObject({ rows: z.array(z.looseObject({ name: z.string(), group: z.string().optional() })) }))
    .optional(),
});

/** What a submitter says: of itself, and of what was played, for all entries (`all`) or one by its name. */
const aboutFile = z.strictObject({
  submitter: plainLine(60).optional(),
  contact: plainLine(120).optional(),
  entries: z.record(z.string(), aboutSchema).default({}),
});

export type AboutFile = z.infer<typeof aboutFile>;

/** Reads a submitter's file about its entries. @throws ConfigurationError, SubmissionError with each thing that is wrong */
export function readAbout(path: string): AboutFile {
  const parsed = aboutFile.safeParse(readYaml(path));
  if (!parsed.success) throw new SubmissionError(`${path} says nothing about entries as a bundle has it:\n${explain(parsed.error)}`);
  return parsed.data;
}

/** A bundle's content. */
export interface Collected {
  manifest: Manifest;
  /** Where each trace lies, by the hash of its file. */
  paths: ReadonlyMap<string, string>;
}

/** What goes into the manifest beside what was played. */
export interface Submitter {
  name: string;
  contact?: string;
  about?: AboutFile;
  /** The plan's name, where the folder does not tell it. */
  plan?: string;
  key: string;
  /** ISO 8601. */
  madeAt: string;
}

/**
 * Collects a sweep's folder. Void cells go in as they are: leaving them out would be picking.
 * @throws SubmissionError for a folder without a report, or of a plan that is not published; TraceError
 */
export async function collect(folder: string, submitter: Submitter, published: PublishedPlans): Promise<Collected> {
  const { cells } = read(folder, 'cells.json', cellsFile);
  const summary = existsSync(join(folder, 'summary.json')) ? read(folder, 'summary.json', summaryFile) : {};
  const name = submitter.plan ?? summary.sweep ?? basename(resolve(folder));
  const plan = published.plan(name);
  if (!plan) throw new SubmissionError(`${folder}: it was played by the plan "${name}"; published are ${published.names.join(', ')}; --plan NAME names another`); // prettier-ignore
  const paths = new Map<string, string>();
  const entries = new Map<string, ManifestEntry>();
  for (const { task, configuration, kind, purpose, seed, seat, trace } of cells) {
    if (purpose === 'confirm' || purpose === 'contention') continue; // see manifest.ts
    const path = join(folder, trace);
    const hash = bytesHash(readBytes(path));
    paths.set(hash, path);
    const key = `${task} ${configuration}`;
    const newEntry = async (): Promise<ManifestEntry> => {
      const { header } = (await readTraceFile(path)).trace;
      const recorded = plannedOf(header.seats[seat]?.configuration) as ManifestEntry['configuration'];
      const common = { task, name: configuration, configuration: recorded, traces: [] };
      if (kind === 'bot') return { ...common, kind, about: {} };
      const group = summary.tasks?.[task]?.rows.find((row) => row.name === configuration)?.group;
      const told = submitter.about?.entries ?? {};
      return { ...common, kind: 'model', about: { ...tellable(header, seat, group), ...told.all, ...told[configuration] } };
    };
    const entry = entries.get(key) ?? (await newEntry());
    entries.set(key, entry);
    entry.traces.push({ seed, purpose, hash });
  }
  const unknown = unplayed(submitter.about, [...entries.values()]);
  if (unknown !== undefined) throw new SubmissionError(unknown);
  const tasks = [...new Set([...entries.values()].map(({ task }) => task))];
  const manifest = {
    tickbench: 'bundle.v1',
    submitter: { name: submitter.name, ...(submitter.contact === undefined ? {} : { contact: submitter.contact }) },
    key: submitter.key,
    program: `tickbench ${packageVersion()}`,
    madeAt: submitter.madeAt,
    plan: { name, tasks: Object.fromEntries(tasks.flatMap((task) => { const own = taskPlanOf(plan, task); return own ? [[task, termsOf(own)]] : []; })) }, // prettier-ignore
    entries: [...entries.values()],
  };
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) throw new SubmissionError(`${folder}: this cannot be submitted:\n${explain(parsed.error)}`);
  return { manifest: parsed.data, paths };
}

/** What is said of an entry that is not there, in words: it would be lost without a word. Undefined when there is none such. */
function unplayed(about: AboutFile | undefined, entries: readonly ManifestEntry[]): string | undefined {
  const accepted = ['all', ...new Set(entries.filter(({ kind }) => kind === 'model').map(({ name }) => name))];
  const unknown = Object.keys(about?.entries ?? {}).filter((name) => !accepted.includes(name));
  if (unknown.length === 0) return undefined;
  const names = unknown.map((name) => JSON.stringify(name)).join(', ');
  return printable(`what is said of entries: ${names}: no configuration of that name was played; accepted: ${accepted.join(', ')}`);
}

/** What traces tell of who played: the rest only the submitter knows. */
function tellable(header: TraceHeader, seat: number, size: string | undefined): About {
  const record = header.seats[seat];
  const { endpoint, engine } = (record?.configuration ?? {}) as { endpoint?: Record<string, Json>; engine?: Record<string, Json> };
  const host = header.host as Record<string, Json>;
  const isOurs = endpoint?.kind === 'embedded';
  const precision = engine?.label ?? (typeof endpoint?.precision === 'string' ? endpoint.precision : undefined);
  const told: Record<string, string | undefined> = {
    model: typeof endpoint?.model === 'string' ? asPlainLine(endpoint.model, 120) : undefined,
    size: size === undefined ? undefined : asPlainLine(size, 20),
    precision: typeof precision === 'string' ? asPlainLine(precision, 80) : undefined,
    engine: isOurs ? `tickbench ${packageVersion()} embedded` : undefined,
    kernel: typeof engine?.activations === 'string' ? asPlainLine(engine.activations, 80) : undefined,
    // The machine that the match was played on computes the answers only where the engine is in it.
    hardware: isOurs ? asPlainLine(`${String(host.cpu)}, ${String(host.cores)} cores, ${String(host.memoryMb)} MB`, 160) : undefined,
  };
  const price = recordedPrice(record?.configuration);
  return { ...Object.fromEntries(Object.entries(told).filter(([, text]) => text !== undefined)), ...(price ? { price: price as About['price'] } : {}) }; // prettier-ignore
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SubmissionError(`${path}: ${fileFault(error)}; the report lists it`);
  }
}

function read<T>(folder: string, name: string, form: z.ZodType<T>): T {
  const path = join(folder, name);
  try {
    return form.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError || error instanceof SyntaxError ? 'it is not as a sweep writes it' : fileFault(error);
    throw new SubmissionError(`${path}: ${why}; the folder of a sweep that has ended, or a bundle, is expected`);
  }
}
