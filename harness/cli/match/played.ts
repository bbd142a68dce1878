/** What a single match leaves: where its trace goes, what is printed of it, and with which exit status. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { AnyTask } from '../../../envs/environment.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { fileFault } from '../../host/fault.js';
import { makeFolder } from '../../host/folder.js';
import { FAILED_SHARE } from '../../match/verdict.js';
import { fitted, saidOnce, terminalColumns } from '../../report/text.js';
import { callsOf } from '../../sweep/calls.js';
import { partialPath } from '../../traces/format.js';
import { UNFINISHED } from '../exit-codes.js';
import type { MarketRead } from '../market/run.js';
import { UsageError } from '../values.js';

/** 1 where the trace could not be kept, 3 where so many of a model's calls failed that the match says nothing about it, else 0: a void match was played, too. */
export function exitCodeOf({ header, events, footer }: Trace, isKept: boolean): number {
  if (!isKept) return 1;
  const failed = header.seats.some(({ kind }, seat) => {
    const calls = callsOf({ header, events, footer }, seat);
    return kind === 'model' && (calls.dead || calls.failed > FAILED_SHARE * calls.decisions);
  });
  return failed ? UNFINISHED : 0;
}

/** Prints how a match went, as text or as one JSON object. */
export async function print(
  task: AnyTask,
  trace: Trace,
  more: { tracePath: string; market?: MarketRead; said: string[]; json: boolean },
): Promise<void> {
  // With what it reckons by it is a third of what a command loads: who is refused, or plays, does not wait for it.
  const { renderMatch, reportMatch } = await import('../../report/run.js');
  const report = reportMatch(task, trace, more.tracePath);
  if (more.json) {
    const market = more.market ? { market: more.market.report } : {};
    process.stdout.write(`${JSON.stringify({ ...report, ...market })}\n`);
  } else {
    for (const line of saidOnce(more.said)) process.stderr.write(`${fitted(line, process.stderr)}\n`);
    const { summary, book } = more.market ?? {};
    process.stdout.write(
      `${renderMatch(task, report, terminalColumns(), summary === undefined ? undefined : `${summary}${book ? `; book ${book}` : ''}`)}\n`,
    );
  }
}

/** Where a trace can go: what is there already is never written over, and a place that takes none is refused before anything is played. @throws UsageError */
export function placeForTrace(path: string): string {
  for (const there of [path, partialPath(path)])
    if (existsSync(there)) throw new UsageError(`--trace ${path}: ${there} is there already; accepted: the name of a new file`);
  try {
    makeFolder(dirname(path));
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new UsageError(`--trace ${path}: ${fileFault(error)}`);
  }
  return path;
}
