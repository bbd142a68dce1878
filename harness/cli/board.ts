/** `tickbench board`: what the operator of a board does beside its server. The work is the server's own program's; here it is started. */
import { Command } from 'commander';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../host/root.js';
import { UsageError } from './values.js';

/** The verb, for the program that assembles them. */
export function boardCommand(): Command {
  return new Command('board')
    .argument('[what...]', 'token add NAME, token list, token revoke ID, retry ID, backup FILE, restore FILE or measure PLAN')
    .allowUnknownOption()
    .helpOption(false)
    .action(board);
}

async function board(): Promise<void> {
  const program = join(packageRoot(), 'dist', 'web', 'server', 'operator.js');
  if (!existsSync(program)) throw new UsageError('the board is not built; run: npm run build');
  const given = process.argv.slice(process.argv.indexOf('board') + 1);
  const child = spawn(process.execPath, [program, ...given.filter((each) => each !== '--verbose')], { stdio: 'inherit' });
  // A terminal's Ctrl-C reaches the program itself, which ends in good order; a signal to this process alone is passed on.
  process.on('SIGINT', () => undefined).on('SIGTERM', () => child.kill('SIGTERM'));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  });
}
