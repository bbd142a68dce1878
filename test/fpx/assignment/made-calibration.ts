/** Calibrations made in tests: a shape and costs, nothing measured. */
import fc from 'fast-check';
import { FORMATS, UNITS, unitShape, type BlockShape, type Format, type Unit } from '../../../fpx/formats/precision.js';
import { CHEAPER, type Calibration, type Cheaper, type UnitCosts } from '../../../fpx/sensitivity/calibration.js';

/** Costs of a unit in a format; what is left out is 0. */
export type Costs = (layer: number, unit: Unit, format: Cheaper) => Partial<UnitCosts>;

/** Microseconds of a request for a unit. */
export type Times = Record<Unit, Record<Format, number>>;

/** A model whose four units all differ in size. */
export const shapeOf = (layers: number): BlockShape => ({ layers, dModel: 64, ffWidth: 192, heads: 4, kvHeads: 2, headWidth: 16 });

/** A calibration of a model of so many layers. */
export function madeCalibration(layers: number, costs: Costs, times?: Times): Calibration {
  const shape = shapeOf(layers);
  return {
    tickbench: 'calibration.v1',
    model: { name: 'tb-1m', identity: 'none', shape },
    prompts: { source: 'hft', count: 8, tokens: 800, hash: 'none' },
    units: Array.from({ length: layers }, (_, layer) =>
      UNITS.map((unit) => {
        const { rows, depth } = unitShape(shape, unit);
        const one = (format: Cheaper): UnitCosts => ({ error: 0, snrDb: null, nats: 0, natsError: 0, ...costs(layer, unit, format) });
        return { layer, unit, weights: rows * depth, formats: { fp8: one('fp8'), fp4: one('fp4'), 'fp4-tensor': one('fp4-tensor') } };
      }),
    ).flat(),
    ...(times ? { latency: { promptTokens: 100, answerTokens: 10, fixedUs: 1000, unitUs: times } } : {}),
  };
}

/** Times in which a format of fewer bits takes less. */
export const TIMES = Object.fromEntries(
  UNITS.map((unit, i) => [unit, { bf16: 400 * (i + 1), fp8: 200 * (i + 1), fp4: 150 * (i + 1), 'fp4-tensor': 100 * (i + 1) }]),
) as Times;

/** Small calibrations with any costs (nats below 0 and equal ones among them) and any times, slower ones of fewer bits among them. */
export const anyCalibration: fc.Arbitrary<Calibration> = fc.integer({ min: 1, max: 2 }).chain((layers) => {
  const cost = fc.record({ error: fc.integer({ min: 0, max: 9 }), nats: fc.integer({ min: -3, max: 9 }), quality: fc.double({ min: -0.1, max: 0.9, noNaN: true }) }); // prettier-ignore
  const costs = fc.array(cost, { minLength: layers * 4 * CHEAPER.length, maxLength: layers * 4 * CHEAPER.length });
  const times = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 16, maxLength: 16 });
  return fc
    .tuple(costs, times)
    .map(([each, us]) =>
      madeCalibration(
        layers,
        (layer, unit, format) => each[(layer * 4 + UNITS.indexOf(unit)) * CHEAPER.length + CHEAPER.indexOf(format)]!,
        Object.fromEntries(
          UNITS.map((unit, u) => [unit, Object.fromEntries(FORMATS.map((format, f) => [format, us[u * FORMATS.length + f]!]))]),
        ) as Times,
      ),
    );
});

/** Every assignment that there is. */
export function everyAssignment(units: number, formats: readonly Format[]): Format[][] {
  let all: Format[][] = [[]];
  for (let i = 0; i < units; i++) all = all.flatMap((each) => formats.map((format) => [...each, format]));
  return all;
}
