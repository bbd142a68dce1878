/** Precision maps drawn by chance, the same for a seed everywhere: what a chosen map is held against. */
import { FORMATS, summarizePrecision, UNITS, type BlockShape, type Format, type PrecisionMap } from '../formats/precision.js';

/** Numbers below a bound. The low bits of such a generator repeat soon, so they are dropped. */
function drawing(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 16) % below;
  };
}

function unitKeys(layers: number): string[] {
  return Array.from({ length: layers }, (_, layer) => UNITS.map((unit) => `layers.${layer}.${unit}`)).flat();
}

/** Maps that draw each unit's format among all. */
export function randomMaps(layers: number, count: number, seed: number): PrecisionMap[] {
  const draw = drawing(seed);
  return Array.from({ length: count }, () => {
    const units: Record<string, Format> = {};
    for (const key of unitKeys(layers)) units[key] = FORMATS[draw(FORMATS.length)]!;
    return { default: 'bf16', units };
  });
}

/** Maps of FP8 and a kind of FP4 at given bits a weight: units go to FP4 in a drawn order until the map is no larger. */
export function randomMapsUnder(
  shape: BlockShape,
  { bitsPerWeight, fp4 = 'fp4', count, seed }: { bitsPerWeight: number; fp4?: Format; count: number; seed: number },
): PrecisionMap[] {
  const draw = drawing(seed);
  return Array.from({ length: count }, () => {
    const left = unitKeys(shape.layers);
    const map: PrecisionMap = { default: 'fp8', units: {} };
    while (left.length > 0 && summarizePrecision(map, shape).bitsPerWeight > bitsPerWeight + 1e-9)
      map.units[left.splice(draw(left.length), 1)[0]!] = fp4;
    return map;
  });
}
