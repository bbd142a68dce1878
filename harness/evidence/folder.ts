/** A sweep's folder as evidence: its cells that count, whose configuration each is of, and what is known of that as a whole. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { TraceHeader } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { readMatch, ResultsError, type ReadMatch } from './matches.js';

const cellForm = z.looseObject({
  id: z.string(),
  task: z.string(),
  configuration: z.string(),
  identity: z.string(),
  kind: z.enum(['embedded', 'external', 'bot']),
  purpose: z.enum(['measure', 'patient', 'confirm']),
  seed: z.number(),
  seat: z.int().min(0),
  /** In the folder itself: a results folder may come from somebody else. */
  trace: z.string().regex(/^traces\/[^/\\]+$/),
});

const cellsFile = z.object({ tickbench: z.literal('cells.v1'), cells: z.array(cellForm) });

/** A match of a configuration. */
export interface ResultCell extends ReadMatch {
  task: string;
  configuration: string;
  identity: string;
  kind: 'embedded' | 'external' | 'bot';
  purpose: 'measure' | 'patient' | 'confirm';
  seat: number;
}

/** Everything that counts of a folder. */
export interface Results {
  folder: string;
  cells: ResultCell[];
  /** Cells that do not count, and why, a sentence each. */
  left: { task: string; configuration: string; seed: number; purpose: ResultCell['purpose']; why: string }[];
  summary: Summary | undefined;
}

const estimate = z.looseObject({ value: z.number().nullable() });

const summaryFile = z.object({
  tickbench: z.literal('summary.v1'),
  tasks: z.record(
    z.string(),
    z.looseObject({
      rows: z.array(
        z.looseObject({
          name: z.string(),
          figures: z.looseObject({ probeQuality: estimate.optional(), patientPlay: estimate.optional() }),
        }),
      ),
    }),
  ),
});

type Summary = z.infer<typeof summaryFile>;

/** Whether a path is a sweep's folder with a report in it. */
export function isResults(path: string): boolean {
  return existsSync(join(path, 'cells.json'));
}

/**
 * Reads a sweep's folder and plays its matches again. Each trace counts for one cell at most.
 * @param purposes of the cells that are read @throws ResultsError for a folder without a report
 */
export async function readResults(folder: string, purposes: readonly ResultCell['purpose'][]): Promise<Results> {
  const { cells: records } = read(folder, 'cells.json', cellsFile);
  const summary = existsSync(join(folder, 'summary.json')) ? read(folder, 'summary.json', summaryFile) : undefined;
  const cells: ResultCell[] = [];
  const left: Results['left'] = [];
  const seen = new Set<string>();
  for (const record of records) {
    const { task, configuration, identity, kind, purpose, seat, seed, trace: name } = record;
    if (!purposes.includes(purpose)) continue;
    const found = await readMatch(join(folder, name));
    const keys = typeof found === 'string' ? [name] : [name, `${found.trace.header.id} ${found.trace.footer.digest}`];
    const isSecond = keys.some((key) => seen.has(key));
    const why =
      typeof found === 'string' ? found : (strangeTo(record, found.trace.header) ?? (isSecond ? 'it is listed twice' : undefined));
    for (const key of keys) seen.add(key);
    if (typeof found === 'string' || why !== undefined) left.push({ task, configuration, seed, purpose, why: why! });
    else cells.push({ ...found, task, configuration, identity, kind, purpose, seat });
  }
  return { folder, cells, left, summary };
}

/** What cells.json says of a match that its trace does not; undefined where they agree. */
function strangeTo(
  { id, task, seed, seat, kind, configuration, purpose }: z.infer<typeof cellForm>,
  header: TraceHeader,
): string | undefined {
  const named = header.seats[seat];
  const said: [what: string, listed: unknown, recorded: unknown][] = [
    ['match', id, header.id],
    ['task', task, header.task],
    ['seed', seed, header.seed],
    ['patient play', purpose === 'patient', header.patient === true],
    ['player', kind === 'bot' ? 'bot' : 'model', named?.kind],
  ];
  const other = said.find(([, listed, recorded]) => listed !== recorded);
  if (other) return `cells.json lists it with the ${other[0]} ${String(other[1])}; its trace says ${String(other[2])}`;
  // What is injected stands behind a name.
  const { name } = named!;
  return name === configuration || name.startsWith(`${configuration} +`) || name.startsWith(`${configuration}, `)
    ? undefined
    : `cells.json lists it as of ${configuration}; in its trace that seat is ${name}'s`;
}

/** A configuration's quality on a task as the report has it; a figure that was not measured is absent. */
export function knownQuality({ summary }: Results, task: string, configuration: string): { quality?: number; patient?: number } {
  const figures = summary?.tasks[task]?.rows.find(({ name }) => name === configuration)?.figures;
  const [quality, patient] = [figures?.probeQuality?.value, figures?.patientPlay?.value];
  return { ...(typeof quality === 'number' ? { quality } : {}), ...(typeof patient === 'number' ? { patient } : {}) };
}

function read<T>(folder: string, name: string, form: z.ZodType<T>): T {
  const path = join(folder, name);
  try {
    return form.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError || error instanceof SyntaxError ? 'it is not as a sweep writes it' : fileFault(error);
    throw new ResultsError(`${path}: ${why}; the folder of a sweep that has ended is expected`);
  }
}
