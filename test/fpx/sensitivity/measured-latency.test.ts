import { expect } from 'chai';
import fc from 'fast-check';
import { bitsPerWeightOf, formatOf, UNITS, unitShape, type Format, type PrecisionMap } from '../../../fpx/formats/precision.js';
import { predictUs } from '../../../fpx/sensitivity/latency.js';
import { fitMeasured, MeasuredLatencyError, type TimedRequest } from '../../../fpx/sensitivity/measured-latency.js';
import { randomMaps } from '../../../fpx/sensitivity/random-maps.js';
import { shapeOf } from '../assignment/made-calibration.js';

const SHAPE = shapeOf(3);

/** What a server with these times would take: the formula written down unit by unit. */
function servedMs(map: PrecisionMap, promptTokens: number, answerTokens: number, constant: number, times: Record<Format, readonly [gigabyte: number, gigaflop: number]>): number {
  let ms = constant;
  for (let layer = 0; layer < SHAPE.layers; layer++)
    for (const unit of UNITS) {
      const { rows, depth } = unitShape(SHAPE, unit);
      const format = formatOf(map, layer, unit);
      const [gigabyte, gigaflop] = times[format];
      ms += (gigabyte * answerTokens * rows * depth * bitsPerWeightOf(format, rows, depth)) / 8e9;
      ms += (gigaflop * 2 * rows * depth * (promptTokens + answerTokens)) / 1e9;
    }
  return ms;
} // prettier-ignore

const plain = (format: Format): PrecisionMap => ({ default: format, units: {} });
const LENGTHS = [[50, 4], [200, 4], [50, 20], [120, 9], [300, 30]] as const; // prettier-ignore

describe('a latency model of measured requests', () => {
  const some = fc.double({ min: 0.1, max: 500, noNaN: true });
  const pair = fc.tuple(some, some);
  const anyTimes = fc.record({ bf16: pair, fp8: pair, fp4: pair, 'fp4-tensor': pair });

  it('finds the times of a server that keeps to it, and predicts maps and lengths that it has not seen', () => {
    fc.assert(
      fc.property(anyTimes, fc.double({ min: 0.01, max: 5, noNaN: true }), fc.integer({ min: 1, max: 1000 }), (times, constant, seed) => {
        const maps = [...randomMaps(SHAPE.layers, 10, seed), plain('bf16'), plain('fp8'), plain('fp4')];
        const rows = maps.flatMap((map) => LENGTHS.map(([promptTokens, answerTokens]): TimedRequest => ({ map, promptTokens, answerTokens, ms: servedMs(map, promptTokens, answerTokens, constant, times) }))); // prettier-ignore
        const { model, heldOut } = fitMeasured(rows, SHAPE, { promptTokens: 111, answerTokens: 13 });
        expect(model.heldOutError).to.be.below(1e-3);
        expect(heldOut).to.equal('map');
        for (const map of randomMaps(SHAPE.layers, 3, seed + 1)) {
          const ms = servedMs(map, 111, 13, constant, times);
          expect(predictUs(model, map, SHAPE.layers) / 1000 / ms).to.be.closeTo(1, 1e-3);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('keeps what it cannot tell apart in one where all requests have the same tokens, and knows nothing of others', () => {
    const times = { bf16: [9, 9], fp8: [50, 3], fp4: [70, 2], 'fp4-tensor': [9, 9] } as const;
    const maps: PrecisionMap[] = [plain('fp8'), plain('fp4'), { default: 'fp8', units: { 'layers.*.down': 'fp4' } }, { default: 'fp4', units: { 'layers.1.*': 'fp8' } }]; // prettier-ignore
    const rows = maps.map((map) => ({ map, promptTokens: 80, answerTokens: 6, ms: servedMs(map, 80, 6, 0.2, times) }));
    const { model, formats, constantMs, terms } = fitMeasured(rows, SHAPE);
    expect([constantMs, terms, model.promptTokens, model.answerTokens]).to.deep.equal([undefined, 2, 80, 6]);
    expect(formats.every(({ msPerGigabyte }) => msPerGigabyte === undefined)).to.equal(true);
    for (const { map, ms } of rows) expect(predictUs(model, map, SHAPE.layers) / 1000 / ms).to.be.closeTo(1, 0.02);
    expect(Number.isNaN(model.unitUs.o.bf16)).to.equal(true);
    expect(() => fitMeasured(rows, SHAPE, { promptTokens: 81, answerTokens: 6 })).to.throw(
      MeasuredLatencyError,
      /all rows have 80 prompt and 6 answer tokens, which says nothing of 81 and 6/,
    );
  });

  it('says how far it is off where requests do not keep to it', () => {
    const times = { bf16: [9, 9], fp8: [50, 3], fp4: [70, 2], 'fp4-tensor': [9, 9] } as const;
    const off = [1.2, 0.8];
    const rows = [plain('fp8'), plain('fp4')].flatMap((map, i) => LENGTHS.map(([promptTokens, answerTokens], j) => ({ map, promptTokens, answerTokens, ms: off[(i + j) % 2]! * servedMs(map, promptTokens, answerTokens, 0.1, times) }))); // prettier-ignore
    const { model, heldOut } = fitMeasured(rows, SHAPE);
    expect(model.heldOutError).to.be.within(0.1, 0.6);
    // Without either map the other's format would be unknown, so rows are left out.
    expect(heldOut).to.equal('row');
  });

  it('refuses rows that are too few, or in which formats always come together', () => {
    const row = (map: PrecisionMap, promptTokens: number, answerTokens: number): TimedRequest => ({ map, promptTokens, answerTokens, ms: 1 + promptTokens / 100 }); // prettier-ignore
    const few = [row(plain('fp8'), 10, 1), row(plain('fp8'), 20, 1), row(plain('fp4'), 10, 1), row(plain('fp4'), 10, 1)];
    expect(() => fitMeasured(few, SHAPE)).to.throw(MeasuredLatencyError, /^4 rows, 3 of them of different maps or tokens, for 5 terms \(fp8, fp4: .*accepted: at least 7/); // prettier-ignore
    const mixed: PrecisionMap = { default: 'fp8', units: { 'layers.*.o': 'fp4' } };
    const together = LENGTHS.flatMap(([p, a]) => [row(mixed, p, a), row(mixed, p + 1, a)]);
    expect(() => fitMeasured(together, SHAPE)).to.throw(MeasuredLatencyError, /do not tell fp8 from fp4, .*accepted: rows of a map in each format alone/); // prettier-ignore
    const alike = [1, 2, 3, 4, 5, 6].map((n) => row(plain('fp8'), 10 * n, n));
    expect(() => fitMeasured(alike, SHAPE)).to.throw(MeasuredLatencyError, /do not tell 3 terms apart; accepted: .*longer or shorter beside the same prompts/); // prettier-ignore
  });
});
