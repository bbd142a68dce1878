/** `tickbench fpx`: precision maps, from what each format costs to a configuration. A file for each verb beside this one. */
import { Command } from 'commander';
import { assignCommand } from './assign.js';
import { lintCommand } from './lint.js';

/** The command with its verbs. */
export function fpxCommand(): Command {
  return new Command('fpx')
    .description('choose the precision of each layer, explain a precision map')
    .addCommand(assignCommand())
    .addCommand(lintCommand());
}
