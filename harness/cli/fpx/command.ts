/** `tickbench fpx`: choose every layer's precision for a model and a task. */
import { Command } from 'commander';
import { calibrateCommand } from './calibrate.js';
import { measureCommand } from './measure.js';

/** The group of verbs, in the order in which they are used. */
export function fpxCommand(): Command {
  return new Command('fpx')
    .description("choose each layer's precision: calibrate")
    .addCommand(calibrateCommand())
    .addCommand(measureCommand());
}
