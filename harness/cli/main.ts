#!/usr/bin/env node
/** `tickbench`: the program. Every verb is a file beside this one; here they are put together, and errors become one clear line. */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../root.js';
import { agentCommand } from './agent.js';
import { doctorCommand } from './doctor.js';
import { endpointCommand } from './endpoint.js';
import { replayCommand } from './replay.js';
import { runCommand } from './run.js';
import { serveCommand } from './serve.js';
import { sweepCommand } from './sweep.js';

/** The verbs, in the order in which help lists them. */
const VERBS = [runCommand, sweepCommand, replayCommand, endpointCommand, agentCommand, serveCommand, doctorCommand];

async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
  const program = new Command('tickbench')
    .description('Which model, at which precision, on which engine, is best for a task where the clock does not wait?')
    .version(version)
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tickbench sweep quick\n  $ tickbench run fighter --seat bot:expert@18f --opponent bot:rush@300ms --speed 4\n  $ tickbench run --help',
    );
  for (const verb of VERBS) program.addCommand(verb());
  verbose(program);
  await program.parseAsync();
}

/** `--verbose` everywhere: where an error came from. */
function verbose(command: Command): void {
  command.option('--verbose', 'show where an error came from');
  for (const sub of command.commands) verbose(sub);
}

try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`tickbench: ${process.argv.includes('--verbose') ? (stack ?? message) : message}\n`);
    process.exitCode = 1;
  }
}
