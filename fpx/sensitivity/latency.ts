/**
 * How long a request takes this engine on this host, unit by unit: each unit is timed in each format on the inputs that real prompts bring,
 * and what a request takes besides is the same for every map. The model is held against maps whose whole requests were timed.
 */
import type { Transformer } from '../model/transformer.js';
import { FORMATS, formatOf, UNITS, type Format, type PrecisionMap, type Unit } from '../formats/precision.js';
import { hear, type Prompt } from './answers.js';
import type { Calibration } from './calibration.js';

/** Times are medians of so many. */
const ROUNDS = 9;

type LatencyModel = NonNullable<Calibration['latency']>;

/** What a whole request takes under a map, by the model. */
export function predictUs({ fixedUs, unitUs }: Pick<LatencyModel, 'fixedUs' | 'unitUs'>, map: PrecisionMap, layers: number): number {
  let us = fixedUs;
  for (let layer = 0; layer < layers; layer++) for (const unit of UNITS) us += unitUs[unit][formatOf(map, layer, unit)];
  return us;
}

/**
 * Times a request of `prompt` and its answer. Leaves the model in BF16.
 * @param heldOut maps on which the model is tried @param nowUs a monotonic clock, microseconds with fractions
 */
export function fitLatency(
  model: Transformer,
  prompt: Prompt,
  heldOut: readonly PrecisionMap[],
  nowUs: () => number = clockUs,
): LatencyModel {
  const { layers } = model.config;
  const plain: PrecisionMap = { default: 'bf16', units: {} };
  const rounds: Record<Unit, Record<Format, number>>[] = [];
  model.use(plain);
  for (const format of FORMATS) model.use({ default: format, units: {} }); // placed before anything is timed
  model.use(plain);
  hear(model, prompt);
  for (let round = 0; round < ROUNDS; round++) rounds.push(timedUnits(model, prompt, nowUs));
  const median = (unit: Unit, format: Format): number => middle(rounds.map((each) => each[unit][format])) / layers;
  const unitUs = Object.fromEntries(
    UNITS.map((unit) => [unit, Object.fromEntries(FORMATS.map((format) => [format, median(unit, format)]))]),
  ) as LatencyModel['unitUs'];
  // What is left is taken from all formats, so that no one of them is met better than the others.
  const uniform = FORMATS.map((format): PrecisionMap => ({ default: format, units: {} }));
  const left = uniform.map((map) => requestUs(model, prompt, map, nowUs) - predictUs({ fixedUs: 0, unitUs }, map, layers));
  const fixedUs = left.reduce((sum, each) => sum + each, 0) / left.length;
  const errors = heldOut.map((map) => Math.abs(predictUs({ fixedUs, unitUs }, map, layers) / requestUs(model, prompt, map, nowUs) - 1));
  model.use(plain);
  return {
    promptTokens: prompt.tokens.length,
    answerTokens: prompt.answer.length,
    fixedUs,
    unitUs,
    ...(errors.length > 0 ? { heldOutError: middle(errors) } : {}),
  };
}

/** The time that all blocks' units take in each format, in one request. */
function timedUnits(model: Transformer, prompt: Prompt, nowUs: () => number): Record<Unit, Record<Format, number>> {
  const sums = Object.fromEntries(UNITS.map((unit) => [unit, Object.fromEntries(FORMATS.map((format) => [format, 0]))])) as Record<
    Unit,
    Record<Format, number>
  >;
  model.listen(({ unit, output }) => {
    for (const format of FORMATS) {
      const before = nowUs();
      output(format);
      sums[unit][format] += nowUs() - before;
    }
  });
  try {
    hear(model, prompt);
  } finally {
    model.listen(undefined);
  }
  return sums;
}

/** What a whole request takes under a map. */
export function requestUs(model: Transformer, prompt: Prompt, map: PrecisionMap, nowUs: () => number = clockUs): number {
  model.use(map);
  hear(model, prompt);
  return middle(
    Array.from({ length: ROUNDS }, () => {
      const before = nowUs();
      hear(model, prompt);
      return nowUs() - before;
    }),
  );
}

const clockUs = (): number => performance.now() * 1000;

function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
