/** Where each of several stages runs: every possibility with its time and cost, and the cheapest placement that is in time. */
import { ConfigurationError } from '../configuration/configuration.js';
import { deviceOf, linkBetween } from './catalogue.js';
import type { Requirement, Stages, Step } from './requirement.js';
import { devicesFor, newestOf, predictedTimes, servedModel, type Ground } from './plan.js';
import { place, type Handover, type Placement, type PlacementProblem, type StageOption } from './placement.js';
import { transferMs } from './roofline.js';
import { kvBytes } from './work.js';

/** An option with where its time is from. */
export interface LabelledOption extends StageOption {
  is: 'predicted' | 'measured' | 'published' | 'assumed';
}

export interface Staged {
  problem: Omit<PlacementProblem, 'stages'> & { stages: { name: string; options: LabelledOption[] }[] };
  best: Placement | 'impossible' | 'gave up';
  /** The same with the newest devices alone, where there are older ones; undefined where a stage has none of them. */
  newest?: { devices: string[]; best: Placement | 'impossible' | 'gave up' };
}

/** Solves a requirement's stages. @throws ConfigurationError naming the stage */
export async function placeStages(ground: Ground, requirement: Requirement, stages: Stages, path: string): Promise<Staged> {
  const listed = stages.steps.map((step, i) => ({ name: step.name, options: optionsOf(ground, requirement, stages, step, `${path}: stages.steps.${i}`, path) }));
  const problem = { stages: listed, handovers: handoversOf(ground, stages, listed, path), limitMs: stages.limitMs, available: requirement.available };
  const devices = [...new Set(listed.flatMap(({ options }) => options.map(({ device }) => device)))];
  // Processors for tools and retrieval have no newer and older ones to be told.
  const accelerators = devices.filter((each) => deviceOf(ground.catalogue, each)?.kind === 'accelerator');
  const newest = newestOf(ground.catalogue, accelerators);
  const isOld = (device: string): boolean => accelerators.includes(device) && !newest.includes(device);
  const best = await place(problem);
  if (newest.length === accelerators.length) return { problem, best };
  const kept = listed.map(({ options }) => options.flatMap((option, o) => (isOld(option.device) ? [] : [o])));
  if (kept.some((each) => each.length === 0)) return { problem, best, newest: { devices: newest, best: 'impossible' } };
  const alone = await place({
    ...problem,
    stages: listed.map((stage, i) => ({ ...stage, options: kept[i]!.map((o) => stage.options[o]!) })),
    handovers: problem.handovers.map((each) => ({ ...each, transfers: kept[each.from]!.map((a) => kept[each.to]!.map((b) => each.transfers[a]![b]!)) })),
  });
  return { problem, best, newest: { devices: newest, best: typeof alone === 'string' ? alone : { ...alone, chosen: alone.chosen.map((o, i) => kept[i]![o]!) } } };
} // prettier-ignore

function optionsOf(ground: Ground, requirement: Requirement, stages: Stages, step: Step, where: string, path: string): LabelledOption[] {
  const { catalogue } = ground;
  const options: LabelledOption[] = [];
  const add = (device: string, ms: number, batch: number, is: LabelledOption['is'], dollars?: number): void => {
    const anHour = deviceOf(catalogue, device)?.price.anHour;
    if (stages.pay === 'request') {
      if (dollars === undefined && anHour === undefined)
        throw new ConfigurationError(`${where}.on.${device}: is not in the catalogue, so that dollars: is needed`);
      options.push({ device, ms, cost: dollars ?? ((anHour! / 3_600_000) * ms) / batch, machines: 0, is });
    } else {
      if (anHour === undefined) throw new ConfigurationError(`${where}.on.${device}: is not in the catalogue, so that an hour of it has no price`);
      const machines = Math.max(1, Math.ceil((stages.requestsPerSecond! * ms) / 1000 / batch - 1e-9));
      options.push({ device, ms, cost: machines * anHour, machines, is });
    }
  };
  for (const [device, { ms, dollars, is }] of Object.entries(step.on ?? {})) add(device, ms, 1, is, dollars);
  if (step.model) {
    const { part, request, batch, ...as } = step.model;
    const model = servedModel(as, `${where}.model`, path);
    for (const device of devicesFor(catalogue, requirement.devices, path)) {
      if (step.on && Object.hasOwn(step.on, device)) continue; // what is known is not reckoned
      const times = predictedTimes(ground, model, device, { ...request, batch });
      if (times) add(device, { prefill: times.prefillMs, decode: times.decodeMs, whole: times.totalMs }[part], batch, 'predicted');
    }
  }
  if (options.length === 0) throw new ConfigurationError(`${where}: "${step.name}" fits into the memory of no device that comes into question`);
  return options;
} // prettier-ignore

function handoversOf({ catalogue }: Ground, { steps }: Stages, listed: readonly { options: LabelledOption[] }[], path: string): Handover[] {
  return steps.flatMap((step, to) => {
    const before = step.after ?? (to === 0 ? [] : [steps[to - 1]!.name]);
    return before.map((name): Handover => {
      const from = steps.findIndex((each) => each.name === name);
      const sent = bytesOf(steps[from]!, path);
      const transfer = (a: string, b: string): { ms: number | undefined; cost: number } => {
        if (a === b || sent === undefined) return { ms: 0, cost: 0 };
        if (typeof sent === 'object') return { ms: sent.ms, cost: sent.dollars };
        const link = linkBetween(catalogue, a, b);
        return link ? { ms: transferMs(sent, link), cost: (sent / 1e9) * link.dollarsPerGigabyte } : { ms: undefined, cost: 0 };
      };
      const transfers = listed[from]!.options.map(({ device: a }) => listed[to]!.options.map(({ device: b }) => transfer(a, b)));
      return { from, to, transfers };
    });
  });
} // prettier-ignore

/** What a stage hands over: bytes, or a time and a cost that are known; undefined when nothing that counts. */
function bytesOf({ sends, model }: Step, path: string): number | { ms: number; dollars: number } | undefined {
  if (sends === 'kv') {
    const { request, batch, part: _, ...as } = model!;
    return batch * kvBytes(servedModel(as, `${path}: stages`, path).served, request.promptTokens);
  }
  return sends === undefined || 'ms' in sends ? sends : sends.bytes;
}
