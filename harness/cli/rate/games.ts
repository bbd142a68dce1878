/** Recorded matches of two as games to rate players by. */
import type { Tally } from '../../../scoring/ratings/tally.js';
import { divisionOf } from '../../../scoring/figures/standings.js';
import type { TraceHeader } from '../../../scoring/trace/trace.js';
import { canonicalJson } from '../../configuration/hash.js';
import { taskNamed } from '../../match/tasks.js';
import { readMatches, type ReadMatch } from '../../evidence/matches.js';
import { UsageError } from '../values.js';

/** Players by name, games by seed, and what was left out, a sentence each. */
export interface SeededGames {
  task: string;
  names: string[];
  seeds: Tally[][];
  matches: number;
  left: string[];
}

/** What has to be alike in matches that are rated together. */
const ALIKE = ['task', 'rules', 'options', 'clock', 'speed', 'patient'] as const;

/** Reads the games of matches that count. All are of the task and the settings of the first. @throws UsageError without a game; TraceError, ResultsError */
export async function seededGames(paths: readonly string[]): Promise<SeededGames> {
  const { matches, left } = await readMatches(paths);
  const names: string[] = [];
  const seeds = new Map<number, Tally[]>();
  let like: TraceHeader | undefined;
  let count = 0;
  for (const { path, trace } of matches) {
    const fault = faultOf({ path, trace }, like);
    if (fault !== undefined) {
      left.push(`${path}: ${fault}`);
      continue;
    }
    like ??= trace.header;
    const { header, footer } = trace;
    const [first, second] = header.seats.map(({ name }) => {
      if (!names.includes(name)) names.push(name);
      return names.indexOf(name);
    });
    const points = taskNamed(header.task).outcome!(footer.results, 0);
    const game: Tally = {
      first: first!,
      second: second!,
      won: points === 1 ? 1 : 0,
      drawn: points === 0.5 ? 1 : 0,
      lost: points === 0 ? 1 : 0,
    };
    seeds.set(header.seed, [...(seeds.get(header.seed) ?? []), game]);
    count++;
  }
  if (!like) throw new UsageError(`no match to rate by; ${left.slice(0, 3).join('; ') || 'no trace files there'}`);
  return { task: like.task, names, seeds: [...seeds.values()], matches: count, left };
}

/** Why a match is no game here; undefined when it is. */
function faultOf({ trace: { header } }: Pick<ReadMatch, 'path' | 'trace'>, like: TraceHeader | undefined): string | undefined {
  const [a, b] = header.seats;
  if (!a || !b || header.seats.length !== 2 || !taskNamed(header.task).outcome) return `a match of ${header.task} has no winner among two`;
  if (divisionOf(header) === 'human') return 'a human had a seat; humans are never rated beside agents';
  if (a.name === b.name) return `${a.name} played itself`;
  if (!like) return undefined;
  const other = ALIKE.find((part) => canonicalJson(header[part] ?? null) !== canonicalJson(like[part] ?? null));
  return other && `its ${other} is ${canonicalJson(header[other] ?? null)}, that of the first match ${canonicalJson(like[other] ?? null)}`;
}
