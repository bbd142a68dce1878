/** Recorded matches of any agents against the reference policy, as games to rate them by. */
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AnyTask } from '../../../envs/environment.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import { outcome } from '../../../envs/fighter/outcome.js';
import type { RatedGame } from '../../../scoring/ratings/plays-like.js';
import { divisionOf, type Division } from '../../../scoring/figures/standings.js';
import { quantile } from '../../../scoring/statistics/quantiles.js';
import type { SeatRecord, Trace } from '../../../scoring/trace/trace.js';
import { fileFault } from '../../host/fault.js';
import { readTraceFile } from '../../traces/reader.js';
import { UsageError } from '../values.js';

/** The games of each agent by its name and division (a human's games are never an agent's, whatever the names), and why others were left out, a sentence each. */
export interface RatedTraces {
  agents: { name: string; division: Division; games: RatedGame[] }[];
  left: string[];
}

/**
 * Reads matches of an agent against the reference. Void and unfinished ones are left out and told; so are those
 * without the reference, and of other options than the first.
 * Where both seats are it, the second one is.
 * @param paths trace files, patterns or folders of them @param only an agent's name @throws UsageError without a game; TraceError
 */
export async function ratedTraces(task: AnyTask, paths: readonly string[], reference: string, only?: string): Promise<RatedTraces> {
  const agents = new Map<string, RatedTraces['agents'][number]>();
  const left: string[] = [];
  const seen = new Set<string>();
  let options: string | undefined;
  for (const path of paths.flatMap(filesOf)) {
    const { trace } = await readTraceFile(path);
    const found = gameOf(task, trace, reference, only);
    const key = `${trace.header.id} ${trace.footer?.digest}`;
    if (typeof found === 'string') {
      left.push(`${path}: ${found}`);
      continue;
    }
    const played = JSON.stringify(trace.header.options);
    options ??= played;
    if (played !== options) left.push(`${path}: played with the options ${played}, others with ${options}`);
    else if (seen.has(key)) left.push(`${path}: the match ${trace.header.id} was read before`);
    else {
      const { name, game } = found;
      const division = divisionOf(trace.header);
      const rated = agents.get(`${division} ${name}`) ?? { name, division, games: [] };
      rated.games.push(game);
      agents.set(`${division} ${name}`, rated);
    }
    seen.add(key);
  }
  if (agents.size === 0)
    throw new UsageError(
      `no match to rate${only === undefined ? '' : ` ${only}`} by; ${left.slice(0, 3).join('; ') || 'no trace files there'}`,
    );
  return { agents: [...agents.values()], left };
}

/** The trace files that a path names: a file, a folder of them, or a pattern with `*` in its last part. */
function filesOf(path: string): string[] {
  try {
    if (basename(path).includes('*')) {
      const parts = basename(path)
        .split('*')
        .map((part) => part.replace(/[^\w-]/g, '\\$&'));
      const pattern = new RegExp(`^${parts.join('.*')}$`);
      const names = readdirSync(dirname(path)).sort();
      return names.filter((name) => pattern.test(name)).map((name) => join(dirname(path), name));
    }
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path, { recursive: true, encoding: 'utf8' }).sort();
    return names.filter((name) => /\.jsonl(\.gz)?$/.test(name)).map((name) => join(path, name));
  } catch (error) {
    throw new UsageError(`--traces ${path}: ${fileFault(error)}; trace files or folders of them are expected`);
  }
}

/** The match as a game of the agent who is not the reference, or why it is none. */
function gameOf(task: AnyTask, trace: Trace, reference: string, only?: string): { name: string; game: RatedGame } | string {
  const { header, footer } = trace;
  if (header.task !== task.name) return `a match of ${header.task}`;
  if (header.rules !== task.rules) return `played by the rules ${header.rules}; these are ${task.rules}`;
  if (!footer) return 'it was cut off';
  if (!footer.verdict.counts) return `void: ${footer.verdict.reasons.join(' ')}`;
  if (!footer.results.over) return 'it was not played to its end';
  const { seats } = header;
  const own = seats.findIndex((seat, i) => isReference(seats[1 - i], reference) && (only === undefined || seat.name === only));
  if (own < 0) return `${seats.map((seat) => seat.name).join(' against ')}: not ${only ?? 'an agent'} against bot:${reference}@DELAY`;
  const delay = delayOf(trace, 1 - own, task);
  if (delay === null) return 'the reference made no decision';
  return { name: seats[own]!.name, game: { delay, points: outcome(footer.results, own) } };
}

/** The reference without errors, at a given delay. */
function isReference(seat: SeatRecord | undefined, reference: string): boolean {
  const played = seat?.configuration as { bot?: string; errorPermille?: number } | undefined;
  return seat?.kind === 'bot' && played?.bot === reference && played.errorPermille === 0;
}

/** Its median latency as it was played, in whole frames. */
function delayOf(trace: Trace, seat: number, task: AnyTask): number | null {
  const latencies = decisionsOf(trace, seat)
    .map((decision) => decision.latencyUs)
    .sort((a, b) => a - b);
  return latencies.length === 0 ? null : Math.round(quantile(latencies, 0.5) / task.tick(task.parseOptions(trace.header.options)).us);
}
