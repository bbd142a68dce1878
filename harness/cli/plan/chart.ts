/** A hardware plan as a picture: what was considered with what was taken, or where the stages run and when. */
import type { Choice, Requirement, Stages } from '../../planning/requirement.js';
import { nameOf, type Chosen, type Excluded, type PredictedOffer } from '../../planning/choosing.js';
import { errorElsewhere } from '../../planning/calibration.js';
import { timesOf } from '../../planning/placement.js';
import type { Ground } from '../../planning/plan.js';
import type { Bought, Purchase } from '../../planning/purchase.js';
import type { LabelledOption, Staged } from '../../planning/staging.js';
import type { PlacementChart } from '../../report/charts/placement.js';
import type { PurchaseChart, PurchaseLine, PurchasePoint } from '../../report/charts/purchase.js';
import { printable } from '../../protocol/printable.js';
import { figure } from '../../report/figures.js';
import { money, percent } from './text.js';

/** What a seat earns at a latency and a quality, or why that is not known. */
type Worth = (latencyMs: number, quality: number) => number | string;

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Where predicted latencies are from and how far they are off. */
function groundOfChart({ timings, calibration, margin }: Ground): string {
  const error = errorElsewhere(calibration.errors);
  const bars = error === undefined ? 'how far they are off is not known' : `bars: ${percent(error)} longer or shorter, by which they are off at the median on models or devices left out`; // prettier-ignore
  const of = (count: number, whose: string): string[] => (count > 0 ? [`${count} ${whose}`] : []);
  const fitted = [...of(timings.measured, 'timings of yours'), ...of(timings.published, 'published timings')].join(' and ');
  return `Latencies are predicted by a roofline fitted to ${fitted}${margin > 0 ? `, raised by ${percent(margin)}` : ''}; ${bars}.`;
}

/** What is said of the prices of some devices. */
function pricesOf({ catalogue }: Ground, devices: readonly string[]): string {
  const known = [...new Set(devices)].flatMap((each) => (Object.hasOwn(catalogue.devices, each) ? [catalogue.devices[each]!] : []));
  const assumed = known.filter(({ price }) => price.is === 'assumed').length;
  if (assumed === 0) return '';
  return assumed === known.length ? 'All prices are ASSUMED.' : `${assumed} of ${known.length} prices are ASSUMED.`;
}

/** What was considered for seats. Undefined where nothing of it has a figure. */
export function purchaseChart(ground: Ground, { title, available }: Requirement, choice: Choice, found: Chosen, worth: Worth): PurchaseChart | undefined {
  const { best, considered, offers } = found;
  const byLatency = choice.reward === undefined;
  const error = errorElsewhere(ground.calibration.errors) ?? 0;
  const bought = typeof best === 'string' ? [] : best.bought;
  const taken = new Map(bought.map((each) => [offers[each.offer]! as PredictedOffer | Excluded, each]));
  const costOf = (each: PredictedOffer | Excluded): number => each.cost * Math.ceil(choice.seats / each.seats);
  const pointOf = (each: PredictedOffer | Excluded): PurchasePoint[] => {
    const earned = 'worth' in each ? each : undefined;
    const latencyMs = each.latencyMs;
    if (latencyMs === undefined || (!byLatency && !earned)) return [];
    const valueAt = (ms: number): number => {
      const value = byLatency ? ms : worth(ms, earned!.quality);
      return typeof value === 'string' ? earned!.worth : value; // beyond what the surface tells, the bar ends
    };
    const ends = [valueAt(latencyMs * (1 - error)), valueAt(latencyMs * (1 + error))];
    const isOutside =
      !earned ||
      costOf(each) > (choice.mostCostAnHour ?? Infinity) ||
      earned.worth < (choice.least ?? -Infinity) ||
      Math.ceil(choice.seats / each.seats) > (available[each.device] ?? Infinity);
    const own = taken.get(each);
    return [{
      ...{ cost: costOf(each), value: byLatency ? latencyMs : earned!.worth, low: Math.min(...ends), high: Math.max(...ends) },
      ...(own ? { state: 'taken', taken: takenText(each, own) } : { state: isOutside ? 'outside' : 'within' }),
    }];
  };
  const groups = new Map<string, (PredictedOffer | Excluded)[]>();
  for (const each of considered) {
    const name = `${each.configuration} on ${each.device}`;
    groups.set(name, [...(groups.get(name) ?? []), each]);
  }
  const lines: PurchaseLine[] = [];
  const notDrawn: { name: string; why: string }[] = [];
  for (const [name, group] of groups) {
    const points = group.flatMap(pointOf);
    if (points.length === 0) {
      notDrawn.push(...group.flatMap((each) => ('why' in each ? [{ name, why: each.why }] : [])));
      continue;
    }
    lines.push({ series: seriesOf(group[0]!, choice), label: printable(group[0]!.device), points });
  }
  if (lines.length === 0) return undefined;
  const { currency } = ground.catalogue;
  const qualities = [...new Set(choice.configurations.map(({ qualityIs }) => qualityIs))];
  const devices = considered.map(({ device }) => device);
  return {
    title: `PREDICTED: ${printable(title ?? `hardware for ${counted(choice.seats, 'seat')}`)}`,
    subtitle: [
      groundOfChart(ground),
      'Each line is one configuration on one device, from 1 seat a machine (right) to many (left).',
      `${pricesOf(ground, devices)} Qualities are ${qualities.join(' and ')}. ${planText(best, currency, byLatency ? 'quality' : 'reward')}`.trim(),
    ],
    cost: { name: `${currency} an hour if all ${choice.seats} seats were served so (log)  ·  lower is better`, ...(choice.mostCostAnHour !== undefined && { most: choice.mostCostAnHour }) },
    value: byLatency
      ? { name: 'predicted latency, ms (log)  ·  lower is better', is: 'latency', limit: choice.deadlineMs! }
      : { name: 'predicted reward a seat  ·  higher is better', is: 'worth', ...(choice.least !== undefined && { limit: choice.least }) },
    lines,
    ...(typeof best !== 'string' && best.bought.length > 1 ? { whole: wholeOf(best, bought.map(({ offer }) => offers[offer]!.latencyMs), byLatency, currency) } : {}),
    notes: notesOf(notDrawn),
  };
} // prettier-ignore

