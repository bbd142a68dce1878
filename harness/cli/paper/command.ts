/** `tickbench paper`: published tables, played here. A file for each verb beside this one. */
import { Command } from 'commander';
import { paperFighterCommand } from './fighter.js';
import { paperGammaCommand } from './gamma.js';
import { paperHftCommand } from './hft.js';
import { paperLatencyCommand } from './latency.js';

/** The command with its verbs. */
export function paperCommand(): Command {
  return new Command('paper')
    .addCommand(paperFighterCommand())
    .addCommand(paperHftCommand())
    .addCommand(paperGammaCommand())
    .addCommand(paperLatencyCommand());
}
