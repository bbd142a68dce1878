/**
 * Calibrates a model: what every format costs each of its units, each alone among units in BF16; what it costs each layer as a whole; and whether
 * costs of units add up.
 */
import { formatOf, unitShape, type PrecisionMap, type Unit } from '../formats/precision.js';
import type { Transformer } from '../model/transformer.js';
import { hear, type AnswerEnd, type Prompt } from './answers.js';
import { CHEAPER, type Calibration, type Cheaper, type UnitCosts } from './calibration.js';
import { outputErrors, type FormatErrors } from './output-error.js';
import { randomMaps } from './random-maps.js';

/** What is told and asked while a model is calibrated. */
export interface CalibrationWork {
  prompts: readonly Prompt[];
  /** How answers end; needed where `judge` values the model's own answers. */
  end: AnswerEnd;
  /** The task's measure: the quality that answers lose against those of BF16, and its error; absent where the prompts are of no task. */
  judge?: (answers: readonly (readonly number[])[]) => Pick<UnitCosts, 'quality' | 'qualityError'>;
  /** What an interrupted run has measured already, by `key`. */
  known?: ReadonlyMap<string, UnitCosts>;
  /** Told of each unit and each layer in each format as soon as it is measured. */
  measured?: (key: string, costs: UnitCosts) => void;
  /** Told what is being done: a word, how much is done, of how much. */
  progress?: (what: string, done: number, total: number) => void;
  /** Random maps on which the sum of the costs is tried. */
  maps: number;
  seed: number;
}

/** Under which name the costs of a unit in a format are kept, `*` for all units of a layer. */
function costKey(layer: number, unit: Unit | '*', format: Cheaper): string {
  return `${layer} ${unit} ${format}`;
}

/** Measures every unit and every layer in every format. The model is left in BF16. */
export function calibrateUnits(model: Transformer, work: CalibrationWork): Pick<Calibration, 'units' | 'layers' | 'additivity'> {
  const { prompts, known, progress, judge, end } = work;
  const errors = outputErrors(model, prompts, (done) => progress?.('output errors', done, prompts.length));
  const under = (map: PrecisionMap) => {
    model.use(map);
    return prompts.map((prompt) => hear(model, prompt, judge && end));
  };
  const plain = under({ default: 'bf16', units: {} });
  /** Costs of one unit, or of all of a layer, in each format. */
  const costsOf = (layer: number, unit: Unit | '*', byFormat: FormatErrors, tell: () => void): Record<Cheaper, UnitCosts> => {
    const formats = CHEAPER.map((format): [Cheaper, UnitCosts] => {
      const key = costKey(layer, unit, format);
      let costs = known?.get(key);
      if (!costs) {
        const heard = under({ default: 'bf16', units: { [`layers.${layer}.${unit}`]: format } });
        const lost = heard.map(({ logProbability }, i) => plain[i]!.logProbability - logProbability);
        const error = byFormat[format];
        const { mean, standardError } = spread(lost);
        costs = { error, snrDb: error === 0 ? null : -20 * Math.log10(error), nats: mean, natsError: standardError };
        if (judge) Object.assign(costs, judge(heard.map(({ own }) => own)));
        work.measured?.(key, costs);
      }
      tell();
      return [format, costs];
    });
    return Object.fromEntries(formats) as Record<Cheaper, UnitCosts>;
  };
  const counted = (what: string, total: number): (() => void) => {
    let done = 0;
    return () => progress?.(what, ++done, total);
  };
  const unitDone = counted('units', errors.units.length * CHEAPER.length);
  const units = errors.units.map(({ layer, unit, errors: byFormat }) => {
    const { rows, depth } = unitShape(model.config, unit);
    return { layer, unit, weights: rows * depth, formats: costsOf(layer, unit, byFormat, unitDone) };
  });
  const layerDone = counted('layers', errors.layers.length * CHEAPER.length);
  const layers = errors.layers.map((byFormat, layer) => {
    const weights = units.reduce((sum, each) => (each.layer === layer ? sum + each.weights : sum), 0);
    return { layer, weights, formats: costsOf(layer, '*', byFormat, layerDone) };
  });
  const maps = randomMaps(model.config.layers, work.maps, work.seed).map((map, i) => {
    const nats = spread(under(map).map(({ logProbability }, at) => plain[at]!.logProbability - logProbability)).mean;
    progress?.('random maps', i + 1, work.maps);
    return { predicted: predictedCost({ units }, map, 'nats'), measured: nats };
  });
  model.use({ default: 'bf16', units: {} });
  return { units, layers, ...(maps.length > 0 ? { additivity: { maps } } : {}) };
}

/** The sum of what its units cost, each alone. A unit without such a measure counts for nothing. */
export function predictedCost({ units }: Pick<Calibration, 'units'>, map: PrecisionMap, by: 'nats' | 'error' | 'quality'): number {
  return units.reduce((sum, { layer, unit, formats }) => {
    const format = formatOf(map, layer, unit);
    return format === 'bf16' ? sum : sum + (formats[format][by] ?? 0);
  }, 0);
}

function spread(values: readonly number[]): { mean: number; standardError: number } {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const squares = values.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  return { mean, standardError: values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : 0 };
}
