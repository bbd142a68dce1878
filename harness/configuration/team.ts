/**
 * A team's file (`team:` instead of `endpoint:`): several configurations that play one seat as one agent. `adaptive` chooses one of its arms
 * for each decision; `two-thread` has a fast one answer while a planner thinks on and advises it. docs/adaptive.md says what each key does.
 */
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import type { AnyTask } from '../../envs/environment.js';
import type { SeatLatency } from '../../scoring/trace/injected.js';
import { promptNames, type AgentConfiguration, type TeamConfiguration } from './agent.js';
import { advising, armName, learning, rules, type Advising, type Learning, type Rule } from './choosing.js';
import {
  ConfigurationError,
  configurationFile,
  configurationSchema,
  explain,
  labelNames,
  latencyOf,
  loadConfiguration,
  readYaml,
  type Configuration,
  TELLING_KEYS,
} from './configuration.js';
import { latencyTexts } from './latency.js';

/** A member: a configuration's file, or that with another prompt than it says. */
const memberText = z.union([z.string().min(1), z.strictObject({ configuration: z.string().min(1), prompt: promptNames.optional() })]);

const common = {
  name: configurationSchema.shape.name,
  size: configurationSchema.shape.size,
  latency: latencyTexts.optional(),
  labels: labelNames.optional(),
};

const adaptiveFile = z
  .strictObject({
    ...common,
    team: z.literal('adaptive'),
    arms: z.record(armName, memberText).refine((arms) => Object.keys(arms).length >= 2 && Object.keys(arms).length <= 8, {
      error: 'two to eight arms are expected',
    }),
    rule: rules.optional(),
    learn: learning.optional(),
  })
  .superRefine(({ arms, rule, learn }, context) => {
    if ((rule === undefined) === (learn === undefined))
      context.addIssue({
        code: 'custom',
        path: ['rule'],
        message: 'either a rule or `learn` is expected; `learn: {}` learns by its usual settings',
      });
    for (const [task, named] of Object.entries(rule ?? {}))
      for (const [situation, arm] of Object.entries(named))
        if (!Object.hasOwn(arms, arm))
          context.addIssue({
            code: 'custom',
            path: ['rule', task, situation],
            message: `no arm "${arm}"; accepted: ${Object.keys(arms).join(', ')}`,
          });
  });

const twoThreadFile = z.strictObject({
  ...common,
  team: z.literal('two-thread'),
  fast: memberText,
  planner: memberText,
  advice: advising.default(advising.parse({})),
});

const teamFile = z.discriminatedUnion('team', [adaptiveFile, twoThreadFile]);

/** A configuration in a team, under the name that the team's tables and traces give it. */
export interface Member {
  role: string;
  configuration: Configuration;
}

interface Common {
  name: string;
  size?: string;
  latency?: SeatLatency;
  labels?: string[];
}

export type AdaptiveTeam = Common & { team: 'adaptive'; members: Member[]; rules?: Record<string, Rule>; learning?: Learning };
export type TwoThreadTeam = Common & { team: 'two-thread'; members: [fast: Member, planner: Member]; advising: Advising };

export type Team = AdaptiveTeam | TwoThreadTeam;

/** What plays a model's seat: one configuration, or a team of them. */
export type Setup = Configuration | Team;

export function isTeam(setup: Setup): setup is Team {
  return 'team' in setup;
}

/** Every configuration that a setup plays with, by its role; of a single one the role is its name. */
export function membersOf(setup: Setup): readonly Member[] {
  return isTeam(setup) ? setup.members : [{ role: setup.name, configuration: setup }];
}

/** Those whose engine is ours and computes on this machine's cores. */
export function embeddedMembers(setup: Setup): readonly Member[] {
  return membersOf(setup).filter(({ configuration }) => configuration.endpoint.kind === 'embedded');
}

