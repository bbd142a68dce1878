/** Groups of cells that are played at the same time against one endpoint: every number of agents plays each seed once. */
import { hashOf } from '../../configuration/hash.js';
import { isTeam } from '../../configuration/team.js';
import { ConfigurationError, type Configuration } from '../../configuration/configuration.js';
import { taskNamed } from '../../match/tasks.js';
import type { PlannedContention } from '../../../scoring/trace/contention.js';
import { makeCell, type Cell, type Entrant } from '../cells.js';
import type { Plan } from '../plan.js';

/** Cells that are played together, by agent. */
export interface CellGroup {
  entrant: Entrant;
  /** The one configuration that all of them play. */
  configuration: Configuration;
  cells: Cell[];
}

/**
 * A task's groups: configuration by configuration, and of each the smallest number of agents first. Groups of a number of agents are neighbouring
 * seeds, so that those of a smaller one that divides it come to the same seeds.
 * @throws ConfigurationError when the plan names a configuration that does not play the task, or a team
 */
export async function contentionGroups({ name, plan }: Plan['tasks'][number], entrants: readonly Entrant[]): Promise<CellGroup[]> {
  const { contention } = plan;
  if (!contention) return [];
  const task = taskNamed(name);
  const options: unknown = task.parseOptions(plan.options);
  const { seeds, agents: counts, gateway } = contention;
  const tenants = Object.entries(gateway?.tenants ?? {}).map(([tenant, { weight }]) => ({ name: tenant, weight }));
  const groups: CellGroup[] = [];
  for (const { entrant, configuration } of contending(`tasks.${name}.contention`, contention.configurations, entrants)) {
    const common: Pick<PlannedContention, 'sequences' | 'gateway'> = {
      ...(contention.sequences !== undefined && entrant.kind === 'embedded' ? { sequences: contention.sequences } : {}),
      ...(gateway ? { gateway: hashOf(gateway, 16) } : {}),
    };
    for (const agents of counts)
      for (let group = 0; group < seeds.count / agents; group++) {
        const cells = Array.from({ length: agents }, (_, agent) => {
          const tenant = tenants[agent % Math.max(1, tenants.length)];
          const planned: PlannedContention = { agents, agent, group, ...common, ...(tenant ? { tenant } : {}) };
          return makeCell(task, plan, options, entrant, seeds.first + group * agents + agent, 'contention', { contention: planned });
        });
        groups.push({ entrant, configuration, cells: await Promise.all(cells) });
      }
  }
  return groups;
}

/** The configurations that are played so: those that the plan names, else all that are no team. */
function contending(
  where: string,
  names: readonly string[] | undefined,
  entrants: readonly Entrant[],
): { entrant: Entrant; configuration: Configuration }[] {
  const able = entrants.flatMap((entrant) => {
    const setup = entrant.configuration;
    return setup && !isTeam(setup) ? [{ entrant, configuration: setup }] : [];
  });
  const other = names?.find((name) => !able.some(({ entrant }) => entrant.name === name));
  if (other !== undefined || able.length === 0)
    throw new ConfigurationError(
      `${where}.configurations: ${other === undefined ? 'nothing that could be played' : `"${other}" does not play the task, or is a team`}; accepted: single configurations (${able.map(({ entrant }) => entrant.name).join(', ') || 'the plan has none'})`,
    );
  return names ? able.filter(({ entrant }) => names.includes(entrant.name)) : able;
}
