/** `tickbench match`: what can be done with a match that is being played. */
import { Command } from 'commander';
import { checkpointCommand } from './checkpoint.js';
import { restoreCommand } from './restore.js';

/** The verb, for the program that assembles them. */
export function matchCommand(): Command {
  return new Command('match')
    .description('checkpoint a match that is being played, and go on with it in another process or on another machine')
    .addCommand(checkpointCommand())
    .addCommand(restoreCommand());
}
