/** A table and its claims as data: what `--json` prints and paper.json holds. */
import { describeHost } from '../host/description.js';
import type { Claim } from './claims.js';
import { STAND_IN } from './entrants.js';
import type { PaperTable } from './rows.js';

/** A table of ours as data. Latencies in world milliseconds unless named real. */
export function tableJson({ measure, unit, rows }: PaperTable): object {
  return {
    measure,
    unit,
    rows: rows.map(({ values, worldMeanUs, realP50Us, ...row }) => ({
      ...row,
      worldMeanUs,
      realP50Us,
      values: Object.fromEntries(values),
    })),
  };
}

/** Everything that a verb found. `published` holds what others published, never a result of ours. */
export function paperJson(
  verb: string,
  more: { published: unknown; claims: readonly Claim[]; standIn: boolean; [key: string]: unknown },
): object {
  const { standIn, ...rest } = more;
  return { tickbench: 'paper.v1', verb, host: describeHost(), ...(standIn ? { standIn: STAND_IN } : {}), ...rest };
}
