/** `tickbench arena`: ranked matches between agents that wait for them. The work is a server's of its own program; here it is started. */
import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../host/root.js';
import { UsageError } from './values.js';

/** The verb, for the program that assembles them. */
export function arenaCommand(): Command {
  return new Command('arena').argument('[flags...]', 'see --help').allowUnknownOption().helpOption(false).action(arena);
}

async function arena(): Promise<void> {
  const program = join(packageRoot(), 'dist', 'web', 'server', 'arena', 'main.js');
  if (!existsSync(program)) throw new UsageError('the arena is not built; run: npm run build');
  const given = process.argv.slice(process.argv.indexOf('arena') + 1);
  const child = spawn(process.execPath, [program, '--child', ...given.filter((each) => each !== '--verbose')], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  // Ctrl-C reaches the whole process group; the arena says when it is over.
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', () => undefined).on('SIGTERM', pass);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}
