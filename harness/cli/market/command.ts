/** `tickbench market`: what can be done with a market apart from playing in it. A file for each verb beside this one. */
import { Command } from 'commander';
import { marketCheckCommand } from './check.js';
import { marketExportCommand } from './export.js';

/** The command with its verbs. */
export function marketCommand(): Command {
  return new Command('market').addCommand(marketCheckCommand()).addCommand(marketExportCommand());
}
