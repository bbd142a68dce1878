/** Who is compared: configurations of one sweep's folder, or of several folders. */
import type { Comparable } from '../../../scoring/figures/comparison.js';
import { shownReward } from '../../../scoring/reward/reward.js';
import { canonicalJson } from '../../configuration/hash.js';
import { readResults, type ResultCell, type Results } from '../../evidence/folder.js';
import { keptQuality } from '../../evidence/probes.js';
import { taskNamed } from '../../match/tasks.js';
import { UsageError } from '../values.js';

/** Those compared on one task, and what is to be known of it, in sentences. */
export interface Compared {
  task: string;
  members: Comparable[];
  notes: string[];
}

/** Configurations of one folder by name. @throws UsageError for a name that is not there; ResultsError */
export async function membersIn(folder: string, names: readonly string[]): Promise<Compared[]> {
  const results = await readResults(folder);
  const known = namesOf(results);
  for (const name of names)
    if (!known.includes(name)) throw new UsageError(`${folder}: no configuration "${name}"; there are ${known.join(', ')}`);
  return compared(names.map((name) => ({ name, configuration: name, results })));
}

/** The same configuration of several folders: the one that all have, or each folder's only model. @throws UsageError; ResultsError */
export async function membersOf(folders: readonly string[]): Promise<Compared[]> {
  const read: Results[] = [];
  for (const folder of folders) read.push(await readResults(folder));
  const models = read.map((results) => namesOf(results, true));
  if (models.every(({ length }) => length === 1))
    return compared(read.map((results, i) => ({ name: folders[i]!, configuration: models[i]![0]!, results })));
  const shared = models[0]!.filter((name) => models.every((each) => each.includes(name)));
  if (shared.length === 0)
    throw new UsageError(
      `no configuration is in all of ${folders.join(', ')}; the first has ${models[0]!.join(', ')}; of one folder: --in RESULTS A B`,
    );
  return shared.flatMap((configuration) =>
    compared(read.map((results, i) => ({ name: `${configuration} of ${folders[i]}`, configuration, results }))),
  );
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
  const measured = chosen.map(({ results, configuration }) =>
    results.cells.filter((cell) => cell.configuration === configuration && cell.purpose === 'measure'),
  );
  const tasks = [...new Set(measured[0]!.map(({ task }) => task))].filter((task) =>
    measured.every((cells) => cells.some((cell) => cell.task === task)),
  );
  if (tasks.length === 0)
    throw new UsageError(`there is no task on which matches of all of ${chosen.map(({ name }) => name).join(', ')} count`);
  return tasks.map((task) => {
    const cells = measured.map((each) => each.filter((cell) => cell.task === task));
    const notes = [...differences(cells, chosen), ...chosen.flatMap((each) => voided(each, task))];
    return { task, members: chosen.map((each, i) => memberOf(each, task, cells[i]!)), notes };
  });
}

function memberOf({ name, configuration, results }: Chosen, task: string, cells: readonly ResultCell[]): Comparable {
  const { folder } = results;
  const patient = results.cells.filter((cell) => cell.configuration === configuration && cell.task === task && cell.purpose === 'patient');
  const rewards = new Map(patient.map(({ trace, seat }) => [trace.header.seed, shownReward(taskNamed(task), { trace, seat })!]));
  const probes = keptQuality(folder, taskNamed(task), cells[0]!.identity);
  return {
    name,
    matches: cells.map(({ trace, seat }) => ({ trace, seat })),
    ...(rewards.size > 0 ? { patient: rewards } : {}),
    ...(probes ? { probes } : {}),
  };
}

/** What was not alike in how they played: then a difference may be of that, and not of who played. */
function differences(cells: readonly (readonly ResultCell[])[], chosen: readonly Chosen[]): string[] {
  const first = cells[0]![0]!.trace.header;
  return (['rules', 'options', 'clock', 'speed', 'timeoutUs'] as const).flatMap((part) => {
    const other = cells.findIndex((each) => each.some(({ trace }) => canonicalJson(trace.header[part]) !== canonicalJson(first[part])));
    if (other < 0) return [];
    const found = cells[other]!.find(({ trace }) => canonicalJson(trace.header[part]) !== canonicalJson(first[part]))!.trace.header[part];
    return [
      `NOT ALIKE: ${part} of ${chosen[other]!.name} is ${canonicalJson(found)}, of ${chosen[0]!.name} ${canonicalJson(first[part])}.`,
    ];
  });
}

function voided({ name, configuration, results }: Chosen, task: string): string[] {
  const left = results.left.filter((each) => each.configuration === configuration && each.task === task && each.purpose === 'measure');
  return left.length === 0 ? [] : [`${left.length} of ${name} left out: ${left[0]!.why}`];
}
