/** `tickbench doctor`: what this host can measure honestly: timer lateness, cores, a frame's round trip, contention, the harness's own overhead. */
import { Command } from 'commander';
import { overheadOf, overheadText, playCalibration } from '../agents/calibration.js';
import { measureHost, type HostMeasurement } from '../host/measuring.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { tableText, terminalColumns, wrapped } from '../report/text.js';

/** How the harness measures itself: an endpoint of known times, asked this often on the virtual clock. */
const CALIBRATION = { clock: 'virtual', firstUs: 20_000, pieceUs: 5_000, unscored: 100, decisions: 60 } as const;

/** The verb, for the program that assembles them. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ tickbench doctor')
    .action(doctor);
}

async function doctor(flags: { json?: boolean }): Promise<void> {
  const measured = await measureHost();
  const overhead = overheadOf(await playCalibration({ ...CALIBRATION, task: taskNames()[0]! }));
  const advice = adviceFor(measured);
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ ...measured, overhead, advice })}\n`);
    return;
  }
  const { host } = measured;
  const columns = terminalColumns();
  const rows = measured.rows.map((row) => [row.what, ms(row.p50Us), ms(row.p99Us), ms(row.maxUs)]);
  const lines = [
    `${host.cpu}, ${host.cores} cores, ${host.memoryMb} MB (${host.freeMemoryMb} free), Node ${host.node}, ${host.platform}; load ${host.loadPermille / 1000}`,
    '',
    tableText(['what', 'p50', 'p99', 'most'], rows, columns, ['left', 'right', 'right', 'right']),
    '',
    `a busy thread is on a processor ${measured.cpuPermille / 10} % of the time; ${measured.parallelPermille / 10} % each when every core has one`,
    overheadText(overhead),
    `time that processes wait for a processor: ${host.processorWaits}`,
    `energy that processors take: ${host.energy}`,
    ...advice.map((line) => `- ${line}`),
  ];
  process.stdout.write(`${wrapped(lines.join('\n'), columns)}\n`);
}

/** What follows from the figures, in sentences. */
export function adviceFor(measured: HostMeasurement): string[] {
  const late = (what: string): number => measured.rows.find((row) => row.what === what)!.p99Us;
  const advice: string[] = [];
  // A match is void when its p99 lateness is over half a tick: the fastest honest speed is where that is reached.
  for (const task of taskNames()) {
    const { lacks, tick, parseOptions } = taskNamed(task);
    if (lacks?.wallClock !== undefined) continue;
    const tickUs = tick(parseOptions({})).us;
    const most = tickUs / (2 * Math.max(1, late('tick lateness, 1 ms grid')));
    if (most >= 10)
      advice.push(`${task}: wall-clock matches count up to a speed of about ${Math.floor(Math.min(most, 100))} on an idle host.`);
    else if (most >= 1)
      advice.push(`${task}: wall-clock matches count up to a speed of about ${most.toFixed(1)}; use the virtual clock above it.`);
    else advice.push(`${task}: ticks are too late for wall-clock matches here; use the virtual clock.`);
  }
  if (measured.cpuPermille < 900)
    advice.push('Something else uses the processor: decisions will lose time waiting for it and their matches be void. Stop it first.');
  else if (measured.parallelPermille < 900)
    advice.push(
      `The ${measured.host.cores} cores are not whole ones (shared or hyper-threaded): give an embedded model fewer threads than cores.`,
    );
  if (measured.host.cores < 2) advice.push('One core: an embedded model and the clock share it; only the virtual clock measures honestly.');
  return advice;
}

function ms(us: number): string {
  return `${(us / 1000).toFixed(3)} ms`;
}
