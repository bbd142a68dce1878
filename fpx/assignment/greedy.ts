/**
 * Cost per byte: the simple rule that tools for mixed precision commonly use. It is the knapsack's answer wherever the budget happens to
 * fall between two of its steps, and else somewhat dearer.
 */
import type { Format } from '../formats/precision.js';
import type { Option } from './options.js';

/**
 * The format of every unit. Each begins in the format that costs least (of equal ones, that which takes least); then the step that costs
 * least for what it saves is taken, whatever unit it is of (of equal ones the first unit's), until the budget is kept. The last step may
 * save more than was needed. Undefined when no further step is left.
 */
export function assignGreedily(units: readonly (readonly Option[])[], budget: number): Format[] | undefined {
  const chosen = units.map((options) => options.reduce((a, b) => (b.cost < a.cost || (b.cost === a.cost && b.takes < a.takes) ? b : a)));
  let taken = chosen.reduce((sum, { takes }) => sum + takes, 0);
  while (taken > budget) {
    let step: { unit: number; option: Option; price: number } | undefined;
    units.forEach((options, unit) => {
      const now = chosen[unit]!;
      for (const option of options) {
        if (option.takes >= now.takes) continue;
        const price = (option.cost - now.cost) / (now.takes - option.takes);
        const further = step !== undefined && price === step.price && unit === step.unit && option.takes < step.option.takes;
        if (step === undefined || price < step.price || further) step = { unit, option, price };
      }
    });
    if (step === undefined) return undefined;
    taken += step.option.takes - chosen[step.unit]!.takes;
    chosen[step.unit] = step.option;
  }
  return chosen.map(({ format }) => format);
}
