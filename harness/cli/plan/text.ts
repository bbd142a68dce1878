/** What a hardware plan says, for a terminal. */
import type { Choice, Stages } from '../../planning/requirement.js';
import type { Chosen } from '../../planning/choosing.js';
import { errorElsewhere, type HeldOutError } from '../../planning/calibration.js';
import type { Ground } from '../../planning/plan.js';
import { evaluate } from '../../planning/placement.js';
import type { Purchase } from '../../planning/purchase.js';
import type { Staged } from '../../planning/staging.js';
import { figure } from '../../report/figures.js';
import { tableText } from '../../report/text.js';

export const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
export const money = (amount: number): string => Number(amount.toPrecision(4)).toString();

/** Where predictions come from and how far they are off. */
export function groundText({ calibration, timings, catalogue, margin }: Ground, columns: number): string[] {
  const { measured, published, unfit } = timings;
  const passed = Object.entries(unfit).map(([why, count]) => `${count}: ${why}`);
  const devices = Object.entries(calibration.devices).map(([name, { timings: own }]) => `${name} (${own})`);
  return [
    `PREDICTED   latencies, by a roofline fitted to ${measured} timings of yours and ${published} published ones; factors of its own has ${devices.join(', ') || 'no device'}, others those of all together${margin > 0 ? `; all raised by ${percent(margin)}` : ''}`,
    ...(passed.length > 0 ? [`passed over ${passed.join('; ')}`] : []),
    `prices      ${pricesOf(catalogue)}`,
    '',
    errorText(calibration.errors, columns),
  ];
}

function pricesOf({ devices, currency }: Ground['catalogue']): string {
  const assumed = Object.values(devices).filter(({ price }) => price.is === 'assumed').length;
  const all = Object.keys(devices).length;
  return `${currency} an hour; ${assumed === all ? 'ALL' : `${assumed} of ${all}`} are ASSUMED: check them before you spend money`;
}

/** How far the model is off where it was not fitted. */
export function errorText(errors: readonly HeldOutError[], columns: number): string {
  if (errors.length === 0) return 'error       not known: there is only one row, one model and one device';
  const rows = errors.map(({ by, groups, timings, median, p90 }) => [`each ${by}`, groups, timings, percent(median), percent(p90)]);
  const table = tableText(['left out', 'of', 'timings', 'off, median', '9 of 10 under'], rows, columns, ['left', 'right', 'right', 'right', 'right']);
  const missing = (['model', 'device'] as const).filter((by) => !errors.some((each) => each.by === by));
  return missing.length === 0 ? table : `${table}\nOther ${missing.join('s and ')}s: not known, for there is only one.`;
} // prettier-ignore

/** The possibilities and the purchase. */
export function choiceText({ calibration }: Ground, choice: Choice, found: Chosen, columns: number): string[] {
  const { best, newest, offers, leftOut } = found;
  const worth = choice.reward === undefined ? 'quality' : 'reward';
  const aim = choice.mostCostAnHour === undefined ? `least cost at a ${worth} of ${figure(choice.least!)} or more a seat` : `most ${worth} at ${money(choice.mostCostAnHour)} an hour or less`; // prettier-ignore
  const lines = [`Wanted      ${choice.seats} seats, ${aim}${choice.deadlineMs === undefined ? '' : `, answers within ${choice.deadlineMs} ms`}`, ''];
  if (typeof best !== 'string') lines.push(purchaseTable(best, offers, worth, columns), '', totalsText(best, worth), ...notTimed(best, offers), ...closeText(best, offers, choice, calibration.errors));
  if (leftOut.length > 0) lines.push(`left out    ${leftOut.slice(0, 12).join('; ')}${leftOut.length > 12 ? `; and ${leftOut.length - 12} more` : ''}`);
  const qualities = new Set(choice.configurations.map(({ qualityIs }) => qualityIs));
  lines.push(`qualities   are ${[...qualities].join(' and ')}, as the requirement says`);
  if (newest) lines.push(`older ones  ${newestText(best, newest, (own) => `${worth} ${figure(own.worth)} for ${money(own.cost)} an hour`, (own) => own.bought.map(({ offer }) => offers[offer]!.device), (a, b) => a.worth >= b.worth - 1e-9 && a.cost <= b.cost + 1e-9)}`); // prettier-ignore
  return lines;
} // prettier-ignore

