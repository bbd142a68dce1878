/** Who is compared: configurations of one sweep's folder, or of several folders. */
import { realpathSync } from 'node:fs';
import { z } from 'zod';
import type { Comparable } from '../../../scoring/figures/comparison.js';
import { injectedText } from '../../../scoring/trace/injected.js';
import { outageText } from '../../../scoring/trace/outage.js';
import { canonicalJson } from '../../configuration/hash.js';
import { mostAlike, playedAs, unlikeText } from '../../evidence/alike.js';
import { readResults, type ResultCell, type Results } from '../../evidence/folder.js';
import { isResults } from '../../evidence/sweep-folder.js';
import { keptQuality } from '../../evidence/probes.js';
import { taskNamed } from '../../match/tasks.js';
import { UsageError } from '../values.js';

/** Those compared on one task, and what is to be known of it, in sentences. */
export interface Compared {
  task: string;
  members: Comparable[];
  notes: string[];
}

/** Confirmations are matches under other conditions, made for nobody but the winner. */
const PURPOSES = ['measure', 'patient'] as const;

/** Configurations of one folder by name. @throws UsageError for a name that is not there; ResultsError */
export async function membersIn(folder: string, names: readonly string[]): Promise<Compared[]> {
  const results = await readResults(folder, PURPOSES);
  const known = namesOf(results);
  for (const name of names)
    if (!known.includes(name)) throw new UsageError(`${folder}: no configuration "${name}"; there are ${known.join(', ')}`);
  return compared(names.map((name) => ({ name, configuration: name, results })));
}

/** The same configuration of several folders: the one that all have, or each folder's only model. @throws UsageError; ResultsError */
export async function membersOf(folders: readonly string[]): Promise<Compared[]> {
  const read: Results[] = [];
  requireDifferent(folders);
  for (const folder of folders) read.push(await readResults(folder, PURPOSES));
  const models = read.map((results) => namesOf(results, true));
  if (models.every(({ length }) => length === 1))
    return compared(read.map((results, i) => ({ name: folders[i]!, configuration: models[i]![0]!, results })));
  const shared = models[0]!.filter((name) => models.every((each) => each.includes(name)));
  if (shared.length === 0)
    throw new UsageError(
      `no configuration is in all of ${folders.join(', ')}; the first has ${models[0]!.join(', ') || 'no match of a model that counts'}; of one folder: --in RESULTS A B`,
    );
  return shared.flatMap((configuration) =>
    compared(read.map((results, i) => ({ name: `${configuration} of ${folders[i]}`, configuration, results }))),
  );
}

/** @throws UsageError for one folder under two names */
function requireDifferent(folders: readonly string[]): void {
  const real = folders.map((folder) => (isResults(folder) ? realpathSync(folder) : folder));
  const again = real.findIndex((each, i) => real.indexOf(each) !== i);
  if (again >= 0)
    throw new UsageError(`${folders[real.indexOf(real[again]!)]} and ${folders[again]} are one folder; nothing is compared with itself`);
}

interface Chosen {
  name: string;
  configuration: string;
  results: Results;
}

function namesOf({ cells, left }: Results, modelsOnly = false): string[] {
  const some = cells.filter(({ kind }) => !modelsOnly || kind !== 'bot');
  return [...new Set([...some, ...(modelsOnly ? [] : left)].map(({ configuration }) => configuration))];
}

/** One comparison for each task that all of them played. @throws UsageError where there is none */
function compared(chosen: readonly Chosen[]): Compared[] {
  const measured = chosen.map((each) => cellsOf(each, 'measure'));
  const tasks = [...new Set(measured[0]!.map(({ task }) => task))].filter((task) =>
    measured.every((cells) => cells.some((cell) => cell.task === task)),
  );
  if (tasks.length === 0)
    throw new UsageError(
      `there is no task on which matches of all of ${chosen.map(({ name }) => name).join(', ')} count; ${chosen.flatMap((each) => voided(each))[0] ?? 'none was played by all'}`,
    );
  return tasks.map((task) => {
    const others: string[] = [];
    // What was not played like most of it is left out, so that no difference is one of rules, speeds or worlds.
    const alikeOf = (each: Chosen, purpose: ResultCell['purpose']): ResultCell[] => {
      const found = mostAlike(cellsOf(each, purpose, task), playedAs);
      others.push(...oddText(each.name, found));
      return found.alike;
    };
    const cells = chosen.map((each) => alikeOf(each, 'measure'));
    const patient = chosen.map((each) => alikeOf(each, 'patient'));
    const members = chosen.map((each, i) => memberOf(each, task, cells[i]!, patient[i]!));
    const names = chosen.map(({ name }) => name);
    const notes = [
      ...differences(cells, names, ''),
      ...(patient.every(({ length }) => length > 0) ? differences(patient, names, 'in patient play ') : []),
      ...copies(cells, names),
      ...unasked(members),
      ...others,
      ...chosen.flatMap((each) => voided(each, task)),
    ];
    return { task, members, notes };
  });
}

function oddText(name: string, { alike, others }: { alike: ResultCell[]; others: ResultCell[] }): string[] {
  const [first] = others;
  if (!first) return [];
  const why = `seed ${first.trace.header.seed}: ${unlikeText(playedAs(first), playedAs(alike[0]!))}`;
  return [leftOut(name, others.length, why)];
}

