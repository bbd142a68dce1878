/** A verb of `tickbench fpx` in this process: what a user sees of it, without the second that starting the program takes. */
import { CommanderError, type Command } from 'commander';
import { fpxCommand } from '../../../../harness/cli/fpx/command.js';
import { toldOf } from '../../../../harness/host/fault.js';
import type { Ran } from '../../sweep/tickbench.js';

let last: Promise<unknown> = Promise.resolve();

/** Runs `tickbench fpx ARGS` in a folder, as a terminal of 80 columns would show it. One after the other, since each lends the process's folder and output. */
export function fpxHere(args: readonly string[], folder: string): Promise<Ran & { code: number }> {
  const ran = last.then(() => run(args, folder));
  last = ran.catch(() => undefined);
  return ran;
}

async function run(args: readonly string[], folder: string): Promise<Ran & { code: number }> {
  const [before, columns, { exitCode }] = [process.cwd(), process.env['COLUMNS'], process];
  const said = { out: '', err: '' };
  const restore = [listenTo(process.stdout, (text) => (said.out += text)), listenTo(process.stderr, (text) => (said.err += text))];
  let code: number;
  process.chdir(folder);
  process.env['COLUMNS'] = '80';
  process.exitCode = undefined;
  try {
    await throwing(fpxCommand()).parseAsync(args, { from: 'user' });
    code = Number(process.exitCode ?? 0);
  } catch (error) {
    code = error instanceof CommanderError ? error.exitCode : 1;
    if (!(error instanceof CommanderError)) said.err += `tickbench: ${toldOf(error)}\n`;
  } finally {
    for (const each of restore) each();
    process.chdir(before);
    process.exitCode = exitCode;
    if (columns === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = columns;
  }
  return { code, ...said };
}

/** Hears what is written instead of its going out. @returns what ends that */
function listenTo(stream: NodeJS.WriteStream, heard: (text: string) => void): () => void {
  const { write } = stream;
  stream.write = ((text: string | Uint8Array) => (heard(String(text)), true)) as typeof write;
  return () => (stream.write = write);
}

/** Commander's own refusals as errors, for this command and those under it. */
function throwing(command: Command): Command {
  for (const each of command.commands) throwing(each as Command);
  return command.exitOverride();
}
