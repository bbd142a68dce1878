/** Lists of models, as servers tell them. */
import { z } from 'zod';

/** One entry, as it came. */
export type ModelEntry = { id: string; [field: string]: unknown };

const list = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })) });

/** A list's entries; undefined when it is none. */
export function parseModelEntries(body: string): ModelEntry[] | undefined {
  try {
    const parsed = list.safeParse(JSON.parse(body));
    return parsed.success ? parsed.data.data : undefined;
  } catch {
    return undefined;
  }
}
