/** Keys of a precision map that do nothing, though a reader would take them to mean something. */
import { FORMATS, formatOf, UNITS, type PrecisionMap } from './precision.js';

/** A key and why it does nothing. */
export interface IdleKey {
  key: string;
  /** The model has no such layer; more specific keys name all that it names; or every unit has the same format without it. */
  why: 'names nothing' | 'shadowed' | 'changes nothing';
}

/** The keys of a map that do nothing in a model of so many layers, in the map's order. Each is looked at with all the others in place. */
export function idleKeys(map: PrecisionMap, layers: number): IdleKey[] {
  const said = (units: PrecisionMap['units']): string =>
    Array.from({ length: layers }, (_, layer) => UNITS.map((unit) => formatOf({ default: map.default, units }, layer, unit))).join();
  const now = said(map.units);
  return Object.entries(map.units).flatMap(([key, format]): IdleKey[] => {
    const layer = /^layers\.(\d+)\./.exec(key)?.[1];
    if (layer !== undefined && Number(layer) >= layers) return [{ key, why: 'names nothing' }];
    if (said({ ...map.units, [key]: FORMATS.find((other) => other !== format)! }) === now) return [{ key, why: 'shadowed' }];
    const { [key]: _, ...others } = map.units;
    return said(others) === now ? [{ key, why: 'changes nothing' }] : [];
  });
}
