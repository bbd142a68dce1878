/** Mixed-integer linear programs, solved by HiGHS (https://highs.dev, MIT), which the package `highs` brings as WebAssembly. */
import type { Highs, ObjectiveSense } from 'highs';

export interface Variable {
  /** What one of it adds to the objective. */
  worth: number;
  low: number;
  high: number;
  whole: boolean;
}

/** low <= sum of factor x variable <= high. */
export interface Constraint {
  low: number;
  high: number;
  terms: readonly (readonly [variable: number, factor: number])[];
}

export interface Program {
  most: boolean;
  variables: readonly Variable[];
  constraints: readonly Constraint[];
}

/** What came out. `gap`: how far from the bound that the solver proved, as a share of the objective; 0 is proven best. */
export type Outcome =
  { status: 'solved'; objective: number; bound: number; gap: number; values: number[] } | { status: 'impossible' } | { status: 'gave up' };

/** Seconds after which the best that was found is taken, with its gap. */
const TIME_LIMIT_S = 30;

let loaded: Promise<Highs> | undefined;

/** The solver, loaded when it is first needed: 3.5 MB of WebAssembly. It keeps no threads and no handles, so a program ends without a word to it. */
function highs(): Promise<Highs> {
  // The package's types take its ES module for a CommonJS one, whose default export would be the whole module.
  loaded ??= import('highs').then((module) => (module.default as unknown as () => Promise<Highs>)());
  return loaded;
}

/**
 * Solves a program to its proven optimum, or to the best within a time limit; the gap says which.
 * @throws Error for a program without variables, and when the solver says that it is unbounded, which no program here may be
 */
export async function solve({ most, variables, constraints }: Program): Promise<Outcome> {
  if (variables.length === 0) throw new Error('a program without variables');
  const solver = await highs();
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const { terms } of constraints) {
    for (const [variable, factor] of merged(terms)) {
      indices.push(variable);
      values.push(factor);
    }
    starts.push(indices.length);
  }
  const bound = (value: number): number => (Number.isFinite(value) ? value : Math.sign(value) * solver.infinity);
  const model = solver.createModel({
    numCols: variables.length,
    numRows: constraints.length,
    sense: (most ? -1 : 1) as ObjectiveSense,
    colCost: variables.map(({ worth }) => worth),
    colLower: variables.map(({ low }) => bound(low)),
    colUpper: variables.map(({ high }) => bound(high)),
    rowLower: constraints.map(({ low }) => bound(low)),
    rowUpper: constraints.map(({ high }) => bound(high)),
    matrix: { format: 'csr', numRows: constraints.length, numCols: variables.length, starts, indices, values },
    integrality: variables.map(({ whole }) => (whole ? 1 : 0)),
  });
  try {
    model.options.set({ output_flag: false, mip_rel_gap: 0, mip_abs_gap: 0, time_limit: TIME_LIMIT_S });
    model.run();
    const { modelStatus } = solver.constants;
    const status = model.getModelStatus();
    // No program here is unbounded: every objective is a sum over variables with bounds.
    if (status === modelStatus.infeasible || status === modelStatus.unboundedOrInfeasible) return { status: 'impossible' };
    const isBest = status === modelStatus.optimal;
    if (!isBest && status !== modelStatus.timeLimit) throw new Error(`the solver ended with status ${status}`);
    // Without a feasible solution the values mean nothing.
    if (model.info.get('primal_solution_status') !== 2) return { status: 'gave up' };
    const objective = model.getObjectiveValue();
    const anyWhole = variables.some(({ whole }) => whole);
    const proven = anyWhole ? Number(model.info.get('mip_dual_bound')) : objective;
    return {
      status: 'solved',
      objective,
      bound: proven,
      gap: Math.abs(objective - proven) / Math.max(1e-9, Math.abs(objective)),
      values: [...model.getSolution().colValue].map((value, i) => (variables[i]!.whole ? Math.round(value) : value)),
    };
  } finally {
    model.dispose();
  }
}

/** Terms with each variable once: the solver refuses one that stands twice in a row. */
function merged(terms: Constraint['terms']): Map<number, number> {
  const factors = new Map<number, number>();
  for (const [variable, factor] of terms) factors.set(variable, (factors.get(variable) ?? 0) + factor);
  return factors;
}
