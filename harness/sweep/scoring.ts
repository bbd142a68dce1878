/** A plan's own reward, `score:`: a formula over the figures of each match, by which the frontier is drawn and a winner chosen. */
import type { AnyTask } from '../../envs/environment.js';
import { measuresOf, WHOLE } from '../../scoring/reward/measures.js';
import { scoreOf, type Score } from '../../scoring/reward/score.js';
import { ConfigurationError } from '../configuration/configuration.js';
import { isTeam } from '../configuration/team.js';
import { measuredMatch } from '../evidence/measured.js';
import type { CellResult } from './play.js';

/** A formula that has been read. */
export interface Scorer {
  by: string;
  /** It names a figure of a configuration as a whole, which is known only when its bank and its patient matches are through. */
  isOfWhole: boolean;
  /** An entrant's score over its matches that count. @param known what was measured of it as a whole */
  of(results: readonly CellResult[], known: { quality?: number; patient?: number }): Score;
}

/** Reads a formula of a task. @throws ConfigurationError for one that is refused */
export async function scorerOf(by: string, task: AnyTask): Promise<Scorer> {
  const { ExpressionError, parseScore } = await import('../../scoring/reward/expression.js'); // a large library: loaded where one is asked for
  try {
    const names = measuresOf(task).map(({ name }) => name);
    const expression = parseScore(by, names, WHOLE);
    return {
      by,
      isOfWhole: expression.names.some((name) => WHOLE.includes(name)),
      of: (results, known) => {
        const counting = results.filter(({ trace }) => trace.footer?.verdict.counts);
        return scoreOf(
          expression,
          counting.map(({ cell, trace }) => {
            const setup = cell.entrant.configuration;
            const price = setup && !isTeam(setup) ? setup.price : undefined;
            return measuredMatch(trace, cell.seat, { ...known, ...(price ? { price } : {}) });
          }),
        );
      },
    };
  } catch (error) {
    if (error instanceof ExpressionError) throw new ConfigurationError(`tasks.${task.name}.score: ${error.message}`);
    throw error;
  }
}
