/** Reads a precision map that a command line or a file names. */
import { join } from 'node:path';
import { FORMATS, parsePrecisionMap, PrecisionMapError, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { findFile, readYaml } from '../../configuration/configuration.js';
import { UsageError } from '../values.js';

/** What may name a map, told where nothing is found. */
const ACCEPTED = `a file with a precision map, a configuration, or ${FORMATS.join(', ')}`;

/**
 * The map that a format's name, a file or a configuration gives.
 * @param where who names it, for what is said: a flag, or a line of a file @param besides folders in which files are looked for as well
 * @throws UsageError when there is none, or it is none
 */
export function readMap(text: string, where = '--map', besides: readonly string[] = []): PrecisionMap {
  if ((FORMATS as readonly string[]).includes(text)) return parsePrecisionMap(text);
  const path = mapPath(text, besides);
  if (path === undefined) throw new UsageError(`${where} ${text}: no such file; accepted: ${ACCEPTED}`);
  return mapInFile(path);
}

/** The file that holds a map, by its path or its name in `fpx-configs/`, with or without its ending; undefined when there is none. */
function mapPath(text: string, besides: readonly string[]): string | undefined {
  const names = [text, `${text}.yaml`, join('fpx-configs', text), join('fpx-configs', `${text}.yaml`)];
  return names.map((name) => findFile(name, besides)).find((path) => path !== undefined);
}

/** The map that a file holds: it stands alone, under `precision`, or in a configuration. @throws UsageError naming the file and what is wrong */
export function mapInFile(path: string): PrecisionMap {
  const raw = readYaml(path);
  try {
    return parsePrecisionMap(mapIn(raw, path));
  } catch (error) {
    if (error instanceof PrecisionMapError) throw new UsageError(`${path}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** A map stands in a file alone, under `precision` beside what says where it came from, or in a configuration of the embedded engine. */
function mapIn(raw: unknown, path: string): unknown {
  if (typeof raw !== 'object' || raw === null) return raw;
  if ('precision' in raw) return raw.precision;
  if (!('endpoint' in raw)) return raw;
  const { endpoint } = raw;
  if (typeof endpoint === 'object' && endpoint !== null && 'precision' in endpoint) return endpoint.precision;
  throw new UsageError(`${path}: no endpoint.precision; only configurations of kind embedded have a precision map`);
}