/** How many threads of ours a setup computes with at once: an adaptive team asks one arm at a time, a planner thinks beside the fast one. */
export function threadsOf(setup: Setup): number {
  const threads = membersOf(setup).map(({ configuration: { endpoint } }) => (endpoint.kind === 'embedded' ? endpoint.threads : 0));
  return isTeam(setup) && setup.team === 'two-thread' ? threads.reduce((sum, each) => sum + each, 0) : Math.max(...threads);
}

/** Why a team cannot play a task, in words; undefined when it can, and of a single configuration. */
export function teamFault(setup: Setup, task: AnyTask): string | undefined {
  if (!isTeam(setup) || setup.team !== 'adaptive') return undefined;
  if (setup.learning)
    return task.glance ? undefined : `${setup.name}: ${task.name} tells no situations apart to learn in; accepted: a rule`;
  const named = Object.keys(setup.rules ?? {});
  return named.includes(task.name) ? undefined : `${setup.name}: rule: nothing for ${task.name}; it has rules for ${named.join(', ')}`;
}

/** Tells every configuration of a setup another prompt or parser than its file says. */
export function overridden<T extends Setup>(setup: T, every: { prompt?: string; parser?: string }): T {
  for (const { configuration } of membersOf(setup)) {
    if (every.prompt !== undefined) configuration.prompt = every.prompt;
    if (every.parser !== undefined) configuration.parser = every.parser;
  }
  return setup;
}

/** Reads what plays a model's seat: a configuration's file or a team's. @throws ConfigurationError */
export function loadSetup(name: string, besides: readonly string[] = []): Setup {
  const path = configurationFile(name, besides);
  const raw = readYaml(path);
  if (typeof raw !== 'object' || raw === null || !('team' in raw)) return loadConfiguration(name, besides);
  const parsed = teamFile.safeParse('name' in raw ? raw : { ...raw, name: basename(path).replace(/\.ya?ml$/, '') }, TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${path} is not a team:\n${explain(parsed.error)}`);
  const file = parsed.data;
  const latency = file.latency && latencyOf(file.latency, path);
  const about: Common = {
    name: file.name,
    ...(file.size === undefined ? {} : { size: file.size }),
    ...(latency ? { latency } : {}),
    ...(file.labels ? { labels: file.labels } : {}),
  };
  const member = (role: string, text: z.infer<typeof memberText>): Member => readMember(role, text, file.name, path);
  if (file.team === 'two-thread')
    return { ...about, team: file.team, members: [member('fast', file.fast), member('planner', file.planner)], advising: file.advice };
  const { rule, learn } = file;
  return {
    ...about,
    team: file.team,
    members: Object.entries(file.arms).map(([role, text]) => member(role, text)),
    ...(rule ? { rules: rule } : {}),
    ...(learn ? { learning: learn } : {}),
  };
}

/** A member's configuration under a name of its own: it is started in a process of its own, even where the same one plays alone as well. @throws ConfigurationError */
function readMember(role: string, text: z.infer<typeof memberText>, team: string, path: string): Member {
  const { configuration: file, prompt } = typeof text === 'string' ? { configuration: text, prompt: undefined } : text;
  const configuration = loadConfiguration(file, [dirname(path)]);
  if (configuration.latency)
    throw new ConfigurationError(
      `${path}: ${role}: ${file} injects a latency; accepted: \`latency\` in the team's own file, since latency is the whole agent's`,
    );
  return { role, configuration: { ...configuration, name: `${team}/${role}`, ...(prompt === undefined ? {} : { prompt }) } };
}

/** What a team's agent is told. @param members each as an agent of its own, in the order of the team's */
export function teamAgent(team: Team, members: { role: string; agent: AgentConfiguration }[]): TeamConfiguration {
  if (team.team === 'two-thread') {
    const [fast, planner] = members;
    return { name: team.name, team: team.team, members: [fast!, planner!], advising: team.advising };
  }
  const { name, rules, learning } = team;
  return { name, team: team.team, members, ...(rules ? { rules } : {}), ...(learning ? { learning } : {}) };
}
