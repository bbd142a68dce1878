/** `tickbench fighter`: what the fighting game comes to, measured. A file for each verb beside this one. */
import { Command } from 'commander';
import { fighterDuelsCommand } from './duels.js';
import { fighterMatrixCommand } from './matrix.js';
import { fighterPlaysLikeCommand } from './plays-like.js';

/** The command with its verbs. */
export function fighterCommand(): Command {
  return new Command('fighter').addCommand(fighterMatrixCommand()).addCommand(fighterDuelsCommand()).addCommand(fighterPlaysLikeCommand());
}
