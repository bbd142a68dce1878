/** What the address of a frontier or of a configuration asks for: `#/frontier?sweep=NAME&task=TASK`, `#/configuration?sweep=NAME&task=TASK&name=X`. */

/** By what the configurations of a frontier can be chosen, each empty where all are wanted. */
export const FILTERS = ['model', 'size', 'precision', 'gamma', 'bits', 'kind', 'pace', 'host'] as const;
export type FilterName = (typeof FILTERS)[number];

/** A sweep's frontier of one task. An empty sweep or task is the first there is; an empty `against`, the frontier's own axis. */
export type FrontierAsk = Record<'sweep' | 'task' | 'against' | FilterName, string>;

/** One configuration of a sweep, as it played one task. */
export type ConfigurationAsk = Record<'sweep' | 'task' | 'name', string>;

const FRONTIER_ASKS = ['sweep', 'task', 'against', ...FILTERS] as const;
const CONFIGURATION_ASKS = ['sweep', 'task', 'name'] as const;

export const frontierAsk = (parameters: URLSearchParams): FrontierAsk => asked(FRONTIER_ASKS, parameters);
export const configurationAsk = (parameters: URLSearchParams): ConfigurationAsk => asked(CONFIGURATION_ASKS, parameters);

/** The address of a frontier. */
export const frontierAddress = (ask: Partial<FrontierAsk>): string => address('frontier', FRONTIER_ASKS, ask);
/** The address of a configuration. */
export const configurationAddress = (ask: ConfigurationAsk): string => address('configuration', CONFIGURATION_ASKS, ask);

function asked<K extends string>(names: readonly K[], parameters: URLSearchParams): Record<K, string> {
  return Object.fromEntries(names.map((name) => [name, parameters.get(name) ?? ''])) as Record<K, string>;
}

function address<K extends string>(page: string, names: readonly K[], ask: Partial<Record<K, string>>): string {
  const parameters = new URLSearchParams();
  for (const name of names) if (ask[name]) parameters.set(name, ask[name]);
  const query = parameters.toString();
  return `#/${page}${query === '' ? '' : `?${query}`}`;
}
