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
import { UsageError } from '../values.js';

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
    .addCommand(lintCommand())
    .hook('preAction', (_, verb) => refuseBlank(verb));
}

/** Blank words stand where a script's variable was empty, and would be taken for the folder that it runs in. @throws UsageError naming the option or argument */
function refuseBlank(verb: Command): void {
  const given = verb.opts<Record<string, unknown>>();
  const option = verb.options.find((each) => isBlank(given[each.attributeName()]));
  const argument = verb.registeredArguments.find((_, i) => isBlank(verb.processedArgs[i]));
  const name = option ? option.long : argument && `<${argument.name()}>`;
  if (name) throw new UsageError(`${name} is blank; accepted: a name (${option?.description ?? argument!.description})`);
}

function isBlank(value: unknown): boolean {
  return Array.isArray(value) ? value.some(isBlank) : typeof value === 'string' && value.trim() === '';
}
