/** The folder of the model that was calibrated, and how a configuration names it. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readModelConfig } from '../../../fpx/checkpoint/model-config.js';
import type { BlockShape } from '../../../fpx/formats/precision.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { findFile } from '../../configuration/configuration.js';
import { packageRoot } from '../../host/root.js';
import { UsageError } from '../values.js';

/** A model's folder. */
export interface ModelFolder {
  /** As a file is to name it: from the package's folder where it is inside, else from the file's own. */
  written: string;
  /** Whether it is one of the package's reference models, which were trained on the prompt `reference`. */
  isOurs: boolean;
}

/**
 * Finds the model that a calibration is of: the folder given, or one of its name among the package's models or here.
 * @param besides the folder of the file that is to name it @throws UsageError when there is none, or it is a model of another shape
 */
export function modelFolderOf({ model }: Calibration, given: string | undefined, besides: string): ModelFolder {
  const names = given === undefined ? [join('models', model.name), model.name] : [given];
  const found = names.map((name) => findFile(name, [])).find((path) => path !== undefined);
  if (found === undefined)
    throw new UsageError(
      given === undefined
        ? `no folder ${names.join(' or ')} of the model that was calibrated; accepted: --model with its folder`
        : `--model ${given}: no such folder; accepted: the folder of ${model.name}`,
    );
  const config = readModelConfig(found);
  const differing = (Object.keys(model.shape) as (keyof BlockShape)[]).find((key) => config[key] !== model.shape[key]);
  if (differing !== undefined)
    throw new UsageError(
      `${found} is not the model that was calibrated: ${differing} is ${config[differing]}, there ${model.shape[differing]}; accepted: --model with the folder of ${model.name}`,
    );
  const root = packageRoot();
  const inside = relative(root, found);
  const isOurs = inside.startsWith(`models${sep}`);
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return { written: (isInside ? inside : relative(resolve(besides), found)).split(sep).join('/'), isOurs };
}
