import { expect } from 'chai';
import fc from 'fast-check';
import { smallestMap } from '../../../fpx/assignment/smallest-map.js';
import { FORMATS, formatOf, parsePrecisionMap, UNITS, type Format, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { everyAssignment } from './made-calibration.js';

const TWO: Format[] = ['fp8', 'fp4'];

const assignments = fc
  .integer({ min: 1, max: 6 })
  .chain((layers) => fc.array(fc.constantFrom<Format>(...FORMATS), { minLength: layers * 4, maxLength: layers * 4 }));

/** What a map says of every unit, layer by layer. */
const saidBy = (map: PrecisionMap, layers: number): Format[] =>
  Array.from({ length: layers }, (_, layer) => UNITS.map((unit) => formatOf(map, layer, unit))).flat();

describe('the smallest precision map', () => {
  it('gives every unit its format', () => {
    fc.assert(
      fc.property(assignments, (formats) => {
        const map = parsePrecisionMap(smallestMap(formats));
        expect(saidBy(map, formats.length / 4)).to.deep.equal(formats);
      }),
    );
  });

  it('has as few keys as any map with the same default: every way to divide two layers, against every map of three keys or fewer', () => {
    const keys = ['*', '0', '1'].flatMap((layer) => [...UNITS, '*'].map((unit) => `layers.${layer}.${unit}`));
    const fewest = new Map<string, number>();
    const grow = (map: PrecisionMap, from: number): void => {
      const count = Object.keys(map.units).length;
      const said = `${map.default}: ${saidBy(map, 2).join()}`;
      fewest.set(said, Math.min(count, fewest.get(said) ?? Infinity));
      if (count === 3) return;
      for (let i = from; i < keys.length; i++)
        for (const format of TWO) grow({ default: map.default, units: { ...map.units, [keys[i]!]: format } }, i + 1);
    };
    for (const format of TWO) grow({ default: format, units: {} }, 0);
    for (const formats of everyAssignment(8, TWO)) {
      const map = smallestMap(formats);
      const count = Object.keys(map.units).length;
      const least = fewest.get(`${map.default}: ${formats.join()}`);
      if (least === undefined) expect(count, formats.join()).to.be.greaterThan(3);
      else expect(count, formats.join()).to.equal(least);
    }
  });

  it('speaks of all layers, of a layer or of a unit, whichever is shorter', () => {
    const [a, b]: [Format, Format] = ['fp8', 'fp4'];
    expect(smallestMap([a, a, a, a])).to.deep.equal({ default: a, units: {} });
    expect(smallestMap([a, a, a, b, a, a, a, b, a, a, a, b])).to.deep.equal({ default: a, units: { 'layers.*.down': b } });
    expect(smallestMap([a, a, a, a, b, b, b, b, a, a, a, a])).to.deep.equal({ default: a, units: { 'layers.1.*': b }, layers: 3 });
    expect(smallestMap([a, a, b, a, a, a, b, a, a, b, b, a])).to.deep.equal({
      default: a,
      units: { 'layers.*.gate_up': b, 'layers.2.o': b },
      layers: 3,
    });
    expect(smallestMap([a, a, a, b, a, a, a, b, b, b, a, b]).units).to.deep.equal({
      'layers.*.down': b,
      'layers.2.qkv': b,
      'layers.2.o': b,
    });
  });

  it('has the commonest format as its default', () => {
    fc.assert(
      fc.property(assignments, (formats) => {
        const count = (format: Format) => formats.filter((each) => each === format).length;
        expect(count(smallestMap(formats).default)).to.equal(Math.max(...FORMATS.map(count)));
      }),
    );
  });
});
