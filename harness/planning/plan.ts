/** From a requirement to the hardware that meets it: what is predicted of every possibility, what is best, and whether older devices help. */
import { dirname, join } from 'node:path';
import { ConfigurationError, findFile } from '../configuration/configuration.js';
import { packageRoot } from '../host/root.js';
import type { ModelShape } from '../../fpx/export/model-shapes.js';
import { calibrate, CalibrationError, factorsFor, type Calibration } from './calibration.js';
import { deviceNamed, deviceOf, loadCatalogue, type Catalogue } from './catalogue.js';
import type { Requirement, ServedAs } from './requirement.js';
import { requestTimes, type Load, type RequestTimes } from './roofline.js';
import { knownShape, namedMap, readTimings } from './timing-file.js';
import { mostTogether, unfit } from './timing.js';
import type { Served } from './work.js';

/** The timings that ship with the project: published by others, none measured here. */
export const PUBLISHED_TIMINGS = join('harness', 'planning', 'published-timings.csv');

/** A model as it is served, with what its memory depends on. */
export interface ServedModel {
  served: Served;
  tied: boolean;
}

/** The hardware and what is known of its speed. */
export interface Ground {
  catalogue: Catalogue;
  calibration: Calibration;
  /** By which share predicted times are raised. */
  margin: number;
  /** Of the timings: how many are whose, and how many said nothing and why. */
  timings: { measured: number; published: number; unfit: Record<string, number> };
}

/** Reads the catalogue and calibrates. @param path of the file that names them @throws ConfigurationError */
export function groundOf(
  path: string,
  from: { catalogue?: string; timings: readonly string[]; published: boolean; margin: number },
): Ground {
  const beside = (name: string, what: string): string => {
    const found = findFile(name, [dirname(path)]);
    if (found === undefined) throw new ConfigurationError(`${path}: ${what}: no file "${name}" here or beside it`);
    return found;
  };
  const catalogue = loadCatalogue(from.catalogue === undefined ? undefined : beside(from.catalogue, 'catalogue'));
  // A catalogue of one's own may not have the devices of the published rows: those are then left out.
  const shipped = from.published ? readTimings(join(packageRoot(), PUBLISHED_TIMINGS), loadCatalogue()) : [];
  const known = shipped.flatMap((row) => {
    const device = deviceOf(catalogue, row.deviceName);
    return device ? [{ ...row, device }] : [];
  });
  const rows = [...known, ...from.timings.flatMap((each) => readTimings(beside(each, 'timings'), catalogue))];
  const why: Record<string, number> = {};
  const fit = rows.filter((row) => {
    const reason = unfit(row);
    if (reason !== undefined) why[reason] = (why[reason] ?? 0) + 1;
    return reason === undefined;
  });
  const of = (origin: 'measured' | 'published'): number => fit.filter((row) => row.origin === origin).length;
  try {
    return {
      catalogue,
      calibration: calibrate(fit),
      margin: from.margin,
      timings: { measured: of('measured'), published: of('published'), unfit: why },
    };
  } catch (error) {
    if (error instanceof CalibrationError)
      throw new ConfigurationError(`${path}: ${error.message}: timings: of your own, or published: true`);
    throw error;
  }
}

/** A model by what a requirement says of it. @throws ConfigurationError */
export function servedModel({ model, map, fp4Inputs, kvBits }: ServedAs, where: string, path: string): ServedModel {
  const shape: ModelShape = knownShape(model, where);
  return { served: { shape, map: namedMap(map, where, [dirname(path)]), fp4Inputs, kvBits }, tied: shape.tied };
}

/** Predicted times on a device, and whether the device itself was among those timed; undefined when so many do not fit into its memory. */
export function predictedTimes({ catalogue, calibration, margin }: Ground, { served, tied }: ServedModel, deviceName: string, load: Load): (RequestTimes & { own: boolean }) | undefined {
  const device = deviceNamed(catalogue, deviceName, 'devices');
  if (mostTogether(served, tied, device, load) < load.batch) return undefined;
  const { fit, own } = factorsFor(calibration, deviceName);
  const { prefillMs, decodeMs, tokenMs, totalMs } = requestTimes(served, device, fit.factors, load);
  const raised = (ms: number): number => ms * (1 + margin);
  return { prefillMs: raised(prefillMs), decodeMs: raised(decodeMs), tokenMs: raised(tokenMs), totalMs: raised(totalMs), own };
} // prettier-ignore

/** Devices that come into question. @throws ConfigurationError for one that the catalogue lacks */
export function devicesFor(catalogue: Catalogue, asked: readonly string[] | undefined, path: string): string[] {
  for (const each of asked ?? []) deviceNamed(catalogue, each, `${path}: devices`);
  return [...(asked ?? Object.keys(catalogue.devices).filter((each) => catalogue.devices[each]!.kind !== 'engine'))];
}

/** Refuses a number of machines of a kind that is nowhere: mistyped, it would limit nothing. @throws ConfigurationError */
export function checkAvailable({ devices }: Catalogue, { available, stages }: Pick<Requirement, 'available' | 'stages'>, path: string): void {
  const names = new Set([...Object.keys(devices), ...(stages?.steps ?? []).flatMap(({ on }) => Object.keys(on ?? {}))]);
  for (const each of Object.keys(available))
    if (!names.has(each)) throw new ConfigurationError(`${path}: available: no device "${each}"; accepted: ${[...names].join(', ')}`);
} // prettier-ignore

/** Of some devices those that came out last. Names that the catalogue lacks have no year. */
export function newestOf(catalogue: Catalogue, names: readonly string[]): string[] {
  const years = names.map((each) => deviceOf(catalogue, each)?.year ?? -Infinity);
  const last = Math.max(...years);
  return Number.isFinite(last) ? names.filter((_, i) => years[i] === last) : [];
}