function purchaseTable(best: Purchase, offers: Chosen['offers'], worth: string, columns: number): string {
  const rows = best.bought.map(({ offer, machines, seats }) => {
    const { configuration, device, latencyMs, worth: own, cost } = offers[offer]!;
    return [configuration, device, machines, seats, figure(latencyMs), figure(own), money(cost * machines)];
  });
  return tableText(['configuration', 'device', 'machines', 'seats', 'predicted ms', worth, 'an hour'], rows, columns, ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right']);
} // prettier-ignore

function totalsText({ cost, worth: own, gap }: Purchase, worth: string): string {
  return `in all      ${money(cost)} an hour, ${worth} ${figure(own)} a seat on the average; ${gapText(gap)}`;
}

/** Which of the plan would be late if they took as much longer as the model is usually off on a model that it was not fitted on. */
function closeText({ bought }: Purchase, offers: Chosen['offers'], { deadlineMs }: Choice, errors: readonly HeldOutError[]): string[] {
  const error = errorElsewhere(errors) ?? 0;
  const close = bought.map(({ offer }) => offers[offer]!).filter(({ latencyMs }) => latencyMs * (1 + error) > (deadlineMs ?? Infinity));
  if (close.length === 0) return [];
  const names = close.map(({ configuration, device }) => `${configuration} on ${device}`).join(', ');
  return [`close       ${names}: late if it took ${percent(error)} longer, by which the model is off at the median; margin: ${error.toFixed(2)} in the file leaves room for that`];
} // prettier-ignore

/** Devices in the plan that no timing was of. */
function notTimed(best: Purchase, offers: Chosen['offers']): string[] {
  const devices = [...new Set(best.bought.map(({ offer }) => offers[offer]!).filter(({ deviceTimed }) => !deviceTimed).map(({ device }) => device))]; // prettier-ignore
  return devices.length === 0
    ? []
    : [`not timed   ${devices.join(', ')}: predicted from other devices; time a request there before you trust it`];
}

const gapText = (gap: number): string =>
  gap <= 1e-9 ? 'proven best (gap 0 %)' : `best found in time, within ${percent(gap)} of the best there can be`;

/** The placement, and what else was possible. */
export function placementText(ground: Ground, { limitMs, pay, steps }: Stages, found: Staged, columns: number): string[] {
  const { problem, best, newest } = found;
  const unit = pay === 'request' ? `${ground.catalogue.currency} a request` : `${ground.catalogue.currency} an hour`;
  const rows = problem.stages.flatMap(({ name, options }, i) => options.map(({ device, ms, cost, machines, is }, o) => {
    const taken = typeof best !== 'string' && best.chosen[i] === o ? 'TAKEN' : '';
    return [o === 0 ? name : '', device, figure(ms), is, money(cost), ...(pay === 'hour' ? [machines] : []), taken];
  }));
  const table = tableText(['stage', 'device', 'ms', 'time is', unit, ...(pay === 'hour' ? ['machines'] : []), ''], rows, columns, ['left', 'left', 'right', 'left', 'right', ...(pay === 'hour' ? ['right' as const] : [])]);
  const lines = [`Wanted      ${steps.length} stages within ${limitMs} ms, at the least ${unit}`, '', table, ''];
  if (typeof best !== 'string') lines.push(`in all      ${figure(best.ms)} ms of ${limitMs} ms, ${money(best.cost)} ${unit}; ${gapText(best.gap)}`);
  lines.push(...othersText(found, unit));
  if (newest) lines.push(`older ones  ${newestText(best, newest, (own) => `${figure(own.ms)} ms for ${money(own.cost)}`, (own) => own.chosen.map((o, i) => problem.stages[i]!.options[o]!.device), (a, b) => a.cost <= b.cost + 1e-12)}`); // prettier-ignore
  return lines;
} // prettier-ignore

/** Every stage on one kind of device, for comparison. */
function othersText({ problem }: Staged, unit: string): string[] {
  const devices = [...new Set(problem.stages.flatMap(({ options }) => options.map(({ device }) => device)))];
  return devices.flatMap((device) => {
    const chosen = problem.stages.map(({ options }) => options.findIndex((each) => each.device === device));
    if (chosen.includes(-1)) return [];
    const { ms, cost } = evaluate(problem, chosen)!;
    return [`all on ${device}: ${figure(ms)} ms, ${money(cost)} ${unit}${ms > problem.limitMs ? ' (too slow)' : ''}`];
  });
}

/** Whether older devices beside the newest ones are as good as the newest alone. */
function newestText<T extends object>(
  best: T | string,
  { devices, best: alone }: { devices: readonly string[]; best: T | string },
  told: (own: T) => string,
  devicesOf: (own: T) => readonly string[],
  asGood: (a: T, b: T) => boolean,
): string {
  const names = devices.join(', ');
  if (typeof best === 'string') return `help no more than the newest (${names}): nothing meets the requirement`;
  const used = [...new Set(devicesOf(best))];
  const mixed = used.some((each) => devices.includes(each)) && used.some((each) => !devices.includes(each));
  const which = mixed ? 'older and newer devices together' : used.some((each) => devices.includes(each)) ? 'the newest alone' : 'older devices alone';
  if (typeof alone === 'string') return `${which} meet the requirement, the newest (${names}) alone cannot`;
  if (!asGood(best, alone)) return `the newest (${names}) alone: ${told(alone)}; the plan trades one figure for the other`;
  if (which === 'the newest alone') return `gain nothing here: the newest (${names}) alone are the plan`;
  return `${which} match the newest (${names}) alone at no more cost: ${told(best)} against ${told(alone)}`;
} // prettier-ignore
