/** `tickbench paper`: published tables, played here. A file for each verb beside this one. */
import { Command } from 'commander';
import { paperFighterCommand } from './fighter.js';
import { paperGammaCommand } from './gamma.js';
import { paperHftCommand } from './hft.js';
import { paperLatencyCommand } from './latency.js';

/** The command with its verbs. */
export function paperCommand(): Command {
  return new Command('paper')
    .description('the tables of "Win Fast or Lose Slow" (arXiv 2505.19481) beside what comes out here, and whether their shape holds')
    .addCommand(paperFighterCommand())
    .addCommand(paperHftCommand())
    .addCommand(paperGammaCommand())
    .addCommand(paperLatencyCommand());
}
