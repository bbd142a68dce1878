/**
 * Which host measured what. A latency is a configuration's on a host, so what several hosts measured of one entrant is never pooled: each has a
 * row of its own. What does not depend on the host (given delays of bots, patient matches, banks) stays together.
 */
import type { TraceHeader } from '../../scoring/trace/trace.js';
import { hashOf } from '../configuration/hash.js';
import type { Cell, Entrant } from './cells.js';
import type { CellResult } from './play.js';

/** A host that measured something, as its traces' headers describe it. */
export interface MeasuringHost {
  /** What it is called in rows: its own name among the machines of a sweep, else one made of what it is. */
  name: string;
  [key: string]: string | number;
}

/** What may change from match to match on one host. */
const CHANGING = ['freeMemoryMb', 'loadPermille'];

/** The host of a trace. Machines that were not named are told apart by their processor and Node's version alone. */
export function hostOf({ host }: Pick<TraceHeader, 'host'>): MeasuringHost {
  const said = typeof host === 'object' && host !== null && !Array.isArray(host) ? host : {};
  const known = Object.entries(said).filter(
    (entry): entry is [string, string | number] => ['string', 'number'].includes(typeof entry[1]) && !CHANGING.includes(entry[0]),
  );
  const { machine, cpu, node } = Object.fromEntries(known) as Record<string, string | number | undefined>;
  const key = hashOf([machine ?? null, cpu ?? null, node ?? null], 8);
  return { ...Object.fromEntries(known.filter(([name]) => name !== 'machine')), name: String(machine ?? `host-${key}`) };
}

/** Whether what a cell measures depends on the host that plays it. */
export function isHosted({ entrant, purpose }: Pick<Cell, 'entrant' | 'purpose'>): boolean {
  return entrant.kind !== 'bot' && purpose !== 'patient';
}

/** Results with their hosts told apart. */
export interface Apart {
  /** In the order of the plan; in place of one that several hosts measured one for each of them. */
  entrants: Entrant[];
  results: CellResult[];
  /** The hosts that measured what depends on them, once each; none where one did that was given no name: it is the sweep's own. */
  hosts: MeasuringHost[];
  /** Of each entrant the host that measured it, where hosts are told. */
  hostOf: Map<Entrant, string>;
}

/** What tells hosts apart: a machine after an update of Node is another one. */
const keyOf = ({ name, cpu, node }: MeasuringHost): string => hashOf([name, cpu ?? null, node ?? null]);

/** Whether a match was, or would be, played on a host. */
export function isOn(host: MeasuringHost, header: Pick<TraceHeader, 'host'>): boolean {
  return keyOf(host) === keyOf(hostOf(header));
}

/** Tells a task's measured results apart by host. An entrant that one host measured stays as it is. */
export function apartByHost(entrants: readonly Entrant[], results: readonly CellResult[]): Apart {
  const hosts = new Map<string, MeasuringHost>();
  const apart: Apart = { entrants: [], results: [], hosts: [], hostOf: new Map() };
  const isNamed = results.some(({ trace: { header } }) => typeof (header.host as { machine?: unknown } | null)?.machine === 'string');
  for (const entrant of entrants) {
    const own = results.filter(({ cell }) => cell.entrant === entrant);
    const groups = new Map<string, CellResult[]>();
    for (const result of own) {
      if (!isHosted(result.cell)) continue;
      const host = hostOf(result.trace.header);
      const key = keyOf(host);
      hosts.set(key, host);
      groups.set(key, [...(groups.get(key) ?? []), result]);
    }
    if (groups.size <= 1) {
      for (const key of groups.keys()) apart.hostOf.set(entrant, hosts.get(key)!.name);
      apart.entrants.push(entrant);
      apart.results.push(...own);
      continue;
    }
    for (const [key, group] of groups) {
      const there: Entrant = { ...entrant, ...nameOn(entrant, hosts.get(key)!, key, [...groups.keys()].map((each) => hosts.get(each)!)), measured: entrant }; // prettier-ignore
      apart.hostOf.set(there, hosts.get(key)!.name);
      apart.entrants.push(there);
      apart.results.push(...group.map((result) => ({ ...result, cell: { ...result.cell, entrant: there } })));
    }
  }
  if (hosts.size <= 1 && !isNamed) return { ...apart, hostOf: new Map() };
  return { ...apart, hosts: [...hosts.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Name and id of an entrant on one of several hosts. Two of one name (Node was updated in between) are told apart by a digit or two more. */
function nameOn({ name, id }: Entrant, host: MeasuringHost, key: string, all: readonly MeasuringHost[]): Pick<Entrant, 'name' | 'id'> {
  const isShared = all.filter((each) => each.name === host.name).length > 1;
  return { name: `${name} on ${host.name}${isShared ? ` (${key.slice(0, 4)})` : ''}`, id: `${id}-${key}` };
}