/** A configuration with what it is worth while the clock waits. */
function seriesOf({ configuration }: Pick<Excluded, 'configuration'>, { configurations }: Choice): string {
  const { quality } = configurations.find((each) => nameOf(each) === configuration)!;
  return `${printable(configuration)} (quality ${figure(quality)})`;
}

/** The words beside what was taken. */
function takenText({ configuration, device, latencyMs }: PredictedOffer | Excluded, { machines, seats }: Bought): string {
  return printable(`${configuration} on ${machines} ${device}: ${counted(seats, 'seat')}, ${figure(latencyMs!)} ms`);
}

/** What came out, in one sentence. */
function planText(best: Chosen['best'], currency: string, worth: string): string {
  if (best === 'impossible') return 'Nothing meets the requirement.';
  if (best === 'gave up') return "Nothing was found within the solver's time.";
  return `The plan: ${money(best.cost)} ${currency} an hour, ${worth} ${figure(best.worth)} a seat.`;
}

/** The purchase as one mark: at the latency of its slowest part, or at what a seat earns on the average. */
function wholeOf({ cost, worth }: Purchase, latenciesMs: readonly number[], byLatency: boolean, currency: string): PurchaseChart['whole'] {
  return { cost, value: byLatency ? Math.max(...latenciesMs) : worth, label: `${money(cost)} ${currency} an hour in all` };
}

const MOST_NOTES = 12;

/** What has no place in the picture, and why; most often the same of several. */
function notesOf(notDrawn: readonly { name: string; why: string }[]): string[] {
  const whys = [...new Set(notDrawn.map(({ why }) => why))];
  const notes = whys.map((why) => `${notDrawn.filter((each) => each.why === why).map(({ name }) => name).join(', ')}: ${why}`); // prettier-ignore
  const shown = notes.slice(0, MOST_NOTES);
  return [...(notes.length > 0 ? ['Not drawn:'] : []), ...shown, ...(notes.length > shown.length ? [`and ${notes.length - shown.length} more`] : [])].map(printable);
} // prettier-ignore

/** Where the stages run, and when. */
export function placementChart(ground: Ground, { title }: Requirement, { limitMs, pay }: Stages, { problem, best }: Staged): PlacementChart | undefined {
  if (typeof best === 'string') return undefined;
  const { currency } = ground.catalogue;
  const unit = `${currency} ${pay === 'request' ? 'a request' : 'an hour'}`;
  const taken = problem.stages.map(({ options }, i) => options[best.chosen[i]!]!);
  const times = timesOf(problem, best.chosen)!;
  const predicts = problem.stages.some(({ options }) => options.some(({ is }) => is === 'predicted'));
  const error = errorElsewhere(ground.calibration.errors) ?? 0;
  /** Times with all that is predicted so much longer. */
  const stretched = (factor: number): { begin: number; end: number }[] =>
    timesOf({ ...problem, stages: problem.stages.map(({ name, options }) => ({ name, options: options.map((each) => ({ ...each, ms: each.ms * (each.is === 'predicted' ? factor : 1) })) })) }, best.chosen)!;
  const endOf = (all: readonly { end: number }[]): number => Math.max(...all.map(({ end }) => end));
  const costText = ({ cost, machines }: LabelledOption): string => `${money(cost)} ${unit}${machines > 1 ? ` (${counted(machines, 'machine')})` : ''}`;
  return {
    title: `${predicts ? 'PREDICTED: ' : ''}${printable(title ?? `where ${counted(problem.stages.length, 'stage')} run`)}`,
    subtitle: [
      ...(predicts ? [groundOfChart(ground)] : []),
      `${pricesOf(ground, taken.map(({ device }) => device))} The plan: ${figure(best.ms)} ms of ${figure(limitMs)} ms, ${money(best.cost)} ${unit}.`.trim(),
    ],
    limitMs,
    stages: problem.stages.map(({ name, options }, i) => {
      const { begin, end } = times[i]!;
      const own = taken[i]!;
      const others = options.filter((each) => each !== own).map((each) => `${each.device} ${figure(each.ms)} ms at ${money(each.cost)}`);
      const half = own.is === 'predicted' ? own.ms * error : 0;
      return {
        ...{ name: printable(name), device: printable(own.device), is: own.is, begin, end, low: end - half, high: end + half },
        text: `${figure(own.ms)} ms ${own.is}, ${costText(own)}`,
        others: others.length === 0 ? '' : printable(`not taken: ${others.join(';  ')}`),
      };
    }),
    handovers: problem.handovers.map(({ from, to, transfers }) => {
      const ms = transfers[best.chosen[from]!]![best.chosen[to]!]!.ms!;
      return { from, to, begin: times[from]!.end, end: times[from]!.end + ms };
    }),
    whole: { ms: best.ms, low: endOf(stretched(1 - error)), high: endOf(stretched(1 + error)), text: `in all ${figure(best.ms)} ms, ${money(best.cost)} ${unit}` },
  };
} // prettier-ignore
