/** A sweep's `cells.json`, as far as a configuration's page shows it. Cells that cannot be read are left out and counted. */
import { z } from 'zod';

const cellForm = z.object({
  task: z.string(),
  configuration: z.string(),
  seed: z.number(),
  clock: z.string().optional(),
  purpose: z.string().optional(),
  decisions: z.number().optional(),
  worldMeanMs: z.number().nullish(),
  reward: z.number().nullish(),
  counts: z.boolean().optional(),
  void: z.string().optional(),
  /** Below the sweep's folder. */
  trace: z
    .string()
    .regex(/^traces\/[^/\\]+$/)
    .optional()
    .catch(undefined),
});

/** One match of a sweep. */
export type ReadCell = z.infer<typeof cellForm>;

export interface ReadCells {
  cells: ReadCell[];
  unread: number;
}

/** Reads the cells. @throws SyntaxError when the text is not JSON, TypeError when it holds no list of cells */
export function readCells(text: string): ReadCells {
  const raw = JSON.parse(text) as { cells?: unknown } | unknown[] | null;
  const listed = Array.isArray(raw) ? raw : raw?.cells;
  if (!Array.isArray(listed)) throw new TypeError('it has no list of cells');
  const cells = (listed as unknown[]).flatMap((each) => cellForm.safeParse(each).data ?? []);
  return { cells, unread: listed.length - cells.length };
}
