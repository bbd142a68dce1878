/**
 * Several stages, each on one kind of device: the placement that costs least while the last stage ends in time and no more machines are
 * taken than there are (after Asgar, Nguyen and Katti, Efficient and Scalable Agentic AI with Heterogeneous Systems, arXiv 2507.19635).
 */
import { solve, type Constraint, type Variable } from './solver.js';

/** What a stage takes on a device. */
export interface StageOption {
  device: string;
  ms: number;
  /** What it costs there: of a request, or of an hour, as the whole problem counts. */
  cost: number;
  /** Machines that it keeps to itself there; 0 where they are not counted. */
  machines: number;
}

export interface PlacedStage {
  name: string;
  options: readonly StageOption[];
}

/** What is handed from one stage to another, by the devices that they are on. */
export interface Handover {
  from: number;
  to: number;
  /** By the options' numbers: [of from][of to]. Milliseconds undefined: the two are not joined. */
  transfers: readonly (readonly { ms: number | undefined; cost: number }[])[];
}

export interface PlacementProblem {
  stages: readonly PlacedStage[];
  handovers: readonly Handover[];
  /** From the request to the end of the last stage. */
  limitMs: number;
  /** Machines of each kind that there are; absent where as many as one likes. */
  available: Readonly<Record<string, number>>;
}

export interface Placement {
  /** The option of each stage. */
  chosen: number[];
  ms: number;
  cost: number;
  gap: number;
}

/** When each stage of a placement begins and ends, in milliseconds since the request; undefined where two stages are not joined. */
export function timesOf({ stages, handovers }: PlacementProblem, chosen: readonly number[]): { begin: number; end: number }[] | undefined {
  const times: { begin: number; end: number }[] = [];
  for (const [i, { options }] of stages.entries()) {
    let begin = 0;
    for (const { from, transfers } of handovers.filter(({ to }) => to === i)) {
      const { ms } = transfers[chosen[from]!]![chosen[i]!]!;
      if (ms === undefined) return undefined;
      begin = Math.max(begin, times[from]!.end + ms);
    }
    times.push({ begin, end: begin + options[chosen[i]!]!.ms });
  }
  return times;
}

/** How long a placement takes (the longest way through the stages) and what it costs; undefined where two stages are not joined. */
export function evaluate(problem: PlacementProblem, chosen: readonly number[]): { ms: number; cost: number } | undefined {
  const times = timesOf(problem, chosen);
  if (!times) return undefined;
  const stages = problem.stages.reduce((sum, { options }, i) => sum + options[chosen[i]!]!.cost, 0);
  const sent = problem.handovers.reduce((sum, { from, to, transfers }) => sum + transfers[chosen[from]!]![chosen[to]!]!.cost, 0);
  return { ms: Math.max(...times.map(({ end }) => end)), cost: stages + sent };
}

/** Machines of each kind that a placement takes. */
export function machinesOf({ stages }: PlacementProblem, chosen: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [i, { options }] of stages.entries()) {
    const { device, machines } = options[chosen[i]!]!;
    counts[device] = (counts[device] ?? 0) + machines;
  }
  return counts;
}

/**
 * The cheapest placement; undefined when none keeps the limits. Stages stand after those that hand over to them.
 * Variables: whether a stage takes an option; whether a handover goes between two options; when each stage ends.
 */
export async function place(problem: PlacementProblem): Promise<Placement | 'impossible' | 'gave up'> {
  const { stages, handovers, limitMs, available } = problem;
  const variables: Variable[] = [];
  const constraints: Constraint[] = [];
  const variable = (each: Variable): number => variables.push(each) - 1;
  const takes = stages.map(({ options }) => options.map(({ cost }) => variable({ worth: cost, low: 0, high: 1, whole: true })));
  const ends = stages.map(() => variable({ worth: 0, low: 0, high: limitMs, whole: false }));
  for (const own of takes) constraints.push({ low: 1, high: 1, terms: own.map((each) => [each, 1]) });
  for (const [i, { options }] of stages.entries())
    constraints.push({ low: 0, high: Infinity, terms: [[ends[i]!, 1], ...options.map(({ ms }, o) => [takes[i]![o]!, -ms] as const)] });
  for (const { from, to, transfers } of handovers) {
    const goes = transfers.map((row) => row.map(({ ms, cost }) => variable({ worth: ms === undefined ? 0 : cost, low: 0, high: ms === undefined ? 0 : 1, whole: false }))); // prettier-ignore
    // A handover leaves where the one stage is and arrives where the other is, so that it is between two options or not at all.
    goes.forEach((row, a) => constraints.push({ low: 0, high: 0, terms: [[takes[from]![a]!, -1], ...row.map((each) => [each, 1] as const)] })); // prettier-ignore
    takes[to]!.forEach((take, b) => constraints.push({ low: 0, high: 0, terms: [[take, -1], ...goes.map((row) => [row[b]!, 1] as const)] })); // prettier-ignore
    constraints.push({
      low: 0,
      high: Infinity,
      terms: [
        [ends[to]!, 1],
        [ends[from]!, -1],
        ...stages[to]!.options.map(({ ms }, o) => [takes[to]![o]!, -ms] as const),
        ...transfers.flatMap((row, a) => row.map(({ ms }, b) => [goes[a]![b]!, -(ms ?? 0)] as const)),
      ],
    });
  }
  for (const [device, count] of Object.entries(available)) {
    const terms = stages.flatMap(({ options }, i) => options.flatMap((option, o) => (option.device === device ? [[takes[i]![o]!, option.machines] as const] : []))); // prettier-ignore
    if (terms.length > 0) constraints.push({ low: -Infinity, high: count, terms });
  }
  const outcome = await solve({ most: false, variables, constraints });
  if (outcome.status !== 'solved') return outcome.status;
  const chosen = takes.map((own) => own.findIndex((each) => outcome.values[each] === 1));
  const { ms, cost } = evaluate(problem, chosen)!;
  return { chosen, ms, cost, gap: outcome.gap };
}
