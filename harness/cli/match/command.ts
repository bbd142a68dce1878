/** `tickbench match`: what can be done with a match that is being played. */
import { Command } from 'commander';
import { checkpointCommand } from './checkpoint.js';
import { restoreCommand } from './restore.js';

/** The verb, for the program that assembles them. */
export function matchCommand(): Command {
  return new Command('match').addCommand(checkpointCommand()).addCommand(restoreCommand());
}
