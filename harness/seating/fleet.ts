/**
 * The processes a sweep keeps alive between cells: endpoints, model agents and bots. Each is started when first needed, warmed up
 * unscored, and stopped at the end.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyTask } from '../../envs/environment.js';
import { ModelAsker } from '../agents/asker.js';
import type { AgentConfiguration } from '../configuration/agent.js';
import { intoBackground, ontoCores } from '../host/pinning.js';
import { computesHere, spawnAgent, type AgentHandle } from '../agents/spawn.js';
import { CallBudget, type BudgetLimits } from '../endpoints/budget.js';
import { startEndpoint, type RunningEndpoint } from '../endpoints/start.js';
import type { MatchServer } from '../protocol/server.js';
import { WARM_UP_SEED } from './warm-up.js';
import type { Cell } from '../sweep/cells.js';
import type { Configuration } from '../configuration/configuration.js';

/** Unscored calls before an agent's first scored match of a task: enough for the compiler to settle and the prefix to be cached. */
const WARM_UP_CALLS = 12;
/** With so many cores a match, its agents and an endpoint have one each. */
const CORES_FOR_ALL = 4;
const WARM_UP_TIMEOUT_MS = 300_000;

export interface ModelPlayer {
  configuration: Configuration;
  endpoint: RunningEndpoint;
  agent: AgentHandle;
}

export class Fleet {
  private readonly endpoints = new Map<string, Promise<RunningEndpoint>>();
  /** What asking probes has used of each configuration's budget: its agent gets the rest. */
  private readonly askers = new Map<string, { asker: ModelAsker; budget: CallBudget }>();
  private readonly models = new Map<string, Promise<ModelPlayer>>();
  private readonly bots = new Map<string, Promise<AgentHandle>>();
  private readonly warmed = new Set<string>();
  private readonly begun = new Set<string>();
  private readonly folder = mkdtempSync(join(tmpdir(), 'tickbench-'));

  /** @param budget bounds the calls of each external configuration's agent. */
  constructor(
    private readonly server: MatchServer,
    private readonly budget: BudgetLimits,
  ) {}

  /** A configuration's endpoint, started or looked at by the first call. @throws EndpointError */
  endpoint(configuration: Configuration): Promise<RunningEndpoint> {
    let endpoint = this.endpoints.get(configuration.name);
    if (!endpoint) {
      endpoint = startEndpoint(configuration.endpoint);
      this.endpoints.set(configuration.name, endpoint);
    }
    return endpoint;
  }

  /** Asks a configuration outside of any match: for probe banks. Must be done before its agent starts, which gets the rest of the budget. */
  async asker(configuration: Configuration): Promise<ModelAsker> {
    let entry = this.askers.get(configuration.name);
    if (!entry) {
      const { request, prompt, parser } = configuration;
      const budget = new CallBudget(configuration.endpoint.kind === 'embedded' ? {} : this.budget);
      entry = { asker: new ModelAsker({ target: await this.endpoint(configuration), request, prompt, parser, budget }), budget };
      this.askers.set(configuration.name, entry);
    }
    return entry.asker;
  }

  /** A configuration's endpoint and agent, started at the first call. @throws EndpointError, AgentError */
  model(configuration: Configuration): Promise<ModelPlayer> {
    let player = this.models.get(configuration.name);
    if (!player) {
      player = this.startModel(configuration);
      this.models.set(configuration.name, player);
    }
    return player;
  }

  /** A bot's agent. `role` keeps an opponent apart from the same bot as an entrant. */
  bot(role: 'entrant' | 'opponent', bot: string, errorPermille: number): Promise<AgentHandle> {
    const key = `${role} ${bot} ${errorPermille}`;
    let agent = this.bots.get(key);
    if (!agent) {
      agent = spawnAgent(this.server, { kind: 'bot', bot, errorPermille });
      this.bots.set(key, agent);
    }
    return agent;
  }

  /** Before wall-clock matches on this host: the match, which has a clock to keep, and the endpoint, which is measured, get a core each; agents give way. */
  async giveWay(): Promise<void> {
    const cores = availableParallelism();
    if (cores < 2 || cores >= CORES_FOR_ALL) return;
    const agents = [...(await Promise.all(this.models.values())).map(({ agent }) => agent), ...(await Promise.all(this.bots.values()))];
    for (const { process: agent } of agents) if (agent.pid !== undefined) intoBackground(agent.pid);
    for (const endpoint of await Promise.all(this.endpoints.values()))
      if (endpoint.pid !== undefined) ontoCores(endpoint.pid, String(cores - 1));
    ontoCores(process.pid, `0-${cores - 2}`);
  }

  /** After them: this process may use every core again. */
  static takeBack(): void {
    ontoCores(process.pid, `0-${availableParallelism() - 1}`);
  }

  /** Makes a model agent's first calls of a task, unscored; once for each. */
  async warmUp(player: ModelPlayer, task: AnyTask, options: unknown): Promise<void> {
    const key = `${player.configuration.name} ${task.name}`;
    if (this.warmed.has(key)) return;
    this.warmed.add(key);
    const calls = player.endpoint.kind === 'embedded' ? WARM_UP_CALLS : 2;
    await player.agent.line.warmUp({ task: task.name, options, seed: WARM_UP_SEED, count: calls }, WARM_UP_TIMEOUT_MS);
  }

  /** True once for each entrant, task and clock: its first match of them. */
  isFirst({ entrant, task, clock }: Cell): boolean {
    const key = `${entrant.name} ${task.name} ${clock}`;
    if (this.begun.has(key)) return false;
    this.begun.add(key);
    return true;
  }

  async stop(): Promise<void> {
    const models = await Promise.allSettled(this.models.values());
    const endpoints = await Promise.allSettled(this.endpoints.values());
    const bots = await Promise.allSettled(this.bots.values());
    const started = <T>(results: PromiseSettledResult<T>[]): T[] =>
      results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await Promise.all(started(bots).map((agent) => agent.stop()));
    await Promise.all(started(models).map(({ agent }) => agent.stop()));
    await Promise.all(started(endpoints).map((endpoint) => endpoint.stop()));
    this.models.clear();
    this.endpoints.clear();
    this.bots.clear();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async startModel(configuration: Configuration): Promise<ModelPlayer> {
    const endpoint = await this.endpoint(configuration);
    const config = join(this.folder, `${configuration.name.replace(/[^A-Za-z0-9]+/g, '-')}.json`);
    writeFileSync(config, JSON.stringify(this.agentConfiguration(configuration, endpoint)));
    const { name } = configuration;
    const agent = await spawnAgent(this.server, { kind: 'model', config, name, processes: computesHere(endpoint) });
    return { configuration, endpoint, agent };
  }

  private agentConfiguration(configuration: Configuration, endpoint: RunningEndpoint): AgentConfiguration {
    const { name, request, prompt, parser } = configuration;
    const target = { url: endpoint.url, model: endpoint.model, extra: endpoint.extra };
    if (configuration.endpoint.kind === 'embedded') return { name, target, request, prompt, parser, budget: {} };
    const { maxCalls, maxCost, ...prices } = this.budget;
    const spent = this.askers.get(name)?.budget.spent ?? { calls: 0, cost: 0 };
    const budget = {
      ...prices,
      maxCalls: maxCalls === undefined ? undefined : Math.max(0, maxCalls - spent.calls),
      maxCost: maxCost === undefined ? undefined : Math.max(0, maxCost - spent.cost),
    };
    return { name, target, keyEnv: configuration.endpoint.keyEnv, request, prompt, parser, budget };
  }
}
