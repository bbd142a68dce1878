/** Signs that a precision map was made for a model of fewer layers than the one that it is read for. */
import { UNITS, formatOf, type PrecisionMap } from './precision.js';

/** Layers that must be named one by one before that is told: fewer are often meant, since first layers are commonly kept as they are. */
const FEWEST_NAMED = 3;

/**
 * A word on a map that names every layer from the first to some layer by its number and none of those after it: of a larger model such a map
 * leaves the rest to keys for all layers and its default. Undefined where nothing points to that; where the map says itself how many layers
 * its model has, as those that were assigned do; and where the layers that it names are all alike: whoever means so many first layers of a
 * larger model writes that, while for a model of no others it would be `layers.*`.
 */
export function shortMapNote(map: PrecisionMap, layers: number): string | undefined {
  if (map.layers !== undefined) return undefined;
  const named = new Set(
    Object.keys(map.units)
      .flatMap((key) => /^layers\.(\d+)\./.exec(key)?.[1] ?? [])
      .map(Number),
  );
  const count = named.size;
  if (count < FEWEST_NAMED || count >= layers) return undefined;
  for (let layer = 0; layer < count; layer++) if (!named.has(layer)) return undefined;
  const formatsIn = (layer: number): string[] => UNITS.map((unit) => formatOf(map, layer, unit));
  if (new Set([...named].map((layer) => formatsIn(layer).join())).size === 1) return undefined;
  const rest = count === layers - 1 ? `layer ${count}` : `layers ${count} to ${layers - 1}`;
  const formats = [...new Set(formatsIn(count))].join(' and ');
  return (
    `the precision map names layers 0 to ${count - 1} by number and none of ${rest}, so that the rest of this model's ${layers} layers is in ${formats}: ` +
    `a map that was made for a model of ${count} layers says nothing of this one. Where it is meant so, \`layers: ${layers}\` in the map says it`
  );
}
