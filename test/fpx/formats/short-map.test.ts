import { expect } from 'chai';
import fc from 'fast-check';
import { FORMATS, UNITS, type Format } from '../../../fpx/formats/precision.js';
import { shortMapNote } from '../../../fpx/formats/short-map.js';

const format = fc.constantFrom<Format>(...FORMATS);

/** Keys that name each of so many layers by its number, in any way. */
const keysOf = (layers: number) =>
  fc
    .array(fc.tuple(fc.constantFrom(...UNITS, '*'), format), { minLength: layers, maxLength: layers })
    .map((each) => Object.fromEntries(each.map(([unit, value], layer) => [`layers.${layer}.${unit}`, value])));

describe('a map that was made for a smaller model', () => {
  it('is told wherever all first layers are named and none after them, and only then', () => {
    const cases = fc.integer({ min: 3, max: 6 }).chain((named) => fc.tuple(keysOf(named), fc.integer({ min: 1, max: 20 }), format));
    fc.assert(
      fc.property(cases, ([units, more, standard]) => {
        const named = Object.keys(units).length;
        const map = { default: standard, units };
        expect(shortMapNote(map, named)).to.equal(undefined);
        expect(shortMapNote(map, named + more)).to.include(`names layers 0 to ${named - 1} by number`);
        const further: Record<string, Format> = { ...units, [`layers.${named + more}.o`]: 'fp8' };
        expect(shortMapNote({ default: standard, units: further }, named + more + 1)).to.equal(undefined);
        const { [Object.keys(units)[0]!]: _, ...without } = units;
        expect(shortMapNote({ default: standard, units: without }, named + more)).to.equal(undefined);
      }),
    );
  });

  it('says what the rest is left in, and is silent of a few first layers and of keys for all layers', () => {
    const units: Record<string, Format> = { 'layers.0.*': 'bf16', 'layers.1.*': 'fp4', 'layers.2.o': 'fp4', 'layers.*.down': 'fp4' };
    expect(shortMapNote({ default: 'fp8', units }, 8)).to.match(/none of layers 3 to 7, .*8 layers is in fp8 and fp4: .* of 3 layers/);
    expect(shortMapNote({ default: 'fp8', units }, 4)).to.match(/none of layer 3, /);
    expect(shortMapNote({ default: 'fp8', units: { 'layers.0.*': 'bf16', 'layers.1.*': 'bf16' } }, 28)).to.equal(undefined);
    expect(shortMapNote({ default: 'fp8', units: { 'layers.*.o': 'bf16' } }, 28)).to.equal(undefined);
  });
});
