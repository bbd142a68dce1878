/** `tickbench market export TRACE`: a match's order flow and books as LOBSTER files. */
import { Command } from 'commander';
import { readTraceFile } from '../../traces/reader.js';
import { exportTrace } from '../../market/export.js';

/** The verb, for the group that assembles them. */
export function marketExportCommand(): Command {
  return new Command('export')
    .argument('<trace>', 'a trace file of a match in the market, .jsonl.gz or .jsonl')
    .description('play a trace again and write each symbol as LOBSTER message and order-book files of ten levels')
    .requiredOption('--out <dir>', 'where the files go')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `\nExit status: 0 when the trace plays to its recorded digest, 1 otherwise.\n\nExample:\n  $ tickbench market export results/matches/hft-20260101120000-1.jsonl.gz --out lobster`,
    )
    .action(marketExport);
}

async function marketExport(path: string, flags: { out: string; json?: boolean }): Promise<void> {
  const { trace, fault } = await readTraceFile(path);
  const { same, digest, files } = exportTrace(trace, flags.out);
  if (!same) process.exitCode = 1;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ id: trace.header.id, same, digest, fault: fault ?? null, files })}\n`);
    return;
  }
  const lines = files.map(({ symbol, market, rows, executions, messages, orderbook }) =>
    [`${symbol} (${market}): ${rows} messages, ${executions} executions`, `  ${messages}`, `  ${orderbook}`].join('\n'),
  );
  if (fault !== undefined) lines.push(`The trace is incomplete: ${fault}. What it holds is exported; there is no digest to compare.`);
  else lines.push(same ? `Same digest: ${digest}.` : `ANOTHER DIGEST: ${digest}. What is exported may not be what was played.`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
