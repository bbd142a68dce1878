/** `tickbench fpx`: precision maps, from what each format costs to a configuration. A file for each verb beside this one. */
import { Command } from 'commander';
import { assignCommand } from './assign.js';
import { calibrateCommand } from './calibrate.js';
import { exportCommand } from './export.js';
import { gridCommand } from './grid.js';
import { lintCommand } from './lint.js';
import { measureCommand } from './measure.js';
import { quantizeCommand } from './quantize.js';
import { surfaceCommand } from './surface.js';

/** The command with its verbs, in the order in which they are used. */
export function fpxCommand(): Command {
  return new Command('fpx')
    .addCommand(calibrateCommand())
    .addCommand(surfaceCommand())
    .addCommand(assignCommand())
    .addCommand(gridCommand())
    .addCommand(measureCommand())
    .addCommand(quantizeCommand())
    .addCommand(exportCommand())
    .addCommand(lintCommand());
}
