/** From a format for each unit to the precision map that says the same in the fewest keys. */
import { FORMATS, UNITS, type Format, type PrecisionMap } from '../formats/precision.js';

/**
 * The map that gives every unit its format. Its default is the commonest format (of equally common ones, the first of FORMATS); to it come
 * the fewest keys that there can be: units of all layers (`layers.*.down`) first, then layer by layer. A map that names a layer by its number also
 * says how many there are, since it means nothing for another model.
 * @param formats layer by layer, in the order of UNITS
 */
export function smallestMap(formats: readonly Format[]): PrecisionMap {
  const count = (format: Format) => formats.filter((each) => each === format).length;
  const used = FORMATS.filter((format) => count(format) > 0).sort((a, b) => count(b) - count(a));
  const standard = used[0] ?? 'bf16';
  let best: Record<string, Format> | undefined;
  for (const columns of everyColumns(standard, used)) {
    const keys = keysWith(columns, standard, formats, used);
    if (best === undefined || Object.keys(keys).length < Object.keys(best).length) best = keys;
  }
  const isByNumber = Object.keys(best!).some((key) => !key.startsWith('layers.*.'));
  return { default: standard, units: best!, ...(isByNumber ? { layers: formats.length / UNITS.length } : {}) };
}

/** What `layers.*.UNIT` may say of each unit, no key (the default) first. */
function everyColumns(standard: Format, used: readonly Format[]): Format[][] {
  const choices = [standard, ...used.filter((format) => format !== standard)];
  return UNITS.reduce<Format[][]>((all, _) => all.flatMap((columns) => choices.map((choice) => [...columns, choice])), [[]]);
}

/** The fewest keys once it is decided what holds for a unit of all layers. */
function keysWith(columns: readonly Format[], standard: Format, formats: readonly Format[], used: readonly Format[]) {
  const keys: Record<string, Format> = {};
  UNITS.forEach((unit, i) => {
    if (columns[i] !== standard) keys[`layers.*.${unit}`] = columns[i]!;
  });
  for (let layer = 0; layer * UNITS.length < formats.length; layer++) {
    const own = formats.slice(layer * UNITS.length, (layer + 1) * UNITS.length);
    const differing = (from: (unit: number) => Format) => own.flatMap((format, i) => (format === from(i) ? [] : [i]));
    let exceptions = differing((i) => columns[i]!);
    let row: Format | undefined;
    for (const format of used) {
      const left = differing(() => format);
      if (left.length + 1 >= exceptions.length + (row === undefined ? 0 : 1)) continue;
      [row, exceptions] = [format, left];
    }
    if (row !== undefined) keys[`layers.${layer}.*`] = row;
    for (const i of exceptions) keys[`layers.${layer}.${UNITS[i]!}`] = own[i]!;
  }
  return keys;
}
