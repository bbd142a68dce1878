/** A sweep's `summary.json` for its pages. What of an old or damaged one cannot be read is left out and said; the rest is shown. */
import { z } from 'zod';
import { estimateForm, rowForm, taskForm, verdictForm, type SummaryRow, type SummaryTask } from '../../../../harness/evidence/summary.js';

export type { SummaryRow, SummaryTask };

/** What the one to take earned less what another did. */
const comparedForm = z.object({ name: z.string(), difference: estimateForm });

const recommendationForm = verdictForm.extend({
  take: z.string().nullish(),
  tied: z.array(comparedForm).default([]),
  less: z.array(comparedForm).default([]),
});
export type SummaryVerdict = z.infer<typeof recommendationForm>;

/** What could be read of a sweep. */
export interface ReadSummary {
  /** By name, in the summary's order. */
  tasks: Map<string, SummaryTask>;
  verdicts: SummaryVerdict[];
  /** Whether every match was played and counts; true where an older summary does not say. */
  isFinished: boolean;
  /** The host's properties as the summary has them, such as `cpu` and `cores`. */
  host: Record<string, string | number>;
  /** What is left out and why, a sentence each. */
  faults: string[];
}

const hostForm = z.record(z.string(), z.unknown()).catch({});

/**
 * Reads a summary as far as it can be read.
 * @throws SyntaxError when the text is not JSON, TypeError when it is no summary at all
 */
export function readSummary(text: string): ReadSummary {
  const raw: unknown = JSON.parse(text);
  if (!isRecord(raw) || !isRecord(raw.tasks)) throw new TypeError('it has no tasks; a summary.json that a sweep wrote is accepted');
  const faults: string[] = [];
  const tasks = new Map(Object.entries(raw.tasks).flatMap(([name, each]) => {
    const task = taskOf(name, each, faults);
    return task ? [[name, task] as const] : [];
  })); // prettier-ignore
  const said = Array.isArray(raw.verdicts) ? (raw.verdicts as unknown[]) : [];
  const verdicts = said.flatMap((each, i) => {
    if (each === null) return [];
    const read = recommendationForm.safeParse(each);
    if (!read.success) faults.push(`verdict ${i + 1}: ${first(read.error)}`);
    return read.success ? [read.data] : [];
  });
  const host = Object.entries(hostForm.parse(raw.host)).filter(
    (entry): entry is [string, string | number] => typeof entry[1] === 'string' || typeof entry[1] === 'number',
  );
  return { tasks, verdicts, isFinished: raw.finished !== false, host: Object.fromEntries(host), faults };
}

function taskOf(name: string, raw: unknown, faults: string[]): SummaryTask | undefined {
  if (!isRecord(raw)) {
    faults.push(`${name}: not an object`);
    return undefined;
  }
  const listed = Array.isArray(raw.rows) ? (raw.rows as unknown[]) : [];
  if (!Array.isArray(raw.rows)) faults.push(`${name}: rows: not a list`);
  const seen = new Set<string>();
  const rows = listed.flatMap((each, i) => {
    const row = rowOf(`${name}, row ${i + 1}`, each, faults);
    if (!row) return [];
    if (seen.has(row.name)) faults.push(`${name}, row ${i + 1}: a second ${row.name}`);
    else if (seen.add(row.name)) return [row];
    return [];
  });
  const read = taskForm.safeParse({ ...raw, rows });
  if (!read.success) faults.push(`${name}: ${first(read.error)}`);
  return read.data;
}

/** A row without the figures that cannot be read. */
function rowOf(where: string, raw: unknown, faults: string[]): SummaryRow | undefined {
  const { figures, ...rest } = isRecord(raw) ? raw : {};
  const readable = Object.entries(isRecord(figures) ? figures : {}).flatMap(([key, value]) => {
    const read = estimateForm.safeParse(value);
    if (!read.success) faults.push(`${where}: figures.${key}: ${first(read.error)}`);
    return read.success ? [[key, read.data] as const] : [];
  });
  const read = rowForm.safeParse({ ...rest, figures: Object.fromEntries(readable) });
  if (!read.success) faults.push(`${where}: ${first(read.error)}`);
  return read.data;
}

function first({ issues: [issue] }: z.ZodError): string {
  return issue ? [issue.path.join('.'), issue.message].filter((part) => part !== '').join(': ') : 'cannot be read';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
