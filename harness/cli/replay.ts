/** `tickbench replay TRACE`: plays a recorded match again and says whether the world ended in the same state. */
import { Command } from 'commander';
import { patientText } from '../match/patient.js';
import { taskNamed } from '../match/tasks.js';
import { teamLines, teamReport } from '../report/choices.js';
import { readTraceFile } from '../traces/reader.js';
import { Playback } from '../traces/playback.js';
import { verifyTrace } from '../traces/bots.js';
import { isAsRecorded } from '../traces/replay.js';
import { terminalColumns, wrapped } from '../report/text.js';
import { UsageError, whole } from './values.js';

/** The verb, for the program that assembles them. */
export function replayCommand(): Command {
  return new Command('replay')
    .argument('<trace>', 'a trace file, .jsonl.gz or .jsonl')
    .option('--frame <n>', 'print the world at this frame instead (0: the beginning), as spectators saw it', whole)
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ tickbench replay results/quick/traces/fighter-4m-fp8-3-virtual-1a2b3c4d5e.jsonl.gz\n  $ tickbench replay match.jsonl.gz --frame 600',
    )
    .action(replay);
}

async function replay(path: string, flags: { frame?: number; json?: boolean }): Promise<void> {
  const { trace, fault } = await readTraceFile(path);
  if (flags.frame !== undefined) return show(new Playback(trace), flags.frame, flags.json === true);
  const { header, footer, events } = trace;
  const result = verifyTrace(trace);
  const whole = fault === undefined && footer !== undefined;
  const counts = footer?.verdict.counts === true;
  const ok = whole && counts && isAsRecorded(result);
  if (!ok) process.exitCode = 1;
  if (flags.json) {
    const reasons = footer?.verdict.reasons ?? [];
    const teams = header.seats.map((_seat, seat) => teamReport(trace, seat));
    const told = teams.some((team) => Object.keys(team).length > 0) ? { teams } : {};
    process.stdout.write(
      `${JSON.stringify({ id: header.id, ...(header.patient ? { patient: true } : {}), ok, whole, fault: fault ?? null, counts, reasons, ...result, events: events.length, ...told })}\n`,
    );
    return;
  }
  const lines = [
    `${header.id}: ${header.task} (${header.rules}), seed ${header.seed}, ${header.clock} clock, ${header.seats.map((seat) => seat.name).join(' against ')}; ${events.length} events`,
  ];
  if (header.patient) lines.push(`This is ${patientText(header)}.`);
  if (!whole) lines.push(`The trace is incomplete and void: ${fault}.`);
  if (result.expected === null) lines.push(`Digest ${result.digest} after what was recorded; there is none to compare it with.`);
  else if (result.same) lines.push(`Same digest: ${result.digest}.`);
  else lines.push(`ANOTHER DIGEST: ${result.digest}, recorded was ${result.expected}.`);
  if (result.diverged)
    lines.push(
      `First difference at event ${result.diverged.event}: recorded ${result.diverged.recorded}, now ${result.diverged.replayed}.`,
    );
  for (const fault of result.faults) lines.push(`Not as it says: ${fault}.`);
  if (footer && result.faults.length === 0)
    lines.push('Latencies, deadlines, results, lateness and verdict are as the events say, and bots answered as those they are called.');
  if (footer && !counts) lines.push(`The match is void: ${footer.verdict.reasons.join(' ')}`);
  const columns = terminalColumns();
  header.seats.forEach(({ name }, seat) => lines.push(...teamLines(taskNamed(header.task), name, teamReport(trace, seat), columns)));
  process.stdout.write(`${wrapped(lines.join('\n'), columns)}\n`);
}

/** One frame. The whole match was played through on the way, so that a digest which differs is told here, too. */
function show(playback: Playback, frame: number, json: boolean): void {
  const { last, replay, times } = playback;
  if (frame > last) throw new UsageError(`--frame ${frame}: the match has frames 0 to ${last}`);
  playback.seek(frame);
  if (!replay.same) process.exitCode = 1;
  const shown = { frame, last, at: times[frame]!, digest: playback.digest(), same: replay.same, scene: playback.scene() };
  if (json) return void process.stdout.write(`${JSON.stringify(shown)}\n`);
  process.stdout.write(
    `frame ${frame} of ${last}, ${(shown.at / 1e6).toFixed(3)} s of world time, digest ${shown.digest}\n${JSON.stringify(shown.scene, null, 1)}\n`,
  );
  if (!replay.same)
    process.stdout.write(`The match, played to its end, gives ${replay.digest}; recorded was ${replay.expected ?? 'nothing'}.\n`);
}
