/**
 * A grid in a sweep plan (`grid:`): configurations that are not written down one by one, but as models, rules of assignment and how much each is
 * to be in FP4 or may take. Which map that comes to is for whoever knows formats to say (an expander): this room only knows the question.
 */
import { z } from 'zod';
import { ConfigurationError, type Configuration } from '../configuration/configuration.js';

/** Rules by which maps are assigned, as `tickbench fpx assign` has them. */
export const GRID_RULES = ['gamma', 'greedy', 'knapsack'] as const;

const listOf = <T extends z.ZodType>(each: T) => z.array(each).min(1, 'a list with at least one').max(64, 'at most 64');
const share = z.number('a share from 0 to 1').min(0, 'a share from 0 to 1').max(1, 'a share from 0 to 1');
const amount = z.number('a number above 0').positive('a number above 0');

export const gridSchema = z
  .strictObject({
    /** Calibration files, one for each model, looked for as configurations are. */
    calibrations: listOf(z.string().min(1)),
    /** Default: gamma where `gamma` is there, else knapsack. With `gamma`, the others keep to the bits that the published rule takes there. */
    rules: listOf(z.enum(GRID_RULES, { error: `accepted: ${GRID_RULES.join(', ')}` })).optional(),
    /** Shares of the linear layers in FP4. */
    gamma: listOf(share).optional(),
    /** Bits a weight of the linear layers, scales counted. */
    bits: listOf(amount).optional(),
    /** Milliseconds a request, by the calibrations' times. */
    latency: listOf(amount).optional(),
    /** What is to be least, and what units may be held in: as `tickbench fpx assign` has them. */
    by: z.string().default('nats'),
    formats: listOf(z.string()).default(['fp8', 'fp4']),
    /** A configuration of the embedded engine whose request, prompt and threads they take. */
    base: z.string().min(1).optional(),
    /** Folders of models that are not among models/, by the names in their calibrations. */
    models: z.record(z.string(), z.string().min(1)).default({}),
  })
  .superRefine(({ rules, gamma, bits, latency }, context) => {
    const issue = (message: string, path: string): void => context.addIssue({ code: 'custom', message, path: [path] });
    const others = rules?.filter((rule) => rule !== 'gamma') ?? [];
    if (!gamma && !bits && !latency) issue('none is given; accepted: a list of shares, or of `bits` or `latency`', 'gamma');
    else if (rules?.includes('gamma') && !gamma) issue('the rule gamma goes over shares, and `gamma` has none', 'rules');
    else if (rules && others.length === 0 && (bits ?? latency)) issue('the rule gamma keeps to no bits and no time; accepted: greedy or knapsack beside it', 'rules'); // prettier-ignore
  });

/** What a plan's grid asks for. */
export type Grid = z.output<typeof gridSchema>;

/** A grid with the plan's file, beside which files are looked for. */
export interface PlannedGrid {
  grid: Grid;
  path: string;
}

/** One field of a grid. */
export interface GridPoint {
  rule: (typeof GRID_RULES)[number];
  limit: 'gamma' | 'bits' | 'latency';
  value: number;
  /** How it is called in names: `gamma-0.25`, `knapsack-gamma-0.25`, `5.5-bits`, `greedy-12-ms`. */
  label: string;
}

/** Every rule with every limit that it goes with, in the order in which they are written. */
export function gridPoints({ rules, gamma, bits, latency }: Pick<Grid, 'rules' | 'gamma' | 'bits' | 'latency'>): GridPoint[] {
  const limits = { gamma: gamma ?? [], bits: bits ?? [], latency: latency ?? [] };
  const usual: GridPoint['rule'][] = [...(gamma ? (['gamma'] as const) : []), ...((bits ?? latency) ? (['knapsack'] as const) : [])];
  return (rules ?? usual).flatMap((rule) =>
    (['gamma', 'bits', 'latency'] as const)
      // A rule that nobody named is not tried on what another is there for.
      .filter((limit) => (rule === 'gamma' ? limit === 'gamma' : limit !== 'gamma' || rules !== undefined))
      .flatMap((limit) => limits[limit].map((value) => ({ rule, limit, value, label: labelOf(rule, limit, value) }))),
  );
}

function labelOf(rule: GridPoint['rule'], limit: GridPoint['limit'], value: number): string {
  if (limit === 'gamma') return rule === 'gamma' ? `gamma-${value}` : `${rule}-gamma-${value}`;
  return `${rule === 'knapsack' ? '' : `${rule}-`}${value}-${limit === 'bits' ? 'bits' : 'ms'}`;
}

/** A field of a grid as a configuration. */
export interface GridConfiguration {
  configuration: Configuration;
  /** The same as a file that says where it came from. @param besides the folder that it is for */
  text: (besides: string) => string;
}

/** What a grid came to. */
export interface ExpandedGrid {
  configurations: GridConfiguration[];
  /** Fields whose map another has already, by the names of both: they are played once. */
  same: { name: string; as: string }[];
}

/** Says which configurations a grid comes to. */
export type GridExpander = (grid: PlannedGrid) => Promise<ExpandedGrid>;

/** Sees to it that names differ: they are the rows of the table. @throws ConfigurationError naming the one that is there twice, and where */
export function requireNames(configurations: readonly { name: string }[], where: string): void {
  const names = configurations.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ConfigurationError(`${where}: two configurations are named "${twice}"; names must differ, they are the rows of the table`);
}
