#!/usr/bin/env node
/** `tickbench`: the program. Every verb is a file beside this one; here they are put together, and errors become one clear line. */
import { Command, CommanderError } from 'commander';
import { fileFault, toldOf } from '../host/fault.js';
import { packageVersion } from '../host/root.js';

/** The verbs, in the order in which help lists them. Only the one that is used is loaded: some stand on large libraries. */
const VERBS: Record<string, () => Promise<Command>> = {
  run: async () => (await import('./run.js')).runCommand(),
  sweep: async () => (await import('./sweep.js')).sweepCommand(),
  worker: async () => (await import('./worker.js')).workerCommand(),
  ladder: async () => (await import('./ladder.js')).ladderCommand(),
  replay: async () => (await import('./replay.js')).replayCommand(),
  report: async () => (await import('./report.js')).reportCommand(),
  rate: async () => (await import('./rate/command.js')).rateCommand(),
  score: async () => (await import('./score/command.js')).scoreCommand(),
  cost: async () => (await import('./cost.js')).costCommand(),
  compare: async () => (await import('./compare/command.js')).compareCommand(),
  endpoint: async () => (await import('./endpoint.js')).endpointCommand(),
  agent: async () => (await import('./agent.js')).agentCommand(),
  gateway: async () => (await import('./gateway.js')).gatewayCommand(),
  protocol: async () => (await import('./protocol.js')).protocolCommand(),
  fighter: async () => (await import('./fighter/command.js')).fighterCommand(),
  market: async () => (await import('./market/command.js')).marketCommand(),
  fpx: async () => (await import('./fpx/command.js')).fpxCommand(),
  plan: async () => (await import('./plan/command.js')).planCommand(),
  paper: async () => (await import('./paper/command.js')).paperCommand(),
  serve: async () => (await import('./serve.js')).serveCommand(),
  doctor: async () => (await import('./doctor.js')).doctorCommand(),
};

/** A reader that has seen enough (`tickbench ... | head`) ends the program as Ctrl-C would, without a word; a disk that takes no more, with one. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') {
      if (!process.emit('SIGTERM', 'SIGTERM')) process.exit(0);
      return;
    }
    if (stream === process.stdout) process.stderr.write(`tickbench: the output: ${fileFault(error)}\n`);
    process.exit(1);
  });
}

async function main(): Promise<void> {
  const program = new Command('tickbench')
    .description('Which model, at which precision, on which engine, is best for a task where the clock does not wait?')
    .version(packageVersion())
    .showHelpAfterError('(--help says more)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ tickbench sweep quick\n  $ tickbench run fighter --seat bot:expert@18f --opponent bot:rush@300ms --speed 4\n  $ tickbench run --help',
    );
  const asked = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? '';
  const needed = Object.hasOwn(VERBS, asked) ? [asked] : Object.keys(VERBS);
  for (const verb of needed) program.addCommand(await VERBS[verb]!());
  verbose(program);
  await program.parseAsync();
}

/** `--verbose` everywhere: where an error came from. */
function verbose(command: Command): void {
  command.option('--verbose', 'show where an error came from');
  for (const sub of command.commands) verbose(sub);
}

endWithReader(process.stdout);
endWithReader(process.stderr);
try {
  await main();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    const { stack } = error instanceof Error ? error : new Error(String(error));
    const told = toldOf(error);
    const { fitted } = await import('../report/text.js');
    process.stderr.write(`${fitted(`tickbench: ${process.argv.includes('--verbose') ? (stack ?? told) : told}`, process.stderr)}\n`);
    process.exitCode = 1;
  }
}
