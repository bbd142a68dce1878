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
  /** Where it is, from the root. */
  path: string;
  /** Whether it is one of the package's reference models, which were trained on the prompt `reference`. */
  isOurs: boolean;
}

/** Where a model is looked for besides, and what is told where it is not. */
export interface Finding {
  /** Folders in which it is looked for as well as here and in the package. */
  besides?: readonly string[];
  /** What may be done where no folder is at hand. */
  mapAlone?: string;
  /** How the caller is told of the folder. */
  otherwise?: string;
}

/**
 * Finds the model that a calibration is of: the folder given, or one of its name among the package's models or here.
 * @param given as it was written @throws UsageError when there is none, or it is another model
 */
export async function modelFolderOf(
  { model }: Calibration,
  given?: string,
  { besides = [], mapAlone, otherwise = '--model with its folder' }: Finding = {},
): Promise<ModelFolder> {
  const names = given === undefined ? [join('models', model.name), model.name] : [given];
  const found = names.map((name) => findFile(name, besides)).find((path) => path !== undefined);
  if (found === undefined)
    throw new UsageError(
      given === undefined
        ? `no folder ${names.join(' or ')} of the model that was calibrated; accepted: ${otherwise}${mapAlone === undefined ? '' : `, or ${mapAlone}`}`
        : `--model ${given}: no such folder; accepted: the folder of ${model.name}${mapAlone === undefined ? '' : `, or ${mapAlone}`}`,
    );
  await requireCalibrated(model, found);
  return { path: found, isOurs: relative(packageRoot(), found).startsWith(`models${sep}`) };
}

/** How a file in a folder is to name a model's: from the package's folder where it is inside of that, else from the file's own. */
export function writtenFolder(path: string, besides: string): string {
  const inside = relative(packageRoot(), path);
  const isInside = inside !== '' && !inside.startsWith('..') && !isAbsolute(inside);
  return (isInside ? inside : relative(resolve(besides), path)).split(sep).join('/');
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
