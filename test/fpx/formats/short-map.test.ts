import { expect } from 'chai';
import fc from 'fast-check';
import { smallestMap } from '../../../fpx/assignment/smallest-map.js';
import {
  FORMATS,
  formatOf,
  parsePrecisionMap,
  PrecisionMapError,
  summarizePrecision,
  UNITS,
  type Format,
  type PrecisionMap,
} from '../../../fpx/formats/precision.js';
import { shortMapNote } from '../../../fpx/formats/short-map.js';

const format = fc.constantFrom<Format>(...FORMATS);

/** Keys that name each of so many layers by its number, in any way. */
const keysOf = (layers: number) =>
  fc
    .array(fc.tuple(fc.constantFrom(...UNITS, '*'), format), { minLength: layers, maxLength: layers })
    .map((each) => Object.fromEntries(each.map(([unit, value], layer) => [`layers.${layer}.${unit}`, value])));

/** Whether the layers that a map names are all in the same formats. */
const areAlike = (map: PrecisionMap, named: number): boolean =>
  new Set(Array.from({ length: named }, (_, layer) => UNITS.map((unit) => formatOf(map, layer, unit)).join())).size === 1;

describe('a map that was made for a smaller model', () => {
  it('is told wherever all first layers are named and none after them, unless they are all alike, and only then', () => {
    const cases = fc.integer({ min: 3, max: 6 }).chain((named) => fc.tuple(keysOf(named), fc.integer({ min: 1, max: 20 }), format));
    fc.assert(
      fc.property(cases, ([units, more, standard]) => {
        const named = Object.keys(units).length;
        const map = { default: standard, units };
        expect(shortMapNote(map, named)).to.equal(undefined);
        if (areAlike(map, named)) expect(shortMapNote(map, named + more)).to.equal(undefined);
        else expect(shortMapNote(map, named + more)).to.include(`names layers 0 to ${named - 1} by number`);
        const further: Record<string, Format> = { ...units, [`layers.${named + more}.o`]: 'fp8' };
        expect(shortMapNote({ default: standard, units: further }, named + more + 1)).to.equal(undefined);
        const { [Object.keys(units)[0]!]: _, ...without } = units;
        expect(shortMapNote({ default: standard, units: without }, named + more)).to.equal(undefined);
      }),
    );
  });

  it('is never told of what was assigned, layer by layer, to a model whose last layers happen to be in the default', () => {
    const shape = { dModel: 64, ffWidth: 96, heads: 4, kvHeads: 2, headWidth: 16 };
    const own = fc
      .array(fc.constantFrom<Format>('fp8', 'fp4'), { minLength: 12, maxLength: 24 })
      .map((all) => all.slice(0, all.length - (all.length % 4)));
    let byNumber = 0;
    fc.assert(
      fc.property(own, fc.integer({ min: 1, max: 6 }), (first, rest) => {
        const formats = [...first, ...new Array<Format>(4 * rest).fill('fp8')];
        const map = parsePrecisionMap(JSON.parse(JSON.stringify(smallestMap(formats))));
        const layers = formats.length / 4;
        expect(shortMapNote(map, layers)).to.equal(undefined);
        expect(summarizePrecision(map, { ...shape, layers }).bitsPerWeight).to.be.above(4);
        // Of another model it is refused rather than told.
        if (map.layers === undefined) return;
        byNumber++;
        expect(() => summarizePrecision(map, { ...shape, layers: layers + 1 })).to.throw(
          PrecisionMapError,
          `it says that it is for a model of ${layers} layers, and this one has ${layers + 1}; accepted: `,
        );
      }),
    );
    expect(byNumber).to.be.above(0);
  });

  it('is not told of first layers that are kept as they are, nor of a map that says how many layers there are', () => {
    const kept = Object.fromEntries([0, 1, 2, 3].map((layer) => [`layers.${layer}.*`, 'bf16' as const]));
    expect(shortMapNote({ default: 'fp8', units: kept }, 28)).to.equal(undefined);
    const mixed = { ...kept, 'layers.1.o': 'fp4' as const };
    expect(shortMapNote({ default: 'fp8', units: mixed }, 28)).to.match(/Where it is meant so, `layers: 28` in the map says it$/);
    expect(shortMapNote({ default: 'fp8', units: mixed, layers: 28 }, 28)).to.equal(undefined);
  });

  it('says how many layers it is for as a whole number, or not at all', () => {
    for (const layers of [0, -1, 2.5, '4', null])
      expect(() => parsePrecisionMap({ default: 'fp8', layers })).to.throw(PrecisionMapError, /layers/);
    expect(parsePrecisionMap({ default: 'fp8', layers: 4 })).to.deep.equal({ default: 'fp8', units: {}, layers: 4 });
  });

  it('says what the rest is left in, and is silent of a few first layers and of keys for all layers', () => {
    const units: Record<string, Format> = { 'layers.0.*': 'bf16', 'layers.1.*': 'fp4', 'layers.2.o': 'fp4', 'layers.*.down': 'fp4' };
    expect(shortMapNote({ default: 'fp8', units }, 8)).to.match(/none of layers 3 to 7, .*8 layers is in fp8 and fp4: .* of 3 layers/);
    expect(shortMapNote({ default: 'fp8', units }, 4)).to.match(/none of layer 3, /);
    expect(shortMapNote({ default: 'fp8', units: { 'layers.0.*': 'bf16', 'layers.1.*': 'bf16' } }, 28)).to.equal(undefined);
    expect(shortMapNote({ default: 'fp8', units: { 'layers.*.o': 'bf16' } }, 28)).to.equal(undefined);
  });
});
