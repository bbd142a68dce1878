#!/usr/bin/env node
/** `tickbench`: the program. Its verbs are in verbs.ts; here errors become one clear line. */
import { CommanderError } from 'commander';
import { fileFault, toldOf } from '../host/fault.js';
import { fitted } from '../report/text.js';
import { programFor } from './verbs.js';

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
  const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const program = await programFor(words[0] === 'help' ? words[1] : words[0]);
  await program.parseAsync();
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
    const { redact } = await import('../host/secrets.js'); // an address that was given may hold a key
    const text = redact(process.argv.includes('--verbose') ? (stack ?? told) : told);
    process.stderr.write(`${fitted(`tickbench: ${text}`, process.stderr)}\n`);
    process.exitCode = 1;
  }
}
