/** The folder of the model that was calibrated, known by its files, and how a configuration names it. */
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { filesIdentity } from '../../../fpx/checkpoint/identity.js';
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
 * @param besides the folder of the file that is to name it @throws UsageError when there is none, or it is another model
 */
export async function modelFolderOf({ model }: Calibration, given: string | undefined, besides: string): Promise<ModelFolder> {
  const names = given === undefined ? [join('models', model.name), model.name] : [given];
  const found = names.map((name) => findFile(name, [])).find((path) => path !== undefined);
  if (found === undefined)
    throw new UsageError(
      given === undefined
        ? `no folder ${names.join(' or ')} of the model that was calibrated; accepted: --model with its folder`
        : `--model ${given}: no such folder; accepted: the folder of ${model.name}`,
    );
  await requireCalibrated(model, found);
  const root = packageRoot();
  const inside = relative(root, found);
  const isOurs = inside.startsWith(`models${sep}`);
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return { written: (isInside ? inside : relative(resolve(besides), found)).split(sep).join('/'), isOurs };
}

/**
 * Sees to it that a folder holds the very model that was calibrated: the same shape, and the same files. What one model's layers cost says
 * nothing of another's, not even of the same model after more training.
 * @throws UsageError saying what is different
 */
export async function requireCalibrated(model: Calibration['model'], folder: string): Promise<void> {
  const accepted = `accepted: --model with the folder of ${model.name}`;
  const config = readModelConfig(folder);
  const differing = (Object.keys(model.shape) as (keyof BlockShape)[]).find((key) => config[key] !== model.shape[key]);
  if (differing !== undefined)
    throw new UsageError(
      `${folder} is not the model that was calibrated: ${differing} is ${config[differing]}, there ${model.shape[differing]}; ${accepted}`,
    );
  const identity = await filesIdentity(folder);
  if (identity !== model.identity)
    throw new UsageError(
      `${folder} is not the model that was calibrated: it has the same shape and other files (${identity}, there ${model.identity}); ` +
        `${accepted}, or a calibration of this one`,
    );
}
