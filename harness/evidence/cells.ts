/** The cells that a sweep's folder lists, held against the traces that they name: a list can be edited, a trace's header is hashed with its events. */
import { z } from 'zod';
import type { TraceHeader } from '../../scoring/trace/trace.js';
import { hostOf } from '../sweep/hosts.js';

const cellForm = z.looseObject({
  id: z.string(),
  task: z.string(),
  configuration: z.string(),
  identity: z.string(),
  kind: z.enum(['embedded', 'external', 'bot']),
  purpose: z.enum(['measure', 'patient', 'confirm', 'recovery', 'contention']),
  seed: z.number(),
  seat: z.int().min(0),
  /** In the folder itself: a results folder may come from somebody else. */
  trace: z.string().regex(/^traces\/[^/\\]+$/),
});

/** What `cells.json` says of one match. */
export type ListedCell = z.infer<typeof cellForm>;

/** The form of `cells.json`. */
export const cellsForm = z.looseObject({ tickbench: z.literal('cells.v1'), cells: z.array(cellForm) });

/** What cells.json says of a match that its trace does not; undefined where they agree. */
export function strangeTo(cell: ListedCell, header: TraceHeader): string | undefined {
  const { id, task, seed, seat, kind, configuration, purpose } = cell;
  const said: [what: string, listed: unknown, recorded: unknown][] = [
    ['match', id, header.id],
    ['task', task, header.task],
    ['seed', seed, header.seed],
    ['patient play', purpose === 'patient', header.patient === true],
    ['injected outage', purpose === 'recovery', header.seats[seat]?.outage !== undefined],
    ['contention', purpose === 'contention', header.contention !== undefined],
    ['player', kind === 'bot' ? 'bot' : 'model', header.seats[seat]?.kind],
  ];
  const other = said.find(([, listed, recorded]) => listed !== recorded);
  if (other) return `cells.json lists it with the ${other[0]} ${String(other[1])}; its trace says ${String(other[2])}`;
  return isOf(configuration, header, seat)
    ? undefined
    : `cells.json lists it as of ${configuration}; in its trace that seat is ${header.seats[seat]!.name}'s`;
}

/** Whether a seat of a match is a configuration's. @param configuration its name in a sweep's table: with the host, where several measured it */
export function isOf(configuration: string, header: TraceHeader, seat: number): boolean {
  const name = header.seats[seat]?.name;
  if (name === undefined) return false;
  const there = ` on ${hostOf(header).name}`;
  // Hosts of one name are told apart by digits behind it.
  const plain = configuration.replace(/ \([0-9a-f]{4}\)$/, '');
  const names = [configuration, ...(plain.endsWith(there) ? [plain.slice(0, -there.length)] : [])];
  // What is injected stands behind a name.
  return names.some((each) => name === each || name.startsWith(`${each} +`) || name.startsWith(`${each}, `));
}
