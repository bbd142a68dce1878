/** A run of a benchmark as `npm run bench -- NAME --json` prints it, read again to be drawn. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from '../../harness/cli/values.js';
import { explain } from '../../harness/configuration/configuration.js';

/** JSON has no figure for what could not be measured. */
const measured = z.union([z.number(), z.null().transform(() => NaN)]);
const runs = z.array(measured);

const schema = z.object({
  name: z.string(),
  /** The day, as YYYY-MM-DD. */
  date: z.iso.date(),
  host: z.looseObject({ cpu: z.string(), cores: z.number(), node: z.string(), loadPermille: z.number() }),
  rows: z.array(
    z.object({
      ...{ case: z.string(), unit: z.string(), ours: measured, peer: measured.optional(), ratio: measured.optional(), note: z.string().optional() },
      ...{ setting: z.string(), figure: z.string(), peerIs: z.string(), runs: z.object({ ours: runs, peer: runs }) },
    }).partial({ setting: true, figure: true, peerIs: true, runs: true }),
  ),
}); // prettier-ignore

/** What was measured, where and when. */
export type BenchRun = z.output<typeof schema>;

/** Reads a run. @throws UsageError naming the file, the key, and what is accepted there */
export function readRun(path: string, name: string): BenchRun {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`--rows ${path}: ${(error as Error).message}; accepted: what npm run bench -- ${name} --json printed`);
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new UsageError(`--rows ${path} is no run of a benchmark:\n${explain(parsed.error)}`);
  if (parsed.data.name !== name) throw new UsageError(`--rows ${path}: a run of ${parsed.data.name}; accepted: one of ${name}`);
  return parsed.data;
}