/** @param task of which; absent: of any */
function cellsOf({ results, configuration }: Chosen, purpose: ResultCell['purpose'], task?: string): ResultCell[] {
  return results.cells.filter(
    (cell) => cell.configuration === configuration && cell.purpose === purpose && (task === undefined || cell.task === task),
  );
}

function memberOf({ name, results }: Chosen, task: string, cells: readonly ResultCell[], patient: readonly ResultCell[]): Comparable {
  const probes = keptQuality(results.folder, taskNamed(task), cells[0]!.identity);
  return { name, matches: cells, ...(patient.length > 0 ? { patient } : {}), ...(probes ? { probes } : {}) };
}

/** What should be alike in matches that are compared, each as it is told. Latencies are of the host on which they were measured. */
const CONDITIONS: readonly { what: string; of(cell: ResultCell): unknown; why?: string }[] = [
  ...(['rules', 'options', 'clock', 'speed', 'timeoutUs'] as const).map((what) => ({
    what,
    of: ({ trace }: ResultCell) => trace.header[what],
  })),
  { what: 'other side', of: ({ trace, seat }) => trace.header.seats.flatMap(({ name }, i) => (i === seat ? [] : [name])) },
  { what: 'injected', of: injectedOf },
  {
    what: 'host',
    of: hostOf,
    why: 'latencies were measured on different hosts, and differ by that, and so does all that follows from them',
  },
];

/** What was injected into a model's match; a bot's is what it is called by. */
function injectedOf({ trace, seat }: ResultCell): string {
  const { kind, addedUs, latency, outage } = trace.header.seats[seat]!;
  if (kind === 'bot') return '';
  return (
    [...(addedUs > 0 ? [`${addedUs / 1000} ms`] : []), injectedText(latency), outageText(outage)]
      .filter((each) => each !== '')
      .join(', ') || 'none'
  );
}

const host = z.looseObject({ platform: z.string().optional(), node: z.string().optional(), cpu: z.string().optional(), cores: z.number().optional() }); // prettier-ignore

/** The host on which a latency was measured; nothing where it was given. */
function hostOf({ trace, seat }: ResultCell): unknown {
  if (trace.header.seats[seat]!.givenUs !== undefined) return {};
  const { platform, node, cpu, cores } = host.catch({}).parse(trace.header.host);
  return { cpu, cores, platform, node };
}

/** What was not alike in how they played: then a difference may be of that, and not of who played. */
function differences(cells: readonly (readonly ResultCell[])[], names: readonly string[], where: string): string[] {
  const first = cells[0]![0]!;
  return CONDITIONS.flatMap(({ what, of, why }) => {
    const like = canonicalJson(of(first));
    const other = cells.findIndex((each) => each.some((cell) => canonicalJson(of(cell)) !== like));
    if (other < 0) return [];
    const found = canonicalJson(of(cells[other]!.find((cell) => canonicalJson(of(cell)) !== like)!));
    return [`NOT ALIKE: ${where}${what} of ${names[other]!} is ${found}, of ${names[0]!} ${like}${why === undefined ? '' : `: ${why}`}.`];
  });
}

/** Matches of one that are those of another: nothing was measured twice. */
function copies(cells: readonly (readonly ResultCell[])[], names: readonly string[]): string[] {
  const keys = cells.map(
    (each) => new Set(each.map(({ trace: { header, footer } }) => `${header.id} ${header.startedAt} ${footer.digest}`)),
  );
  return keys.flatMap((own, i) =>
    keys.slice(0, i).flatMap((earlier, k) => {
      const same = [...own].filter((key) => earlier.has(key)).length;
      return same === 0 ? [] : [`THE SAME: ${same} of the matches of ${names[i]!} are those of ${names[k]!}, copied.`];
    }),
  );
}

/** Of whom no quality can be compared, where others have one. */
function unasked(members: readonly Comparable[]): string[] {
  const asked = members.filter(({ probes }) => probes);
  if (asked.length === 0) return [];
  const states = (member: Comparable): string => canonicalJson(member.probes!.get('all')!.map(({ denominator }) => denominator));
  const others = asked.filter((each) => states(each) !== states(asked[0]!));
  return [
    ...members.flatMap(({ name, probes }) =>
      probes ? [] : [`No quality of ${name}: no answers of it to this program's bank of states lie in its folder.`],
    ),
    ...others.map(({ name }) => `No quality of ${name} beside ${asked[0]!.name}'s: they answered different states.`),
  ];
}

/** @param task of which; absent: of any */
function voided({ name, configuration, results }: Chosen, task?: string): string[] {
  const left = results.left.filter(
    (each) => each.configuration === configuration && (task === undefined || each.task === task) && each.purpose === 'measure',
  );
  return left.length === 0 ? [] : [leftOut(name, left.length, left[0]!.why)];
}

/** @param why of the first of them */
function leftOut(name: string, count: number, why: string): string {
  return `${count} ${count === 1 ? 'match' : 'matches'} of ${name} left out${count === 1 ? '' : ', the first'}: ${why}`;
}
